"""Changes in the customer's words (§2.1b): what may be chosen, what it takes and costs, and what becomes of what."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from accounts.models import Contract, SmsSender
from accounts.rules.plans import Channel, Option, Plan
from accounts.services.errors import Refused
from applications.change_story import Changed, changed_by_draft, changed_by_version, fee_rows
from applications.models import Application, Submission
from applications.rules.changes import (
    ITEM_CHANNELS,
    PLAN_CHANGES,
    RULE_OF,
    WITH_TWO_WAY,
    ChangeItem,
    ChangeRule,
)
from applications.rules.evaluation import Evaluation
from applications.services import changes
from applications.services.change_facts import (
    MONTHLY_OPTION,
    flight_words,
    in_flight,
    items_of,
)
from applications.services.facts import latest_submission, needs_carriers
from applications.workflow import CLOSED, LIVE, Kind, State
from kmc_portal.portal.access import CompanyAccess


@dataclass(frozen=True)
class Line:
    """One item to tick; `flight` is the other change that keeps it back."""

    item: ChangeItem
    rule: ChangeRule
    hint: str
    chosen: bool
    flight: Application | None


@dataclass(frozen=True)
class Group:
    title: str
    lines: tuple[Line, ...]


# choosing -----------------------------------------------------------------------------------------


def choice_context(
    access: CompanyAccess,
    contract: Contract,
    codes: Iterable[str],
    day: datetime.date,
    *,
    case: Application | None = None,
) -> dict[str, Any]:
    """For the page that chooses items: the list, and what the choice so far takes. Refused where nothing may be changed.

    `case` is the draft whose items are chosen anew; it does not stand in its own way.
    """
    possible = changes.choices(contract, day)
    wanted = set(codes)
    chosen = tuple(item for item in possible if item.value in wanted)
    terms = contract.terms_as_of(day)
    assert terms is not None, "a contract whose items may be chosen has terms"
    plan = Plan(terms.plan)
    options = {Option(row.option) for row in contract.options.as_of(day)}
    any_flight = in_flight(contract, possible, day=day, but=case) is not None
    lines = [
        Line(
            item=item,
            rule=RULE_OF[item],
            hint=_hint(item, plan, options),
            chosen=item in chosen,
            flight=in_flight(contract, [item], day=day, but=case) if any_flight else None,
        )
        for item in possible
    ]
    by_category = groupby(lines, lambda line: line.rule.category)
    return {
        "contract": contract,
        "plan": plan,
        "groups": [Group(category.label, tuple(rows)) for category, rows in by_category],
        "seen": ",".join(item.value for item in chosen),
        **_entails(access, contract, chosen, day, case),
    }


def _entails(
    access: CompanyAccess,
    contract: Contract,
    chosen: tuple[ChangeItem, ...],
    day: datetime.date,
    case: Application | None,
) -> dict[str, Any]:
    """What a choice takes, or why it cannot be applied for."""
    cancellation = (
        access.applications().filter(contract=contract, kind=Kind.CANCELLATION, state__in=LIVE).first()
    )
    plans = next((PLAN_CHANGES[item] for item in chosen if item in PLAN_CHANGES), None)
    found: dict[str, Any] = {"today": day, "cancellation": cancellation, "plans": plans}
    if not chosen:
        return found
    if flight := in_flight(contract, chosen, day=day, but=case):
        return found | {"refusal": flight_words(flight, chosen), "flight": flight}
    try:
        return found | {"preview": changes.preview(contract=contract, items=chosen, day=day)}
    except Refused as refusal:
        return found | {"refusal": str(refusal)}


def _hint(item: ChangeItem, plan: Plan, options: Collection[Option]) -> str:
    """What the table does not say of an item for this contract."""
    if item in PLAN_CHANGES:
        return "変更後のプランの書類と、新しく使うチャネルの設定も必要です。"
    if not ITEM_CHANNELS.get(item, plan.channels) & plan.channels:
        return "利用区分の変更と一緒に選べます。"
    if item in WITH_TWO_WAY and Option.TWO_WAY_SMS not in options:
        return "「共通番号/双方向SMS」と一緒に選べます。"
    if item in MONTHLY_OPTION:
        return "いまご利用中です。" if MONTHLY_OPTION[item] in options else "いまはご利用になっていません。"
    return ""


# one case -----------------------------------------------------------------------------------------


def change_context(
    access: CompanyAccess, application: Application, day: datetime.date, found: Evaluation | None
) -> dict[str, Any]:
    """For templates/portal/parts/change.html; `found` while the draft may be edited. {} for other kinds."""
    if application.kind != Kind.CHANGE:
        return {}
    items, contract = items_of(application), application.own_contract
    context: dict[str, Any] = {
        "items": [RULE_OF[item] for item in items],
        "plans": next((PLAN_CHANGES[item] for item in items if item in PLAN_CHANGES), None),
        "change_carriers": needs_carriers(application),
        "changed": _changed(access, application, found),
        "fees": fee_rows(application, day),
        "given": _given_out(application),
        "in_force": application.in_force_on is not None and application.in_force_on <= day,
    }
    if application.accepted_at is None and application.state not in CLOSED:
        context |= _entails(access, contract, items, day, application)
        context["today"] = day
    return context


def _changed(access: CompanyAccess, application: Application, found: Evaluation | None) -> list[Changed]:
    """What changes: of the draft's own files while `found` is there, else of the version sent last."""
    if found is not None:
        files = access.attachments(application).filter(replaced_at=None)
        return [one for one in changed_by_draft(application, found.differences, files) if one.rows]
    submission = latest_submission(application)
    return changed_of_version(access, submission) if submission else []


def changed_of_version(access: CompanyAccess, submission: Submission) -> list[Changed]:
    """What changes by one version; [] for other kinds."""
    return [one for one in changed_by_version(submission, access.submitted_files(submission)) if one.rows]


def _given_out(application: Application) -> list[tuple[str, str]]:
    """Numbers and identifiers that we chose, once they are in force or decided."""
    if application.state != State.COMPLETED:
        return []
    assigned: Mapping[str, Any] = application.assigned
    numbers = [
        (SmsSender.Kind.label_of(kind), "、".join(rows)) for kind, rows in assigned.get("senders", {}).items()
    ]
    return numbers + [
        (f"{Channel.label_of(channel)}公式アカウントの識別子", text)
        for channel, text in assigned.get("identifiers", {}).items()
    ]
