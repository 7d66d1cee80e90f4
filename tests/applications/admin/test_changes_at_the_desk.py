"""Changes at the staff's desk (§2.1b): registered from a mail, reviewed, set up, approved and completed by HTTP."""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import NotificationEndpoint, OutgoingMail, User
from accounts.rules.plans import Option, Plan
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import change_facts, changes
from billing.models import OneOffCharge
from billing.services import prices
from kmc_portal.demo import papers
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.months import Month
from tests.fixtures.billing import price_list
from tests.fixtures.changes import Change, change_with, start_change
from tests.fixtures.staff_pages import Desk, mail_on, words

pytestmark = pytest.mark.django_db
START = "/admin/applications/application/do/start_change/"
LIST = "/admin/applications/application/"
_I = ChangeItem
SERVICE, PARAMETERS = "service_change_form", "parameter_change_form"
MOVED = {"company.address": "東京都渋谷区見本4-5-6"}
USAGE = {"usage.purpose": "配送の連絡に使います"}


@pytest.fixture
def in_use(now_is, case_at):
    """At Friday, November 20, 2026, 9:00."""
    return case_at(Goal.ACTIVE, Plan.SMS, Option.SMS_RESULT_NOTIFICATION)


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def contract_of(story):
    return story.application.own_contract


# registered from a mail ----------------------------------------------------------------------------


def test_guide_2_1b_staff_see_documents_dates_and_fee_before_anything_is_made(
    in_use, desk, billing_clerk: User
) -> None:
    rows = price_list(option_050="5000")
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=rows,
        note="",
        actor=billing_clerk,
        now=timezone.now(),
    )
    person = desk(in_use.staff["reception"])
    number = contract_of(in_use).number
    page = person.open(START, contract=number)
    offered = {box["value"] for box in page.select("[name=items]")}
    assert "plan_sms_to_sms_plus" in offered and "plan_plus_to_sms_plus" not in offered
    shown = soup(
        person.send(
            START,
            contract=number,
            mail_received_at="2026-11-19T18:00",
            items=["option_050", "global_ip", "payment_method"],
        )
    )
    text = words(shown.select_one(".kmc-card"))
    assert "サービス利用変更申込書 アカウントパラメータ変更申込書" in text
    # accepted on Friday the 20th: day 1 is Tuesday the 24th (the 23rd is a holiday), day 6 December 1, day 10 the 7th
    assert "2026年12月1日（火） 〜 2026年12月7日（月）" in text
    assert "翌月適用：2026年12月1日（火）から" in text
    assert "050番号オプション：月額（設定料金なし） 5,000円（税抜） 税込では約5,500円" in text
    assert "別の方の承認で完了します" in text
    assert not Application.objects.filter(kind="change").exists()


def test_guide_2_1b_what_came_by_mail_becomes_a_case_with_its_mail_and_form(in_use, desk) -> None:
    person = desk(in_use.staff["reception"])
    contract = contract_of(in_use)
    typed = {
        "contract": contract.number,
        "mail_received_at": "2026-11-19T18:00",
        "items": ["usage_purpose"],
    }
    draft = changes.start(contract=contract, items=[_I.USAGE_PURPOSE], actor=in_use.user, now=timezone.now())
    form = Change(draft, in_use.user, in_use.staff).form(PARAMETERS, **USAGE)
    Application.objects.filter(pk=draft.pk).update(state="withdrawn")
    mail = papers.received_mail(in_use.company, "変更申込の送付", datetime.date(2026, 11, 19))
    files = [SimpleUploadedFile("受信.eml", mail), SimpleUploadedFile("変更.xlsx", form)]
    checked = soup(person.send(START, **typed))
    assert checked.select_one("[name=checked]") and checked.select_one("[name=uploads]")
    response = person.send(START, **typed, checked="yes", uploads=files)
    made = Application.objects.get(kind="change", state="draft")
    assert response["Location"] == f"{LIST}{made.pk}/change/"
    assert person.said == [f"変更申込 {made.number} を作成しました。内容を確認して申し込んでください。"]
    assert sorted(made.attachments.values_list("slot", flat=True)) == [
        "parameter_change_form",
        "received_mail",
    ]
    page = words(person.case(made).select_one("#change"))
    assert "利用用途" in page and "配送の連絡に使います" in page
    subject, body = mail_on(person.case_deed(made, "submit"))
    assert "hanako@case1.example.jp" in words(person.case_deed(made, "submit").select_one(".kmc-mail"))
    person.do(made, "submit", mail_subject=subject, mail_body=body)
    made.refresh_from_db()
    assert made.state == "submitted"
    assert made.submitted_at == datetime.datetime.fromisoformat("2026-11-19T18:00+09:00")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"contract": "KMC999999999"}, "ご利用番号 KMC999999999 の契約はありません"),
        ({"items": []}, "変更する項目を1つ以上選んでください"),
        ({"items": ["plan_plus_to_sms_plus"]}, "この契約では選べない項目です"),
        ({"items": ["mo_url"]}, "双方向SMSのご契約が必要です"),
        ({"mail_received_at": ""}, "メールの受信日時を入力してください"),
    ],
)
def test_guide_2_1b_what_cannot_be_registered_is_said_on_the_page(in_use, desk, typed, said) -> None:
    person = desk(in_use.staff["reception"])
    right = {
        "contract": contract_of(in_use).number,
        "mail_received_at": "2026-11-19T18:00",
        "items": ["company"],
    }
    page = soup(person.send(START, **{**right, **typed}))
    assert said in words(page) + "".join(person.said)
    assert not page.select_one("[name=checked]")


def test_guide_2_1b_a_change_of_the_same_item_is_refused_with_the_number_of_the_other(in_use, desk) -> None:
    first = start_change(in_use, _I.COMPANY)
    person = desk(in_use.staff["reception"])
    person.send(
        START,
        contract=contract_of(in_use).number,
        mail_received_at="2026-11-19T18:00",
        items=["company", "global_ip"],
    )
    assert person.said[0].startswith(f"「企業情報」は、変更申込 {first.case.number}（お申し込みの準備中）")


def test_guide_2_1b_a_contract_that_is_not_in_use_cannot_be_changed(now_is, case_at, desk) -> None:
    story = case_at(Goal.NOTICE, Plan.SMS)
    person = desk(story.staff["reception"])
    number = contract_of(story).number
    person.send(START, contract=number, mail_received_at="2026-11-19T18:00", items=["company"])
    assert "利用中の契約だけが対象です" in person.said[0]


def test_guide_2_1b_only_reception_registers(in_use, desk) -> None:
    for who, status in (("reception", 200), ("operations", 403), ("approval", 403), ("viewing", 403)):
        assert desk(in_use.staff[who]).client.get(START).status_code == status, who


# the items of a draft -------------------------------------------------------------------------------


def test_guide_2_1b_the_items_of_a_draft_are_chosen_anew_after_a_look_at_what_they_take(in_use, desk) -> None:
    change = start_change(in_use, _I.COMPANY)
    person = desk(in_use.staff["reception"])
    boxes = person.case_deed(change.application, "choose_items").select("[name=items]:checked")
    assert [box["value"] for box in boxes] == ["company"]
    shown = soup(person.do(change.application, "choose_items", items=["global_ip"]))
    assert "アカウントパラメータ変更申込書" in words(shown.select_one(".kmc-card"))
    assert change.case.items == ["company"]
    person.do(change.application, "choose_items", items=["global_ip"], checked="yes")
    assert change.case.items == ["global_ip"]


# the case's page ------------------------------------------------------------------------------------


def test_guide_2_1b_old_and_new_stand_side_by_side_with_their_cells(in_use, desk) -> None:
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.submit()
    page = desk(in_use.staff["reception"]).case(change.application)
    [row] = page.select("#change .kmc-compare tbody tr")
    assert words(row) == ("所在地 サービス利用変更申込書!C31 東京都見本区見本1-2-3 東京都渋谷区見本4-5-6")
    assert [words(cell) for cell in page.select("#change table:first-of-type tbody td")][:5] == [
        "契約情報",
        "企業情報",
        "サービス利用変更申込書",
        "5営業日",
        "なし",
    ]


def test_guide_2_1b_the_window_counts_from_the_acceptance(now_is, in_use, desk) -> None:
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.submit()
    person = desk(in_use.staff["reception"])
    assert person.case(change.application).select_one(".kmc-due-card") is None
    now_is("2026-11-24 10:00")  # Tuesday: day 1 is the 25th, day 5 December 1
    change.accept()
    person = desk(in_use.staff["reception"])  # the session ended with the day
    assert "2026年12月1日（火）" in words(person.case(change.application).select_one(".kmc-due-window"))


def test_guide_2_1b_a_new_url_stands_beside_the_one_in_force_and_holds_the_change_back(in_use, desk) -> None:
    change = change_with(
        in_use, PARAMETERS, {"result.url": "https://new.case1.example.jp/result"}, _I.SMS_RESULT_URL
    )
    change.to_setup()
    old = contract_of(in_use).endpoints.open_ended().get().url
    person = desk(in_use.staff["operations"])
    page = person.case(change.application)
    assert [code.get_text() for code in page.select("#functions .kmc-url")] == [
        old,
        "https://new.case1.example.jp/result",
    ]
    why = "まだ整っていないものがあります：SMS結果通知の疎通確認OK"
    assert why in words(page.select_one(".kmc-steps"))
    assert "変更の承認を依頼する" not in words(page.select_one(".kmc-steps"))  # one person completes it
    endpoint = change_facts.proposals(change.case).get()
    person.do(change.application, "function_ok", endpoint=endpoint.pk, note="応答 200、中央値 120 ms")
    assert why not in words(person.case(change.application).select_one(".kmc-steps"))
    NotificationEndpoint.objects.get(pk=endpoint.pk, state="ok")


def test_guide_2_1b_other_procedures_of_the_contract_are_named(in_use, desk) -> None:
    one, other = start_change(in_use, _I.COMPANY), start_change(in_use, _I.GLOBAL_IP)
    page = words(desk(in_use.staff["viewing"]).case(one.application).select_one("#change"))
    assert f"この契約のほかの手続き {other.case.number} 変更申込（作成中）" in page
    assert "アクセス可能グローバルIPアドレス" in page


# set-up and completion ------------------------------------------------------------------------------


def test_guide_2_1b_numbers_are_entered_on_the_page_and_named_when_they_are_missing(in_use, desk) -> None:
    change = change_with(in_use, PARAMETERS, {"option.option_050": "利用する"}, _I.OPTION_050)
    change.to_setup()
    person = desk(in_use.staff["operations"])
    page = person.case(change.application)
    assert page.select_one("#assign textarea[name=numbers_number_050]")
    assert "まだ整っていないものがあります：050番号" in words(page.select_one(".kmc-steps"))
    person.do(change.application, "assign_numbers", numbers_number_050="05000000123\n")
    assert person.said == ["番号・識別子を保存しました。変更が完了するまで適用されません。"]
    assert change.case.assigned["senders"] == {"number_050": ["05000000123"]}
    person.do(change.application, "assign_numbers", numbers_number_050="0312345678")
    assert change.case.assigned["senders"] == {"number_050": ["05000000123"]}


def test_guide_2_1b_one_person_completes_what_touches_neither_money_nor_identity(in_use, desk) -> None:
    change = change_with(in_use, PARAMETERS, USAGE, _I.USAGE_PURPOSE)
    change.to_setup()
    person = desk(in_use.staff["operations"])
    page = person.case_deed(change.application, "complete_change")
    assert page.select_one("[name=in_force_on]")["value"] == "2026-11-20"
    early = soup(person.do(change.application, "complete_change", in_force_on="2026-11-19"))
    assert "適用日には、2026年11月20日（金）以降の日付を指定してください。" in words(early)
    shown = soup(person.do(change.application, "complete_change", in_force_on="2026-11-25"))
    _subject, body = mail_on(shown)
    assert "適用日　　：2026年11月25日" in body
    assert "適用日 2026年11月25日（水）" in words(shown)
    person.do(
        change.application,
        "complete_change",
        in_force_on="2026-11-25",
        mail_subject="変更のお知らせ",
        mail_body=body,
    )
    assert person.said == ["変更を完了しました。11月25日から適用されます。お客様にメールで送ります。"]
    assert OutgoingMail.objects.get(kind="change_completed").subject == "変更のお知らせ"
    contract = change.contract
    assert contract.terms_as_of(datetime.date(2026, 11, 24)).usage_purpose != USAGE["usage.purpose"]
    assert contract.terms_as_of(datetime.date(2026, 11, 25)).usage_purpose == USAGE["usage.purpose"]
    assert "2026年11月25日（水）から適用" in words(person.case(change.application).select_one("#change"))


def test_guide_2_1b_where_identity_is_touched_a_second_person_approves(in_use, desk) -> None:
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.to_setup()
    operations, approval = desk(in_use.staff["operations"]), desk(in_use.staff["approval"])
    steps = words(operations.case(change.application).select_one(".kmc-steps"))
    assert "変更の承認を依頼する" in steps and "変更を完了する" not in steps.replace("承認して", "")
    assert "東京都渋谷区見本4-5-6" in words(operations.case_deed(change.application, "prepare_change"))
    operations.do(change.application, "prepare_change")
    assert change.case.state == "final_approval"
    operations.do(change.application, "approve_change", in_force_on="2026-11-20")
    assert operations.said == ["この操作は「承認」の担当者が行います。"]
    assert change.case.state == "final_approval"
    approval.do(change.application, "send_back_change", reason="登記を確かめてください")
    assert change.case.state == "account_setup"
    operations.do(change.application, "prepare_change")
    shown = soup(approval.do(change.application, "approve_change", in_force_on="2026-11-20"))
    subject, body = mail_on(shown)
    approval.do(
        change.application,
        "approve_change",
        in_force_on="2026-11-20",
        mail_subject=subject,
        mail_body=body,
    )
    assert change.case.state == "completed"
    assert change.contract.customer.profiles.as_of(datetime.date(2026, 11, 20)).get().address == (
        "東京都渋谷区見本4-5-6"
    )


def test_guide_2_1b_pressed_twice_it_is_completed_and_charged_once(
    now_is, case_at, desk, billing_clerk: User
) -> None:
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=price_list(change_fee="15000"),
        note="",
        actor=billing_clerk,
        now=timezone.now(),
    )
    story = case_at(Goal.ACTIVE, Plan.PLUS)
    change = change_with(story, PARAMETERS, {"plus.description": "発送のお知らせ"}, _I.OFFICIAL_ACCOUNT)
    change.to_setup()
    desk(story.staff["operations"]).do(change.application, "prepare_change")
    approval = desk(story.staff["approval"])
    version = change.case.version
    typed = {"in_force_on": "2026-11-20", "mail_subject": "変更の完了", "mail_body": "完了しました。"}
    for _ in range(2):
        approval.do(change.application, "approve_change", **typed, version=version)
    assert "いまの状態（完了）では" in approval.said[0]
    charge = OneOffCharge.objects.get(kind="change_fee")
    assert (charge.charged_on, charge.contract) == (datetime.date(2026, 11, 20), change.contract)
    assert OutgoingMail.objects.filter(kind="change_completed").count() == 1
    assert "2026年11月20日（金）に一時費用として計上済み" in words(
        approval.case(change.application).select_one("#change")
    )


def test_guide_2_1b_other_changes_leave_no_charge(now_is, in_use, billing_clerk: User) -> None:
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=price_list(change_fee="15000"),
        note="",
        actor=billing_clerk,
        now=timezone.now(),
    )
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.to_setup()
    change.complete()
    assert not OneOffCharge.objects.filter(kind="change_fee").exists()


# what comes next ------------------------------------------------------------------------------------


def test_guide_2_1b_once_it_holds_a_new_edition_of_the_notice_is_offered(now_is, in_use, desk) -> None:
    change = change_with(in_use, PARAMETERS, USAGE, _I.USAGE_PURPOSE)
    change.to_setup()
    change.complete(datetime.date(2026, 11, 25))
    person = desk(in_use.staff["operations"])
    page = person.case(change.application).select_one("#change")
    assert "2026年11月25日（水）の適用後に、通知書の再発行を依頼できます。" in words(page)
    now_is("2026-11-25 00:00")
    person = desk(in_use.staff["operations"])
    link = person.case(change.application).select_one('#change a[href*="request_notice"]')
    asked = person.open(link["href"])
    reason = asked.select_one("[name=reason]").get_text().strip()
    assert reason == f"変更申込 {change.case.number}（利用用途・同意取得方法・想定月間配信数）の適用のため"
    person.send(link["href"].split("?")[0], reason=reason)
    assert "通知書の再発行が承認待ちです。" in words(person.case(change.application).select_one("#change"))


# queues, list, search -------------------------------------------------------------------------------


def test_changes_stand_in_the_queues_and_are_found(now_is, in_use, desk) -> None:
    waiting = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    waiting.to_setup()
    person = desk(in_use.staff["operations"])
    person.do(waiting.application, "prepare_change")
    planned = change_with(in_use, PARAMETERS, USAGE, _I.USAGE_PURPOSE)
    planned.to_setup()
    planned.complete(datetime.date(2026, 11, 25))

    def listed(**query: str) -> list[str]:
        page = person.open(LIST, **query)
        return [
            words(row.select_one("th, .field-number_column")) for row in page.select("#result_list tbody tr")
        ]

    def count(name: str) -> str:
        tile = person.open("/admin/").select_one(f'.kmc-queue[href$="queue={name}"] .kmc-queue-count')
        return words(tile)

    assert listed(queue="final_approval") == [waiting.case.number]
    assert listed(queue="planned") == [planned.case.number]
    assert (count("final_approval"), count("planned")) == ("1 件", "1 件")
    now_is("2026-11-25 00:00")  # its day has come
    person = desk(in_use.staff["operations"])
    assert listed(queue="planned") == []
    assert count("planned") == "0 件"
    assert set(listed(kind__exact="change")) == {waiting.case.number, planned.case.number}
    assert listed(q=planned.case.number) == [planned.case.number]
    row = next(
        words(row) for row in person.open(LIST).select("tbody tr") if planned.case.number in words(row)
    )
    assert "変更申込 利用用途・同意取得方法・想定月間配信数" in row and "11月25日（水）から適用" in row


def test_a_new_url_that_is_ng_stands_in_the_queue_of_failed_checks(in_use, desk) -> None:
    change = change_with(
        in_use, PARAMETERS, {"result.url": "https://new.case1.example.jp/result"}, _I.SMS_RESULT_URL
    )
    other = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.submit()
    other.submit()
    person: Desk = desk(in_use.staff["operations"])
    before = words(person.open(LIST, queue="failed_check"))
    assert change.case.number not in before
    change_facts.proposals(change.case).update(state="ng")
    shown = words(person.open(LIST, queue="failed_check").select_one("#result_list"))
    assert change.case.number in shown and other.case.number not in shown
