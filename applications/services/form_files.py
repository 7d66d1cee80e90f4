"""Forms as files: blank, filled with what we know, or a submitted one back with its findings marked."""

import datetime
from collections.abc import Iterable

from accounts.models import Customer
from accounts.rules.plans import ContactRole, DeliveryMethod, Option, Plan
from accounts.services import files
from accounts.services.errors import Refused
from applications.gateways import workbooks
from applications.models import Application, Finding, SubmittedFile
from applications.rules.change_prefill import change_values
from applications.rules.evaluation import FORM_SLOT
from applications.rules.forms import FORMS, Form
from applications.rules.forms.description import Value
from applications.services.change_facts import items_of, plan_before
from applications.services.form_keys import CONTACT_FIELDS
from applications.services.prefill import known_values
from applications.services.registered import registered_values
from applications.workflow import Kind

SHEET_OF = {sheet.document_code: sheet.title for form in FORMS.values() for sheet in form.sheets}


def blank(form_code: str) -> bytes:
    """KeyError for an unknown form."""
    return workbooks.write_form(form_code)


def prefilled(*, form_code: str, application: Application, customer: Customer, day: datetime.date) -> bytes:
    """The form with all that is known of the company, the contract, the choice and the draft's own files; a form of
    changes with what is registered, twice: to edit, and to compare with."""
    form = FORMS[form_code]
    if application.kind in (Kind.CHANGE, Kind.CANCELLATION):
        values, before = _changes_prefilled(form, application, day)
        return workbooks.write_form(form_code, values, before=before)
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


def _changes_prefilled(
    form: Form, application: Application, day: datetime.date
) -> tuple[dict[str, Value], dict[str, Value]]:
    contract = application.own_contract
    registered = registered_values(contract)
    applicant = contract.contacts.open_ended().filter(role=ContactRole.ACCOUNT, position=1)
    for contact in contract.contacts.open_ended().filter(role=ContactRole.APPLICANT, position=1) or applicant:
        registered |= {f"applicant.{field}": getattr(contact, field) for field in CONTACT_FIELDS}
    values, before = change_values(
        form,
        plan=plan_before(application),
        items=items_of(application),
        registered=registered,
        contract_number=contract.number or "",
        company=application.customer.name,
        day=day,
    )
    return values, before


def forms_of(slot: str) -> list[Form]:
    """The forms that may lie in a place."""
    return [form for form in FORMS.values() if FORM_SLOT[form.code] == slot]


def marks_for(slot: str, findings: Iterable[Finding]) -> list[tuple[str, str, str]]:
    """(sheet, cell, text) of the findings on documents that this place's workbook carries; no cell: the sheet's."""
    carried = {sheet.document_code for form in forms_of(slot) for sheet in form.sheets}
    return [
        (row.sheet or SHEET_OF.get(row.document, ""), row.cell, row.text)
        for row in findings
        if row.document in carried
    ]


def marked(*, sent: SubmittedFile, unsent_too: bool = False) -> bytes | None:
    """The submitted workbook with the cells marked that the customer was told of; `unsent_too` for staff.

    None where there is nothing to mark. Refused when the file cannot be marked.
    """
    findings = (
        sent.submission.findings.all() if unsent_too else sent.submission.findings.exclude(sent_at=None)
    )
    marks = marks_for(sent.slot, findings)
    if not marks:
        return None
    try:
        return workbooks.mark_form(files.read(sent.file), marks)
    except workbooks.UnreadableWorkbook as fault:
        raise Refused(f"{sent.file.name}：{fault}") from fault
