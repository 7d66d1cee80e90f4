"""Reads a filled-in form back by its description; every fault names the cell it was found in.

A field is looked for by its defined name, then in the cell where we issued it; in both cases the label
beside it must be the field's, so that a moved row is found or reported and never read as something else.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from openpyxl import load_workbook
from openpyxl.cell.cell import ERROR_CODES
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.cell import coordinate_from_string
from openpyxl.utils.datetime import from_excel
from openpyxl.workbook import Workbook
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from applications.gateways.workbooks.cover import COVER_TITLE
from applications.gateways.workbooks.opening import BREAKAGE, BROKEN, Package, UnreadableWorkbook, inspect
from applications.gateways.workbooks.writing import IDENTITY_SHEET
from applications.rules.forms.catalogue import FORMS
from applications.rules.forms.checks import FIRST_LIMITS, FormLimits, Parsed
from applications.rules.forms.description import (
    BEFORE_COLUMN,
    INPUT_COLUMN,
    LABEL_COLUMN,
    Form,
    Kind,
    Sheet,
    Slot,
    Value,
)
from applications.rules.forms.faults import Fault, Severity, ValueFault
from applications.rules.forms.validation import fault_at, in_order, validate
from applications.rules.forms.values import half_width, is_empty, parse

MAX_ROW, MAX_COLUMN = 400, 20  # our sheets are far smaller; what stands beyond is not read

BEFORE_OFFSET = ord(BEFORE_COLUMN) - ord(INPUT_COLUMN)  # columns to the right of the input

NOT_OUR_FORM = (
    "当社の申込書ではないようです。申込書をダウンロードし、その中に記入してアップロードしてください。"
)

_CELL = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")


@dataclass
class Reading:
    """`values` as in rules.forms; `sources` maps every key that was found to (sheet, cell).

    In a list, `key.n` is the cell of the n-th value (empty rows between are left out).
    `before` is what a form of changes shows as registered when it was handed out; {} for other and for blank forms.
    """

    form_code: str
    edition: str
    values: dict[str, Value] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    sources: dict[str, tuple[str, str]] = field(default_factory=dict)
    before: dict[str, Value] = field(default_factory=dict)

    @property
    def blocking(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.severity == "blocking"]


@dataclass(frozen=True)
class Entry:
    """What stands in one cell. `kind` is openpyxl's data type: f formula, e error, …"""

    value: Any
    kind: str


Grid = dict[tuple[int, int], Entry]  # (row, column) → entry


def read_form(data: bytes, expected: set[str] | None = None, *, limits: FormLimits = FIRST_LIMITS) -> Reading:
    """Reads a workbook. UnreadableWorkbook if it is none of our forms at all.

    `expected` holds the form codes asked for here; another form of ours is a fault.
    """
    package = inspect(data)
    workbook = _load(data)
    try:
        grids = {sheet.title: _grid(sheet) for sheet in workbook.worksheets}
        names = _defined_names(workbook)
        epoch = workbook.epoch
    finally:
        workbook.close()
    form, edition = _identify(grids)
    reading = Reading(form.code, edition)
    reading.faults += _faults_of_the_whole(form, edition, expected)
    reader = _Reader(form, reading, grids, names, package, epoch, limits)
    for sheet in form.sheets:
        reader.read_sheet(sheet)
    reader.judge()
    return reading


def _load(data: bytes) -> Workbook:
    try:
        return load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except BREAKAGE as error:
        raise UnreadableWorkbook(BROKEN) from error


def _grid(sheet: Any) -> Grid:
    """The filled cells of the part of a sheet that our forms use."""
    grid: Grid = {}
    try:
        for row in sheet.iter_rows(min_row=1, max_row=MAX_ROW, min_col=1, max_col=MAX_COLUMN):
            for cell in row:
                if cell.value is not None:
                    grid[cell.row, cell.column] = Entry(cell.value, cell.data_type)
    except BREAKAGE as error:
        raise UnreadableWorkbook(BROKEN) from error
    return grid


def _defined_names(workbook: Workbook) -> dict[str, tuple[str, str]]:
    """Name → (sheet, cell) for names that mean one cell."""
    found: dict[str, tuple[str, str]] = {}
    for name, defined in workbook.defined_names.items():
        text = defined.attr_text or ""
        title, separator, cell = text.rpartition("!")
        reference = cell.replace("$", "")
        if separator and _CELL.fullmatch(reference):  # not #REF!, ranges, whole columns
            found[name] = (title.strip("'").replace("''", "'"), reference)
    return found


def _identify(grids: dict[str, Grid]) -> tuple[Form, str]:
    """By the hidden sheet, else by the title on the cover."""
    identity = grids.get(IDENTITY_SHEET)
    if identity is not None:
        code, edition = (str(identity[row, 2].value) if (row, 2) in identity else "" for row in (1, 2))
        if code in FORMS:
            return FORMS[code], edition
    title = grids.get(COVER_TITLE, {}).get((1, 2))
    for form in FORMS.values():
        if title is not None and half_width(str(title.value)) == half_width(form.title):
            return form, ""
    raise UnreadableWorkbook(NOT_OUR_FORM)


def _faults_of_the_whole(form: Form, edition: str, expected: set[str] | None) -> Iterator[Fault]:
    def fault(code: str, message: str, severity: Severity = "blocking") -> Fault:
        return Fault(code, form.sheets[0].document_code, COVER_TITLE, "", form.title, message, severity)

    if expected is not None and form.code not in expected:
        wanted = "、".join(f"「{FORMS[code].title}」" for code in sorted(expected))
        yield fault("wrong_form", f"ここで必要なのは{wanted}です。「{form.title}」は受け取れません。")
    if edition == form.edition:
        return
    if not edition:
        yield fault(
            "edition_unknown",
            "版の情報が見つかりません。内容は読み取りましたが、最新の申込書のご利用をお勧めします。",
            "warning",
        )
    elif _numbers(edition) < _numbers(form.edition):
        yield fault(
            "edition_old",
            f"古い版（第{edition}版）の申込書です。不備が表示されたときは、最新の第{form.edition}版をダウンロードして記入し直してください。",
            "warning",
        )
    else:
        yield fault(
            "edition_unknown",
            f"第{edition}版の申込書には対応していません。第{form.edition}版をダウンロードして記入してください。",
        )


def _numbers(edition: str) -> list[int]:
    """`2.0.1` → [2, 0, 1]; what is no number counts as newer than all."""
    return [int(part) if part.isdecimal() else 9999 for part in edition.split(".")]


def _same_label(entry: Entry | None, label: str) -> bool:
    return entry is not None and _label_key(str(entry.value)) == _label_key(label)


def _label_key(text: str) -> str:
    return half_width(text).replace(" ", "").replace("\n", "")


class _Reader:
    """One pass over one workbook."""

    def __init__(
        self,
        form: Form,
        reading: Reading,
        grids: dict[str, Grid],
        names: dict[str, tuple[str, str]],
        package: Package,
        epoch: datetime,
        limits: FormLimits,
    ) -> None:
        self.form, self.reading, self.grids, self.names = form, reading, grids, names
        self.package, self.epoch, self.limits = package, epoch, limits
        self.failed: set[str] = set()  # keys with a fault of their own

    def read_sheet(self, sheet: Sheet) -> None:
        title = self._find_sheet(sheet)
        if title is None:
            self.failed |= {item.key for item in sheet.fields}
            return
        lost: list[Slot] = []
        for slot in sheet.slots:
            cell = self._find_cell(slot, title)
            if cell is None:
                lost.append(slot)
                self.failed.add(slot.field.key)
                continue
            self._read_slot(slot, title, cell)
            if slot.before_cell:
                self._read_before(slot, title, cell)
        if lost:
            self._report_lost(sheet, title, lost)

    def _find_sheet(self, sheet: Sheet) -> str | None:
        """The sheet's title in this workbook: ours, or the new one where it was renamed."""
        if sheet.title in self.grids:
            return sheet.title
        for slot in sheet.slots:
            title = self.names.get(slot.defined_name, ("", ""))[0]
            if title in self.grids:
                message = (
                    f"シート「{sheet.title}」の名前が「{title}」に変わっています。内容は読み取りました。"
                )
                self._add("sheet_renamed", sheet, title, "", message, "warning")
                return title
        message = (
            f"シート「{sheet.title}」がありません。申込書をダウンロードし直し、このシートも記入してください。"
        )
        self._add("sheet_missing", sheet, sheet.title, "", message)
        return None

    def _find_cell(self, slot: Slot, title: str) -> str | None:
        grid = self.grids[title]
        named_title, named_cell = self.names.get(slot.defined_name, ("", ""))
        if named_title == title:
            letters, row = coordinate_from_string(named_cell)
            column = column_index_from_string(letters)
            if _same_label(grid.get((row, column - 1)), slot.row_label):
                return named_cell
        label_column = column_index_from_string(LABEL_COLUMN)
        if _same_label(grid.get((slot.row, label_column)), slot.row_label) and _same_label(
            grid.get((slot.heading_row, label_column)), slot.section.title
        ):
            return slot.cell
        return None

    def _report_lost(self, sheet: Sheet, title: str, lost: list[Slot]) -> None:
        for slot in lost:
            message = (
                f"「{slot.row_label}」の欄が元の場所（{slot.cell}）に見つかりません。行や見出しが変わっているようです。"
                "申込書をダウンロードし直して記入してください。"
            )
            self.reading.faults.append(
                fault_at(slot, "layout_changed", message, {slot.key: (title, slot.cell)})
            )

    def _read_slot(self, slot: Slot, title: str, cell: str) -> None:
        item = slot.field
        letters, row = coordinate_from_string(cell)
        column = column_index_from_string(letters)
        place = {slot.key: (title, cell)}
        try:
            raw = self._raw(slot, title, row, column)
            if is_empty(raw):
                self.reading.sources.setdefault(item.key, (title, cell))
                if item.rows == 1:
                    self.reading.sources[slot.key] = (title, cell)
                return
            parsed = parse(item, raw, self.limits)
        except ValueFault as fault:
            self.failed.add(item.key)
            self.reading.sources[slot.key] = (title, cell)
            self.reading.faults.append(fault_at(slot, fault.code, fault.message, place))
            return
        if parsed.warning is not None:
            self.reading.faults.append(
                fault_at(slot, parsed.warning.code, parsed.warning.message, place, "warning")
            )
        self._keep(slot, parsed, (title, cell))

    def _read_before(self, slot: Slot, title: str, cell: str) -> None:
        """The registered value as it stood when the form was written, beside the input wherever that lies now."""
        letters, row = coordinate_from_string(cell)
        column = column_index_from_string(letters) + BEFORE_OFFSET
        place = (title, f"{get_column_letter(column)}{row}")
        try:
            raw = self._raw(slot, title, row, column)
            if is_empty(raw):
                return
            value = parse(slot.field, raw, self.limits).value
        except ValueFault:
            message = "「現在の登録内容」を読み取れませんでした。書き換えた場合は、申込書をダウンロードし直してください。"
            self.reading.faults.append(
                fault_at(slot, "before_unreadable", message, {slot.key: place}, "warning")
            )
            return
        if slot.field.rows == 1:
            self.reading.before[slot.field.key] = value
            return
        values = self.reading.before.setdefault(slot.field.key, [])
        assert isinstance(values, list) and isinstance(value, str)
        values.append(value)

    def _keep(self, slot: Slot, parsed: Parsed, place: tuple[str, str]) -> None:
        key, sources = slot.field.key, self.reading.sources
        if slot.field.rows == 1:
            self.reading.values[key] = parsed.value
            sources[key] = place
            return
        values = self.reading.values.setdefault(key, [])
        assert isinstance(values, list) and isinstance(parsed.value, str)
        values.append(parsed.value)
        sources[f"{key}.{len(values)}"] = place
        if len(values) == 1:
            sources[key] = place

    def _raw(self, slot: Slot, title: str, row: int, column: int) -> Any:
        """The cell's value as text, number or date. Raises ValueFault for what is no value."""
        covered = self.package.covering(title, row, column)
        if covered is not None:
            first = f"{get_column_letter(covered[1])}{covered[0]}"
            raise ValueFault(
                "merged_cell", f"セルが{first}と結合されています。結合を解除し、この欄に記入してください。"
            )
        entry = self.grids[title].get((row, column))
        if entry is None:
            return None
        if entry.kind == "f" or isinstance(entry.value, (ArrayFormula, DataTableFormula)):
            raise ValueFault("formula", "数式が入っています。数式ではなく、値そのものを記入してください。")
        if slot.field.kind is Kind.DATE and entry.kind == "e":  # 20261122 in a cell with a date format, too
            raise ValueFault("not_a_date", "日付として受け付けられません。2026/11/22 の形でご記入ください。")
        if entry.kind == "e" or entry.value in ERROR_CODES:
            raise ValueFault(
                "error_value", f"セルがエラー（{entry.value}）になっています。値を記入し直してください。"
            )
        if isinstance(entry.value, (time, timedelta)):
            raise ValueFault(
                "unexpected_time",
                "時刻として入力されています。セルの表示形式を「文字列」にして記入し直してください。",
            )
        if (
            slot.field.kind is Kind.DATE
            and isinstance(entry.value, (int, float))
            and not isinstance(entry.value, bool)
        ):
            return self._date_of_serial(entry.value)
        return entry.value

    def _date_of_serial(self, serial: float) -> Any:
        """A date whose cell lost its format arrives as a count of days; 20261122 is a date written together."""
        if 18_000_000 <= serial <= 21_000_000:
            return str(int(serial))
        if not 0 < serial < 100_000:
            return str(serial)
        return from_excel(serial, self.epoch)

    def judge(self) -> None:
        """Required answers and what must hold between them; answers that do not count are dropped."""
        reading, form = self.reading, self.form
        reading.faults += validate(
            form, reading.values, skip=self.failed, places=reading.sources, limits=self.limits
        )
        dropped = [key for key in reading.values if not form.fields[key].counts(reading.values)]
        for key in dropped:
            if form.fields[key].kind is not Kind.BOOL:
                del reading.values[key]
        reading.faults = in_order(form, reading.faults)

    def _add(
        self, code: str, sheet: Sheet, title: str, cell: str, message: str, severity: Severity = "blocking"
    ) -> None:
        self.reading.faults.append(
            Fault(code, sheet.document_code, title, cell, sheet.title, message, severity)
        )
