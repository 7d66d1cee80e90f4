"""The page of a case: what was sent with its cells, versions, files, marked workbooks, history."""

import io

import pytest
from openpyxl import load_workbook

from accounts.models import Download
from accounts.rules.plans import Option, Plan
from kmc_portal.demo.companies import Goal
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db


def test_the_head_says_company_state_and_what_the_customer_sees(case_at, desk):
    story = case_at(Goal.RETURNED, Plan.SMS)
    page = desk(story.staff["viewing"]).case(story.application)
    head = words(page.select_one(".kmc-head"))
    assert "試験1号株式会社" in head and "差戻し" in head
    assert "お客様には「修正をお願いします」と見えています" in head
    assert page.select_one(".kmc-line [aria-current=step]").text.strip() == "内容確認中"


def test_the_step_line_leaves_out_carriers_where_none_are_asked(case_at, desk):
    sms, plus = case_at(Goal.SUBMITTED, Plan.SMS), case_at(Goal.SUBMITTED, Plan.PLUS)
    person = desk(sms.staff["viewing"])
    assert "キャリア申請" not in words(person.case(sms.application).select_one(".kmc-line"))
    assert "キャリア申請" in words(person.case(plus.application).select_one(".kmc-line"))


def test_the_due_window_explains_itself(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS, days_ago=0)
    card = words(desk(story.staff["viewing"]).case(story.application).select_one(".kmc-due-card"))
    assert "あと10営業日です。" in card and "1営業日目として数えます" in card


def test_values_stand_with_their_cells_and_link_to_a_finding(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    page = desk(story.staff["reception"]).case(story.application)
    row = next(row for row in page.select(".kmc-value-table tr") if row.th.text == "利用用途")
    assert words(row) == "利用用途 旅行の予約確認と、出発前日のお知らせ C6 不備"
    assert row.a["href"].endswith("/do/add_finding/?document=account_parameters&place=usage.purpose")


def test_a_resubmission_shows_what_changed_and_the_version_before(case_at, desk):
    story = case_at(Goal.RESUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    page = person.case(story.application)
    assert "第2版" in words(page.select_one("#documents h3"))
    assert [link.find(string=True) for link in page.select(".kmc-versions a")] == ["第2版", "第1版"]
    first = person.open(f"/admin/applications/application/{story.application.pk}/change/", v="1")
    assert "以前の版を見ています" in words(first.select_one("#documents"))
    assert first.select("#documents form") == []


def test_files_are_fetched_with_a_line_in_the_log_and_only_of_this_case(case_at, desk):
    story, other = case_at(Goal.SUBMITTED, Plan.SMS), case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["viewing"])
    file = story.application.submissions.get().files.get(slot="application_form").file
    foreign = other.application.submissions.get().files.get(slot="application_form").file
    address = f"/admin/applications/application/{story.application.pk}/files"
    response = person.client.get(f"{address}/{file.pk}/")
    assert response["Content-Disposition"].startswith("attachment;")
    assert load_workbook(io.BytesIO(response.content)).sheetnames[1:3] == [
        "サービス利用申込書",
        "アカウントパラメータ申込書",
    ]
    assert Download.objects.filter(user=person.user, file=file).count() == 1
    assert person.client.get(f"{address}/{foreign.pk}/").status_code == 404


def test_the_marked_workbook_carries_the_finding_in_its_cell(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    sent = story.application.submissions.get().files.get(slot="application_form")
    finding = story.application.submissions.get().findings.get()
    response = person.client.get(f"/admin/applications/application/{story.application.pk}/marked/{sent.pk}/")
    cell = load_workbook(io.BytesIO(response.content))[finding.sheet][finding.cell]
    assert finding.text in cell.comment.text


def test_what_was_registered_is_compared_with_what_was_sent(case_at, desk):
    story = case_at(Goal.CONFIRMING, Plan.SMS)
    page = desk(story.staff["viewing"]).case(story.application)
    assert "提出内容とすべて一致しています" in words(page.select_one("#comparison h3"))
    story.application.contract.terms.update(usage_purpose="別の用途")
    page = desk(story.staff["viewing"]).case(story.application)
    assert "1か所が提出内容と違います" in words(page.select_one("#comparison h3"))
    assert "別の用途 相違" in words(page.select_one("#comparison tr.is-changed"))


def test_the_time_line_and_the_mails_stand_on_the_page(case_at, desk):
    story = case_at(Goal.RETURNED, Plan.SMS)
    page = desk(story.staff["viewing"]).case(story.application)
    assert "差し戻す 内容確認中 → 差戻し" in words(page.select_one("#history"))
    assert "書類の修正のお願い" in words(page.select_one("#mails"))


def test_field_changes_name_who_changed_what(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "hold", reason="確認のため")
    page = person.open(f"/admin/applications/application/{story.application.pk}/changes/")
    rows = [words(row) for row in page.select("tbody tr")]
    assert any("受付 はな 変更 保留の理由 （なし） 確認のため" in row for row in rows)


def test_carriers_stand_side_by_side_with_the_remark(case_at, desk):
    story = case_at(Goal.REMARKED, Plan.PLUS_RCS)
    page = desk(story.staff["operations"]).case(story.application)
    cards = {card.h4.text: words(card) for card in page.select(".kmc-carrier")}
    assert list(cards) == ["NTTドコモ", "KDDI", "ソフトバンク"]
    assert "指摘あり" in cards["NTTドコモ"] and "キャリアの指摘" in cards["NTTドコモ"]
    assert page.select(".kmc-main > section")[0]["id"] == "carriers"


def test_a_draft_shows_each_fault_with_its_cell(case_at, desk):
    story = case_at(Goal.DRAFT, Plan.SMS)
    page = desk(story.staff["reception"]).case(story.application)
    faults = [words(fault) for fault in page.select(".kmc-faults:not(.is-warn) li")]
    assert any(fault.startswith("アカウントパラメータ申込書!C7 同意取得方法") for fault in faults)


def test_a_release_has_its_checklist_and_no_due_window(case_at, desk):
    story = case_at(Goal.RELEASE, Plan.PLUS, Option.STORE_DISPLAY)
    page = desk(story.staff["reception"]).case(story.application)
    assert "リリースチェックリスト" in words(page.select_one("#documents"))
    assert page.select(".kmc-due-card") == []


def test_nothing_on_the_page_is_left_in_english(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    for path in (
        f"/admin/applications/application/{story.application.pk}/change/",
        "/admin/applications/application/",
        "/admin/",
    ):
        page = person.open(path)
        for hidden in page.select("script, style, template, .material-symbols-outlined"):
            hidden.decompose()
        text = words(page.body)
        for word in (
            "Search",
            "Filter",
            "Select",
            "Change",
            "Log out",
            "Welcome",
            "Home",
            "results",
            "Light",
            "Dark",
        ):
            assert word not in text, f"{path}: {word}"
