"""Reading an uploaded application workbook, with every check, against openpyxl merely visiting its cells."""

import io
from functools import partial

import openpyxl

from accounts.rules.plans import Plan
from applications.gateways.workbooks import read_form, samples
from tests.bench import Bench, seconds


def run(small: bool) -> Bench:
    count = 3 if small else 100
    data = samples.write_sample(Plan.SMS_PLUS_RCS)
    read_form(data)  # what is loaded once per process is not measured
    floor = seconds(partial(_visit, data, count))
    measured = seconds(partial(_read, data, count))
    return Bench("form_reading", floor, measured, f"{count} RCS workbooks")


def _visit(data: bytes, count: int) -> None:
    for _ in range(count):
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        assert sum(1 for sheet in book for row in sheet.iter_rows() for _cell in row) > 500
        book.close()


def _read(data: bytes, count: int) -> None:
    for _ in range(count):
        assert read_form(data).faults == []
