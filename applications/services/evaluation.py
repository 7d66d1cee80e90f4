"""Evaluation before submission: what is asked of this draft, what is there, what is wrong with it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from accounts.rules.plans import DeliveryMethod, Option, Plan
from applications.gateways import workbooks
from applications.models import Application, Attachment
from applications.rules.evaluation import Evaluation, Part, evaluate_new, evaluate_release
from applications.rules.forms import Fault
from applications.workflow import Kind


def evaluate(application: Application) -> Evaluation:
    parts = live_parts(application)
    if application.kind == Kind.RELEASE:
        return evaluate_release(parts=parts, company=application.customer.name)
    return evaluate_new(
        plan=Plan(application.plan),
        delivery_method=DeliveryMethod(application.delivery_method),
        options=frozenset(Option(code) for code in application.options),
        parts=parts,
        company=application.customer.name,
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
    )


def reading_as_json(reading: "workbooks.Reading") -> dict[str, Any]:
    """A workbook's reading as it is kept with the attachment; dates as ISO strings."""
    return {
        "form_code": reading.form_code,
        "edition": reading.edition,
        "values": {key: _plain(value) for key, value in reading.values.items()},
        "faults": [_plain(dataclasses.asdict(fault)) for fault in reading.faults],
        "sources": {key: list(place) for key, place in reading.sources.items()},
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value.isoformat() if hasattr(value, "isoformat") else value
