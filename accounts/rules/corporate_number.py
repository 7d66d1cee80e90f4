"""法人番号 (13 digits with a check digit) and 登録番号 (T + 13 digits)."""

import re
from dataclasses import dataclass

from stdnum.exceptions import ValidationError
from stdnum.jp import cn

from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.text import normalise_digits


class NumberReason(Labelled):
    LENGTH = "length", "桁数の誤り"
    CHARACTERS = "characters", "数字以外の文字"
    CHECK_DIGIT = "check_digit", "検査用数字の不一致"
    NO_T = "no_t", "先頭のTがない"


@dataclass(frozen=True)
class NumberVerdict:
    """`value` is the form to store; `reason` and `message` where it is refused, `warning` where odd."""

    value: str
    reason: NumberReason | None = None
    message: str = ""
    warning: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason is None


_SEPARATORS = re.compile(r"[\s-]")


def _thirteen_digits(number: str, what: str, example: str) -> tuple[NumberReason, str] | None:
    if not (number.isascii() and number.isdigit()):
        return (
            NumberReason.CHARACTERS,
            f"{what}に数字以外の文字があります。{example}のように入力してください。",
        )
    if len(number) != 13:
        return (
            NumberReason.LENGTH,
            f"{what}の数字は13桁です（入力は{len(number)}桁）。{example}のように入力してください。",
        )
    return None


def _passes(number: str) -> bool:
    try:
        cn.validate(number)
    except ValidationError:
        return False
    return True


def check_corporate_number(text: str) -> NumberVerdict:
    """法人番号 as 13 digits; a leading T (登録番号) is refused as a wrong character."""
    number = _SEPARATORS.sub("", normalise_digits(text))
    if fault := _thirteen_digits(number, "法人番号", "9011101031552"):
        return NumberVerdict(number, *fault)
    if not _passes(number):
        return NumberVerdict(
            number,
            NumberReason.CHECK_DIGIT,
            "法人番号の検査用数字が合いません。国税庁法人番号公表サイトで番号を確認し、入力し直してください。",
        )
    return NumberVerdict(number)


def check_registration_number(text: str) -> NumberVerdict:
    """適格請求書の登録番号. A sole trader's is no corporate number: that warns and does not refuse."""
    number = _SEPARATORS.sub("", normalise_digits(text)).upper()
    if not number.startswith("T"):
        return NumberVerdict(
            number,
            NumberReason.NO_T,
            "登録番号は「T」と数字13桁です。T9011101031552のように先頭にTを付けて入力してください。",
        )
    if fault := _thirteen_digits(number[1:], "登録番号", "T9011101031552"):
        return NumberVerdict(number, *fault)
    if not _passes(number[1:]):
        return NumberVerdict(
            number,
            warning="法人番号としては検査用数字が合いません。個人事業者の番号であれば問題ありません。"
            "法人の場合は番号を確認してください。",
        )
    return NumberVerdict(number)
