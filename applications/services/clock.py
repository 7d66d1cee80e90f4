"""The due window of an application, recomputed from its events alone (§1.3–1.5; clock: applications/rules/clock.py)."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, Q, QuerySet

from accounts.rules.plans import Option, Plan
from accounts.services import settings
from applications.models import Application, CaseEvent
from applications.rules.changes import Days
from applications.rules.clock import DueWindow, Pause, due_window
from applications.rules.lead_time import DEFAULT_LEAD_TIMES, LeadTimes, new_contract_days
from applications.workflow import CUSTOMER_OWES, PUBLIC_NAMES, Action, Kind, State
from kmc_portal.lib.business_days import Calendar
from kmc_portal.lib.jst import date_of

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
    """None before the first submission, for releases (no lead time is stated), and for what came to nothing.

    A list gives `times` and `calendar` once for all its rows, and fetches the rows with their events.
    """
    if application.submitted_at is None or application.kind != Kind.NEW:
        return None
    if application.state in (State.WITHDRAWN, State.REJECTED):
        return None
    days = new_contract_days(
        Plan(application.plan), [Option(code) for code in application.options], times or lead_times()
    )
    seen_from = date_of(application.closed_at) if application.closed_at else today
    window = due_window(
        date_of(application.submitted_at),
        pauses(application.events.all()),
        earliest_days=days.earliest,
        latest_days=days.latest,
        today=seen_from,
        calendar=calendar or settings.office(),
    )
    return Due(window=window, because=(*days.because, *window.because))


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
