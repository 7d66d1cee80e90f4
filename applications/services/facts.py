"""What the workflow's guards need to know of one application, read from the database."""

from typing import Any

from accounts.models import SmsSender, User
from accounts.rules.plans import Channel, Option, Plan
from accounts.services import materials
from applications.models import Application, CarrierReview, DocumentReview, Submission
from applications.rules.changes import ChangeItem
from applications.services import change_facts, evaluation
from applications.workflow import Action, Facts, Kind, State

SENDER_OF_OPTION: dict[
    Option, SmsSender.Kind
] = {  # the number that the notice tells with the option (§1.3 ※4)
    Option.TWO_WAY_SMS: SmsSender.Kind.COMMON,
    Option.NUMBER_050: SmsSender.Kind.NUMBER_050,
    Option.SOFTBANK_SENDER: SmsSender.Kind.SOFTBANK,
}


def facts_of(application: Application, actor: User | None) -> Facts:
    return Facts(
        on_hold=application.on_hold,
        hold_reason=application.hold_reason,
        actor_prepared=actor is not None and application.prepared_by_id == actor.pk,
        needs_carriers=needs_carriers(application),
        in_flight=change_facts.in_flight_refusal(application),
        actor_accepted=_actor_accepted(application, actor),
        **_change(application),
        actor_is_staff=actor is None or actor.is_staff,
        **_before_submission(application),
        **_review(application),
        **_carriers(application),
        identifiers_missing=identifiers_missing(application),
    )


def needs_carriers(application: Application) -> bool:
    """Plans with +Message or RCS, and SoftBank's sender number (§1.3 ※3, §1.4 ※3, §1.5 ※3); of a change its items."""
    if application.kind == Kind.CHANGE:
        items = set(change_facts.items_of(application))
        if Option.SOFTBANK_SENDER not in application.options:  # given up: nothing to be seen
            items.discard(ChangeItem.SOFTBANK_SENDER)
        return change_facts.needs_carriers(items)
    official = Plan(application.plan).channels & {Channel.PLUS, Channel.RCS}
    return bool(official) or Option.SOFTBANK_SENDER in application.options


def latest_submission(application: Application) -> Submission | None:
    return application.submissions.order_by("-version").first()


def _before_submission(application: Application) -> dict[str, Any]:
    if application.state not in (State.DRAFT, State.RETURNED):
        return {}
    found = evaluation.evaluate(application)
    return {
        "blocking_faults": len(found.to_correct),
        "documents_missing": found.missing,
        "consents_not_shown": _consents_not_shown(application),
    }


def _consents_not_shown(application: Application) -> tuple[str, ...]:
    if application.kind != Kind.NEW:  # nothing is consented to
        return ()
    return tuple(code.label for code in materials.kept_from_consent(customer=application.customer))


def _review(application: Application) -> dict[str, Any]:
    if application.state != State.IN_REVIEW:
        return {}
    submission = latest_submission(application)
    if submission is None:
        return {}
    open_findings = submission.findings.filter(solved_at=None)
    return {
        "documents_not_accepted": tuple(
            review.get_document_display()
            for review in submission.reviews.exclude(state=DocumentReview.State.ACCEPTED)
        ),
        "findings_to_send": open_findings.filter(sent_at=None).count(),
        "findings_open": open_findings.count(),
    }


def _carriers(application: Application) -> dict[str, Any]:
    if application.state != State.CARRIER_REVIEW:
        return {}
    waiting = application.carrier_reviews.exclude(state=CarrierReview.State.APPROVED)
    return {
        "carriers_not_approved": tuple(str(review) for review in waiting),
    }


def _actor_accepted(application: Application, actor: User | None) -> bool:
    """受付受理 and 解約の確定 are two persons' (§3)."""
    if actor is None or application.kind != Kind.CANCELLATION or application.state != State.FINAL_APPROVAL:
        return False
    last = application.events.filter(action=Action.ACCEPT).last()
    return last is not None and last.actor_id == actor.pk


def _change(application: Application) -> dict[str, Any]:
    if application.kind != Kind.CHANGE or application.state not in (
        State.ACCOUNT_SETUP,
        State.FINAL_APPROVAL,
    ):
        return {}
    return {
        "needs_approval": change_facts.needs_approval(change_facts.items_of(application)),
        "not_ready": change_facts.not_ready(application),
    }


def identifiers_missing(application: Application) -> tuple[str, ...]:
    """Of a new contract; what a change still needs: change_facts.not_ready."""
    in_setup = application.state in (State.ACCOUNT_SETUP, State.NOTICE_APPROVAL)
    if application.kind != Kind.NEW or not in_setup or application.contract is None:
        return ()
    contract = application.contract
    missing = [
        f"{account.get_channel_display()}{'（試験用）' if account.is_test else ''}の{account.identifier_label}"
        for account in contract.official_accounts.filter(identifier="")
    ]
    if Channel.SMS in Plan(application.plan).channels:
        kinds = set(contract.sms_senders.open_ended().values_list("kind", flat=True))
        missing += [
            kind.label
            for option, kind in SENDER_OF_OPTION.items()
            if option in application.options and kind not in kinds
        ]
        if not kinds and not missing:
            missing.append("SMS送信元表示番号")
    return tuple(missing)
