"""The list of cases: found in any spelling, filtered by queue, few queries, CSV that Excel opens and does not run."""

import csv
import io

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Download
from accounts.rules.plans import Plan
from accounts.services import customers
from applications.models import Application
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.csv_text import safe_cell, write_csv
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db
LIST = "/admin/applications/application/"


def rename(story, name: str, kana: str) -> None:
    profile = {"name": name, "name_kana": kana}
    customers.set_profile(customer=story.application.customer, profile=profile, day=story.at.date())


def numbers(soup) -> list[str]:
    return [cell.text.strip() for cell in soup.select("#result_list .field-number_column")]


@pytest.mark.parametrize(
    "typed",
    [
        "㈱髙﨑電機",
        "株式会社髙﨑電機",
        "（株）高崎電機",
        "高崎電機",
        "ﾀｶｻｷﾃﾞﾝｷ",
        "たかさきでんき",
        "高崎 電機",
    ],
)
def test_a_company_is_found_in_any_spelling(case_at, desk, typed):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    case_at(Goal.SUBMITTED, Plan.SMS)
    rename(story, "株式会社髙﨑電機", "カブシキガイシャタカサキデンキ")
    assert numbers(desk(story.staff["viewing"]).open(LIST, q=typed)) == [story.application.number]


@pytest.mark.parametrize("typed", ["0300001235", "03-0000-1235", "０３－００００－１２３５"])
def test_a_case_is_found_by_its_contacts_telephone_before_it_is_registered(case_at, desk, typed):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    assert numbers(desk(story.staff["reception"]).open(LIST, q=typed)) == [story.application.number]


def test_a_case_is_found_by_bot_id_contract_number_and_its_own(case_at, desk):
    story = case_at(Goal.NOTICE, Plan.PLUS)
    case_at(Goal.SUBMITTED, Plan.SMS)
    account = story.application.contract.official_accounts.get()
    person = desk(story.staff["reception"])
    for typed in (account.identifier, story.application.contract.number, story.application.number):
        assert numbers(person.open(LIST, q=typed)) == [story.application.number], typed
    assert numbers(person.open(LIST, q="どこにもない企業")) == []


@pytest.mark.parametrize(
    ("goal", "queue"),
    [
        (Goal.SUBMITTED, "waiting"),
        (Goal.RESUBMITTED, "resubmitted"),
        (Goal.IN_REVIEW, "in_review"),
        (Goal.RETURNED, "customer"),
        (Goal.CONFIRMING, "customer"),
        (Goal.NOTICE, "approval"),
        (Goal.ON_HOLD, "on_hold"),
    ],
)
def test_every_case_stands_in_its_queue_and_in_no_other_state_queue(case_at, desk, goal, queue):
    story = case_at(goal, Plan.SMS)
    person = desk(story.staff["reception"])
    queues = (
        "waiting",
        "resubmitted",
        "in_review",
        "accepted",
        "customer",
        "carriers",
        "setup",
        "approval",
        "on_hold",
    )
    found = [name for name in queues if numbers(person.open(LIST, queue=name)) == [story.application.number]]
    assert found == [queue]


def test_a_case_with_a_remark_waits_for_the_company_not_for_the_carriers(case_at, desk):
    story = case_at(Goal.REMARKED, Plan.PLUS)
    person = desk(story.staff["reception"])
    assert numbers(person.open(LIST, queue="customer")) == [story.application.number]
    assert numbers(person.open(LIST, queue="carriers")) == []


def test_near_and_over_are_told_by_business_days(desk, request):
    """SMS: up to 10 business days. Submitted on Monday 2026-06-01 the tenth is Monday 2026-06-15."""
    with time_machine.travel("2026-06-01T10:30:00+09:00", tick=False):
        story = request.getfixturevalue("case_at")(Goal.SUBMITTED, Plan.SMS, days_ago=0)
    person = desk(story.staff["reception"])

    def queue_of(name: str) -> list[str]:
        return numbers(person.open(LIST, queue=name))

    with time_machine.travel("2026-06-09T12:00:00+09:00", tick=False):  # four left
        assert (queue_of("near"), queue_of("over")) == ([], [])
    with time_machine.travel("2026-06-10T12:00:00+09:00", tick=False):  # three left
        assert (queue_of("near"), queue_of("over")) == ([story.application.number], [])
    with time_machine.travel("2026-06-15T23:59:00+09:00", tick=False):
        assert (queue_of("near"), queue_of("over")) == ([story.application.number], [])
    with time_machine.travel("2026-06-16T00:00:00+09:00", tick=False):
        assert (queue_of("near"), queue_of("over")) == ([], [story.application.number])
        row = person.open(LIST).select_one("#result_list .field-due_column")
        assert "期限を過ぎています" in words(row) and row.select_one(".kmc-due-over")


def test_the_number_of_queries_does_not_grow_with_the_rows(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            person.open(LIST)
        return len(captured)

    queries()  # what is cached for good is cached now
    with_one = queries()
    for goal in (Goal.SUBMITTED, Goal.RETURNED, Goal.CONFIRMING, Goal.ACCEPTED):
        case_at(goal, Plan.SMS)
    assert len(numbers(person.open(LIST))) == 5
    assert queries() == with_one
    assert with_one <= 30


def test_several_cases_are_taken_and_put_back_at_once(case_at, desk):
    stories = [case_at(Goal.SUBMITTED, Plan.SMS) for _ in range(3)]
    person = desk(stories[0].staff["reception_2"])
    chosen = [story.application.pk for story in stories[:2]]
    person.send(LIST, action="assign_to_me", _selected_action=chosen)
    assert person.said == ["2件の担当を変更しました。"]
    assert Application.objects.filter(assignee=person.user).count() == 2
    person.send(LIST, action="put_back", _selected_action=chosen[:1])
    assert Application.objects.filter(assignee=person.user).count() == 1


def test_a_viewer_cannot_take_cases_in_bulk(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["viewing"])
    person.send(LIST, action="assign_to_me", _selected_action=[story.application.pk])
    assert "権限がありません" in person.said[0]
    story.application.refresh_from_db()
    assert story.application.assignee is None


def test_the_csv_opens_in_excel_and_runs_nothing(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    rename(story, '=HYPERLINK("http://x.example.jp","押す")株式会社', "テスト")
    other = case_at(Goal.IN_REVIEW, Plan.PLUS)
    person = desk(story.staff["reception"])
    response = person.client.get(f"{LIST}export/")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    by_number = {row["申込番号"]: row for row in rows}
    assert by_number[story.application.number]["ご利用企業"].startswith("'=HYPERLINK(")
    assert by_number[other.application.number]["契約プラン"] == "'+メッセージのみ"
    assert by_number[other.application.number]["状態"] == "内容確認中"
    assert Download.objects.filter(user=person.user, what="申込一覧CSV（2件）").count() == 1


def test_the_csv_holds_what_search_and_filters_leave(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    text = person.client.get(f"{LIST}export/", {"queue": "waiting"}).content.decode("utf-8-sig")
    assert text.count("\r\n") == 2 and story.application.number in text
    chosen = person.client.post(
        LIST, {"action": "export_selected", "_selected_action": [story.application.pk]}
    )
    assert chosen.content.decode("utf-8-sig").count("\r\n") == 2


@pytest.mark.parametrize("text", ["=1+1", "+81", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "　＠x"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert safe_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "KMC000000001", "株式会社=等号", "2026/11/24", "a@example.jp"])
def test_what_a_spreadsheet_leaves_alone_stays_as_it_is(text):
    assert safe_cell(text) == text


def test_the_file_has_a_mark_crlf_and_quotes_where_needed():
    assert (
        write_csv(["甲", "乙"], [["一,二", None], ["改\n行", 3]])
        == '\ufeff甲,乙\r\n"一,二",\r\n"改\n行",3\r\n'
    )


def test_a_queue_shows_my_own_cases_first_then_the_one_that_has_waited_longest(case_at, desk):
    oldest = case_at(Goal.IN_REVIEW, Plan.SMS, days_ago=9)
    newer = case_at(Goal.IN_REVIEW, Plan.SMS, days_ago=5)
    mine = case_at(Goal.IN_REVIEW, Plan.SMS, days_ago=3)
    person = desk(oldest.staff["reception_2"])
    person.do(mine.application, "assign_to_me")
    assert numbers(person.open(LIST, queue="in_review")) == [
        mine.application.number,
        oldest.application.number,
        newer.application.number,
    ]
