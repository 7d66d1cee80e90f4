"""SMS送信元表示番号: which numbers a contract may show as sender, kept as national digits."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from accounts.rules.plans import Option
from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.text import normalise_digits


class SenderKind(Labelled):
    SHARED = "shared", "共通番号"
    SOFTBANK = "softbank", "SoftBank送信元表示番号"
    NUMBER_050 = "number_050", "050番号"
    FREE_0120 = "free_0120", "フリーダイヤル（0120）"
    FREE_0800 = "free_0800", "フリーダイヤル（0800）"
    NAVI_0570 = "navi_0570", "ナビダイヤル（0570）"
    GEOGRAPHIC = "geographic", "固定電話番号"


class SenderReason(Labelled):
    EMPTY = "empty", "未入力"
    CHARACTERS = "characters", "数字以外の文字"
    FOREIGN = "foreign", "海外の番号"
    MOBILE = "mobile", "携帯電話番号"
    LENGTH = "length", "桁数の誤り"
    UNKNOWN = "unknown", "使えない番号"
    KIND = "kind", "申込みのない種類の番号"


# In this order: what comes first is meant. Digits in all, the leading 0 included.
_PATTERNS: tuple[tuple[SenderKind, re.Pattern[str], str], ...] = (
    (SenderKind.SHARED, re.compile(r"0005\d{4,6}"), "0005で始まる8～10桁"),
    (SenderKind.SOFTBANK, re.compile(r"2\d{4,5}"), "2で始まる5～6桁"),
    (SenderKind.NUMBER_050, re.compile(r"050\d{8}"), "050で始まる11桁"),
    (SenderKind.FREE_0120, re.compile(r"0120\d{6}"), "0120で始まる10桁"),
    (SenderKind.FREE_0800, re.compile(r"0800\d{7}"), "0800で始まる11桁"),
    (SenderKind.NAVI_0570, re.compile(r"0570\d{6}"), "0570で始まる10桁"),
    # not the prefixes of other services (0170, 0180, 0910, 0990) and not 010, 020, 050, 060 …
    (
        SenderKind.GEOGRAPHIC,
        re.compile(r"0(?!10|[25-9]0|120|170|180|570|910|990)[1-9]\d{8}"),
        "市外局番から10桁",
    ),
)
_BEGINNINGS: tuple[tuple[str, SenderKind], ...] = (
    ("0005", SenderKind.SHARED),
    ("0800", SenderKind.FREE_0800),
    ("0120", SenderKind.FREE_0120),
    ("0570", SenderKind.NAVI_0570),
    ("050", SenderKind.NUMBER_050),
    ("2", SenderKind.SOFTBANK),
)
_MOBILE = re.compile(r"0[6789]0\d{8}")
_SEPARATORS = re.compile(r"[\s().-]")

OPTION_FOR_KIND: dict[SenderKind, Option] = {  # the option a number of this kind comes with
    SenderKind.SHARED: Option.TWO_WAY_SMS,  # §2.1b 共通番号/双方向SMS
    SenderKind.SOFTBANK: Option.SOFTBANK_SENDER,  # §1.3 ※3
    SenderKind.NUMBER_050: Option.NUMBER_050,  # §2.1b
}


@dataclass(frozen=True)
class SenderVerdict:
    """`value` is the national digits to store."""

    value: str
    kind: SenderKind | None = None
    reason: SenderReason | None = None
    message: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason is None


def national_digits(text: str) -> str:
    """Half-width, without separators; +81 becomes the leading 0."""
    number = _SEPARATORS.sub("", normalise_digits(text))
    if number.startswith("+81"):
        return f"0{number[3:].removeprefix('0')}"
    return number


def check_sender_number(text: str, *, kinds: Collection[SenderKind] = tuple(SenderKind)) -> SenderVerdict:
    """One sender number; `kinds` narrows what may be entered here (the SoftBank field takes only its own)."""
    number = national_digits(text)
    if not number:
        return SenderVerdict(number, reason=SenderReason.EMPTY, message="送信元表示番号を入力してください。")
    if number.startswith("+"):
        return _refused(number, SenderReason.FOREIGN, "日本の番号ではありません。", kinds)
    if not (number.isascii() and number.isdigit()):
        return _refused(number, SenderReason.CHARACTERS, "数字以外の文字があります。", kinds)
    for kind, pattern, _ in _PATTERNS:
        if pattern.fullmatch(number):
            if kind in kinds:
                return SenderVerdict(number, kind)
            return _refused(number, SenderReason.KIND, f"{kind.label}はここでは使えません。", kinds)
    if _MOBILE.fullmatch(number):
        return _refused(number, SenderReason.MOBILE, "携帯電話番号は送信元にできません。", kinds)
    for beginning, kind in _BEGINNINGS:
        if number.startswith(beginning):
            said = f"{kind.label}は{_FORM[kind]}です（入力は{len(number)}桁）。"
            return _refused(number, SenderReason.LENGTH, said, kinds)
    return _refused(number, SenderReason.UNKNOWN, "送信元に使える番号ではありません。", kinds)


_FORM = {kind: form for kind, _, form in _PATTERNS}


def _refused(number: str, reason: SenderReason, said: str, kinds: Collection[SenderKind]) -> SenderVerdict:
    forms = "、".join(f"{kind.label}（{_FORM[kind]}）" for kind in SenderKind if kind in kinds)
    return SenderVerdict(
        number, reason=reason, message=f"{number}: {said}次のいずれかを入力してください: {forms}。"
    )
