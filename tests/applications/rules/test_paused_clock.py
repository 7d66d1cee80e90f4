"""The business-day clock (rules.md §1.3–1.5). From Monday 2026-10-05, 12 October being a holiday:
1 = 10-06, 2 = 07, 3 = 08, 4 = 09, 5 = 13, 6 = 14, 7 = 15, 8 = 16, 9 = 19, 10 = 20."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.rules.clock import Pause, counted_days, due_date, due_window
from kmc_portal.lib.business_days import OFFICE


def october(day: int) -> date:
    return date(2026, 10, day)


START = october(5)


def pauses(*spans: tuple[int, int | None]) -> list[Pause]:
    return [
        Pause(october(start), None if end is None else october(end), "不備の修正") for start, end in spans
    ]


@pytest.mark.parametrize(
    ("until", "counted"),
    [(4, 0), (5, 0), (6, 1), (7, 2), (9, 4), (10, 4), (12, 4), (13, 5), (20, 10)],
)
def test_guide_1_3_the_next_business_day_is_day_one(until: int, counted: int) -> None:
    assert counted_days(START, [], october(until)) == counted


@pytest.mark.parametrize(
    ("spans", "sixth", "tenth"),
    [
        ([], 14, 20),
        ([(7, 13)], 19, 23),  # 8, 9 and 13 are lost
        ([(7, 7)], 14, 20),  # ended on the day it began
        ([(7, 8)], 15, 21),  # 8 is lost
        ([(10, 12)], 14, 20),  # over a weekend and a holiday only
        ([(9, 13)], 15, 21),  # 13 is lost
        ([(7, 8), (14, 15)], 16, 22),  # 8 and 15 are lost: … 9 = 3, 13 = 4, 14 = 5, 16 = 6
        ([(7, 13), (8, 14)], 20, 26),  # overlapping: 8, 9, 13, 14 are lost once
        ([(8, 9), (7, 14)], 20, 26),  # one within the other
        ([(7, 8), (8, 9)], 16, 22),  # one follows the other: 8 and 9 are lost
        ([(2, 6)], 15, 21),  # begun before the start: 6 is lost
        ([(1, 5)], 14, 20),  # over before the clock starts
        ([(26, 27)], 14, 20),  # after it has run out
    ],
)
def test_guide_1_3_the_clock_stands_still_while_the_customer_owes_something(
    spans: list[tuple[int, int]], sixth: int, tenth: int
) -> None:
    assert due_date(START, pauses(*spans), 6) == october(sixth)
    assert due_date(START, pauses(*spans), 10) == october(tenth)


@pytest.mark.parametrize(
    ("until", "counted"),
    [(7, 2), (8, 2), (13, 2), (14, 3), (15, 4)],
)
def test_guide_1_3_the_day_a_pause_begins_counts_and_the_day_it_ends_does_not(
    until: int, counted: int
) -> None:
    assert counted_days(START, pauses((7, 13)), october(until)) == counted


def window(*spans: tuple[int, int | None], today: int, earliest: int | None = 6, latest: int = 10):
    return due_window(START, pauses(*spans), earliest_days=earliest, latest_days=latest, today=october(today))


def test_guide_1_3_a_window_without_pauses() -> None:
    seen = window(today=13)
    assert (seen.earliest, seen.latest) == (october(14), october(20))
    assert (seen.used, seen.remaining, seen.paused, seen.overdue) == (5, 5, False, False)


def test_guide_1_3_an_open_pause_is_projected_as_if_it_ended_today() -> None:
    # used: 6, 7. Lost up to today: 8, 9, 13, 14, 15. Then 16 = 3, 19 = 4, 20 = 5, 21 = 6, … 27 = 10
    seen = window((7, None), today=15)
    assert (seen.earliest, seen.latest) == (october(21), october(27))
    assert (seen.used, seen.remaining, seen.paused) == (2, 8, True)
    assert any("今も停止中" in line and "5営業日は数えません" in line for line in seen.because)


def test_guide_1_3_a_pause_that_begins_today_has_taken_nothing_yet() -> None:
    seen = window((7, None), today=7)
    assert (seen.latest, seen.used, seen.paused) == (october(20), 2, True)


def test_guide_1_3_a_pause_that_ended_today_is_over_but_today_does_not_count() -> None:
    seen = window((7, 13), today=13)
    assert (seen.latest, seen.used, seen.paused) == (october(23), 2, False)


@pytest.mark.parametrize(("today", "overdue", "remaining"), [(19, False, 1), (20, False, 0), (21, True, 0)])
def test_guide_1_3_overdue_from_the_day_after_the_latest(today: int, overdue: bool, remaining: int) -> None:
    seen = window(today=today)
    assert (seen.overdue, seen.remaining) == (overdue, remaining)


def test_guide_1_3_no_lower_end_gives_no_earliest_day() -> None:
    seen = window(today=5, earliest=None, latest=28)
    assert seen.earliest is None
    assert seen.latest == date(2026, 11, 16)  # 20 = 11-04, 24 = 11-10, 28 = 11-16


def test_guide_1_3_the_window_says_how_it_was_computed() -> None:
    assert window((7, 13), today=14).because == (
        "2026年10月5日（月）の翌営業日の2026年10月6日（火）を1営業日目として数えます。",
        "「不備の修正」のため2026年10月7日（水）から停止し、2026年10月13日（火）に再開。3営業日は数えません。",
        "今日（2026年10月14日（水））までに3営業日を数えました。",
        "6営業日目は2026年10月19日（月）です。",
        "10営業日目は2026年10月23日（金）です。",
    )


def test_a_pause_cannot_end_before_it_began() -> None:
    with pytest.raises(ValueError, match="2026-10-06"):
        Pause(october(7), october(6))


def test_a_due_date_needs_every_pause_to_have_an_end() -> None:
    with pytest.raises(ValueError, match="停止"):
        due_date(START, pauses((7, None)), 6)


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
PAUSES = st.lists(
    st.builds(lambda start, length: Pause(start, start + timedelta(days=length)), DAYS, st.integers(0, 20)),
    max_size=4,
)


@given(DAYS, PAUSES, st.integers(1, 30))
def test_guide_1_3_the_due_day_is_the_first_with_that_many_days_counted(
    start: date, spans: list[Pause], days: int
) -> None:
    due = due_date(start, spans, days)
    assert counted_days(start, spans, due) == days
    assert counted_days(start, spans, due - timedelta(days=1)) == days - 1


@given(DAYS, PAUSES, st.integers(1, 30), st.builds(Pause, DAYS, st.none()))
def test_guide_1_3_a_pause_never_brings_the_due_day_forward(
    start: date, spans: list[Pause], days: int, more: Pause
) -> None:
    longer = [*spans, Pause(more.start, more.start + timedelta(days=7))]
    assert due_date(start, longer, days) >= due_date(start, spans, days)
    assert due_date(start, [], days) == OFFICE.add_business_days(start, days)
