"""From what stands in a cell to the value of a field, and back to what a cell shows.

`parse` takes what a workbook (or JSON) holds, i.e. text, number, date or truth value, and gives the
normalised value, or raises ValueFault. Names are kept as written; only codes are made half-width.
"""

import re
import unicodedata
from datetime import date, datetime

from applications.rules.forms.checks import CHECKS, FIRST_LIMITS, FormLimits, Parsed
from applications.rules.forms.description import Field, Kind, Value
from applications.rules.forms.faults import ValueFault
from kmc_portal.lib.text import clean_name

Raw = str | int | float | bool | date | datetime | None

AS_WRITTEN = {Kind.TEXT, Kind.LONG_TEXT}
ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988}  # first year - 1
EARLIEST, LATEST = date(2018, 1, 1), date(2099, 12, 31)
MOST = 999_999_999_999

_WESTERN = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_JAPANESE = re.compile(
    r"(令和|平成|R|H)\s*(\d{1,2}|元)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.IGNORECASE
)
_WEEKDAY = re.compile(r"\s*\([月火水木金土日]\)$")
_UNSEEN = frozenset({"Cf", "Cs", "Co", "Cn", "Zl", "Zp"})  # direction, joining, unassigned
_JOINERS = frozenset("\u200c\u200d")  # parts of emoji and of some scripts
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_WHOLE = re.compile(r"[0-9]{1,3}(,[0-9]{3})+|[0-9]+")


def is_empty(raw: Raw) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def half_width(text: str) -> str:
    """For codes and choices, never for names (NFKC replaces kanji in them)."""
    return unicodedata.normalize("NFKC", text).strip()


def parse(field: Field, raw: Raw, limits: FormLimits = FIRST_LIMITS) -> Parsed:
    """The value of a cell that is not empty; of a list, one row. Raises ValueFault."""
    if field.kind is Kind.DATE:
        return Parsed(_date(raw))
    if isinstance(raw, date):
        raise ValueFault(
            "unexpected_date",
            "日付として入力されています。セルの表示形式を「文字列」にして記入し直してください。",
        )
    if field.kind is Kind.INTEGER:
        return Parsed(_integer(field, raw))
    text = _text(raw)
    if field.options:
        label = _one_of(field, text)
        if field.kind is Kind.BOOL:
            return Parsed(label == field.words[0])
        return Parsed(next(choice.value for choice in field.choices if choice.label == label))
    text = _tidy(field, text)
    if len(text) > field.max_length:
        raise ValueFault(
            "too_long", f"{field.max_length}文字以内でご記入ください（いまは{len(text)}文字です）。"
        )
    check = CHECKS.get(field.kind)
    return Parsed(text) if check is None else check(text, limits)


def _tidy(field: Field, text: str) -> str:
    text = text.replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n")
    text = clean_name(text) if field.kind in AS_WRITTEN else half_width(text)
    if field.kind is not Kind.LONG_TEXT and "\n" in text:
        raise ValueFault("line_break", "セルの中に改行があります。1行でご記入ください。")
    if _CONTROL.search(text) or any(
        unicodedata.category(sign) in _UNSEEN and sign not in _JOINERS for sign in text
    ):
        raise ValueFault(
            "control_character",
            "表示できない文字や、目に見えない文字が含まれています。消してから記入し直してください。",
        )
    return text


def _text(raw: Raw) -> str:
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


def _integer(field: Field, raw: Raw) -> int:
    number: int | None = None
    if isinstance(raw, float) and raw.is_integer():
        number = int(raw)
    elif isinstance(raw, int) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, str):
        text = re.sub(r"[通件本]$", "", half_width(raw).replace(" ", ""))
        number = int(text.replace(",", "")) if _WHOLE.fullmatch(text) and len(text) <= 20 else None
    if number is None or not field.least <= number <= MOST:
        shown = half_width(_text(raw))
        raise ValueFault(
            "not_a_number",
            f"「{shown}」は受け付けられません。{field.least}以上の整数をご記入ください（例: 10000）。",
        )
    return number


def _date(raw: Raw) -> date:
    day: date | None = None
    if isinstance(raw, datetime):
        day = raw.date()
    elif isinstance(raw, date):
        day = raw
    elif isinstance(raw, str):
        day = _date_of_text(_WEEKDAY.sub("", half_width(raw)))
    if day is None or not EARLIEST <= day <= LATEST:
        raise ValueFault(
            "not_a_date",
            f"「{_text(raw).strip()}」は日付として受け付けられません。2026/11/22 の形でご記入ください。",
        )
    return day


def _date_of_text(text: str) -> date | None:
    try:
        if found := _WESTERN.fullmatch(text) or _COMPACT.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _JAPANESE.fullmatch(text):
            year = ERAS[found[1].upper()] + (1 if found[2] == "元" else int(found[2]))
            return date(year, int(found[3]), int(found[4]))
    except ValueError:  # 2026/2/30
        return None
    return None


def show(field: Field, value: Value) -> str | int | date:
    """What a form's cell holds for a value: labels for codes and truth values. Of a list, one row."""
    if field.kind is Kind.BOOL:
        return field.words[0] if value else field.words[1]
    if field.kind is Kind.CHOICE:
        return next(choice.label for choice in field.choices if choice.value == value)
    if isinstance(value, list):
        raise TypeError(f"{field.key}: one row at a time")
    return value
