"""What waits for whom: the queues of the staff's home page, which the case list filters by as well."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from accounts.models import NotificationEndpoint, User
from accounts.services import settings
from applications.models import Application, CarrierReview, CaseEvent, Submission
from applications.services.clock import Due, clock_events, due, lead_times
from applications.workflow import LIVE, Kind, State
from kmc_portal.lib.jst import date_of

NEAR = 3  # business days left at which a case counts as 期限間近


@dataclass(frozen=True)
class Queue:
    """`where` narrows the list in the database, as of a day; a queue by due date has none and is computed (`of_due`).

    `by_day` orders what is decided and waits for nobody but its day.
    """

    name: str
    label: str
    words: str
    where: Q | Callable[[datetime.date], Q] | None = None
    of_due: str = ""
    tone: str = "ours"
    by_day: str = ""

    def narrows(self, day: datetime.date) -> Q | None:
        return self.where(day) if callable(self.where) else self.where


_resubmitted = Exists(Submission.objects.filter(application=OuterRef("pk"), version__gt=1))
_remarked = Exists(
    CarrierReview.objects.filter(application=OuterRef("pk"), state=CarrierReview.State.REMARKED)
)
_failed_check = Exists(
    NotificationEndpoint.objects.filter(
        contract=OuterRef("contract"), state=NotificationEndpoint.State.NG, period__upper_inf=True
    )
)


_failed_proposal = Exists(
    NotificationEndpoint.objects.proposed().filter(
        proposed_for=OuterRef("number"), state=NotificationEndpoint.State.NG
    )
)
_NOT_VOID = ~Q(state__in=[State.WITHDRAWN, State.REJECTED])
_RUNNING = Q(hold_reason="")

QUEUES: tuple[Queue, ...] = (
    Queue("waiting", "受付待ち", "新しく届いた申込", Q(state=State.SUBMITTED) & ~Q(_resubmitted)),
    Queue(
        "resubmitted",
        "再提出",
        "差し戻した書類が直って届いた申込",
        Q(state=State.SUBMITTED) & Q(_resubmitted),
    ),
    Queue("in_review", "内容確認中", "書類を確認している申込", Q(state=State.IN_REVIEW) & _RUNNING),
    Queue(
        "accepted",
        "受付受理済み",
        "内容確認の依頼、またはストア表示の設定がまだの申込",
        Q(state=State.ACCEPTED) & _RUNNING,
    ),
    Queue(
        "customer",
        "企業様待ち",
        "差戻し・内容確認・指摘への回答を待っている申込",
        Q(state__in=[State.RETURNED, State.CONFIRMING]) | (Q(state=State.CARRIER_REVIEW) & Q(_remarked)),
        tone="theirs",
    ),
    Queue(
        "carriers",
        "キャリア待ち",
        "キャリアに申請している申込",
        Q(state=State.CARRIER_REVIEW) & ~Q(_remarked) & _RUNNING,
        tone="carriers",
    ),
    Queue(
        "setup",
        "アカウント設定",
        "番号・識別子の用意や、変更の完了を待っている申込",
        Q(state=State.ACCOUNT_SETUP) & _RUNNING,
    ),
    Queue(
        "approval",
        "通知書承認待ち",
        "別の方の承認を待っている通知書",
        Q(state=State.NOTICE_APPROVAL) & _RUNNING,
    ),
    Queue(
        "final_approval",
        "最終承認待ち",
        "別の方の承認を待っている変更と解約",
        Q(state=State.FINAL_APPROVAL) & _RUNNING,
    ),
    Queue("on_hold", "保留中", "社内で保留にしている申込", ~Q(hold_reason="") & _NOT_VOID, tone="quiet"),
    Queue("near", "期限間近", f"期限まで{NEAR}営業日以内の申込", of_due="near", tone="warn"),
    Queue("over", "期限超過", "期限を過ぎた申込", of_due="over", tone="bad"),
    Queue(
        "failed_check",
        "疎通確認NG",
        "通知先の疎通確認がNGのままの申込（発行後も含む）",
        (Q(kind=Kind.NEW) & _NOT_VOID & Q(_failed_check))
        | Q(_failed_proposal, kind=Kind.CHANGE, state__in=LIVE),
        tone="bad",
    ),
    Queue(
        "planned",
        "適用待ちの変更",
        "完了していて、適用日がこれから来る変更（適用日の近い順）",
        lambda day: Q(kind=Kind.CHANGE, state=State.COMPLETED, in_force_on__gt=day),
        tone="quiet",
        by_day="in_force_on",
    ),
    Queue(
        "ending",
        "解約予定",
        "確定した解約（終了日の近い順）",
        Q(state=State.ENDING),
        tone="quiet",
        by_day="last_month",
    ),
)
BY_NAME = {queue.name: queue for queue in QUEUES}


def due_tone(found: Due | None) -> str:
    """near, over, paused, good or "" (nothing to keep)."""
    if found is None:
        return ""
    if found.window.overdue:
        return "over"
    if found.window.paused:
        return "paused"
    return "near" if found.window.remaining <= NEAR else "good"


class DueReader:
    """Due windows of many cases with two queries for settings, however many the cases."""

    def __init__(self, now: datetime.datetime) -> None:
        self.today = date_of(now)
        self.times = lead_times()
        self.calendar = settings.office()

    def of(self, application: Application) -> Due | None:
        return due(application, self.today, times=self.times, calendar=self.calendar)

    def tone(self, application: Application) -> str:
        """A closed case keeps its window, but nothing is near or over any more."""
        return "" if application.closed_at else due_tone(self.of(application))


def with_events(rows: Any) -> Any:
    """The rows with their time line, oldest first, and its actors."""
    return rows.prefetch_related(Prefetch("events", CaseEvent.objects.select_related("actor")))


def live_cases() -> list[Application]:
    """Every live case, with those of its events that tell how long it has been waiting for whom."""
    return list(Application.objects.live().prefetch_related(Prefetch("events", clock_events())))


def with_tones(rows: Iterable[Application], now: datetime.datetime) -> list[tuple[Application, str]]:
    """Those that may have a due window, each with its tone."""
    reader = DueReader(now)
    dated = [row for row in rows if row.kind in (Kind.NEW, Kind.CHANGE) and row.submitted_at is not None]
    return [(row, reader.tone(row)) for row in dated]


def narrow(rows: Any, queue: Queue, now: datetime.datetime) -> Any:
    where = queue.narrows(date_of(now))
    if where is not None:
        return rows.filter(where)
    return rows.filter(pk__in=[row.pk for row, tone in with_tones(live_cases(), now) if tone == queue.of_due])


@dataclass(frozen=True)
class Filled:
    """A queue with how many cases are in it, and how many of them are the user's own."""

    queue: Queue
    total: int
    mine: int


def filled(user: User, dated: Iterable[tuple[Application, str]], today: datetime.date) -> list[Filled]:
    """All queues with their counts; one query, and what `with_tones` gave."""
    dated = list(dated)
    counts: dict[str, Count] = {}
    for queue in QUEUES:
        if (where := queue.narrows(today)) is not None:
            counts[queue.name] = Count("pk", filter=where)
            counts[f"{queue.name}_mine"] = Count("pk", filter=where & Q(assignee=user))
    found = Application.objects.aggregate(**counts)
    rows = []
    for queue in QUEUES:
        if queue.where is not None:
            rows.append(Filled(queue, found[queue.name], found[f"{queue.name}_mine"]))
        else:
            of_it = [row for row, tone in dated if tone == queue.of_due]
            rows.append(Filled(queue, len(of_it), sum(row.assignee_id == user.pk for row in of_it)))
    return rows
