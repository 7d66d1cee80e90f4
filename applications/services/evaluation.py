"""Evaluation before submission: what is asked of this draft, what is there, what is wrong with it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from accounts.rules.plans import DeliveryMethod, Option, Plan
from applications.gateways import workbooks
from applications.models import Application, Attachment
from applications.rules.change_evaluation import evaluate_cancellation, evaluate_change
from applications.rules.evaluation import Evaluation, Part, evaluate_new, evaluate_release
from applications.rules.forms import Fault
from applications.services.change_facts import items_of, plan_before
from applications.services.registered import registered_values
from applications.workflow import Kind


def evaluate(application: Application) -> Evaluation:
    parts = live_parts(application)
    company = application.customer.name
    match application.kind_value:
        case Kind.RELEASE:
            return evaluate_release(parts=parts, company=company)
        case Kind.CHANGE:
            contract = application.own_contract
            return evaluate_change(
                plan=plan_before(application),
                items=items_of(application),
                parts=parts,
                registered=registered_values(contract),
                contract_number=contract.number or "",
                company=company,
            )
        case Kind.CANCELLATION:
            number = application.own_contract.number or ""
            return evaluate_cancellation(parts=parts, contract_number=number, company=company)
    return evaluate_new(
        plan=Plan(application.plan),
        delivery_method=DeliveryMethod(application.delivery_method),
        options=frozenset(Option(code) for code in application.options),
        parts=parts,
        company=company,
    )


def live_parts(application: Application) -> dict[str, Part]:
    """The draft's current attachments by slot."""
    return {
        attachment.slot: part_of(attachment)
        for attachment in application.attachments.filter(replaced_at=None).select_related("file")
    }


def part_of(attachment: Attachment) -> Part:
    reading = attachment.reading
    return Part(
        file_name=attachment.file.name,
        form_code=reading.get("form_code", ""),
        values=reading.get("values", {}),
        sources={key: (place[0], place[1]) for key, place in reading.get("sources", {}).items()},
        faults=tuple(Fault(**fault) for fault in reading.get("faults", ())),
        before=reading.get("before", {}),
    )


def reading_as_json(reading: "workbooks.Reading") -> dict[str, Any]:
    """A workbook's reading as it is kept with the attachment; dates as ISO strings."""
    return {
        "form_code": reading.form_code,
        "edition": reading.edition,
        "values": {key: _plain(value) for key, value in reading.values.items()},
        "before": {key: _plain(value) for key, value in reading.before.items()},
        "faults": [_plain(dataclasses.asdict(fault)) for fault in reading.faults],
        "sources": {key: list(place) for key, place in reading.sources.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
