"""What was sent, in the forms' own order: value, sheet!cell, and what the version before said."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from applications.models import Submission
from applications.rules.documents import DocumentCode
from applications.rules.forms import FORMS, Form, form_for_plan
from applications.rules.forms.description import Field, Kind, Sheet
from applications.rules.forms.values import show
from applications.services.places import forms_asked
from applications.workflow import Kind as Procedure
from kmc_portal.lib.business_days import japanese_date

SMS_RESULT = "sms_result_destination"


@dataclass(frozen=True)
class Line:
    key: str
    label: str
    sheet: str
    cell: str
    value: str
    before: str | None  # what the version before said, where that differs; "" for nothing

    @property
    def place(self) -> str:
        return f"{self.sheet}!{self.cell}"


@dataclass(frozen=True)
class Block:
    """One section of a sheet."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Paper:
    """One required document as it was sent."""

    code: str
    blocks: tuple[Block, ...]
    changed: int  # lines that differ from the version before


def forms_in(submission: Submission) -> list[Form]:
    if submission.application.kind != Procedure.NEW:
        return list(forms_asked(submission.application).values())
    documents, main = submission.content["documents"], form_for_plan(submission.content["plan"])
    return [main, FORMS[SMS_RESULT]] if SMS_RESULT in documents else [main]


def papers_of(submission: Submission, before: Submission | None) -> dict[str, Paper]:
    """By document code; only what the document asks for and what was answered."""
    found: dict[str, Paper] = {}
    for form in forms_in(submission):
        for sheet in form.sheets:
            if sheet.document_code in submission.content["documents"]:
                found[sheet.document_code] = _paper(sheet, submission, before)
    return found


def _paper(sheet: Sheet, submission: Submission, before: Submission | None) -> Paper:
    values, sources = submission.content["values"], submission.content["sources"]
    old = before.content["values"] if before else None
    cells = {slot.field.key: slot.cell for slot in reversed(sheet.slots)}
    blocks, changed = [], 0
    for section in sheet.sections:
        lines = []
        for field in section.fields:
            line = _line(field, sheet, cells[field.key], values, sources, old)
            if line is not None:
                lines.append(line)
                changed += line.before is not None
        if lines:
            blocks.append(Block(section.title, tuple(lines)))
    return Paper(DocumentCode(sheet.document_code), tuple(blocks), changed)


def _line(
    field: Field,
    sheet: Sheet,
    cell: str,
    values: Mapping[str, Any],
    sources: Mapping[str, Any],
    old: Mapping[str, Any] | None,
) -> Line | None:
    value, earlier = values.get(field.key), (old or {}).get(field.key)
    if value in (None, "", []) and earlier in (None, "", []):
        return None
    place = sources.get(field.key) or sources.get(f"{field.key}.1") or (sheet.title, cell)
    differs = old is not None and value != earlier
    return Line(
        key=field.key if field.rows == 1 else f"{field.key}.1",
        label=field.label,
        sheet=place[0],
        cell=place[1],
        value=text_of(field, value),
        before=text_of(field, earlier) if differs else None,
    )


def text_of(field: Field, value: Any) -> str:
    """As staff read it: labels for codes, one line per row of a list."""
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    if field.kind is Kind.DATE:
        return japanese_date(datetime.date.fromisoformat(str(value)))
    shown = show(field, value)
    return f"{shown:,}" if isinstance(shown, int) and not isinstance(shown, bool) else str(shown)
