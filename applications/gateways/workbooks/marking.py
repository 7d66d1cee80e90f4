"""Gives a workbook back with cells marked: a red tint and a comment each."""

import io
from collections.abc import Iterable
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment

from applications.gateways.workbooks import style
from applications.gateways.workbooks.opening import BROKEN, UnreadableWorkbook, inspect

AUTHOR = "KMC お客様窓口"
COMMENT_WIDTH, LINE_HEIGHT, CHARACTERS_PER_LINE = 320, 20, 24  # pixels, pixels, characters


def mark_form(data: bytes, marks: Iterable[tuple[str, str, str]]) -> bytes:
    """The same workbook with every (sheet, cell, text) tinted and commented; texts of one cell are joined.

    An empty cell means the sheet itself (its title). A sheet that is not there is left out (the mail names it).
    Raises UnreadableWorkbook.
    """
    package = inspect(data)
    try:
        workbook = load_workbook(io.BytesIO(data), keep_links=False)
    except (
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        IndexError,
        SyntaxError,
        OSError,
        BadZipFile,
    ) as error:
        raise UnreadableWorkbook(BROKEN) from error
    texts: dict[tuple[str, str], list[str]] = {}
    for sheet, cell, text in marks:
        texts.setdefault((sheet, cell or "B1"), []).append(text)
    marked_sheets: list[str] = []
    for (title, reference), lines in texts.items():
        if title not in workbook.sheetnames:
            continue
        cell = workbook[title][reference]
        if isinstance(cell, MergedCell):
            first = package.covering(title, cell.row, cell.column)
            assert first is not None
            cell = workbook[title].cell(*first)
        text = "\n".join(f"・{line}" for line in lines)
        if cell.comment is not None:
            text = f"{cell.comment.text}\n{text}"
        cell.fill = style.fill(style.MARK_TINT)
        rows = sum(-(-len(line) // CHARACTERS_PER_LINE) for line in text.splitlines()) + 2
        cell.comment = Comment(text, AUTHOR, width=COMMENT_WIDTH, height=rows * LINE_HEIGHT)
        workbook[title].sheet_properties.tabColor = "C00000"
        marked_sheets.append(title)
    if marked_sheets:
        workbook.active = workbook.sheetnames.index(marked_sheets[0])
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()
