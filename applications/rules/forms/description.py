"""How a form is described once: sheets, sections and fields, and where the layout puts their cells.

The description drives writing and reading alike. A field is one row: label in column B, input in
column C, badge in D, help in E, and in forms of changes the registered value in F. A field with `rows` > 1 is a list with a key per row: `key.1`, `key.2`, ….
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from accounts.rules.plans import Plan
from kmc_portal.lib.choices import Labelled

Value = str | int | bool | date | list[str]
Values = Mapping[str, Value]

LABEL_COLUMN, INPUT_COLUMN, BADGE_COLUMN, HELP_COLUMN, BEFORE_COLUMN = "B", "C", "D", "E", "F"
FIRST_SECTION_ROW = 5  # title, subtitle, legend and an empty row come before


class Kind(StrEnum):
    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    INTEGER = "integer"
    CHOICE = "choice"  # the code of a Labelled member
    BOOL = "bool"  # one of two labels
    KANA = "kana"
    EMAIL = "email"
    PHONE = "phone"
    POSTAL_CODE = "postal_code"
    SENDER_NUMBER = "sender_number"
    SOFTBANK_SENDER = "softbank_sender"
    CORPORATE_NUMBER = "corporate_number"
    GLOBAL_IP = "global_ip"
    URL = "url"
    NOTIFICATION_URL = "notification_url"
    COLOUR = "colour"
    IMAGE_NAME = "image_name"  # the name of a picture that is uploaded beside the form


@dataclass(frozen=True)
class Condition:
    """When a field is asked for, with words for the form ("双方向SMSを利用する場合").

    `reads` names the answers it depends on; while one of them is missing, nothing is concluded.
    """

    words: str
    reads: tuple[str, ...]
    holds: Callable[[Values], bool]

    def is_settled(self, values: Values) -> bool:
        return set(self.reads) <= values.keys()


@dataclass(frozen=True)
class Field:
    """One question. `needed_when` asks for it conditionally, `only_when` says where it counts at all."""

    key: str
    label: str
    kind: Kind = Kind.TEXT
    required: bool = False
    needed_when: Condition | None = None
    only_when: Condition | None = None
    choices: tuple[Labelled, ...] = ()
    words: tuple[str, str] = ("はい", "いいえ")  # the two labels of a BOOL: true, false
    must: str = ""  # BOOL: the message when the answer is not the first of `words`
    max_length: int = 200
    least: int = 0  # of an INTEGER
    rows: int = 1
    help: str = ""
    example: str = ""
    guide: str = ""
    default: str = ""  # the text an unfilled form starts with
    missing_warning: str = ""  # an optional field worth asking about when empty

    @property
    def options(self) -> tuple[str, ...]:
        """The texts of the drop-down, none for free input."""
        if self.kind is Kind.CHOICE:
            return tuple(choice.label for choice in self.choices)
        return self.words if self.kind is Kind.BOOL else ()

    @property
    def row_keys(self) -> tuple[str, ...]:
        """One key per cell."""
        return (self.key,) if self.rows == 1 else tuple(f"{self.key}.{n}" for n in range(1, self.rows + 1))

    def is_needed(self, values: Values) -> bool:
        """As far as the answers so far say."""
        if not self.counts(values) or (self.only_when and not self.only_when.is_settled(values)):
            return False
        when = self.needed_when
        return self.required or (when is not None and when.is_settled(values) and when.holds(values))

    def counts(self, values: Values) -> bool:
        """False only where the answers so far rule it out."""
        return self.only_when is None or not self.only_when.is_settled(values) or self.only_when.holds(values)


@dataclass(frozen=True)
class Section:
    title: str
    fields: tuple[Field, ...]
    note: str = ""
    with_before: bool = False  # what is registered now stands beside the input


@dataclass(frozen=True)
class Table:
    """Fixed text to read (a price list): header and rows of up to four columns, B to E."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Slot:
    """A cell to fill in: which field, which row of it, and where."""

    key: str  # `field.key`, or `key.n` in a list
    field: Field
    section: Section
    sheet: "Sheet"
    row: int
    heading_row: int
    row_label: str  # the text in the label cell

    @property
    def cell(self) -> str:
        return f"{INPUT_COLUMN}{self.row}"

    @property
    def before_cell(self) -> str:
        """The cell of the registered value; "" where the section has none."""
        return f"{BEFORE_COLUMN}{self.row}" if self.section.with_before else ""

    @property
    def label(self) -> str:
        """The row's label; with its section's title where a sheet has several (氏名 of four contacts)."""
        repeated = sum(other.row_label == self.row_label for other in self.sheet.slots) > 1
        return f"{self.section.title} {self.row_label}" if repeated else self.row_label

    @property
    def defined_name(self) -> str:
        return "f_" + self.key.replace(".", "_")


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook; `document_code` is the required document it stands for (§1.6)."""

    document_code: str
    title: str
    heading: str
    sections: tuple[Section, ...]
    tables: tuple[Table, ...] = ()
    landscape: bool = False

    @cached_property
    def table_rows(self) -> tuple[int, ...]:
        """The heading row of each table."""
        starts, row = [], FIRST_SECTION_ROW
        for table in self.tables:
            starts.append(row)
            row += len(table.rows) + 3 + (1 if table.note else 0)
        return tuple(starts)

    @cached_property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(self._lay_out())

    def _lay_out(self) -> Iterator[Slot]:
        row = FIRST_SECTION_ROW + sum(len(table.rows) + 3 + (1 if table.note else 0) for table in self.tables)
        for section in self.sections:
            heading_row = row
            row += 2 if section.note else 1
            for field in section.fields:
                for number, key in enumerate(field.row_keys, start=1):
                    label = field.label if field.rows == 1 else f"{field.label} {number}"
                    yield Slot(key, field, section, self, row, heading_row, label)
                    row += 1
            row += 1  # an empty row between sections

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(field for section in self.sections for field in section.fields)

    @property
    def with_before(self) -> bool:
        return any(section.with_before for section in self.sections)


@dataclass(frozen=True)
class Form:
    """One workbook: its sheets, and the plans it is for (none: for any)."""

    code: str
    title: str  # also the name of the file to download
    edition: str
    sheets: tuple[Sheet, ...]
    plans: tuple[Plan, ...] = ()
    purpose: str = ""
    steps: tuple[str, ...] = ()

    @cached_property
    def slots(self) -> dict[str, Slot]:
        """Every input cell by key."""
        return {slot.key: slot for sheet in self.sheets for slot in sheet.slots}

    @cached_property
    def fields(self) -> dict[str, Field]:
        return {field.key: field for sheet in self.sheets for field in sheet.fields}

    @property
    def with_before(self) -> bool:
        """A form of changes, with 現在の登録内容 in column F."""
        return any(sheet.with_before for sheet in self.sheets)

    @cached_property
    def keys_with_before(self) -> frozenset[str]:
        return frozenset(slot.field.key for slot in self.slots.values() if slot.before_cell)

    @property
    def file_name(self) -> str:
        return f"{self.title}.xlsx"

    def takes(self, key: str, value: object) -> bool:
        """True if there is a place for this value: a list fits its rows, a code is one of the choices."""
        field = self.fields.get(key)
        if field is None or value is None or value == "" or value == []:
            return False
        if isinstance(value, list):
            return field.rows >= len(value) and field.rows > 1
        return field.rows == 1 and (
            field.kind is not Kind.CHOICE or value in {choice.value for choice in field.choices}
        )

    def slot_of(self, key: str) -> Slot:
        """The cell of a key; a list's own key means its first row. KeyError for another form's key."""
        return self.slots.get(key) or self.slots[f"{key}.1"]
