"""The mails of an application: to whom, which template, with what. The same functions make the preview.

Answers go to the 担当者 of the form: the account contact of a new contract, who applies for a change or cancellation
(§2.1b); before one is known, to the customer's administrators.
"""

import datetime
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import ConnectivityCheck, NotificationEndpoint, User
from accounts.rules.plans import ContactRole
from accounts.rules.roles import CustomerRole
from accounts.services import outbox
from accounts.services import settings as values
from accounts.services.notices import mail_context as notice_context
from accounts.services.outbox import MailText
from accounts.timeline import measured_lines
from applications.models import Application, CarrierReview, Submission
from applications.services.change_facts import items_of, lost_with_the_end
from applications.services.facts import latest_submission
from applications.workflow import Action, Kind
from billing.rules.prices import PriceItem
from billing.services import fees
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

ANSWERED_TO_APPLICANT = frozenset({Kind.CHANGE, Kind.CANCELLATION})


@dataclass(frozen=True)
class Recipient:
    email: str
    name: str


def prefix_of(application: Application) -> str:
    """The part of the form that names who is answered to."""
    return "applicant" if application.kind in ANSWERED_TO_APPLICANT else "account_contact"


def recipients(application: Application) -> list[Recipient]:
    submission = latest_submission(application)
    stated = submission.content["values"] if submission else {}
    prefix = prefix_of(application)
    if stated.get(f"{prefix}.email"):
        return [Recipient(stated[f"{prefix}.email"], stated.get(f"{prefix}.name", ""))]
    if application.kind in ANSWERED_TO_APPLICANT:
        contacts = application.own_contract.contacts.open_ended().filter(role=ContactRole.ACCOUNT, position=1)
        if contact := contacts.first():
            return [Recipient(contact.email, contact.name)]
    users = application.customer.users.filter(is_active=True, customer_role=CustomerRole.ADMINISTRATOR)
    return [Recipient(user.email, user.name) for user in users]


def context_of(application: Application) -> dict[str, Any]:
    people = recipients(application)
    return {
        "application": application,
        "company": application.customer.name,
        "contact_name": people[0].name if people else "",
        "number": application.number,
        "kind": application.get_kind_display(),
        "plan": application.get_plan_display(),
        "contract_number": application.contract.number if application.contract else "",
        "items": [item.label for item in items_of(application)],
        "last_day": Month.of(application.last_month).last_day if application.last_month else None,
        "url": f"{settings.SITE_URL}{reverse('portal:application', args=[application.pk])}",
        "window": values.get("service_window_mail"),
    }


def submission_received(
    *,
    application: Application,
    submission: Submission,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    context = {"submission": submission}
    _send("submission_received", application, context, f"v{submission.version}", actor, now, edited)


def returned(
    *,
    application: Application,
    submission: Submission,
    note: str,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None,
) -> None:
    context = {"findings": list(submission.findings.filter(solved_at=None)), "note": note}
    _send("returned", application, context, f"v{submission.version}", actor, now, edited)


def accepted(
    *, application: Application, actor: User, now: datetime.datetime, edited: MailText | None
) -> None:
    _send("accepted", application, {}, f"v{application.version}", actor, now, edited)


def confirmation_requested(
    *, application: Application, actor: User, now: datetime.datetime, edited: MailText | None
) -> None:
    _send("confirmation_requested", application, {}, f"v{application.version}", actor, now, edited)


def carrier_remarked(
    *,
    application: Application,
    review: CarrierReview,
    text: str,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None,
) -> None:
    context = {"review": review, "text": text}
    _send("carrier_remarked", application, context, f"v{application.version}-{review.pk}", actor, now, edited)


def function_failed(
    *,
    application: Application,
    endpoint: NotificationEndpoint,
    note: str,
    occasion: str,
    actor: User | None,
    now: datetime.datetime,
    check: ConnectivityCheck | None = None,
    edited: MailText | None = None,
) -> None:
    """`check` is what was measured; None where staff marked it themselves."""
    context = {"endpoint": endpoint, "note": note, "measured": measured_lines(check) if check else []}
    _send("function_failed", application, context, occasion, actor, now, edited)


def function_worsened(*, check: ConnectivityCheck, now: datetime.datetime) -> None:
    """A function in use answers no longer as it should: to the contract's contact for the service (§1.9)."""
    endpoint = check.endpoint
    assert endpoint is not None, "a try worsens nothing"
    contract = endpoint.contract
    contacts = contract.contacts.as_of(date_of(now))
    for person in contacts.filter(role=ContactRole.SERVICE) or contacts.filter(role=ContactRole.ACCOUNT):
        outbox.queue(
            kind="function_worsened",
            to=person.email,
            to_name=person.name,
            context={
                "company": contract.customer.name,
                "contact_name": person.name,
                "contract": contract,
                "endpoint": endpoint,
                "check": check,
                "measured": measured_lines(check),
                "url": f"{settings.SITE_URL}{reverse('portal:contract', args=[contract.pk])}",
                "window": values.get("service_window_mail"),
            },
            idempotency_key=f"function_worsened-check{check.pk}-{person.email}",
            customer=contract.customer,
            about=f"contract:{contract.number}",
            actor=None,
            now=now,
        )


def rejected(
    *, application: Application, reason: str, actor: User, now: datetime.datetime, edited: MailText | None
) -> None:
    _send("rejected", application, {"reason": reason}, f"v{application.version}", actor, now, edited)


def shown_in_store(
    *, application: Application, actor: User, now: datetime.datetime, edited: MailText | None
) -> None:
    _send("shown_in_store", application, {}, f"v{application.version}", actor, now, edited)


def change_completed(
    *, application: Application, actor: User, now: datetime.datetime, edited: MailText | None
) -> None:
    context = {"in_force_on": application.in_force_on}
    _send("change_completed", application, context, f"v{application.version}", actor, now, edited)


def cancellation_fixed(
    *, application: Application, actor: User, now: datetime.datetime, edited: MailText | None
) -> None:
    context = _ending(application)
    _send("cancellation_fixed", application, context, f"v{application.version}", actor, now, edited)


def _ending(application: Application) -> dict[str, Any]:
    """The fee, and the changes that the end of the contract overtakes, for the letter."""
    assert application.last_month is not None, "a submitted cancellation has its last month"
    last_day = Month.of(application.last_month).last_day
    contract, month = application.own_contract, Month.of(application.last_month)
    return {
        "lost": lost_with_the_end(contract, last_day),
        "fee": fees.fee(contract, PriceItem.CANCELLATION_FEE, month),
    }


def contract_ended(*, application: Application, actor: User | None, now: datetime.datetime) -> None:
    _send("contract_ended", application, {}, "end", actor, now)


def preview(
    *,
    application: Application,
    action: Action,
    now: datetime.datetime,
    text: str = "",
    in_force_on: datetime.date | None = None,
) -> MailText | None:
    """The mail that this action would send, to show and edit before the button is pressed; None if it sends none.

    `text` is what goes with the action: the note of a return, the reason of a rejection; `in_force_on` the day from
    which a change holds.
    """
    context = context_of(application)
    submission = latest_submission(application)
    match action:
        case Action.SUBMIT:
            coming = {"version": submission.version + 1 if submission else 1, "submitted_at": now}
            return outbox.compose("submission_received", {**context, "submission": coming})
        case Action.RETURN:
            findings = list(submission.findings.filter(solved_at=None)) if submission else []
            return outbox.compose("returned", {**context, "findings": findings, "note": text})
        case Action.ACCEPT:
            return outbox.compose("accepted", context)
        case Action.REQUEST_CONFIRMATION:
            return outbox.compose("confirmation_requested", context)
        case Action.REJECT:
            return outbox.compose("rejected", {**context, "reason": text})
        case Action.SHOW_IN_STORE:
            return outbox.compose("shown_in_store", context)
        case Action.COMPLETE_CHANGE | Action.APPROVE_CHANGE:
            return outbox.compose("change_completed", {**context, "in_force_on": in_force_on or date_of(now)})
        case Action.FIX_CANCELLATION:
            return outbox.compose("cancellation_fixed", {**context, **_ending(application)})
        case Action.ISSUE_NOTICE:
            contract = application.contract
            assert contract is not None, "set-up has a contract"
            edition = contract.notices.count() + 1
            return outbox.compose(
                "account_notice",
                notice_context(
                    contract=contract,
                    contact_name=context["contact_name"],
                    number=f"{contract.number}-{edition:02d}",
                    day=date_of(now),
                ),
                {"support_site_password": {}},
            )
    return None


def preview_remark(*, application: Application, review: CarrierReview, text: str) -> MailText:
    """The mail that passes on a carrier's remark."""
    return outbox.compose("carrier_remarked", {**context_of(application), "review": review, "text": text})


def preview_function_failed(
    *, application: Application, endpoint: NotificationEndpoint, note: str
) -> MailText:
    """The mail that tells of a 疎通確認 that was NG."""
    return outbox.compose("function_failed", {**context_of(application), "endpoint": endpoint, "note": note})


def _send(
    kind: str,
    application: Application,
    context: dict[str, Any],
    occasion: str,
    actor: User | None,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    for person in recipients(application):
        outbox.queue(
            kind=kind,
            to=person.email,
            to_name=person.name,
            context={**context_of(application), **context, "contact_name": person.name},
            idempotency_key=f"{kind}-{application.number}-{occasion}-{person.email}",
            customer=application.customer,
            about=f"application:{application.number}",
            actor=actor,
            now=now,
            edited=edited,
        )
