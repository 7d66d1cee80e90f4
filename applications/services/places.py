"""Where the files of a case belong, and which form lies in each place (§1.6, §2.1b, §3.1)."""

from accounts.rules.plans import Option, Plan
from applications.models import Application
from applications.rules.change_evaluation import change_forms, change_slots
from applications.rules.documents import DocumentCode
from applications.rules.evaluation import (
    APPLICATION_FORM,
    CANCELLATION_FORM,
    RELEASE_FORM,
    SMS_RESULT_FORM,
    slots_for,
)
from applications.rules.forms import FORMS, Form, form_for_plan
from applications.services.change_facts import items_of, plan_before, sms_result_is_new
from applications.services.facts import latest_submission
from applications.workflow import CLOSED, Kind


def places(application: Application) -> tuple[str, ...]:
    """In the order in which the page asks for them; workbooks before pictures."""
    match application.kind_value:
        case Kind.RELEASE:
            return (RELEASE_FORM,)
        case Kind.CANCELLATION:
            return (CANCELLATION_FORM,)
        case Kind.CHANGE:
            return change_slots(
                plan_before(application),
                items_of(application),
                sms_result_newly_used=_brings_sms_result(application),
            )
        case Kind.NEW:
            return slots_for(Plan(application.plan), frozenset(Option(code) for code in application.options))


def _brings_sms_result(application: Application) -> bool:
    """SMS結果通知 is new by this change; once it is over, as it was sent."""
    if application.state in CLOSED and (sent := latest_submission(application)) is not None:
        return DocumentCode.SMS_RESULT_DESTINATION in sent.content["documents"]
    return sms_result_is_new(application.own_contract, items_of(application))


def forms_asked(application: Application) -> dict[str, Form]:
    """The workbook of each place that takes one, by slot."""
    found: dict[str, Form]
    match application.kind_value:
        case Kind.RELEASE:
            found = {RELEASE_FORM: FORMS["release_checklist"]}
        case Kind.CANCELLATION:
            found = {CANCELLATION_FORM: FORMS["cancellation"]}
        case Kind.CHANGE:
            found = change_forms(plan_before(application), items_of(application))
        case Kind.NEW:
            found = {APPLICATION_FORM: form_for_plan(application.plan)}
    if SMS_RESULT_FORM in places(application):
        found[SMS_RESULT_FORM] = FORMS["sms_result_destination"]
    return found
