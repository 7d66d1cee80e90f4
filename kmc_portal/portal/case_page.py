"""What the page of one application shows: status, papers, consent, carriers, functions, versions, time line."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.forms import Form as DjangoForm
from django.utils import timezone

from accounts.rules.plans import Option
from accounts.services import materials
from applications.models import Application, Attachment, CarrierReview, Submission
from applications.rules.evaluation import (
    APPLICATION_FORM,
    IMAGE_SLOTS,
    Evaluation,
)
from applications.rules.forms import Fault, Form
from applications.services import clock, functions, submission
from applications.services.drafts import EDITABLE
from applications.services.evaluation import evaluate, part_of
from applications.services.form_files import forms_of, marks_for
from applications.services.places import forms_asked, places
from applications.services.transitions import steps_for
from applications.workflow import Action, Kind, State, Step
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import CompanyAccess, PortalRequest
from kmc_portal.portal.asks import DUE_OF, asks_of, next_for
from kmc_portal.portal.cancelling import cancellation_context
from kmc_portal.portal.changing import change_context
from kmc_portal.portal.forms import ReplyForm
from kmc_portal.portal.functions import function_rows, tries_context
from kmc_portal.portal.progress import progress
from kmc_portal.portal.story import story

SECRET = re.compile("⟦[^⟧]*⟧")  # what only delivery fills in (accounts/services/outbox.py)


@dataclass(frozen=True)
class Paper:
    """One place for a file: a workbook with its form to download, or a picture."""

    slot: str
    label: str
    carries: tuple[str, ...]  # the required documents that stand in this workbook
    form: Form | None
    attachment: Attachment | None
    blocking: tuple[Fault, ...]
    warnings: tuple[Fault, ...]
    optional: bool = False  # a picture that comes only where it changes

    @property
    def state(self) -> str:
        if self.attachment is None:
            return "optional" if self.optional else "missing"
        return "faulty" if self.blocking else "good"

    @property
    def state_label(self) -> str:
        faulty = f"直す点 {len(self.blocking)}件"
        words = {"missing": "未添付", "optional": "変える場合だけ", "faulty": faulty, "good": "添付済み"}
        return words[self.state]


def case_context(
    request: PortalRequest, application: Application, bound: Mapping[str, DjangoForm] | None = None
) -> dict[str, Any]:
    """`bound` holds forms that were filled in and refused, by name (`reply-3`, `function-5`): nothing typed is lost."""
    now = timezone.now()
    today = date_of(now)
    access, bound = request.access, dict(bound or {})
    events = list(application.events.select_related("actor"))
    possible = {step.action: step for step in steps_for(access.user, application)}
    submissions = list(application.submissions.select_related("submitted_by"))
    context: dict[str, Any] = {
        "application": application,
        "is_new": application.kind == Kind.NEW,
        "is_change": application.kind == Kind.CHANGE,
        "is_cancellation": application.kind == Kind.CANCELLATION,
        "is_ending": application.state_value is State.ENDING,
        "due_of": DUE_OF[application.kind_value],
        "state": application.state_value,
        "next": next_for(application),
        "asks": asks_of(application, access.user, today),
        "progress": progress(application, events),
        "due": clock.due(application, today),
        "options": [Option(code).label for code in application.options],
        "submissions": submissions,
        "story": story(events),
        "mails": [
            (mail, SECRET.sub("（お送りしたメールに記載）", mail.body)) for mail in access.mails(application)
        ],
        "can_withdraw": Action.WITHDRAW in possible,
        "carriers": _carriers(application, bound),
        "functions": function_rows(
            functions.endpoints_of(application, today).select_related("contract__customer"),
            bound,
            application,
        ),
        "editable": application.state in EDITABLE,
        "completed": application.state_value is State.COMPLETED,
    }
    if application.state_value is State.RETURNED and submissions:
        context |= findings_context(access, submissions[0])
        context["return_note"] = next(
            (event.note for event in reversed(events) if event.action == Action.RETURN), ""
        )
    found = evaluate(application) if context["editable"] else None
    context |= change_context(access, application, today, found)
    context |= cancellation_context(application, today)
    if found is not None:
        context |= {
            "papers": papers(access, application, found),
            "general_faults": [fault for fault in found.blocking if not _has_a_paper(fault, found)],
            "leftover": _leftover(access, application),
            "extra_files": access.attachments(application).filter(
                slot=Attachment.Slot.OTHER, replaced_at=None
            ),
            "submit_refusal": submit_refusal(application, possible.get(Action.SUBMIT)),
            "consents": _consents(access, application, today),
            **tries_context(access, application, bound),
        }
    return context


def submit_refusal(application: Application, step: Step | None) -> str | None:
    """Why it cannot be submitted as it is; the same predicates as the service asks."""
    if step is not None and step.refusal:
        return step.refusal
    return submission.NOTHING_CHANGED if submission.nothing_changed(application) else None


def papers(access: CompanyAccess, application: Application, found: Evaluation) -> list[Paper]:
    """Every place this choice has, in the order of the page, with what lies in it and what is wrong with it."""
    attached = {row.slot: row for row in access.attachments(application).filter(replaced_at=None)}
    rows, forms_here = [], forms_asked(application)
    for slot in places(application):
        attachment = attached.get(slot)
        documents = tuple(document.label for document in found.documents if document.slot == slot)
        faults: list[Fault] = list(part_of(attachment).faults) if attachment else []
        faults += [fault for fault in _about(slot, found, forms_here.get(slot)) if fault not in faults]
        rows.append(
            Paper(
                slot=slot,
                label=IMAGE_SLOTS[slot][1] if slot in IMAGE_SLOTS else forms_here[slot].title,
                carries=documents if len(documents) > 1 else (),
                form=forms_here.get(slot),
                attachment=attachment,
                blocking=tuple(fault for fault in faults if fault.severity == "blocking"),
                warnings=tuple(fault for fault in faults if fault.severity != "blocking"),
                optional=slot in IMAGE_SLOTS
                and application.kind == Kind.CHANGE
                and IMAGE_SLOTS[slot][1] not in found.pictures_missing,
            )
        )
    return rows


def _leftover(access: CompanyAccess, application: Application) -> list[Attachment]:
    """Files in places that the choice no longer has; they would be sent along."""
    asked_for = {*places(application), Attachment.Slot.OTHER}
    return list(access.attachments(application).filter(replaced_at=None).exclude(slot__in=asked_for))


def findings_context(access: CompanyAccess, version: Submission) -> dict[str, Any]:
    """What staff found in a version and told the customer, and the workbooks that can be had back with marks."""
    findings = list(version.findings.exclude(sent_at=None))
    return {
        "findings": findings,
        "findings_version": version,
        "marked": [file for file in access.submitted_files(version) if marks_for(file.slot, findings)],
    }


def _about(slot: str, found: Evaluation, asked: Form | None) -> list[Fault]:
    """Faults that only the evaluation knows (against the choice, the company) and that stand in this workbook."""
    titles = {sheet.title for form in forms_of(slot) for sheet in form.sheets}
    about = [fault for fault in found.faults if fault.sheet in titles]
    if slot == APPLICATION_FORM:
        return about + [fault for fault in found.faults if fault.code == "wrong_form"]
    documents = {sheet.document_code for sheet in asked.sheets} if asked else set()
    wrong = [
        fault for fault in found.faults if fault.code == "wrong_form" and fault.document_code in documents
    ]
    return [*about, *wrong]


def _has_a_paper(fault: Fault, found: Evaluation) -> bool:
    return bool(fault.sheet) or fault.code in ("image_missing", "wrong_form")


def _consents(access: CompanyAccess, application: Application, today: Any) -> list[dict[str, Any]]:
    if application.kind != Kind.NEW:
        return []
    return [
        {"edition": edition, "refusal": materials.refusal(customer=access.customer, edition=edition)}
        for edition in materials.to_consent(day=today)
    ]


def _carriers(application: Application, bound: dict[str, DjangoForm]) -> list[dict[str, Any]]:
    reviews = application.carrier_reviews.prefetch_related("messages__file", "messages__author")
    return [
        {
            "review": review,
            "messages": list(review.messages.all()),
            "form": bound.get(f"reply-{review.pk}") or ReplyForm(prefix=f"reply-{review.pk}"),
            "answer": review.state == CarrierReview.State.REMARKED
            and application.state_value is State.CARRIER_REVIEW,
        }
        for review in reviews
    ]
