"""Gives a workbook back with cells marked: a red tint and a comment each."""

import io
import re
from collections.abc import Iterable

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from applications.gateways.workbooks import style
from applications.gateways.workbooks.opening import (
    BREAKAGE,
    BROKEN,
    Package,
    UnreadableWorkbook,
    inspect,
)

AUTHOR = "KMC お客様窓口"
TITLE_CELL = "B1"
COMMENT_WIDTH, LINE_HEIGHT, CHARACTERS_PER_LINE = 320, 20, 22  # pixels, pixels, characters

_CELL = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,5}")


def mark_form(data: bytes, marks: Iterable[tuple[str, str, str]]) -> bytes:
    """The same workbook with every (sheet, cell, text) tinted and commented; texts of one cell are joined.

    What has no cell is put on the sheet's title, what has no sheet in this workbook on the first sheet's.
    Raises UnreadableWorkbook.
    """
    package = inspect(data)
    try:
        workbook = load_workbook(io.BytesIO(data), keep_links=False)
    except BREAKAGE as error:
        raise UnreadableWorkbook(BROKEN) from error
    texts: dict[tuple[str, str], list[str]] = {}
    for sheet, cell, text in marks:
        title, reference, words = _target(workbook, sheet, cell, text)
        texts.setdefault((title, reference), []).append(words)
    for (title, reference), lines in texts.items():
        _mark(workbook, package, title, reference, lines)
    if texts:
        first = next(name for name in workbook.sheetnames if any(name == title for title, _ in texts))
        workbook.active = workbook.sheetnames.index(first)
        for worksheet in workbook.worksheets:
            worksheet.sheet_view.tabSelected = worksheet.title == first
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def _target(workbook: Workbook, sheet: str, cell: str, text: str) -> tuple[str, str, str]:
    """Where a mark goes, and its words with the place it was meant for where that is another."""
    reference = cell.strip().upper().replace("$", "")
    if sheet not in workbook.sheetnames:
        return workbook.sheetnames[0], TITLE_CELL, f"{sheet} {cell} {text}".replace("  ", " ").strip()
    if not _CELL.fullmatch(reference):
        return sheet, TITLE_CELL, f"{cell} {text}".strip()
    return sheet, reference, text


def _mark(workbook: Workbook, package: Package, title: str, reference: str, lines: list[str]) -> None:
    worksheet = workbook[title]
    cell = worksheet[reference]
    if isinstance(cell, MergedCell):  # only the first cell of a merged area can be written
        letters, row = coordinate_from_string(reference)
        first = package.covering(title, row, column_index_from_string(letters))
        assert first is not None
        cell = worksheet.cell(*first)
    text = "\n".join(f"・{line}" for line in lines)
    if cell.comment is not None:
        text = f"{cell.comment.text}\n{text}"
    rows = sum(-(-len(line) // CHARACTERS_PER_LINE) for line in text.splitlines()) + 2
    cell.fill = style.fill(style.MARK_TINT)
    cell.comment = Comment(text, AUTHOR, width=COMMENT_WIDTH, height=rows * LINE_HEIGHT)
    worksheet.sheet_properties.tabColor = style.MARK_TAB
