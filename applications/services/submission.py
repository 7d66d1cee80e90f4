"""Submit a draft (§1.3 step 2): an immutable version of everything sent, with consent to named editions."""

import datetime
from collections.abc import Collection

from django.db import transaction

from accounts.models import User
from accounts.rules.plans import NotificationFunction, Option, Plan
from accounts.services import endpoints, materials
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.models import (
    Application,
    Consent,
    DocumentReview,
    Submission,
    SubmittedFile,
)
from applications.rules.changes import target_plan
from applications.rules.differences import Difference
from applications.rules.evaluation import Evaluation
from applications.rules.forms import FORMS
from applications.services import cancellation, change_facts, changes, functions, mails
from applications.services.drafts import contract_for
from applications.services.evaluation import evaluate
from applications.services.facts import latest_submission
from applications.services.form_keys import ENDPOINTS
from applications.services.transitions import lock, perform
from applications.workflow import Action, Kind
from kmc_portal.lib.jst import date_of

NOTHING_CHANGED = "前回の提出から何も変わっていません。指摘された箇所を直した書類を添付してください。"


@transaction.atomic
def submit(
    *,
    application_id: int,
    version: int,
    consented_editions: Collection[int],
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> Submission:
    """Send the draft in. The clock of a new contract starts with its first submission (ours, §1.3).

    `consented_editions` are the editions that were shown and ticked; they must be the ones of today. What the
    customer may not read yet cannot be consented to: the workflow table refuses the step then.
    """
    application = lock(application_id, version)
    found = evaluate(application)
    before = latest_submission(application)
    editions = materials.to_consent(day=date_of(now)) if application.kind == Kind.NEW else []
    readable = [row for row in editions if not materials.refusal(customer=application.customer, edition=row)]
    missing = [str(edition) for edition in readable if edition.pk not in set(consented_editions)]
    if missing:
        raise Refused(f"同意が必要です：{'、'.join(missing)}")
    if nothing_changed(application):
        raise Refused(NOTHING_CHANGED)
    if application.kind == Kind.CHANGE:
        changes.may_be_sent(application, day=date_of(now))
    changed = ["contract", "plan", "options", "last_month"]
    application.contract = contract_for(application)
    if application.kind == Kind.CHANGE:
        items = change_facts.items_of(application)
        application.plan = target_plan(change_facts.plan_before(application), items)
        application.options = sorted(options_asked_for(application, found))
    if application.kind == Kind.CANCELLATION:
        application.last_month = cancellation.last_month_at_submission(application, now)
    if application.submitted_at is None:
        # What came by mail counts from the time the mail came in.
        application.submitted_at = application.mail_received_at or now
        changed.append("submitted_at")
    number = before.version + 1 if before else 1
    perform(
        application=application,
        action=Action.SUBMIT,
        actor=actor,
        now=now,
        data={"version": number},
        changed=tuple(changed),
    )
    submission = _freeze(application, found, number, actor, now)
    given_by = str(found.values.get("applicant.name", "")) if actor.is_staff else actor.name
    Consent.objects.bulk_create(
        Consent(submission=submission, edition=edition, given_by=given_by, user=actor, at=now)
        for edition in editions
    )
    _lay_out_checklist(submission, found, before)
    if application.kind == Kind.NEW:
        endpoints.set_endpoints(
            contract=application.contract,
            wanted=endpoints_asked_for(application, found, now),
            day=date_of(now),
            now=now,
        )
    if application.kind == Kind.CHANGE:
        propose_endpoints(application, found, before, now)
    functions.order_ready(application=application, actor=actor, now=now)
    mails.submission_received(
        application=application, submission=submission, actor=actor, now=now, edited=edited
    )
    return submission


def endpoints_asked_for(
    application: Application, found: Evaluation, now: datetime.datetime
) -> dict[endpoints.EndpointKey, dict[str, object]]:
    """Notification functions of the chosen options with the URLs of the forms (§1.7, §1.8).

    The 別紙 says whether the server is ready; for the other functions the customer says so in the portal.
    """
    values, options = found.values, set(application.options)
    ready_on, ready_at = _readiness(found, now)
    wanted: dict[endpoints.EndpointKey, dict[str, object]] = {}
    for row in ENDPOINTS:
        if row.options <= options and values.get(row.key):
            said = row.function is NotificationFunction.SMS_RESULT
            wanted[row.function, row.channel, row.for_test] = {
                "url": values[row.key],
                "ready_on": ready_on if said else None,
                "ready_at": ready_at if said else None,
            }
    return wanted


def _readiness(
    found: Evaluation, now: datetime.datetime
) -> tuple[datetime.date | None, datetime.datetime | None]:
    """What the 別紙 says of the server of SMS結果通知: (ready on a later day, ready now)."""
    is_ready = found.values.get("result.server_ready")
    ready_on = _date(found.values.get("result.ready_on")) if is_ready is False else None
    return ready_on, now if is_ready is True else None


def _freeze(
    application: Application, found: Evaluation, number: int, actor: User, now: datetime.datetime
) -> Submission:
    submission = Submission.objects.create(
        application=application,
        version=number,
        content={
            "plan": application.plan,
            "delivery_method": application.delivery_method,
            "options": application.options,
            "values": dict(found.values),
            "sources": {key: list(place) for key, place in found.sources.items()},
            "documents": [document.code for document in found.documents],
            "warnings": [fault.text for fault in found.warnings],
            "items": application.items,
            "differences": [_difference(one) for one in found.differences],
        },
        submitted_at=now,
        submitted_by=actor,
    )
    SubmittedFile.objects.bulk_create(
        SubmittedFile(submission=submission, slot=attachment.slot, file=attachment.file)
        for attachment in application.attachments.filter(replaced_at=None)
        .select_related("file")
        .order_by("pk")
    )
    return submission


def _lay_out_checklist(submission: Submission, found: Evaluation, before: Submission | None) -> None:
    """One row a required document; one that was accepted before and did not change says so."""
    accepted_before = set()
    if before is not None:
        accepted_before = set(
            before.reviews.filter(state=DocumentReview.State.ACCEPTED).values_list("document", flat=True)
        )
    for document in found.documents:
        unchanged = document.code in accepted_before and _document_values(
            submission, document.code
        ) == _document_values(before, document.code)
        DocumentReview.objects.create(submission=submission, document=document.code, unchanged=unchanged)


def _document_values(submission: Submission | None, document: str) -> dict[str, object]:
    """The values that stand on this document's sheet."""
    if submission is None:
        return {}
    content = submission.content
    sheets = [sheet for form in FORMS.values() for sheet in form.sheets]
    titles = {sheet.title for sheet in sheets if sheet.document_code == document}
    return {
        key: value
        for key, value in content["values"].items()
        if content["sources"].get(key, [""])[0] in titles
    }


def options_asked_for(application: Application, found: Evaluation) -> frozenset[Option]:
    """A change's options once it is in force."""
    registered = application.own_contract.options.open_ended().values_list("option", flat=True)
    return changes.options_after(
        {Option(code) for code in registered},
        change_facts.items_of(application),
        found.values,
        Plan(application.plan),
    )


def _difference(one: Difference) -> dict[str, str]:
    """As kept with the version and shown: what changes, from what to what, and where it stands in the file."""
    item = one.item or one.own_item
    return {
        "key": one.key,
        "label": one.label,
        "item": item.value if item else "",
        "place": f"{one.sheet}!{one.cell}",
        "old": one.old,
        "new": one.new,
    }


def propose_endpoints(
    application: Application, found: Evaluation, last: Submission | None, now: datetime.datetime
) -> None:
    """New URLs of a change are checked from the submission on, while the old ones hold (§2.1b).

    Those of items that the `last` version still had are given up; a URL that was corrected in the portal since then
    stands, as long as the form says nothing new.
    """
    contract = application.own_contract
    before = {(row.function, row.channel, row.for_test): row.url for row in contract.endpoints.open_ended()}
    proposed = {(row.function, row.channel, row.for_test): row for row in change_facts.proposals(application)}
    wanted = {
        (key.function.value, str(key.channel), key.for_test): key
        for key in change_facts.endpoint_keys(application)
    }
    for place, row in proposed.items():
        if place not in wanted:
            endpoints.drop_proposal(endpoint_id=row.pk, now=now)
    said = _readiness(found, now)
    for place, key in wanted.items():
        url, already = found.values.get(key.key), proposed.get(place)
        stated_before = last.content["values"].get(key.key) if last else None
        if already is not None and url in (already.url, stated_before):
            continue
        if already is not None:
            endpoints.drop_proposal(endpoint_id=already.pk, now=now)
        if url and url != before.get(place):
            made = endpoints.propose(
                contract=contract,
                function=key.function,
                channel=str(key.channel),
                for_test=key.for_test,
                url=url,
                proposed_for=application.number,
            )
            if key.function is NotificationFunction.SMS_RESULT and any(said):
                endpoints.say_ready(endpoint_id=made.pk, ready_on=said[0], now=now)


def nothing_changed(application: Application) -> bool:
    """Whether the draft is, file by file and choice by choice, what was submitted last."""
    before = latest_submission(application)
    if before is None:
        return False
    old = set(before.files.values_list("slot", "file__sha256"))
    new = set(application.attachments.filter(replaced_at=None).values_list("slot", "file__sha256"))
    choice_same = (application.plan, application.options, application.items) == (
        before.content["plan"],
        before.content["options"],
        before.content.get("items", []),
    )
    return old == new and choice_same


def _date(text: object) -> datetime.date | None:
    return datetime.date.fromisoformat(str(text)) if text else None
