"""From what stands in a cell to the value of a field.

`parse` takes what a workbook (or JSON) holds, i.e. text, number, date or truth value, and gives the
normalised value, or raises ValueFault. Names are kept as written (NFC); only codes are made half-width.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from applications.rules.forms.checks import CHECKS
from applications.rules.forms.description import Field, Kind, Value
from applications.rules.forms.faults import ValueFault

Raw = str | int | float | bool | date | datetime | None

AS_WRITTEN = {Kind.TEXT, Kind.LONG_TEXT}
ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}  # first year - 1
EARLIEST, LATEST = date(2018, 1, 1), date(2099, 12, 31)

_WESTERN = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_JAPANESE = re.compile(
    r"(令和|平成|R|H)\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.IGNORECASE
)
_WEEKDAY = re.compile(r"\s*[(（][月火水木金土日][)）]$")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WHOLE = re.compile(r"\d{1,3}(,\d{3})+|\d+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A value, and where something was mended on the way, a warning about it."""

    value: Value
    warning: ValueFault | None = None


def is_empty(raw: Raw) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.replace("\u3000", " ").strip())


def half_width(text: str) -> str:
    """For codes and choices, never for names (NFKC replaces kanji in them)."""
    return unicodedata.normalize("NFKC", text).strip()


def parse(field: Field, raw: Raw) -> Parsed:
    """The value of a cell that is not empty; of a list, one row. Raises ValueFault."""
    if field.kind is Kind.DATE:
        return Parsed(_date(raw))
    if isinstance(raw, (date, datetime)):
        raise ValueFault(
            "unexpected_date",
            "日付として入力されています。セルの表示形式を「文字列」にして、もう一度ご記入ください。",
        )
    if field.kind is Kind.INTEGER:
        return Parsed(_integer(raw))
    if isinstance(raw, bool):
        raw = "TRUE" if raw else "FALSE"
    if field.kind is Kind.BOOL:
        return Parsed(_one_of(field, _text(raw)) == field.words[0])
    if field.kind is Kind.CHOICE:
        label = _one_of(field, _text(raw))
        return Parsed(next(choice.value for choice in field.choices if choice.label == label))
    return _checked(field, raw)


def _checked(field: Field, raw: str | int | float) -> Parsed:
    text = _tidy(field, _text(raw))
    if len(text) > field.max_length:
        raise ValueFault(
            "too_long", f"{field.max_length}文字以内でご記入ください（いまは{len(text)}文字です）。"
        )
    check = CHECKS.get(field.kind)
    if check is None:
        return Parsed(text)
    return Parsed(check(text))


def _tidy(field: Field, text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")
    if field.kind in AS_WRITTEN:
        text = unicodedata.normalize("NFC", text).strip().strip("\u3000").strip()
    else:
        text = half_width(text)
    if field.kind is not Kind.LONG_TEXT and "\n" in text:
        raise ValueFault("line_break", "セルの中に改行があります。1行でご記入ください。")
    if _CONTROL.search(text):
        raise ValueFault("control_character", "表示できない文字が含まれています。入力し直してください。")
    return text


def _text(raw: str | int | float) -> str:
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    return str(raw)


def _one_of(field: Field, text: str) -> str:
    wanted = half_width(text).replace(" ", "")
    for option in field.options:
        if half_width(option).replace(" ", "") == wanted:
            return option
    options = "、".join(f"「{option}」" for option in field.options)
    raise ValueFault("not_a_choice", f"「{text.strip()}」は選べません。{options}から選んでください。")


def _integer(raw: Raw) -> int:
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        if 0 <= raw <= 999_999_999_999:
            return raw
    elif isinstance(raw, str):
        text = re.sub(r"[通件本]$", "", half_width(raw).replace(" ", ""))
        if _WHOLE.fullmatch(text) and len(text) <= 15:
            return int(text.replace(",", ""))
    raise ValueFault(
        "not_a_number", f"「{raw}」は数として読めません。0以上の整数を数字だけでご記入ください（例: 10000）。"
    )


def _date(raw: Raw) -> date:
    day: date | None = None
    if isinstance(raw, datetime):
        day = raw.date()
    elif isinstance(raw, date):
        day = raw
    elif isinstance(raw, str):
        day = _date_of_text(_WEEKDAY.sub("", half_width(raw)))
    if day is None or not EARLIEST <= day <= LATEST:
        raise ValueFault("not_a_date", f"「{raw}」は日付として読めません。2026/11/22 の形でご記入ください。")
    return day


def _date_of_text(text: str) -> date | None:
    try:
        if found := _WESTERN.fullmatch(text) or _COMPACT.fullmatch(text):
            year, month, day = (int(part) for part in found.groups())
            return date(year, month, day)
        if found := _JAPANESE.fullmatch(text):
            era, year_text, *rest = found.groups()
            year = ERAS[era.upper()] + (1 if year_text == "元" else int(year_text))
            return date(year, int(rest[0]), int(rest[1]))
    except ValueError:  # 2026/2/30
        return None
    return None


def show(field: Field, value: Value) -> str | int | date:
    """What a form's cell holds for a value: labels for codes and truth values. A list: one row of it."""
    if field.kind is Kind.BOOL:
        return field.words[0] if value else field.words[1]
    if field.kind is Kind.CHOICE:
        return next(choice.label for choice in field.choices if choice.value == value)
    if isinstance(value, list):
        raise TypeError(f"{field.key}: one row at a time")
    return value
