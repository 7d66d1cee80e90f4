"""The staff's home page and the one search: queues with counts, mine first, everything found in any spelling."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import MailProblem, MailState, OutgoingMail
from accounts.rules.plans import Option, Plan
from kmc_portal.demo.companies import Goal
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db


def tiles(page) -> dict[str, str]:
    return {
        tile.select_one(".kmc-queue-name").text: words(tile.select_one(".kmc-queue-count"))
        for tile in page.select(".kmc-queue")
    }


def test_every_queue_has_its_count_and_opens_its_list(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    for goal in (
        Goal.SUBMITTED,
        Goal.RESUBMITTED,
        Goal.IN_REVIEW,
        Goal.CONFIRMING,
        Goal.NOTICE,
        Goal.ON_HOLD,
    ):
        case_at(goal, Plan.SMS)
    case_at(Goal.PARTLY_APPROVED, Plan.PLUS)
    person = desk(story.staff["reception"])
    page = person.open("/admin/")
    counts = tiles(page)
    assert {name: counts[name] for name in counts if counts[name] not in ("0 件", "0 通", "0 日")} == {
        "受付待ち": "2 件",
        "再提出": "1 件",
        "内容確認中": "1 件",
        "企業様待ち": "1 件",
        "キャリア待ち": "1 件",
        "通知書承認待ち": "1 件",
        "保留中": "1 件",
        **{name: counts[name] for name in ("期限間近", "期限超過") if counts[name] != "0 件"},
    }
    waiting = next(tile for tile in page.select(".kmc-queue") if "受付待ち" in tile.text)
    assert len(person.open(waiting["href"]).select("#result_list .field-number_column")) == 2


def test_my_own_cases_come_the_most_urgent_first(case_at, desk):
    late = case_at(Goal.IN_REVIEW, Plan.SMS, days_ago=8)
    fresh = case_at(Goal.IN_REVIEW, Plan.SMS, days_ago=2)
    page = desk(late.staff["reception"]).open("/admin/")
    names = [link.text for link in page.select(".kmc-home-grid .kmc-table td:first-child a")]
    assert names == [late.application.customer.name, fresh.application.customer.name]
    other = desk(late.staff["reception_2"]).open("/admin/")
    assert "担当している申込はありません" in words(other.select_one(".kmc-home-grid"))


def test_guide_1_9_a_function_that_is_ng_stays_in_its_queue_after_the_notice(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS, Option.SMS_RESULT_NOTIFICATION)
    person = desk(story.staff["operations"])
    story.application.contract.endpoints.update(state="ng")
    assert tiles(person.open("/admin/"))["疎通確認NG"] == "1 件"
    story.application.contract.endpoints.update(state="ok")
    assert tiles(person.open("/admin/"))["疎通確認NG"] == "0 件"


def test_undelivered_mails_are_counted(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    OutgoingMail.objects.filter(kind="submission_received").update(state=MailState.FAILED)
    assert tiles(desk(story.staff["reception"]).open("/admin/"))["メール不達・失敗"] == "1 通"


def test_addresses_that_bounce_are_counted_until_they_are_solved(desk, reception):
    for address in ("a@example.com", "a@example.com", "b@example.com"):
        MailProblem.objects.create(address=address, kind="bounced", detail="550", at=timezone.now())
    assert tiles(desk(reception).open("/admin/"))["不達の宛先"] == "2 件"
    MailProblem.objects.update(solved_at=timezone.now())
    assert tiles(desk(reception).open("/admin/"))["不達の宛先"] == "0 件"


def test_the_picture_counts_cases_by_state_and_business_days(desk, request):
    """Submitted on Monday 2026-06-01; on Friday 2026-06-12 nine business days have passed, on the 15th ten."""
    with time_machine.travel("2026-06-01T15:30:00+09:00", tick=False):
        story = request.getfixturevalue("case_at")(Goal.SUBMITTED, Plan.SMS, days_ago=0)
    person = desk(story.staff["reception"])

    def ages() -> list[str]:
        return [part["title"] for part in person.open("/admin/").select(".kmc-bar span")]

    for moment, shown in (
        ("2026-06-02T12:00:00+09:00", "当日〜1営業日 1件"),
        ("2026-06-03T12:00:00+09:00", "2〜4営業日 1件"),
        ("2026-06-12T12:00:00+09:00", "5〜9営業日 1件"),
        ("2026-06-15T12:00:00+09:00", "10営業日以上 1件"),
    ):
        with time_machine.travel(moment, tick=False):
            assert ages() == [shown], moment


def test_the_number_of_queries_of_the_home_page_does_not_grow(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            person.open("/admin/")
        return len(captured)

    queries()
    with_one = queries()
    for goal in (Goal.IN_REVIEW, Goal.RETURNED, Goal.CONFIRMING):
        case_at(goal, Plan.SMS)
    assert queries() == with_one


@pytest.mark.parametrize("typed", ["試験1号", "試験１号（株）", "㈱試験1号", "0300001235"])
def test_the_search_finds_cases_contracts_and_customers(case_at, desk, typed):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    page = desk(story.staff["viewing"]).open("/admin/find/", q=typed)
    found = {
        section.h3.find(string=True).strip(): words(section.ul) for section in page.select(".kmc-section")
    }
    assert story.application.number in found["申込"]
    assert story.application.contract.number in found["契約"]
    if "0300" not in typed:
        assert story.application.customer.number in found["ご利用企業"]


def test_the_search_says_when_nothing_fits_and_when_it_was_asked_too_little(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["viewing"])
    assert "見つかりませんでした" in words(person.open("/admin/find/", q="どこにもない"))
    assert "2文字以上で入力してください" in words(person.open("/admin/find/", q="あ"))


def test_the_quick_search_answers_with_the_same(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    page = desk(story.staff["viewing"]).open("/admin/search/", s="試験1号", extended="1")
    assert story.application.number in words(page)


def test_the_sidebar_leaves_out_what_a_person_may_not_do(case_at, desk):
    story = case_at(Goal.INVITED)
    viewing = words(desk(story.staff["viewing"]).open("/admin/").select_one("#nav-sidebar"))
    reception = words(desk(story.staff["reception"]).open("/admin/").select_one("#nav-sidebar"))
    system = words(desk(story.staff["system"]).open("/admin/").select_one("#nav-sidebar"))
    assert "メールで届いた申込を登録" not in viewing and "社内ユーザー" not in viewing
    assert "メールで届いた申込を登録" in reception and "社内ユーザー" not in reception
    assert "社内ユーザー" in system


def test_who_is_not_logged_in_is_sent_to_the_login_of_everybody(client, db):
    response = client.get("/admin/")
    assert response.status_code == 302
    assert "/login/" in response["Location"]
