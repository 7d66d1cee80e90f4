"""プラン一覧: what each plan may have, must hand in and how long it takes, straight from the rules and settings."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from accounts.rules.plans import OPTION_FUNCTION, Channel, Option, Plan
from applications.rules.documents import MATRIX, When
from applications.rules.lead_time import LeadTimes, new_contract_days
from applications.services.clock import lead_times

YES = "○"


@dataclass(frozen=True)
class Line:
    """One row of the table: a name, what is to be said about it, and a cell per plan."""

    label: str
    note: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    title: str
    guide: str
    lines: tuple[Line, ...]


@require_safe
def plans_view(request: HttpRequest) -> HttpResponse:
    times = lead_times()
    context = {
        **admin.site.each_context(request),
        "title": "契約プランの一覧",
        "plans": list(Plan),
        "parts": parts(times),
    }
    return TemplateResponse(request, "admin/staff/plans.html", context)


def parts(times: LeadTimes) -> list[Part]:
    channels = [_line(channel.label, "", (channel in plan.channels for plan in Plan)) for channel in Channel]
    options = [
        _line(option.label, _option_note(option), (option in plan.options for plan in Plan))
        for option in Option
    ]
    base = tuple(new_contract_days(plan, (), times) for plan in Plan)
    standard = Line(
        "標準納期",
        "オプションなしの場合",
        tuple(_days(days.earliest, days.latest) for days in base),
    )
    with_options = [
        Line(
            f"{option.label} を申し込む場合",
            "標準納期と比べ、最短・最長それぞれ長いほう",
            tuple(_days_with(plan, option, times) for plan in Plan),
        )
        for option in (Option.SOFTBANK_SENDER, Option.TWO_WAY_SMS)
    ]
    return [
        Part("チャネル", "§1.1", tuple(channels)),
        Part("選べるオプション", "§1.3–1.6、§2.1", tuple(options)),
        *(Part(f"提出書類（{when.label}）", "§1.6", tuple(_documents(when))) for when in When),
        Part("納期（申込の翌営業日を1日目とする営業日数）", "§1.3–1.5", (standard, *with_options)),
    ]


def _documents(when: When) -> Iterable[Line]:
    for row in MATRIX:
        if row.when is when:
            note = f"{row.only_with.label}を利用する場合だけ" if row.only_with else ""
            yield _line(row.code.label, note, (plan in row.plans for plan in Plan))


def _line(label: str, note: str, answers: Iterable[bool]) -> Line:
    return Line(label, note, tuple(YES if answer else "" for answer in answers))


def _option_note(option: Option) -> str:
    function = OPTION_FUNCTION.get(option)
    return f"{function.label}の疎通確認が必要" if function else ""


def _days_with(plan: Plan, option: Option, times: LeadTimes) -> str:
    if option not in plan.options:
        return ""
    days = new_contract_days(plan, (option,), times)
    return _days(days.earliest, days.latest)


def _days(earliest: int, latest: int) -> str:
    return f"{latest}営業日" if earliest == latest else f"{earliest}〜{latest}営業日"
