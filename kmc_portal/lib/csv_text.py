"""CSV that Excel opens as it is: UTF-8 with BOM, CRLF, and no cell that a spreadsheet would run as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

BOM = "\ufeff"
# A cell beginning with one of these is taken for a formula, full-width signs too (Japanese Excel).
_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def safe_cell(value: object) -> str:
    """The text of a cell; an apostrophe stands before what would else be run. None is an empty cell."""
    text = "" if value is None else str(value)
    starts = text.startswith(_STARTS_A_FORMULA) or text.lstrip(" \u3000").startswith(_STARTS_A_FORMULA)
    return f"'{text}" if starts else text


def write_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([safe_cell(value) for value in row] for row in rows)
    return BOM + stream.getvalue()
