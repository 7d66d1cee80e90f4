"""A change as it arrives: workbooks written with what is registered, edited, read, and judged against the contract."""

from collections.abc import Collection, Mapping
from typing import Any

from accounts.rules.plans import Plan
from applications.gateways.workbooks import read_form
from applications.gateways.workbooks.change_samples import registered_sample, write_change_sample
from applications.rules.change_evaluation import evaluate_change
from applications.rules.changes import ChangeItem
from applications.rules.evaluation import Evaluation, Part
from applications.rules.forms.description import Value
from tests.applications.forms.editing import filled

SERVICE = "サービス利用変更申込書"
PARAMETERS = "アカウントパラメータ変更申込書"
NUMBER = "KMC-0000001"
COMPANY = "株式会社見本トラベル"

Cells = Mapping[tuple[str, str], Any]


def part(data: bytes) -> Part:
    reading = read_form(data)
    return Part(
        "file.xlsx",
        reading.form_code,
        reading.values,
        reading.sources,
        tuple(reading.faults),
        reading.before,
    )


def edited_parts(files: Mapping[str, bytes], cells: Cells) -> dict[str, Part]:
    """`cells` typed into whichever workbook has their sheet; None empties a cell."""
    sheets = {"service_change_form": SERVICE, "parameter_change_form": PARAMETERS}
    return {
        slot: part(
            filled(data, {place: value for place, value in cells.items() if place[0] == sheets.get(slot)})
        )
        for slot, data in files.items()
    }


def judged(
    plan: Plan | str,
    items: Collection[ChangeItem],
    cells: Cells | None = None,
    *,
    chosen: Collection[ChangeItem] | None = None,
    registered: Mapping[str, Value] | None = None,
    pictures: Collection[str] = (),
    number: str = NUMBER,
    company: str = COMPANY,
) -> Evaluation:
    """The sample change of `items` with `cells` edited; `chosen` on the screen, `registered` by now."""
    files = write_change_sample(plan, items)
    return evaluate_change(
        plan=Plan(plan),
        items=items if chosen is None else chosen,
        parts={**edited_parts(files, cells or {}), **{slot: Part(f"{slot}.png") for slot in pictures}},
        registered=registered_sample(plan) if registered is None else registered,
        contract_number=number,
        company=company,
    )


def found(evaluation: Evaluation) -> list[tuple[str, str, str]]:
    """(code, place, severity) of every fault."""
    return [(fault.code, fault.place, fault.severity) for fault in evaluation.faults]
