"""What the page of a change or a cancellation shows of its own (§2.1b, §3)."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.models import Contract, ContractState, SmsSender
from accounts.rules.plans import Channel
from accounts.services.errors import Refused
from applications.change_story import Changed, changed_by_draft, changed_by_version, fee_rows
from applications.models import Application
from applications.rules.changes import PLAN_CHANGES, RULE_OF, ChangeItem
from applications.rules.evaluation import Evaluation
from applications.services import cancellation, change_completion, change_facts, changes
from applications.services.change_facts import items_of
from applications.services.facts import latest_submission, needs_carriers
from applications.workflow import LIVE, Kind, State
from billing.models import OneOffCharge
from billing.rules.prices import PriceItem
from billing.services import fees
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month


@dataclass(frozen=True)
class ToGive:
    """What operations enter for a change: numbers of a kind, or the identifier of a new official account."""

    field: str
    label: str
    text: str
    several: bool  # one a line


# changes ------------------------------------------------------------------------------------------


def change_context(
    application: Application, today: datetime.date, draft: Evaluation | None
) -> dict[str, Any]:
    """For the sections of a change; `draft` while its files may be changed. {} for other kinds."""
    if application.kind != Kind.CHANGE:
        return {}
    items, contract = items_of(application), application.own_contract
    return {
        "change_items": [RULE_OF[item] for item in items],
        "plan_change": next((PLAN_CHANGES[item] for item in items if item in PLAN_CHANGES), None),
        "changed": _changed(application, draft),
        "fee_rows": fee_rows(application, today),
        "charge": OneOffCharge.objects.filter(key=change_completion.fee_key(application)).first(),
        "by_carriers": needs_carriers(application),
        "by_two": change_facts.needs_approval(items),
        "neighbours": neighbours(contract, today, but=application),
        "last_day": change_facts.last_day_of(contract),
        "also_for": change_facts.also_for(contract, items),
        "to_give": to_give(application),
        "not_ready": change_facts.not_ready(application)
        if application.state in change_completion.WITH_COMPLETION
        else (),
        "in_force_later": application.in_force_on is not None and application.in_force_on > today,
        "notice_next": notice_next(application, today),
        **_before_acceptance(application, contract, items, today),
    }


def _before_acceptance(
    application: Application, contract: Contract, items: tuple[ChangeItem, ...], today: datetime.date
) -> dict[str, Any]:
    """What it takes, were it accepted today: the days count from the 受付受理."""
    if application.accepted_at is not None or application.state not in LIVE:
        return {}
    try:
        return {"preview": changes.preview(contract=contract, items=items, day=today)}
    except Refused as refusal:
        return {"preview_refusal": str(refusal)}


def _changed(application: Application, draft: Evaluation | None) -> list[Changed]:
    """変更前 → 変更後: of the draft's own files while it is one, else of the version sent last."""
    if draft is not None:
        files = application.attachments.filter(replaced_at=None).select_related("file")
        return changed_by_draft(application, draft.differences, files)
    submission = latest_submission(application)
    return changed_by_version(submission, submission.files.select_related("file")) if submission else []


@dataclass(frozen=True)
class Neighbour:
    application: Application
    items: tuple[ChangeItem, ...]


def neighbours(
    contract: Contract, today: datetime.date, *, but: Application | None = None
) -> list[Neighbour]:
    """Changes and cancellations of the contract that are under way, or decided and not in force yet."""
    planned = Q(kind=Kind.CHANGE, state=State.COMPLETED, in_force_on__gt=today)
    rows = Application.objects.filter(
        Q(state__in=LIVE) | planned, contract=contract, kind__in=[Kind.CHANGE, Kind.CANCELLATION]
    )
    found = rows.exclude(pk=but.pk) if but else rows
    return [Neighbour(row, items_of(row)) for row in found.order_by("pk")]


def to_give(application: Application) -> list[ToGive]:
    given, named = application.assigned.get("senders", {}), application.assigned.get("identifiers", {})
    numbers = [
        ToGive(f"numbers_{kind.value}", kind.label, "\n".join(given.get(kind.value, ())), True)
        for kind in change_facts.kinds_to_give(application)
    ]
    identifiers = [
        ToGive(
            f"identifier_{channel.value}",
            f"{channel.label}の{'botId' if channel is Channel.PLUS else 'agentId'}",
            named.get(channel.value, ""),
            False,
        )
        for channel in change_facts.new_channels(application)
    ]
    return [*numbers, *identifiers]


def given_numbers(given: dict[str, Any]) -> dict[SmsSender.Kind, set[str]]:
    """What was typed into the fields of `to_give`, by kind of number."""
    return {
        SmsSender.Kind(name.removeprefix("numbers_")): {
            one.strip() for one in text.splitlines() if one.strip()
        }
        for name, text in given.items()
        if name.startswith("numbers_")
    }


def given_identifiers(given: dict[str, Any]) -> dict[Channel, str]:
    return {
        Channel(name.removeprefix("identifier_")): text
        for name, text in given.items()
        if name.startswith("identifier_")
    }


def notice_next(application: Application, today: datetime.date) -> dict[str, Any] | None:
    """A new edition of the account notice, once the change is in force; None where there is nothing to say of it."""
    contract = application.own_contract
    if application.state != State.COMPLETED or contract.state != ContractState.ACTIVE:
        return None
    day = application.in_force_on
    assert day is not None and application.closed_at is not None, "a completed change has its day"
    if day > today:
        return {"words": f"{japanese_date(day)}の適用後に、通知書の再発行を依頼できます。"}
    if found := contract.notices.filter(issued_at__gte=application.closed_at, issued_on__gte=day).first():
        return {"words": f"{japanese_date(found.issued_on)}に {found.number} を発行済みです。"}
    if contract.notice_requests.filter(closed_at=None).exists():
        return {"words": "通知書の再発行が承認待ちです。"}
    items = "、".join(item.label for item in items_of(application))
    return {
        "words": "適用された内容で、アカウント通知書の新しい版を発行できます。",
        "link": reverse("admin:accounts_contract_do", args=[contract.pk, "request_notice"]),
        "reason": f"変更申込 {application.number}（{items}）の適用のため"[:200],
    }


# cancellations ------------------------------------------------------------------------------------


def cancellation_context(application: Application, today: datetime.date) -> dict[str, Any]:
    """For the section of a cancellation: by the rule, and as it stands. {} for other kinds."""
    if application.kind != Kind.CANCELLATION:
        return {}
    contract = application.own_contract
    handed_in = application.submitted_at or application.mail_received_at
    counted_on = date_of(handed_in) if handed_in else today
    by_rule = cancellation.preview(contract=contract, day=counted_on)
    last_month = Month.of(application.last_month) if application.last_month else by_rule.dates.last_month
    decided = application.events.filter(action="set_last_month").last()
    return {
        "ending": by_rule.dates,
        "counted_on": counted_on,
        "is_sent": application.submitted_at is not None,
        "last_month": last_month,
        "effective_month": last_month.plus(1),
        "by_decision": decided if last_month != by_rule.dates.last_month else None,
        "fee": fees.fee(contract, PriceItem.CANCELLATION_FEE, last_month),
        "charge": OneOffCharge.objects.filter(key=cancellation.fee_key(application)).first(),
        "neighbours": neighbours(contract, today, but=application),
        "lost": change_facts.lost_with_the_end(contract, last_month.last_day),
        "may_set_month": application.state in cancellation.BEFORE_DECISION,
    }
