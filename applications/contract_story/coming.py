"""今後の予定 of a contract: what begins or ends after today, what is under way, and its end (§2.1b, §3)."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import Contract
from applications.contract_story.timeline import Entry
from applications.models import Application
from applications.services import clock
from applications.services.change_facts import items_of
from applications.services.clock import Due
from applications.workflow import LIVE, Kind
from kmc_portal.lib.months import Month


@dataclass(frozen=True)
class UnderWay:
    """An application that will change the contract. `last_day`: of a cancellation, were it decided as it stands."""

    application: Application
    items: tuple[str, ...]
    due: Due | None
    last_day: datetime.date | None


@dataclass(frozen=True)
class Coming:
    """`planned` by day, the next first."""

    planned: tuple[Entry, ...]
    under_way: tuple[UnderWay, ...]

    def __bool__(self) -> bool:
        return bool(self.planned or self.under_way)


def coming(contract: Contract, entries: Iterable[Entry], today: datetime.date) -> Coming:
    planned = sorted((entry for entry in entries if entry.day > today), key=lambda entry: entry.day)
    rows = contract.applications.filter(  # type: ignore[attr-defined]
        kind__in=(Kind.CHANGE, Kind.CANCELLATION, Kind.RELEASE), state__in=LIVE
    )
    # a decided cancellation stands among what is planned, with its day
    open_rows = [
        row for row in rows.order_by("pk") if not (row.kind == Kind.CANCELLATION and contract.ends_on)
    ]
    return Coming(tuple(planned), tuple(_under_way(row, today) for row in open_rows))


def _under_way(row: Application, today: datetime.date) -> UnderWay:
    items = tuple(item.label for item in items_of(row)) if row.kind == Kind.CHANGE else ()
    last_day = Month.of(row.last_month).last_day if row.last_month else None
    return UnderWay(row, items, clock.due(row, today), last_day)
