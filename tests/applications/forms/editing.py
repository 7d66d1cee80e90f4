"""What a customer does to a workbook between download and upload."""

import io
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

from openpyxl import Workbook, load_workbook

from accounts.rules.plans import Plan
from applications.gateways.workbooks import samples

APPLICATION = "サービス利用申込書"
PARAMETERS = "アカウントパラメータ申込書"
CHECKS = "お申し込みチェックシート"
PRICES = "サービス契約プラン表"


@cache
def write_sample(plan: Plan) -> bytes:
    """The good sample of a plan, written once a run."""
    return samples.write_sample(plan)


def edited(data: bytes, change: Callable[[Workbook], None]) -> bytes:
    workbook = load_workbook(io.BytesIO(data))
    change(workbook)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def filled(data: bytes, cells: dict[tuple[str, str], Any]) -> bytes:
    """Values typed into (sheet, cell); a number stays a number."""

    def change(workbook: Workbook) -> None:
        for (sheet, cell), value in cells.items():
            workbook[sheet][cell].value = value

    return edited(data, change)


def opened(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def with_part(data: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The package with one part changed."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, change(content) if part == name else content)
    return stream.getvalue()


def zipped(parts: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()
