"""The page of a contract on any day (§2.1b, §3): what is in force, what changed and why, what comes."""

import datetime
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import Contract, GlobalIp
from accounts.rules.plans import Plan
from accounts.services.periods import put_set_in_force
from applications.rules.changes import ChangeItem
from applications.services import cancellation
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.fixtures.changes import change_with, start_cancellation, start_change
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db

SERVICE, PARAMETERS = "service_change_form", "parameter_change_form"
ONE_DAY = datetime.timedelta(days=1)
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}
_I = ChangeItem


def today() -> datetime.date:
    return date_of(timezone.now())


def page_of(contract: Contract) -> str:
    return f"/admin/accounts/contract/{contract.pk}/change/"


def entries(soup: BeautifulSoup, place: str) -> list[tuple[str, str, str]]:
    """(day, title, the rest) of each line."""
    found = []
    for row in soup.select(f"{place} .kmc-timeline li:has(> .kmc-when)"):
        title = row.select_one("b")
        rest = words(row.select_one("div")).removeprefix(words(title)).strip()
        found.append((words(row.select_one(".kmc-when")), words(title), rest))
    return found


@pytest.fixture
def changed(case_at: Any) -> Any:
    """A contract whose payment method changes with the next month and whose contact changed today."""
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    contact = change_with(story, SERVICE, {"account_contact.name": "後任 花子"}, _I.ACCOUNT_CONTACT)
    contact.to_setup()
    contact.complete()
    payment = change_with(story, SERVICE, {"payment_method": "口座振替"}, _I.PAYMENT_METHOD)
    payment.to_setup()
    payment.complete()
    return story, contact, payment


def test_guide_2_1b_the_time_line_says_what_changed_from_what_and_by_which_application(
    changed: Any, desk: Any
) -> None:
    story, contact, _ = changed
    page = desk(story.staff["viewing"]).open(page_of(contact.contract))
    first, *others = entries(page, "#timeline")
    assert first == (
        japanese_date(today()),
        "担当者（アカウント担当者）",
        f"氏名： 例示 次郎 → 後任 花子 理由： 変更申込 {contact.case.number}",
    )
    assert page.select_one("#timeline .kmc-reason a")["href"] == (
        f"/admin/applications/application/{contact.application.pk}/change/"
    )
    registered = [row for row in others if row[1] == "契約内容"]
    assert len(registered) == 1
    assert registered[0][2].startswith("SMSのみ・請求書払い から適用")
    assert registered[0][2].endswith(f"理由： 新規申込 {story.application.number}")


def test_guide_2_1b_what_is_decided_for_later_stands_above_with_its_day_and_its_application(
    changed: Any, desk: Any
) -> None:
    story, _, payment = changed
    first_of_next = Month.of(today()).plus(1).first_day
    page = desk(story.staff["viewing"]).open(page_of(payment.contract))
    told = entries(page, "#coming")
    reason = f"理由： 変更申込 {payment.case.number}"
    assert (japanese_date(first_of_next), "契約内容", f"支払方法： 請求書払い → 口座振替 {reason}") in told
    assert {day for day, _, _ in told} == {japanese_date(first_of_next)}
    assert "口座振替" not in words(page.select_one("#timeline"))


def test_guide_2_1b_until_its_day_the_old_value_holds_and_from_it_on_the_new_one(
    changed: Any, desk: Any
) -> None:
    story, _, payment = changed
    first_of_next = Month.of(today()).plus(1).first_day
    person, page = desk(story.staff["viewing"]), page_of(payment.contract)

    def shown(day: datetime.date) -> tuple[str, str]:
        soup = person.open(page, on=day.isoformat())
        return words(soup.select_one("#terms")), words(soup.select_one("aside"))

    for text in shown(first_of_next - ONE_DAY):
        assert "請求書払い" in text and "口座振替" not in text
    for text in shown(first_of_next):
        assert "口座振替" in text and "請求書払い" not in text


def test_the_jumps_lead_from_change_to_change_and_no_further(changed: Any, desk: Any) -> None:
    story, contact, _ = changed
    person, page = desk(story.staff["viewing"]), page_of(contact.contract)
    first_of_next = Month.of(today()).plus(1).first_day
    now = person.open(page)
    assert now.select_one("[rel=next]")["href"] == f"?on={first_of_next.isoformat()}"
    last = person.open(page, on=first_of_next.isoformat())
    assert last.select_one("[rel=next]") is None
    assert last.select_one("[rel=prev]")["href"] == f"?on={today().isoformat()}"
    first = person.open(page, on="2020-01-01")
    assert first.select_one("[rel=prev]") is None and first.select_one("[rel=next]") is not None


def test_another_day_than_today_is_said_to_be_past_or_to_come(changed: Any, desk: Any) -> None:
    story, contact, _ = changed
    person, page = desk(story.staff["viewing"]), page_of(contact.contract)
    assert person.open(page).select_one("#not-today") is None
    past = words(person.open(page, on=(today() - ONE_DAY).isoformat()).select_one("#not-today"))
    assert "過去の日付です" in past and japanese_date(today() - ONE_DAY) in past
    future = words(person.open(page, on=(today() + ONE_DAY).isoformat()).select_one("#not-today"))
    assert "いま決まっている予定による内容" in future


def test_days_before_the_registration_and_before_the_start_say_so(changed: Any, desk: Any) -> None:
    story, contact, _ = changed
    contract = contact.contract
    registered = contract.terms.order_by("period").first().since
    begun = contract.billing_start_on
    assert registered < begun
    person, page = desk(story.staff["viewing"]), page_of(contract)

    def said(day: datetime.date) -> str:
        found = person.open(page, on=day.isoformat()).select_one("#place-in-life")
        return words(found) if found else ""

    assert "まだ登録されていません" in said(registered - ONE_DAY)
    assert "利用開始より前の、準備中の内容です" in said(registered)
    assert "利用開始より前の、準備中の内容です" in said(begun - ONE_DAY)
    assert said(begun) == ""


def test_the_company_s_details_are_those_of_the_day_and_a_correction_names_who_made_it(
    case_at: Any, desk: Any
) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    contract = Contract.objects.get(pk=story.application.own_contract.pk)
    reception = desk(story.staff["reception"])
    path = f"/admin/accounts/customer/{contract.customer_id}/do/profile/"
    form = reception.open(path)
    given = {one["name"]: one.get("value", "") for one in form.select("form.kmc-form input[name]")}
    reception.send(path, **{**given, "representative": "新 代表"})
    page = reception.open(page_of(contract))
    old = contract.customer.profiles.as_of(today() - ONE_DAY).get().representative
    assert "新 代表" in words(page.select_one("#company"))
    before = reception.open(page_of(contract), on=(today() - ONE_DAY).isoformat())
    assert old in words(before.select_one("#company"))
    line = next(row for row in entries(page, "#timeline") if row[1] == "企業情報")
    assert line[2] == f"代表者： {old} → 新 代表 理由：社内の登録・訂正（{story.staff['reception'].name}）"


def test_what_is_a_set_is_told_by_what_came_and_what_went(case_at: Any, desk: Any) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    contract = Contract.objects.get(pk=story.application.own_contract.pk)
    put_set_in_force(
        model=GlobalIp,
        key={"contract": contract},
        field="network",
        wanted={"52.192.9.9/32"},
        day=today() + datetime.timedelta(days=3),
    )
    told = entries(desk(story.staff["viewing"]).open(page_of(contract)), "#coming")
    [(day, title, rest)] = told
    assert (day, title) == (
        japanese_date(today() + datetime.timedelta(days=3)),
        "アクセス可能グローバルIPアドレス",
    )
    assert "52.192.9.9 から適用" in rest and "52.192.1.0/28 を終了" in rest


def test_the_time_line_can_be_kept_to_one_subject(changed: Any, desk: Any) -> None:
    story, contact, _ = changed
    person, page = desk(story.staff["viewing"]), page_of(contact.contract)
    only = entries(person.open(page, about="contacts"), "#timeline")
    assert only and {title.partition("（")[0] for _, title, _ in only} == {"担当者"}
    everything = person.open(page, about="なし")
    assert len(entries(everything, "#timeline")) > len(only)


def test_guide_2_1b_a_change_under_way_stands_among_what_is_coming(case_at: Any, desk: Any) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    change = start_change(story, _I.GLOBAL_IP, _I.SENDER_NUMBER)
    page = desk(story.staff["viewing"]).open(page_of(change.contract))
    text = words(page.select_one("#coming"))
    assert f"変更申込 {change.case.number} 作成中" in text
    assert "アクセス可能グローバルIPアドレス、送信元表示番号の変更/追加" in text


def test_guide_3_the_end_is_told_from_the_cancellation_on_and_explains_the_days_after_it(
    case_at: Any, desk: Any
) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    change = start_cancellation(story)
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    person, page = desk(story.staff["viewing"]), page_of(change.contract)
    last_day = Month.of(change.case.last_month).last_day
    assert f"最後のご利用日は{japanese_date(last_day)}です。" in words(
        person.open(page).select_one("#coming")
    )
    change.accept()
    change.confirm()
    change.do(cancellation.fix, story.staff["approval"])
    told = entries(person.open(page), "#coming")
    assert told[-1][:2] == (japanese_date(last_day + ONE_DAY), "契約の終了（予定）")
    assert told[-1][2].endswith(f"理由： 解約申込 {change.case.number}")
    after = person.open(page, on=(last_day + ONE_DAY).isoformat())
    assert "この日は契約の終了より後です" in words(after.select_one("#place-in-life"))
    on_the_last = person.open(page, on=last_day.isoformat())
    assert on_the_last.select_one("#place-in-life") is None


def test_an_issued_notice_and_the_price_list_of_the_day_are_there(case_at: Any, desk: Any) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    contract = Contract.objects.get(pk=story.application.own_contract.pk)
    page = desk(story.staff["viewing"]).open(page_of(contract))
    notice = contract.notices.get()
    titles = [title for _, title, _ in entries(page, "#timeline")]
    assert f"アカウント通知書 {notice.number} を発行" in titles and "利用開始・課金開始" in titles


def test_the_company_s_change_by_another_contract_is_on_this_one_s_time_line(case_at: Any, desk: Any) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, days_ago=60)
    change = change_with(story, SERVICE, {"company.representative": "新 代表"}, _I.COMPANY)
    change.to_setup()
    change.complete()
    contract = change.contract
    other = Contract.objects.create(
        customer=contract.customer, number="K999990", state="active", billing_start_on=today() - ONE_DAY
    )
    terms = contract.terms.get()
    other.terms.create(
        period=terms.period, plan="sms", delivery_method="api", payment_method="invoice",
        usage_purpose="x", consent_method="x", monthly_volume=1,
    )  # fmt: skip
    told = entries(desk(story.staff["viewing"]).open(page_of(other)), "#timeline")
    assert any(
        title == "企業情報" and rest.endswith(f"変更申込 {change.case.number}") for _, title, rest in told
    )
