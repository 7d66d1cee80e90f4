"""Forms as files: blank, filled with what we know, or a submitted one back with its findings marked."""

import datetime
from collections.abc import Iterable

from accounts.models import Customer
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services import files
from applications.gateways import workbooks
from applications.models import Application, Finding, SubmittedFile
from applications.rules.evaluation import APPLICATION_FORM, RELEASE_FORM, SMS_RESULT_FORM
from applications.rules.forms import FORMS, Form
from applications.services.prefill import known_values


def blank(form_code: str) -> bytes:
    """KeyError for an unknown form."""
    return workbooks.write_form(form_code)


def prefilled(*, form_code: str, application: Application, customer: Customer, day: datetime.date) -> bytes:
    """The form with all that is known of the company, the contract, the choice and the draft's own files."""
    values = known_values(
        form_code=form_code,
        customer=customer,
        plan=Plan(application.plan),
        options=[Option(code) for code in application.options],
        delivery_method=DeliveryMethod(application.delivery_method),
        day=day,
        application=application,
    )
    return workbooks.write_form(form_code, values)


def forms_of(slot: str) -> list[Form]:
    """The forms that may lie in a place."""
    if slot == APPLICATION_FORM:
        return [form for code, form in FORMS.items() if code.startswith("application_")]
    codes = {SMS_RESULT_FORM: "sms_result_destination", RELEASE_FORM: "release_checklist"}
    return [FORMS[codes[slot]]] if slot in codes else []


def marks_for(slot: str, findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """(sheet, cell, text) of the findings that stand in this place's workbook; "" for the sheet as a whole."""
    sheets = {sheet.title for form in forms_of(slot) for sheet in form.sheets}
    by_document = {sheet.document_code: sheet.title for form in forms_of(slot) for sheet in form.sheets}
    marks = []
    for finding in findings:
        sheet = finding.sheet or by_document.get(finding.document, "")
        if sheet in sheets:
            marks.append((sheet, finding.cell if finding.sheet else "", finding.text))
    return marks


def marked(*, sent: SubmittedFile) -> bytes | None:
    """The submitted workbook with the cells marked that the customer was told of; None where there are none."""
    marks = marks_for(sent.slot, sent.submission.findings.exclude(sent_at=None))
    return workbooks.mark_form(files.read(sent.file), marks) if marks else None
