"""The list of cases: columns, filters, bulk actions, CSV."""

import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.views import ChangeList

from accounts.models import User
from accounts.rules.plans import Option
from accounts.services import files
from accounts.services.errors import Refused
from accounts.templatetags.kmc_admin import badge
from applications.admin.queues import BY_NAME, QUEUES, DueReader, due_tone, narrow
from applications.admin.tones import STATE_TONES
from applications.models import Application
from applications.services import review
from applications.services.change_facts import items_of
from applications.services.clock import Due
from applications.workflow import LIVE, State
from kmc_portal.lib.csv_text import write_csv
from kmc_portal.lib.jst import in_japan
from kmc_portal.lib.months import Month

MOST_ROWS_OF_CSV = 20_000


class CaseChangeList(ChangeList):
    """Gives each row its due window and its last event, from what was fetched with the rows."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        reader = DueReader(timezone.now())
        rows: list[Any] = list(self.result_list)  # type: ignore[has-type]
        for row in rows:
            row.due = reader.of(row)
            events = list(row.events.all())
            row.last_event = events[-1] if events else None
        self.result_list = rows


class QueueFilter(DropdownFilter):
    title = "いま必要なこと"
    parameter_name = "queue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(queue.name, queue.label) for queue in QUEUES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        queue = BY_NAME.get(self.value() or "")
        return narrow(queryset, queue, timezone.now()) if queue else queryset


class AssigneeFilter(DropdownFilter):
    title = "担当者"
    parameter_name = "who"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        people = User.objects.filter(is_staff=True, cases__isnull=False).distinct().order_by("name")
        return [("me", "自分"), ("nobody", "担当なし"), *((str(person.pk), str(person)) for person in people)]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value == "me":
            return queryset.filter(assignee=request.user.pk)
        if value == "nobody":
            return queryset.filter(assignee=None)
        return queryset.filter(assignee=int(value)) if value and value.isdecimal() else queryset


class LiveFilter(DropdownFilter):
    title = "手続き"
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "手続き中"), ("no", "終わったもの")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        live = Q(state__in=LIVE)
        return {"yes": queryset.filter(live), "no": queryset.exclude(live)}.get(self.value() or "", queryset)


FILTERS = (
    QueueFilter,
    LiveFilter,
    ("state", ChoicesDropdownFilter),
    ("kind", ChoicesDropdownFilter),
    ("plan", ChoicesDropdownFilter),
    AssigneeFilter,
    ("received_by", ChoicesDropdownFilter),
)


@admin.display(description="申込番号", ordering="number")
def number_column(row: Application) -> str:
    return row.number


@admin.display(description="ご利用企業", ordering="customer__search_key")
def company_column(row: Application) -> str:
    contract = row.contract.number if row.contract and row.contract.number else ""
    return format_html(
        '<span class="kmc-strong">{}</span><span class="kmc-sub">{}</span>', row.customer.name, contract
    )


@admin.display(description="手続き・プラン", ordering="plan")
def plan_column(row: Application) -> str:
    return format_html('{}<span class="kmc-sub">{}</span>', row.get_kind_display(), about(row))


def about(row: Application) -> str:
    """What the case is about: of a change its items, else the plan."""
    items = items_of(row)
    if not items:
        return row.get_plan_display()
    return items[0].label if len(items) == 1 else f"{items[0].label}、ほか{len(items) - 1}件"


@admin.display(description="状態", ordering="state")
def state_column(row: Application) -> str:
    hold = badge("保留", "warn") if row.on_hold else ""
    return format_html(
        '{} {}<span class="kmc-sub">お客様：{}</span>',
        badge(row.get_state_display(), STATE_TONES[row.state_value]),
        hold,
        row.public_state,
    )


@admin.display(description="完了の見込み", ordering="submitted_at")
def due_column(row: Application) -> str:
    found: Due | None = row.due  # type: ignore[attr-defined]
    if planned := planned_text(row):
        return format_html('<span class="kmc-due">{}</span>', planned)
    if found is None:
        return format_html('<span class="kmc-sub">{}</span>', "—")
    tone = "" if row.closed_at else due_tone(found)
    first, between, last = window_text(found).rpartition("〜")
    return format_html(
        '<span class="kmc-due kmc-due-{}">{}<wbr>{}</span><span class="kmc-sub">{}</span>',
        tone,
        first + between,
        last,
        "" if row.closed_at else tone_words(tone, found),
    )


@admin.display(description="担当者", ordering="assignee__name")
def assignee_column(row: Application) -> str:
    return str(row.assignee) if row.assignee else format_html('<span class="kmc-sub">{}</span>', "担当なし")


@admin.display(description="最後の動き")
def last_event_column(row: Application) -> str:
    event = row.last_event  # type: ignore[attr-defined]
    if event is None:
        return ""
    return format_html('{}<span class="kmc-sub">{} {}</span>', event.label, moment(event.at), event.who)


COLUMNS = (
    number_column,
    company_column,
    plan_column,
    state_column,
    due_column,
    assignee_column,
    last_event_column,
)


def planned_text(row: Application) -> str:
    """The day that is decided, of a completed change or a cancellation; "" before."""
    if row.in_force_on is not None:
        return f"{day_text(row.in_force_on)}から適用"
    if row.last_month is not None and row.state not in (State.WITHDRAWN, State.REJECTED):
        return f"{day_text(Month.of(row.last_month).last_day)}で終了"
    return ""


def moment(at: datetime.datetime) -> str:
    return in_japan(at).strftime("%m/%d %H:%M")


def day_text(day: datetime.date) -> str:
    return f"{day.month}月{day.day}日（{'月火水木金土日'[day.weekday()]}）"


def window_text(found: Due) -> str:
    window = found.window
    if window.earliest is None or window.earliest == window.latest:
        return f"{day_text(window.latest)}まで" if window.earliest is None else day_text(window.latest)
    return f"{day_text(window.earliest)}〜{day_text(window.latest)}"


def tone_words(tone: str, found: Due) -> str:
    return {
        "over": "期限を過ぎています",
        "paused": "停止中（お客様待ち・保留）",
        "near": f"あと{found.window.remaining}営業日",
        "good": f"あと{found.window.remaining}営業日",
    }.get(tone, "")


@admin.action(description="自分が担当する")
def assign_to_me(model_admin: Any, request: HttpRequest, queryset: Any) -> None:
    _assign(request, queryset, request.user)


@admin.action(description="担当を外す（担当なしに戻す）")
def put_back(model_admin: Any, request: HttpRequest, queryset: Any) -> None:
    _assign(request, queryset, None)


@admin.action(description="選んだ行をCSVで書き出す")
def export_selected(model_admin: Any, request: HttpRequest, queryset: Any) -> HttpResponse:
    return csv_of(request, queryset)


ACTIONS = (assign_to_me, put_back, export_selected)


def _assign(request: HttpRequest, queryset: Any, to: Any) -> None:
    now, done, refusals = timezone.now(), 0, []
    for row in queryset:
        try:
            review.assign(application_id=row.pk, version=row.version, to=to, actor=request.user, now=now)  # type: ignore[arg-type]
        except Refused as refusal:
            refusals.append(f"{row.number}：{refusal}")
        else:
            done += 1
    if done:
        messages.success(request, f"{done}件の担当を変更しました。")
    for text in refusals:
        messages.error(request, text)


CSV_HEADER = (
    "申込番号", "ご利用番号", "企業番号", "ご利用企業", "手続き", "契約プラン", "オプション", "状態", "お客様への表示",
    "保留の理由", "受付経路", "申込日時", "受付受理日時", "完了日時", "見込み（最短）", "見込み（最長）", "期限", "担当者",
    "最後の動き", "最後の動きの日時", "変更項目", "適用日", "最終利用月",
)  # fmt: skip
TONE_LABELS = {"over": "超過", "near": "間近", "paused": "停止中", "good": "余裕あり"}


def csv_of(request: HttpRequest, queryset: Any) -> HttpResponse:
    """The rows as a file for Excel; who fetched it is noted."""
    now = timezone.now()
    reader = DueReader(now)
    rows = [_csv_row(row, reader) for row in queryset[:MOST_ROWS_OF_CSV]]
    files.log_download(request=request, user=request.user, what=f"申込一覧CSV（{len(rows)}件）", now=now)  # type: ignore[arg-type]
    response = HttpResponse(write_csv(CSV_HEADER, rows), content_type="text/csv; charset=utf-8")
    name = f"applications_{in_japan(now):%Y%m%d_%H%M}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _csv_row(row: Application, reader: DueReader) -> list[object]:
    found = reader.of(row)
    events = list(row.events.all())
    last = events[-1] if events else None
    return [
        row.number,
        row.contract.number if row.contract else "",
        row.customer.number,
        row.customer.name,
        row.get_kind_display(),
        row.get_plan_display(),
        "、".join(Option.label_of(code) for code in row.options),
        row.get_state_display(),
        row.public_state,
        row.hold_reason,
        row.get_received_by_display(),
        _csv_time(row.submitted_at),
        _csv_time(row.accepted_at),
        _csv_time(row.closed_at),
        found.window.earliest if found else "",
        found.window.latest if found else "",
        TONE_LABELS.get(reader.tone(row), ""),
        str(row.assignee or ""),
        last.label if last else "",
        _csv_time(last.at if last else None),
        "、".join(item.label for item in items_of(row)),
        row.in_force_on or "",
        Month.of(row.last_month).label if row.last_month else "",
    ]


def _csv_time(at: datetime.datetime | None) -> str:
    return in_japan(at).strftime("%Y/%m/%d %H:%M") if at else ""
