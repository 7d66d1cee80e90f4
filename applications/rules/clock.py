"""The business-day clock that stands still while the customer owes us something (rules.md §1.3–1.5, 保留).

Counting starts on the business day after `start`. Of a pause from P to R the days in (P, R] are not
counted: the day it begins still counts, the day it ends does not, the next business day does. A pause
that ends on the day it began has no effect; pauses may overlap. An open pause has no end yet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kmc_portal.lib.business_days import OFFICE, Calendar, days_in, japanese_date


@dataclass(frozen=True)
class Pause:
    """`end` None: still waiting. `reason` is what the customer owes, in Japanese."""

    start: date
    end: date | None
    reason: str = ""

    def __post_init__(self) -> None:
        if self.end is not None and self.end < self.start:
            raise ValueError(f"停止の終わり（{self.end}）が始まり（{self.start}）より前です。")

    def covers(self, day: date) -> bool:
        return self.start < day and (self.end is None or day <= self.end)


@dataclass(frozen=True)
class DueWindow:
    """`earliest` None where no lower end is stated. An open pause is taken as ending today."""

    earliest: date | None
    latest: date
    used: int
    remaining: int  # business days to the latest end; never below 0
    paused: bool
    overdue: bool
    because: tuple[str, ...]


def counted_days(start: date, pauses: Sequence[Pause], until: date, calendar: Calendar = OFFICE) -> int:
    """The business days counted in (start, until]; 0 where `until` is not after `start`."""
    return sum(_counts(day, pauses, calendar) for day in days_in(start, until))


def due_date(start: date, pauses: Sequence[Pause], days: int, calendar: Calendar = OFFICE) -> date:
    """The `days`-th counted day after `start`; every pause must have an end."""
    if days < 1:
        raise ValueError(f"営業日数は1以上です（指定: {days}）。")
    if any(pause.end is None for pause in pauses):
        raise ValueError("停止が続いている間は期限を決められません。")
    day = start
    for _ in range(days):
        day += timedelta(days=1)
        while not _counts(day, pauses, calendar):
            day += timedelta(days=1)
    return day


def due_window(
    start: date,
    pauses: Sequence[Pause],
    *,
    earliest_days: int | None,
    latest_days: int,
    today: date,
    calendar: Calendar = OFFICE,
) -> DueWindow:
    """When the work is due as seen today, how far the clock has run, and why."""
    closed = [
        Pause(pause.start, max(pause.start, today), pause.reason) if pause.end is None else pause
        for pause in pauses
    ]
    paused = any(pause.start <= today and (pause.end is None or today < pause.end) for pause in pauses)
    used = counted_days(start, pauses, today, calendar)
    earliest = None if earliest_days is None else due_date(start, closed, earliest_days, calendar)
    latest = due_date(start, closed, latest_days, calendar)

    first_day = calendar.next_business_day(start)
    because = [f"{japanese_date(start)}の翌営業日の{japanese_date(first_day)}を1営業日目として数えます。"]
    because += [_pause_line(start, pause, today, calendar) for pause in sorted(pauses, key=lambda p: p.start)]
    because.append(f"今日（{japanese_date(today)}）までに{used}営業日を数えました。")
    if earliest is not None and earliest != latest:
        because.append(f"{earliest_days}営業日目は{japanese_date(earliest)}です。")
    because.append(f"{latest_days}営業日目は{japanese_date(latest)}です。")
    if paused:
        because.append("今は停止中のため、期限は今日再開した場合の見込みです。")
    if calendar.is_forecast(latest):
        because.append(f"{latest.year}年の祝日は公表前の予測です。")
    return DueWindow(
        earliest, latest, used, max(0, latest_days - used), paused, today > latest, tuple(because)
    )


def _counts(day: date, pauses: Sequence[Pause], calendar: Calendar) -> bool:
    return calendar.is_business_day(day) and not any(pause.covers(day) for pause in pauses)


def _pause_line(start: date, pause: Pause, today: date, calendar: Calendar) -> str:
    end = today if pause.end is None else pause.end
    lost = sum(calendar.is_business_day(day) for day in days_in(max(start, pause.start), end))
    ended = "今も停止中" if pause.end is None else f"{japanese_date(pause.end)}に再開"
    reason = f"「{pause.reason}」のため" if pause.reason else ""
    return f"{reason}{japanese_date(pause.start)}から停止し、{ended}。{lost}営業日は数えません。"
