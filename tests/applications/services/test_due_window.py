"""The due window read from a case's own events, and what a list of cases costs."""

import datetime

from django.urls import reverse
from django.utils import timezone

from accounts.rules.plans import Plan
from applications.services import carriers, clock
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import fresh


def test_guide_1_4_a_reapplication_without_an_answer_ends_the_pause_of_the_remark(case_at) -> None:
    story = case_at(Goal.REMARKED, Plan.PLUS)
    case, operations = fresh(story.application), story.staff["operations"]
    review = case.carrier_reviews.get(state="remarked")
    remarked = case.events.get(action="carrier_remark").at
    later = remarked + datetime.timedelta(days=1)
    assert [pause.end for pause in clock.pauses(case.events.all())][-1] is None
    carriers.apply(
        application_id=case.pk, version=case.version, review_id=review.pk, actor=operations, now=later
    )
    last = clock.pauses(fresh(case).events.all())[-1]
    assert (last.start, last.end, last.reason) == (
        date_of(remarked),
        date_of(later),
        "キャリアの指摘への回答待ち",
    )


def test_the_events_read_for_lists_tell_the_same_pauses_as_the_whole_time_line(case_at) -> None:
    for goal in (Goal.RESUBMITTED, Goal.ON_HOLD, Goal.REMARKED, Goal.NOTICE):
        case = case_at(goal, Plan.SMS_PLUS).application
        few = clock.clock_events().filter(application=case)
        assert clock.pauses(few) == clock.pauses(case.events.all())
        assert clock.due(case, date_of(timezone.now())) is not None


def test_lists_of_staff_take_no_more_queries_for_more_cases(
    case_at, desk, django_assert_max_num_queries
) -> None:
    pages = {reverse("admin:index"): 31, reverse("admin:applications_application_changelist"): 16}
    for goal in (Goal.SUBMITTED, Goal.RETURNED, Goal.ON_HOLD, Goal.REMARKED, Goal.ACTIVE):
        story = case_at(goal, Plan.SMS_PLUS)
    browser = desk(story.staff["reception"])
    for page, queries in pages.items():
        browser.open(page)  # what is remembered for the whole process
        with django_assert_max_num_queries(queries):
            browser.open(page)
