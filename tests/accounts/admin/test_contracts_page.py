"""Contracts in the admin: as of a day, with their periods; a later notice by two people."""

import datetime

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from accounts.models import MailProblem, OutgoingMail
from accounts.rules.plans import Option, Plan
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/contract/"


def page_of(contract) -> str:
    return f"{LIST}{contract.pk}/change/"


def deed(contract, name: str) -> str:
    return f"{LIST}{contract.pk}/do/{name}/"


def test_the_page_shows_what_is_in_force_on_the_chosen_day(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    contract = story.application.contract
    today = date_of(timezone.now())
    contact = contract.contacts.get(role="account")
    tomorrow = today + datetime.timedelta(days=1)
    contact.period = DateRange(contact.since, tomorrow)
    contact.save()
    contract.contacts.create(
        role="account", position=1, name="後任 花子", email="kounin@case1.example.jp", phone="03-0000-1299",
        period=DateRange(tomorrow, None),
    )  # fmt: skip
    person = desk(story.staff["viewing"])
    assert "例示 次郎" in words(person.open(page_of(contract)).select_one("#contacts"))
    later = person.open(page_of(contract), on=tomorrow.isoformat())
    assert "後任 花子" in words(later.select_one("#contacts"))
    assert "時点の内容を表示しています" in words(later)
    before = person.open(page_of(contract), on="2020-01-01")
    assert "この日に適用される契約内容はありません" in words(before.select_one("#terms"))
    periods = words(later.select_one("#periods"))
    assert "例示 次郎" in periods and "後任 花子" in periods


def test_guide_1_9_a_function_that_is_ok_after_the_notice_asks_for_a_new_edition(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS, Option.SMS_RESULT_NOTIFICATION)
    contract = story.application.contract
    person = desk(story.staff["operations"])
    told = "最新の通知書のあとに変わった内容があります"
    notice = contract.notices.get()
    assert [row["state"] for row in notice.content["notification_functions"]] == ["未設定"]
    assert told not in words(person.open(page_of(contract)).select_one("#notices"))
    contract.endpoints.update(state="ok")
    assert f"{told}：通知機能。" in words(person.open(page_of(contract)).select_one("#notices"))


def test_a_day_that_is_none_is_said_and_today_is_shown(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    response = desk(story.staff["viewing"]).client.get(page_of(story.application.contract), {"on": "きのう"})
    assert "日付は 2026-11-24 の形で入力してください。" in response.content.decode()


def test_guide_2_0_a_test_account_has_its_derived_name_and_a_warning(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    section = words(
        desk(story.staff["viewing"]).open(page_of(story.application.contract)).select_one("#accounts")
    )
    assert "試験1号TEST" in section and "実際のエンドユーザーにも届きます" in section


def test_an_address_that_bounced_is_marked_on_its_contact(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    MailProblem.objects.create(
        address="jiro@case1.example.jp", kind="bounced", detail="mailbox full", at=timezone.now()
    )
    assert "不達" in words(
        desk(story.staff["viewing"]).open(page_of(story.application.contract)).select_one("#contacts")
    )


def test_guide_1_3_a_later_notice_is_asked_for_by_one_and_issued_by_another(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    contract = story.application.contract
    start = contract.billing_start_on
    operations, approver = desk(story.staff["operations"]), desk(story.staff["approval"])
    page = operations.open(deed(contract, "request_notice"))
    assert page.select_one(".kmc-draft-mark").text == "未発行の下書き"
    assert f"{contract.number}-02" in words(page)
    operations.send(deed(contract, "request_notice"), reason="送信元表示番号を追加したため")
    assert operations.said == ["通知書の再発行を依頼しました。別の承認者が確認して発行します。"]
    operations.send(deed(contract, "request_notice"), reason="もう一度")
    assert "承認待ちの再発行依頼があります" in operations.said[-1]
    assert "「承認」の担当者が行います" in words(operations.open(page_of(contract)).select_one("aside"))
    operations.send(deed(contract, "approve_notice"), mail_subject="x", mail_body="⟦support_site_password⟧")
    assert operations.said == ["通知書の承認は「承認」の担当者が行います。"]
    assert contract.notices.count() == 1
    listed = approver.open(LIST, reissue="waiting")
    assert [words(cell) for cell in listed.select("#result_list .field-number_column")] == [contract.number]
    subject, body = mail_on(approver.open(deed(contract, "approve_notice")))
    approver.send(deed(contract, "approve_notice"), mail_subject=subject, mail_body=body)
    notice = contract.notices.get(edition=2)
    assert (notice.reason, notice.prepared_by, notice.approved_by) == (
        "送信元表示番号を追加したため",
        story.staff["operations"],
        story.staff["approval"],
    )
    contract.refresh_from_db()
    assert contract.billing_start_on == start
    assert OutgoingMail.objects.filter(kind="account_notice").count() == 2
    pdf = approver.client.get(f"{LIST}{contract.pk}/notice/{notice.pk}/")
    assert pdf.content.startswith(b"%PDF")


def test_who_asked_for_a_notice_cannot_approve_it(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    contract, approver = story.application.contract, desk(story.staff["approval"])
    approver.send(deed(contract, "request_notice"), reason="住所の訂正")
    assert "ご自身が依頼した通知書は承認できません。" in words(
        approver.open(page_of(contract)).select_one("aside")
    )
    approver.send(deed(contract, "approve_notice"), mail_subject="x", mail_body="⟦support_site_password⟧")
    assert approver.said == ["ご自身が依頼した通知書は承認できません。別の承認者に依頼してください。"]
    assert contract.notices.count() == 1


def test_a_request_is_sent_back_with_a_reason_and_stays_on_record(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    contract = story.application.contract
    desk(story.staff["operations"]).send(deed(contract, "request_notice"), reason="番号の追加")
    approver = desk(story.staff["approval"])
    approver.send(deed(contract, "send_back_notice"), answer="番号がまだ登録されていません")
    assert contract.notices.count() == 1
    record = words(approver.open(page_of(contract)).select_one("#notices details"))
    assert "番号の追加" in record and "差し戻し（番号がまだ登録されていません）" in record


def test_viewers_see_the_contract_and_ask_for_nothing(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.SMS)
    contract, person = story.application.contract, desk(story.staff["viewing"])
    page = person.open(page_of(contract))
    assert page.select("#notices .kmc-button") == []
    assert person.send(deed(contract, "request_notice"), reason="x").status_code == 403
    assert person.send(deed(contract, "send_back_notice"), answer="x").status_code == 403


@pytest.mark.parametrize("how", ["number", "company", "identifier"])
def test_a_contract_is_found_by_number_company_and_bot_id(case_at, desk, how):
    story = case_at(Goal.ACTIVE, Plan.PLUS)
    case_at(Goal.ACTIVE, Plan.SMS)
    contract = story.application.contract
    typed = {
        "number": contract.number,
        "company": "試験１号（株）",
        "identifier": contract.official_accounts.get().identifier,
    }[how]
    page = desk(story.staff["viewing"]).open(LIST, q=typed)
    assert [words(cell) for cell in page.select("#result_list .field-number_column")] == [contract.number]
