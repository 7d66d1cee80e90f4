"""Writes a form as a workbook: layout, drop-downs, help, names, protection, and the values already known."""

import io
import unicodedata
from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from applications.gateways.workbooks import style
from applications.gateways.workbooks.cover import write_cover
from applications.rules.forms.catalogue import FORMS
from applications.rules.forms.description import Field, Form, Kind, Section, Sheet, Slot, Table, Value
from applications.rules.forms.values import show

IDENTITY_SHEET = "_form"
IDENTITY_CODE_CELL, IDENTITY_EDITION_CELL = "B1", "B2"
DATE_FORMAT = 'yyyy"年"m"月"d"日"'
LAST_COLUMN, LAST_COLUMN_OF_CHANGES = "E", "F"
BEFORE_HEADING = "現在の登録内容（変更前）"
TALL_ROW = 48.0  # points, for long texts
CHARACTERS_PER_LINE = 30  # full-width ones, of the help column


def write_form(
    form_code: str, values: Mapping[str, Value] | None = None, *, before: Mapping[str, Value] | None = None
) -> bytes:
    """The .xlsx of a form, pre-filled with `values` (lists fill their rows). KeyError for a key of another form.

    `before` is what is registered now; a form of changes shows it beside the input, other forms have no place for it.
    """
    form, known, registered = FORMS[form_code], dict(values or {}), dict(before or {})
    if unknown := known.keys() - form.fields.keys():
        raise KeyError(f"{form_code}: {sorted(unknown)}")
    if unknown := registered.keys() - form.keys_with_before:
        raise KeyError(f"{form_code}, before: {sorted(unknown)}")
    workbook = Workbook()
    workbook.properties.title = form.title
    workbook.properties.creator = "KMC"
    cover = workbook.worksheets[0]
    write_cover(cover, form)
    lists = workbook.create_sheet(IDENTITY_SHEET)
    for sheet in form.sheets:
        worksheet = workbook.create_sheet(sheet.title, index=len(workbook.sheetnames) - 1)
        _write_sheet(workbook, worksheet, form, sheet, known, registered)
    _write_identity(workbook, lists, form)
    workbook.active = 0
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def list_name(options: tuple[str, ...], form: Form) -> str:
    """The defined name of a drop-down's list; equal lists share one."""
    return f"list_{_lists(form).index(options) + 1}"


def _lists(form: Form) -> list[tuple[str, ...]]:
    return list(dict.fromkeys(field.options for field in form.fields.values() if field.options))


def put_text(cell: Cell, text: str) -> None:
    """Text stays text, also where it begins with an equals sign."""
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(("=", "+", "-", "@"))


def _write_sheet(
    workbook: Workbook,
    worksheet: Worksheet,
    form: Form,
    sheet: Sheet,
    known: dict[str, Value],
    registered: dict[str, Value],
) -> None:
    for column, width in style.COLUMN_WIDTHS.items():
        worksheet.column_dimensions[column].width = width
    if sheet.with_before:
        worksheet.column_dimensions["F"].width = style.COLUMN_WIDTHS["C"]
    worksheet.sheet_view.showGridLines = False
    _write_heading(worksheet, form, sheet)
    for row, table in zip(sheet.table_rows, sheet.tables, strict=True):
        _write_table(worksheet, row, table, sheet)
    headed: set[int] = set()
    for slot in sheet.slots:
        if slot.heading_row not in headed:
            headed.add(slot.heading_row)
            _write_section(worksheet, slot.heading_row, slot.section, sheet)
        _write_slot(worksheet, form, slot, known)
        if slot.before_cell:
            _write_before(worksheet[slot.before_cell], slot, registered)
        reference = f"{quote_sheetname(sheet.title)}!${slot.cell[0]}${slot.row}"
        workbook.defined_names[slot.defined_name] = DefinedName(slot.defined_name, attr_text=reference)
    _protect_and_print(worksheet, sheet)


def _write_heading(worksheet: Worksheet, form: Form, sheet: Sheet) -> None:
    title = worksheet["B1"]
    title.value, title.font, title.alignment = (
        sheet.heading,
        style.font(16, bold=True, colour=style.ACCENT),
        style.HEADING,
    )
    last = last_column(sheet)
    worksheet.merge_cells(f"B1:{last}1")
    worksheet.row_dimensions[1].height = 34
    subtitle = worksheet["B2"]
    subtitle.value = f"{form.title}　第{form.edition}版"
    subtitle.font, subtitle.alignment = style.font(9, colour=style.GREY), style.HEADING
    worksheet.merge_cells(f"B2:{last}2")
    worksheet.row_dimensions[3].height = 19
    for column, text, tint in (
        ("B", "色の付いた欄にご記入ください", None),
        ("C", "必ず記入する欄", style.REQUIRED_TINT),
        ("D", "任意", style.OPTIONAL_TINT),
        ("E", "ほかの答えによって必要になる欄", style.CONDITIONAL_TINT),
    ):
        cell = worksheet[f"{column}3"]
        cell.value, cell.font, cell.alignment = text, style.font(9, colour=style.GREY), style.LEFT
        if tint:
            cell.fill, cell.border = style.fill(tint), style.BOX
    if sheet.with_before:
        cell = worksheet["F3"]
        cell.value, cell.font, cell.alignment = BEFORE_HEADING, style.font(9, bold=True), style.LEFT
        cell.fill, cell.border = style.fill(style.BAND_TINT), style.BOX


def last_column(sheet: Sheet) -> str:
    return LAST_COLUMN_OF_CHANGES if sheet.with_before else LAST_COLUMN


def _write_section(worksheet: Worksheet, row: int, section: Section, sheet: Sheet) -> None:
    last = last_column(sheet)
    for column in "BCDEF"[: "BCDEF".index(last) + 1]:
        worksheet[f"{column}{row}"].border = style.UNDERLINE
    cell = worksheet[f"B{row}"]
    cell.value, cell.alignment = section.title, style.HEADING
    cell.font = style.font(12, bold=True, colour=style.ACCENT)
    worksheet.merge_cells(f"B{row}:{last}{row}")
    worksheet.row_dimensions[row].height = 26
    if section.note:
        note = worksheet[f"B{row + 1}"]
        note.value, note.alignment = section.note, style.HEADING
        note.font = style.font(9, colour=style.GREY)
        worksheet.merge_cells(f"B{row + 1}:{last}{row + 1}")
        worksheet.row_dimensions[row + 1].height = 20


def _write_table(worksheet: Worksheet, row: int, table: Table, sheet: Sheet) -> None:
    _write_section(worksheet, row, Section(table.title, (), table.note), sheet)
    first = row + (2 if table.note else 1)
    for offset, line in enumerate((table.header, *table.rows)):
        for index, (column, text) in enumerate(zip("BCDE", line, strict=True)):
            cell = worksheet[f"{column}{first + offset}"]
            put_text(cell, text)
            cell.border, cell.font = style.BOX, style.font(10, bold=offset == 0)
            cell.alignment = style.RIGHT if index == 1 and offset else style.LEFT
            if offset == 0:
                cell.fill = style.fill(style.BAND_TINT)
        worksheet.row_dimensions[first + offset].height = style.ROW_HEIGHT


def _write_slot(worksheet: Worksheet, form: Form, slot: Slot, known: dict[str, Value]) -> None:
    field, row = slot.field, slot.row
    label, badge, help_cell = worksheet[f"B{row}"], worksheet[f"D{row}"], worksheet[f"E{row}"]
    first_row = slot.key in (field.key, f"{field.key}.1")
    put_text(label, slot.row_label)
    label.font, label.fill = style.font(10, bold=field.required and first_row), style.fill(style.BAND_TINT)
    text, tint = _badge(field, first_row)
    badge.value, badge.font, badge.alignment = (
        text,
        style.font(9, bold=text == "必須", colour=style.GREY),
        style.CENTRE,
    )
    put_text(help_cell, help_text(field) if first_row else "")
    to_confirm = bool(field.must) and not field.example  # a check item: its text is what matters
    help_cell.font = style.font(10) if to_confirm else style.font(9, colour=style.GREY)
    entry = worksheet[slot.cell]
    entry.fill, entry.protection, entry.font = style.fill(tint), style.OPEN, style.font(11)
    for cell in (label, entry, badge, help_cell):
        cell.border = style.BOX
        if cell is not badge:
            cell.alignment = style.LEFT
    height = max(style.ROW_HEIGHT, 14.0 * _lines(str(help_cell.value or "")) + 9)
    worksheet.row_dimensions[row].height = max(height, TALL_ROW) if field.kind is Kind.LONG_TEXT else height
    _write_value(entry, slot, known)
    worksheet.add_data_validation(_validation(form, slot))


def _lines(text: str) -> int:
    """How many lines of the help column a text takes; half-width characters count half."""
    halves = sum(2 if unicodedata.east_asian_width(character) in "WFA" else 1 for character in text)
    return -(-halves // (2 * CHARACTERS_PER_LINE))


def _badge(field: Field, first_row: bool) -> tuple[str, str]:
    if field.required and first_row:
        return ("条件付き", style.CONDITIONAL_TINT) if field.only_when else ("必須", style.REQUIRED_TINT)
    if field.needed_when is not None and first_row:
        return "条件付き", style.CONDITIONAL_TINT
    return "任意", style.OPTIONAL_TINT


def help_text(field: Field) -> str:
    """Condition, advice and example, as shown beside the cell and when it is selected."""
    parts = [field.help]
    if field.needed_when is not None:
        parts.insert(0, f"{field.needed_when.words}にご記入ください。")
    if field.example:
        parts.append(f"例: {field.example}")
    return "　".join(part for part in parts if part)


def _write_before(cell: Cell, slot: Slot, registered: dict[str, Value]) -> None:
    """現在の登録内容: to read, so grey and locked."""
    cell.font, cell.fill = style.font(10, colour=style.GREY), style.fill(style.BAND_TINT)
    cell.border, cell.alignment = style.BOX, style.LEFT
    _write_value(cell, slot, registered, with_default=False)


def _write_value(cell: Cell, slot: Slot, known: dict[str, Value], *, with_default: bool = True) -> None:
    field = slot.field
    cell.number_format = {Kind.DATE: DATE_FORMAT, Kind.INTEGER: "#,##0"}.get(field.kind, "@")
    value: Value | None = known.get(field.key)
    if isinstance(value, list):
        index = int(slot.key.rpartition(".")[2]) - 1
        if len(value) > field.rows:
            raise ValueError(f"{field.key}: {len(value)} values for {field.rows} rows")
        value = value[index] if index < len(value) else None
    if value is None or value == "":
        if with_default and field.default and slot.key == field.key:
            put_text(cell, field.default)
        return
    shown = show(field, value)
    if isinstance(shown, str):
        put_text(cell, shown)
    else:
        cell.value = shown
        cell.number_format = DATE_FORMAT if field.kind is Kind.DATE else "#,##0"


def _validation(form: Form, slot: Slot) -> DataValidation:
    """Drop-down, date or number check; the help appears when the cell is selected."""
    field = slot.field
    check = DataValidation(allow_blank=True, sqref=slot.cell, showInputMessage=True, showErrorMessage=True)
    check.promptTitle, check.prompt = slot.row_label[:32], (help_text(field) or slot.row_label)[:230]
    check.errorTitle = "入力内容をご確認ください"
    if field.options:
        check.type, check.formula1 = "list", list_name(field.options, form)
        check.error = "一覧から選んでください。"
        check.prompt = f"{check.prompt}\n一覧から選んでください。" if help_text(field) else check.error
    elif field.kind is Kind.DATE:
        check.type, check.operator, check.errorStyle = "date", "between", "warning"
        check.formula1, check.formula2 = "DATE(2018,1,1)", "DATE(2099,12,31)"
        check.error = "日付を 2026/11/22 の形でご記入ください。"
    elif field.kind is Kind.INTEGER:
        check.type, check.operator, check.formula1 = "whole", "greaterThanOrEqual", str(field.least)
        check.error = f"{field.least}以上の整数をご記入ください。"
    else:
        check.type, check.operator, check.formula1 = "textLength", "lessThanOrEqual", str(field.max_length)
        check.error = f"{field.max_length}文字以内でご記入ください。"
    return check


def _protect_and_print(worksheet: Worksheet, sheet: Sheet) -> None:
    worksheet.freeze_panes = "A4"
    worksheet.protection.sheet = True  # no password: it keeps from slips, not from intent
    worksheet.protection.formatColumns = worksheet.protection.formatRows = False
    worksheet.print_title_rows = "1:3"
    style.print_on_a4(worksheet, landscape=sheet.landscape)


def _write_identity(workbook: Workbook, worksheet: Worksheet, form: Form) -> None:
    for row, (name, text) in enumerate((("form_code", form.code), ("edition", form.edition)), start=1):
        worksheet.cell(row, 1, name)
        put_text(worksheet[f"B{row}"], text)
    for number, options in enumerate(_lists(form), start=4):
        letter = get_column_letter(number)
        for row, option in enumerate(options, start=1):
            put_text(worksheet[f"{letter}{row}"], option)
        name = list_name(options, form)
        reference = f"{quote_sheetname(IDENTITY_SHEET)}!${letter}$1:${letter}${len(options)}"
        workbook.defined_names[name] = DefinedName(name, attr_text=reference)
    worksheet.sheet_state = "hidden"
    worksheet.protection.sheet = True
