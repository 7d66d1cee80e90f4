"""What really differs between a form of changes and the registered contract (§2.1b), as a Japanese reader sees it.

Names and addresses: ㈱, widths, spaces and kinds of dashes do not count, a kanji does. Numbers by their digits,
addresses on the net as networks, lists without their order. What recipients are shown (the texts of official
accounts) counts as it is written.
"""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from accounts.rules.sender_numbers import national_digits
from applications.rules.change_keys import REFERENCE_KEYS, item_of
from applications.rules.changes import ChangeItem
from applications.rules.forms import Field, Form
from applications.rules.forms.description import Kind
from applications.rules.forms.values import half_width, show
from kmc_portal.lib.kana import to_katakana
from kmc_portal.lib.phone import InvalidPhone, normalise_phone
from kmc_portal.lib.text import clean_name, normalise_digits, written_key

SHOWN_TO_RECIPIENTS = ("plus.", "rcs.")


@dataclass(frozen=True)
class Difference:
    """One answer that differs. `old` and `new` as the form shows them, "" for nothing.

    `item` is what it counts to (None: no item changes it), `own_item` the one it would be without a plan change.
    """

    key: str
    label: str
    item: ChangeItem | None
    own_item: ChangeItem | None
    sheet: str
    cell: str
    old: str
    new: str

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.cell}"


def differences(
    form: Form,
    values: Mapping[str, Any],
    registered: Mapping[str, Any],
    *,
    before: Mapping[str, Any] | None = None,
    sources: Mapping[str, tuple[str, str]] | None = None,
    plan_change: ChangeItem | None = None,
) -> list[Difference]:
    """In the form's order. `values` and `before` as read from the workbook, `registered` by the same keys.

    An answer that stands as it was handed out is no change, whatever has been registered since.
    """
    found = []
    for field in compared(form):
        new, old = values.get(field.key), registered.get(field.key)
        if untouched(field, new, before or {}) or same_value(field, new, old):
            continue
        slot = form.slot_of(field.key)
        sheet, cell = (sources or {}).get(field.key) or (slot.sheet.title, slot.cell)
        found.append(
            Difference(
                key=field.key,
                label=field.label if field.rows > 1 else slot.label,
                item=item_of(field.key, plan_change),
                own_item=item_of(field.key),
                sheet=sheet,
                cell=cell,
                old=shown(field, old),
                new=shown(field, new),
            )
        )
    return found


def compared(form: Form) -> list[Field]:
    """The fields of a form of changes that have a registered value to compare with."""
    return [
        field
        for field in form.fields.values()
        if field.key in form.keys_with_before
        and (item_of(field.key) is not None or field.key in REFERENCE_KEYS)
    ]


def untouched(field: Field, value: Any, before: Mapping[str, Any]) -> bool:
    """The answer stands as the form was handed out; in a blank form: nothing was filled in."""
    handed_out = before.get(field.key)
    return _is_empty(value) == _is_empty(handed_out) and same_value(field, value, handed_out)


def same_value(field: Field, one: Any, other: Any) -> bool:
    """True if both mean the same; a BOOL that was never answered is no."""
    if field.kind is Kind.BOOL:
        return bool(one) == bool(other)
    if _is_empty(one) or _is_empty(other):
        return _is_empty(one) == _is_empty(other)
    key = _key_of(field)
    if isinstance(one, list) or isinstance(other, list):
        return {key(str(item)) for item in _as_list(one)} == {key(str(item)) for item in _as_list(other)}
    return key(str(one)) == key(str(other))


def shown(field: Field, value: Any) -> str:
    """As the form writes it, for a list or a page."""
    if _is_empty(value):
        return ""
    if isinstance(value, list):
        return "、".join(str(item) for item in value)
    text = show(field, value)
    return f"{text:,}" if isinstance(text, int) and not isinstance(text, bool) else str(text)


def _is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _key_of(field: Field) -> Callable[[str], str]:
    if field.kind is Kind.TEXT and field.key.startswith(SHOWN_TO_RECIPIENTS):
        return clean_name
    if field.kind is Kind.LONG_TEXT and field.key.startswith(SHOWN_TO_RECIPIENTS):
        return _lines
    return _KEYS[field.kind]


def _lines(text: str) -> str:
    """Line ends and what stands before them do not count."""
    lines = clean_name(text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines)


def _long_text(text: str) -> str:
    return "\n".join(written_key(line) for line in _lines(text).split("\n"))


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except InvalidPhone:
        return _digits(text)


def _digits(text: str) -> str:
    return "".join(character for character in normalise_digits(text) if character.isdigit())


def _email(text: str) -> str:
    local, at, domain = half_width(text).rpartition("@")
    return f"{local}{at}{domain.casefold()}"


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(half_width(text), strict=False))
    except ValueError:
        return half_width(text)


def _url(text: str) -> str:
    parts = urlsplit(half_width(text))
    host = parts.netloc.lower()
    if parts.scheme.lower() == "https":
        host = host.removesuffix(":443")
    rest = "".join((f"?{parts.query}" if parts.query else "", f"#{parts.fragment}" if parts.fragment else ""))
    return f"{parts.scheme.lower()}://{host}{parts.path or '/'}{rest}"


def _kana(text: str) -> str:
    return written_key(to_katakana(text))


def _folded(text: str) -> str:
    return half_width(text).casefold()


_KEYS: dict[Kind, Callable[[str], str]] = {
    Kind.TEXT: written_key,
    Kind.LONG_TEXT: _long_text,
    Kind.DATE: str,
    Kind.INTEGER: str,
    Kind.CHOICE: str,
    Kind.KANA: _kana,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.POSTAL_CODE: _digits,
    Kind.SENDER_NUMBER: national_digits,
    Kind.SOFTBANK_SENDER: _digits,
    Kind.CORPORATE_NUMBER: _digits,
    Kind.GLOBAL_IP: _network,
    Kind.URL: _url,
    Kind.NOTIFICATION_URL: _url,
    Kind.COLOUR: _folded,
    Kind.IMAGE_NAME: _folded,
}
