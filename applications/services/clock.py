"""The due window of an application, recomputed from its events (§1.3–1.5, §2.1b; clock: applications/rules/clock.py)."""

import dataclasses
import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from accounts.rules.plans import Option, Plan
from accounts.services import settings
from applications.models import Application, CaseEvent
from applications.rules.changes import RULE_OF, Days
from applications.rules.clock import DueWindow, Pause, due_window
from applications.rules.lead_time import (
    DEFAULT_LEAD_TIMES,
    LeadTimes,
    change_lead_time,
    new_contract_days,
)
from applications.services.change_facts import items_of
from applications.workflow import CUSTOMER_OWES, PUBLIC_NAMES, Action, Kind, State
from kmc_portal.lib.business_days import Calendar
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

# What starts or ends a pause besides a change of state; a 再申請 without an answer ends the wait for one.
REMARK, ANSWERED = "carrier_remark", ("carrier_reply", "carrier_apply")
PAUSING = (Action.HOLD.value, Action.RESUME.value, REMARK, *ANSWERED)


@dataclass(frozen=True)
class Due:
    """`window` is what the guide promises; `because` explains both the days and the dates."""

    window: DueWindow
    because: tuple[str, ...]


def lead_times() -> LeadTimes:
    """The lead times with the values that staff may edit."""
    value = settings.all_values()
    return LeadTimes(
        sms=Days(value["lead_sms_earliest"], value["lead_sms_latest"]),
        official=Days(value["lead_official_earliest"], value["lead_official_latest"]),
        softbank_sender=DEFAULT_LEAD_TIMES.softbank_sender,
        two_way_sms=DEFAULT_LEAD_TIMES.two_way_sms,
    )


def due(
    application: Application,
    today: datetime.date,
    *,
    times: LeadTimes | None = None,
    calendar: Calendar | None = None,
) -> Due | None:
    """None before the clock starts, for releases and cancellations, for changes without a lead time, and for what came
    to nothing.

    A list gives `times` and `calendar` once for all its rows, and fetches the rows with their events.
    """
    clock = _clock(application, times, calendar)
    if clock is None or application.state in (State.WITHDRAWN, State.REJECTED):
        return None
    start, days, month = clock
    seen_from = date_of(application.closed_at) if application.closed_at else today
    if days is None:
        assert month is not None, "days or a month are stated"
        return _from_month(start, month, seen_from, calendar or settings.office())
    window = due_window(
        start,
        pauses(application.events.all()),
        earliest_days=days.earliest,
        latest_days=days.latest,
        today=seen_from,
        calendar=calendar or settings.office(),
    )
    because = (*days.because, *window.because)
    if month is not None and month.first_day > window.latest:
        window = dataclasses.replace(window, latest=month.first_day, overdue=seen_from > month.first_day)
    return Due(window=window, because=because if month is None else (*because, _month_words(month)))


@dataclass(frozen=True)
class _Days:
    earliest: int | None
    latest: int
    because: tuple[str, ...]


def _clock(
    application: Application, times: LeadTimes | None, calendar: Calendar | None
) -> tuple[datetime.date, _Days | None, Month | None] | None:
    """(the day it counts from, business days, the month it applies from); None where nothing is counted.

    A new contract counts from its submission (§1.3, ours), a change from its 受付受理 (§2.1b).
    """
    if application.kind == Kind.NEW and application.submitted_at is not None:
        new = new_contract_days(
            Plan(application.plan), [Option(code) for code in application.options], times or lead_times()
        )
        return date_of(application.submitted_at), _Days(new.earliest, new.latest, new.because), None
    if application.kind == Kind.CHANGE and application.accepted_at is not None:
        accepted, items = date_of(application.accepted_at), items_of(application)
        month = change_lead_time(items, accepted, calendar or settings.office()).applies_from_month
        stated = [RULE_OF[item].days for item in items]
        days = [one for one in stated if one is not None]
        if not days:
            return (accepted, None, month) if month is not None else None
        because = tuple(f"{item.label}: {RULE_OF[item].lead_time_label}" for item in items)
        earliest = max((one.earliest for one in days if one.earliest is not None), default=None)
        return accepted, _Days(earliest, max(one.latest for one in days), because), month
    return None


def _month_words(month: Month) -> str:
    return f"翌月適用の項目があるため、{month.label}1日からの適用です。"


def _from_month(start: datetime.date, month: Month, today: datetime.date, calendar: Calendar) -> Due:
    """Nothing but "from the following month" is stated (§2.1b)."""
    first = month.first_day
    remaining = calendar.business_days_between(today, first) if today < first else 0
    used = calendar.business_days_between(start, today) if start < today else 0
    window = DueWindow(first, first, used, remaining, False, today > first, (_month_words(month),))
    return Due(window=window, because=window.because)


def clock_events() -> QuerySet[CaseEvent]:
    """The few events that `pauses` looks at, for lists of many cases."""
    return CaseEvent.objects.filter(~Q(source=F("target")) | Q(action__in=PAUSING))


def pauses(events: Iterable[CaseEvent]) -> list[Pause]:
    """When the clock stood still: the customer owed a correction, a confirmation or an answer, or staff held it."""
    found: list[Pause] = []
    waiting: tuple[datetime.date, str] | None = None  # returned, or asked to confirm
    held: tuple[datetime.date, str] | None = None
    remarks: dict[int, tuple[datetime.date, str]] = {}
    for event in events:
        day = date_of(event.at)
        if waiting and event.target not in CUSTOMER_OWES:
            found.append(Pause(waiting[0], day, waiting[1]))
            waiting = None
        if not waiting and event.target in CUSTOMER_OWES:
            waiting = (day, PUBLIC_NAMES[State(event.target)])
        if event.action == Action.HOLD:
            held = (day, f"保留：{event.note}")
        elif event.action == Action.RESUME and held:
            found.append(Pause(held[0], day, held[1]))
            held = None
        elif event.action == REMARK:
            remarks[event.data["review"]] = (day, "キャリアの指摘への回答待ち")
        elif event.action in ANSWERED and event.data["review"] in remarks:
            since, reason = remarks.pop(event.data["review"])
            found.append(Pause(since, day, reason))
    found += [
        Pause(since, None, reason) for since, reason in filter(None, (waiting, held, *remarks.values()))
    ]
    return found
