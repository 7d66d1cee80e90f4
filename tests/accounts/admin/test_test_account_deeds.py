"""Test accounts on the contract's page in the admin: asked for with a mail, identifiers, the queue, the end."""

import pytest

from accounts.models import OutgoingMail
from accounts.rules.plans import Option, Plan
from kmc_portal.demo.companies import Goal
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/contract/"


def page_of(contract) -> str:
    return f"{LIST}{contract.pk}/change/"


def deed(contract, name: str) -> str:
    return f"{LIST}{contract.pk}/do/{name}/"


def test_guide_2_0_staff_ask_for_a_customer_and_operations_enter_the_identifier(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK)
    contract = story.application.contract
    reception, operations = desk(story.staff["reception"]), desk(story.staff["operations"])
    assert "試験用アカウントを申し込む" in words(reception.open(page_of(contract)).select_one("#accounts"))
    page = reception.open(deed(contract, "add_test_account"))
    assert "実際のお客様であればそのまま届きます" in words(page)
    url = "https://hooks.case1.example.jp/plus-test"
    answer = reception.send(deed(contract, "add_test_account"), webhook_plus=url)
    shown = answer.content.decode()
    assert (
        "試験1号TEST" in shown
        and url in shown
        and not contract.options.filter(option="test_account").exists()
    )
    reception.send(
        deed(contract, "add_test_account"),
        webhook_plus=url,
        mail_subject="件名",
        mail_body="お受けしました。",
    )
    assert OutgoingMail.objects.get(kind="test_account_received").body == "お受けしました。\n"
    section = words(reception.open(page_of(contract)).select_one("#accounts"))
    assert "試験1号TEST" in section and "識別子が1件、未入力です" in section
    assert "実際のエンドユーザーにも届きます" in section

    home = operations.open("/admin/")
    [tile] = [one for one in home.select(".kmc-queue") if "試験用アカウントの識別子待ち" in words(one)]
    assert "1 件" in words(tile)
    listed = operations.open(tile["href"].partition("?")[0], test_account="waiting")
    assert [words(cell) for cell in listed.select("#result_list .field-number_column")] == [contract.number]
    test = contract.official_accounts.get(production__isnull=False)
    reception.send(deed(contract, "set_test_identifiers"), **{f"account_{test.pk}": "bot-t"})
    page = operations.open(deed(contract, "set_test_identifiers"))
    assert "+メッセージ「試験1号TEST」のbotId" in words(page)
    operations.send(deed(contract, "set_test_identifiers"), **{f"account_{test.pk}": "bot-t"})
    assert operations.said == [
        "試験用アカウントの識別子を保存し、通知書の再発行を依頼しました。別の承認者が承認すると発行されます。"
    ]
    assert "試験用アカウントの追加" in words(operations.open(page_of(contract)).select_one("aside"))
    [tile] = [one for one in operations.open("/admin/").select(".kmc-queue") if "識別子待ち" in words(one)]
    assert "0 件" in words(tile)


def test_reception_is_told_who_enters_identifiers(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    reception = desk(story.staff["reception"])
    reception.client.get(deed(story.application.contract, "set_test_identifiers"))
    page = reception.open(page_of(story.application.contract))
    assert "試験用アカウントの識別子は「運用」の担当者が入力します。" in words(page)


def test_guide_2_1a_a_name_without_room_is_refused_with_what_to_do(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS_RCS, days_ago=60)
    contract = story.application.contract
    contract.official_accounts.get(channel="rcs").profiles.update(name="あ" * 37)
    person = desk(story.staff["operations"])
    assert "試験用アカウントを申し込む" not in words(person.open(page_of(contract)).select_one("#accounts"))
    person.client.get(deed(contract, "add_test_account"))
    assert "表示名を36文字以内にする変更をお申し込みください。" in words(person.open(page_of(contract)))


def test_guide_2_0_staff_end_a_test_account_and_its_row_stays_on_the_page(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    contract, person = story.application.contract, desk(story.staff["operations"])
    page = person.open(deed(contract, "end_test_account"))
    assert "今日が最後の利用日になり" in words(page)
    person.send(deed(contract, "end_test_account"))
    assert "終了します。" in person.said[0] and "通知書の再発行を依頼してください" in person.said[0]
    section = words(person.open(page_of(contract)).select_one("#accounts"))
    assert "試験用アカウントを終了する" not in section
    assert "試験用アカウントを終了する" not in words(person.open(page_of(contract)))
    option = contract.options.get(option="test_account")
    later = option.until.replace(year=option.until.year + 1)
    assert "試験用（この日は利用なし）" in words(
        person.open(page_of(contract), on=later.isoformat()).select_one("#accounts")
    )
    person.send(deed(contract, "end_test_account"))
    assert person.said == ["この契約に、終了できる試験用アカウントはありません。"]


def test_viewers_are_offered_nothing(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    contract, person = story.application.contract, desk(story.staff["viewing"])
    assert person.open(page_of(contract)).select("#accounts .kmc-button") == []
    for name in ("add_test_account", "set_test_identifiers", "end_test_account"):
        assert person.send(deed(contract, name)).status_code == 403


def test_guide_2_0_who_searches_for_a_test_account_is_warned(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    plain = case_at(Goal.ACTIVE, Plan.PLUS)
    contract = story.application.contract
    person = desk(story.staff["viewing"])
    identifier = contract.official_accounts.get(production__isnull=False).identifier
    found = words(person.open("/admin/find/", q=identifier))
    assert "試験用アカウントあり（配信は有料・実際のお客様にも届きます）" in found
    assert "試験用アカウントあり" not in words(
        person.open("/admin/find/", q=plain.application.contract.number)
    )


def test_the_mail_that_is_shown_is_the_one_that_goes(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS)
    contract, person = story.application.contract, desk(story.staff["operations"])
    subject, body = mail_on(person.open(deed(contract, "add_test_account")))
    person.send(deed(contract, "add_test_account"), mail_subject=subject, mail_body=body)
    mail = OutgoingMail.objects.get(kind="test_account_received")
    assert (mail.subject, mail.body.strip()) == (subject, body.strip())
