"""The staff's home page: what needs me today."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts.admin.outbox import undelivered
from accounts.models import Contract, MailProblem, NoticeRequest, NotificationEndpoint, OutgoingMail
from accounts.services import connectivity, settings, test_accounts
from applications.admin.queues import DueReader, filled, live_cases, with_tones
from applications.admin.tones import STATE_TONES
from applications.models import Application
from applications.workflow import LIVE, State
from billing.admin import usage_figures
from billing.models import BillingRun, UsageFile
from billing.services import closing_jobs
from billing.workflow import FINAL, RunState
from kmc_portal.lib.business_days import Calendar
from kmc_portal.lib.jst import date_of

AGES = ("当日〜1営業日", "2〜4営業日", "5〜9営業日", "10営業日以上")
AGE_ENDS = (1, 4, 9)
CHART_STATES = tuple(state for state in State if state in LIVE)


@dataclass(frozen=True)
class MyCase:
    application: Application
    state_tone: str
    due: Any
    due_tone: str


@dataclass(frozen=True)
class BillingQueue:
    label: str
    total: int
    unit: str
    words: str
    link: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """One state of the picture: how many cases have been in it for how long."""

    label: str
    total: int
    parts: tuple[tuple[int, int, str], ...]  # (which age, how many, its label)
    share: int  # per cent of the longest bar
    link: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    live = live_cases()
    queues = filled(request.user, with_tones(live, now), date_of(now))  # type: ignore[arg-type]
    return {
        **context,
        "title": "ホーム",
        "queues": queues,
        "my_cases": my_cases(request.user, live, now),
        "bars": bars(live, now),
        "ages": list(enumerate(AGES)),
        "undelivered": OutgoingMail.objects.filter(undelivered()).count(),
        "bounced": MailProblem.objects.filter(solved_at=None).values("address").distinct().count(),
        "worsened": connectivity.worsened(NotificationEndpoint.objects.live(date_of(now))).count(),
        "reissues": NoticeRequest.objects.filter(closed_at=None).count(),
        "test_accounts_waiting": Contract.objects.filter(test_accounts.waiting()).count(),
        "billing_queues": billing_queues(date_of(now)),
        "today": date_of(now),
        "is_business_day": settings.office().is_business_day(date_of(now)),
    }


def billing_queues(today: datetime.date) -> list[BillingQueue]:
    """What the month's close waits for."""
    runs = "admin:billing_billingrun_changelist"
    files = reverse("admin:billing_usagefile_changelist")
    waiting = BillingRun.objects.filter(state=RunState.PREVIEWED).count()
    open_runs = BillingRun.objects.exclude(state__in=FINAL).order_by("month")
    newest = open_runs.first() or BillingRun.objects.order_by("-month").first()
    parked = closing_jobs.parked_in(newest) if newest else 0
    refused = UsageFile.objects.filter(usage_figures.with_refusals()).count()
    month = usage_figures.open_month()
    missing = usage_figures.missing_days(month, today) if month else []
    calendar = reverse("admin:billing_usagefile_own_calendar")
    return [
        BillingQueue(
            "承認待ちの締め", waiting, "件", "別の方の承認を待っている試算", f"{reverse(runs)}?state__exact=previewed", "ours"
        ),
        BillingQueue(
            "保留した契約", parked, "件", "料金や請求先がなく、請求できない契約",
            f"{reverse('admin:billing_billingrun_change', args=[newest.pk])}#parked" if newest else reverse(runs), "bad",
        ),
        BillingQueue(
            "拒否のある配信実績", refused, "件", "直して取り込み直すファイル（未確定の月）", f"{files}?refused=open", "warn"
        ),
        BillingQueue(
            "足りない日", len(missing), "日", "配信実績が届いていない日（未確定の月）",
            f"{calendar}?month={month}" if month else calendar, "bad",
        ),
    ]  # fmt: skip


def my_cases(user: Any, live: list[Application], now: datetime.datetime) -> list[MyCase]:
    """The user's live cases, the most urgent first; those without a date last."""
    rows = [row for row in live if row.assignee_id == user.pk]
    prefetch_related_objects(rows, "customer")
    reader = DueReader(now)
    found = [MyCase(row, STATE_TONES[row.state_value], reader.of(row), reader.tone(row)) for row in rows]
    far = datetime.date.max
    return sorted(found, key=lambda case: (case.due.window.latest if case.due else far, case.application.pk))


def bars(live: list[Application], now: datetime.datetime) -> list[Bar]:
    """Live cases by state and by the business days they have been in it."""
    calendar, today = settings.office(), date_of(now)
    counts = {state: [0] * len(AGES) for state in CHART_STATES}
    for row in live:
        counts[row.state_value][_age(row, calendar, today)] += 1
    longest = max((sum(ages) for ages in counts.values()), default=0)
    listed = reverse("admin:applications_application_changelist")
    return [
        Bar(
            label=state.label,
            total=sum(ages),
            parts=tuple((index, count, AGES[index]) for index, count in enumerate(ages) if count),
            share=round(100 * sum(ages) / longest),
            link=f"{listed}?state__exact={state.value}",
        )
        for state, ages in counts.items()
        if sum(ages)
    ]


def _age(row: Application, calendar: Calendar, today: datetime.date) -> int:
    since = row.created_at
    for event in row.events.all():
        if event.source != event.target:
            since = event.at
    days = calendar.business_days_between(min(date_of(since), today), today)
    return next((index for index, end in enumerate(AGE_ENDS) if days <= end), len(AGE_ENDS))
