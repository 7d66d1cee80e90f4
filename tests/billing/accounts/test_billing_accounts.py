"""請求先: opened with the first account notice or by staff, addressed by periods, given contracts by months (§5.1)."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Contract, ContractTerms, Customer, SalesPartner, User
from accounts.rules.plans import Plan
from accounts.services import customers
from accounts.services.errors import NotAllowed, Refused
from applications.services import setup
from billing.models import BillingAccount, BillingAssignment, BillingRun, OneOffCharge
from billing.services import billing_accounts, closing
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.fixtures.billing import World
from tests.fixtures.cases import CaseAt, fresh
from tests.fixtures.staff_pages import Desk, words

pytestmark = pytest.mark.django_db

LIST = "/admin/billing/billingaccount/"
OCTOBER, NOVEMBER, DECEMBER = (Month(2026, month) for month in (10, 11, 12))
DAY = datetime.date(2026, 10, 15)
PROFILE = {
    "name": "株式会社あおぞら商店",
    "department": "経理部 空野 様",
    "postal_code": "１００－０００１",
    "address": "東京都千代田区千代田1-1",
    "email": "keiri@aozora.example.com",
    "payment_method": "invoice",
    "rounding": "floor",
}


def months(contract: Contract) -> list[tuple[str, str, str]]:
    """(account number, first month, last month or "")"""
    rows = BillingAssignment.objects.filter(contract=contract).order_by("period")
    return [
        (row.account.number, str(Month.of(row.since)), str(Month.of(row.until)) if row.until else "")
        for row in rows
    ]


# with the first account notice ----------------------------------------------------------------------


def test_guide_5_1_the_first_notice_opens_the_customers_account_from_the_billing_contact(
    case_at: CaseAt,
) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    contract = fresh(told.application).own_contract
    start = contract.billing_start_on
    assert start is not None
    [account] = BillingAccount.objects.all()
    assert (account.number, account.customer) == ("B000001", contract.customer)
    assert months(contract) == [("B000001", str(Month.of(start)), "")]
    contact = contract.contacts.as_of(start).get(role="billing")
    profile = account.profiles.get()
    assert (profile.name, profile.email) == (contract.customer.name, contact.email)
    assert contact.name in profile.department
    assert (profile.payment_method, profile.rounding) == ("invoice", "floor")
    assert profile.since == start.replace(day=1)


def test_guide_5_1_the_first_notice_charges_the_contract_fee_once(case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    contract = fresh(told.application).own_contract
    [charge] = OneOffCharge.objects.all()
    assert (charge.contract, charge.kind, charge.amount) == (contract, "contract_fee", None)
    assert (charge.charged_on, charge.key) == (contract.billing_start_on, f"contract-fee-{contract.pk}")


def test_guide_5_1_a_second_contract_of_the_customer_joins_its_account(case_at: CaseAt) -> None:
    contract = fresh(case_at(Goal.ACTIVE, Plan.SMS).application).own_contract
    second = Contract.objects.create(customer=contract.customer, number="KMC000009999")
    made = billing_accounts.assign_by_default(contract=second, day=DAY, actor=None)
    assert made.account.number == "B000001"
    assert BillingAccount.objects.count() == 1


def test_guide_5_1_a_partners_contract_goes_to_the_partners_account(world: World, reception: User) -> None:
    partner = customers.enter_sales_partner(
        partner_id=None, name="株式会社橋渡し", name_kana="", email="seikyu@hashi.example.jp", actor=reception
    )
    contract = world.contract(assigned=False)
    ContractTerms.objects.filter(contract=contract).update(sales_partner=partner)
    made = billing_accounts.assign_by_default(contract=contract, day=DAY, actor=None)
    assert made.account.sales_partner == partner
    assert made.account.profiles.get().email == "seikyu@hashi.example.jp"
    again = billing_accounts.assign_by_default(contract=contract, day=DAY, actor=None)
    assert again == made
    other = world.contract(world.company("株式会社ほか"), assigned=False)
    ContractTerms.objects.filter(contract=other).update(sales_partner=partner)
    assert billing_accounts.assign_by_default(contract=other, day=DAY, actor=None).account == made.account


def test_an_account_that_cannot_be_addressed_waits_without_a_profile(world: World, reception: User) -> None:
    partner = customers.enter_sales_partner(
        partner_id=None, name="株式会社橋渡し", name_kana="", email="", actor=reception
    )
    contract = world.contract(assigned=False)
    ContractTerms.objects.filter(contract=contract).update(sales_partner=partner)
    made = billing_accounts.assign_by_default(contract=contract, day=DAY, actor=None)
    assert made.account.sales_partner == partner
    assert not made.account.profiles.exists()


def test_what_staff_assigned_before_the_notice_stands(world: World, billing_clerk: User) -> None:
    contract = world.contract(start="2026-10-20", assigned=False)
    account = world.account(contract.customer)
    world.account(contract.customer)
    billing_accounts.assign(contract=contract, account=account, start=OCTOBER, actor=billing_clerk)
    assert billing_accounts.assign_by_default(contract=contract, day=DAY, actor=None).account == account
    assert len(months(contract)) == 1


def test_an_assignment_planned_for_later_is_filled_up_from_the_notices_month(
    world: World, billing_clerk: User
) -> None:
    contract = world.contract(start="2026-10-20", assigned=False)
    first, second = world.account(contract.customer), world.account(contract.customer)
    billing_accounts.assign(contract=contract, account=second, start=DECEMBER, actor=billing_clerk)
    billing_accounts.assign_by_default(contract=contract, day=DAY, actor=None)
    assert months(contract) == [(first.number, "2026-10", "2026-11"), (second.number, "2026-12", "")]


# assigning ------------------------------------------------------------------------------------------


def test_a_contract_moves_to_another_account_with_a_month(world: World, billing_clerk: User) -> None:
    contract = world.contract()
    first = BillingAccount.objects.get()
    second = world.account(contract.customer)
    billing_accounts.assign(contract=contract, account=second, start=DECEMBER, actor=billing_clerk)
    assert months(contract) == [(first.number, "2026-10", "2026-11"), (second.number, "2026-12", "")]
    billing_accounts.assign(contract=contract, account=second, start=DECEMBER, actor=billing_clerk)
    assert len(months(contract)) == 2
    with pytest.raises(Refused, match=r"2026年12月からB000002 .*への割り当てが登録済み"):
        billing_accounts.assign(contract=contract, account=second, start=NOVEMBER, actor=billing_clerk)


def test_a_month_that_was_invoiced_keeps_its_account(world: World, billing_clerk: User) -> None:
    world.clock("2026-11-10 09:00")
    world.prices(sms="3")
    contract = world.contract()
    second = world.account(contract.customer)
    world.close("2026-10")
    with pytest.raises(Refused, match="2026年10月利用分まで請求書が確定しています。2026年11月以降を指定"):
        billing_accounts.assign(contract=contract, account=second, start=OCTOBER, actor=billing_clerk)
    billing_accounts.assign(contract=contract, account=second, start=NOVEMBER, actor=billing_clerk)
    assert [row[1:] for row in months(contract)] == [("2026-10", "2026-10"), ("2026-11", "")]


def test_an_approved_month_must_be_taken_back_before_its_contracts_move(
    world: World, billing_clerk: User, approver: User
) -> None:
    contract = world.contract()
    second = world.account(contract.customer)
    BillingRun.objects.create(
        month=OCTOBER.first_day,
        state="approved",
        previewed_by=billing_clerk,
        approved_by=approver,
        stored_before=timezone.now(),
    )
    with pytest.raises(Refused, match="締めの承認を取り消してから"):
        billing_accounts.assign(contract=contract, account=second, start=OCTOBER, actor=billing_clerk)


def test_guide_5_1_a_month_before_the_billing_start_is_refused(world: World, billing_clerk: User) -> None:
    contract = world.contract(start="2026-10-15", assigned=False)
    account = world.account(contract.customer)
    with pytest.raises(Refused, match="課金は2026年10月からです"):
        billing_accounts.assign(contract=contract, account=account, start=Month(2026, 9), actor=billing_clerk)
    billing_accounts.assign(contract=contract, account=account, start=OCTOBER, actor=billing_clerk)


def test_nobody_elses_account_pays(world: World, billing_clerk: User, reception: User) -> None:
    contract = world.contract(assigned=False)
    stranger = world.account(world.company("みどり工業株式会社"))
    with pytest.raises(Refused, match="この契約のご利用企業の請求先ではありません"):
        billing_accounts.assign(contract=contract, account=stranger, start=OCTOBER, actor=billing_clerk)
    partner = customers.enter_sales_partner(
        partner_id=None, name="株式会社橋渡し", name_kana="", email="a@hashi.example.jp", actor=reception
    )
    account = world.account(partner)
    with pytest.raises(Refused, match="この契約は株式会社橋渡しの取り扱いではありません"):
        billing_accounts.assign(contract=contract, account=account, start=OCTOBER, actor=billing_clerk)
    ContractTerms.objects.filter(contract=contract).update(sales_partner=partner)
    billing_accounts.assign(contract=contract, account=account, start=OCTOBER, actor=billing_clerk)


# profiles -------------------------------------------------------------------------------------------


def open_account(customer: Customer, actor: User | None, **given: Any) -> BillingAccount:
    return billing_accounts.open_account(
        customer=customer, profile={**PROFILE, **given}, day=DAY, actor=actor
    )


def test_guide_2_1_new_billing_details_hold_from_their_day_and_the_old_ones_stay_readable(
    customer: Customer, billing_clerk: User
) -> None:
    account = open_account(customer, billing_clerk)
    billing_accounts.set_profile(
        account=account,
        profile={**PROFILE, "name": "新しい宛名"},
        day=datetime.date(2026, 12, 1),
        actor=billing_clerk,
    )
    assert account.profiles.as_of(datetime.date(2026, 11, 30)).get().name == "株式会社あおぞら商店"
    assert account.profiles.as_of(datetime.date(2026, 12, 1)).get().name == "新しい宛名"
    with pytest.raises(Refused, match=r"2026年12月1日.*からの請求先情報が登録済み"):
        billing_accounts.set_profile(
            account=account, profile=PROFILE, day=datetime.date(2026, 11, 1), actor=billing_clerk
        )


def test_an_invoice_names_the_addressee_of_its_date_though_it_changed_after_the_preview(
    world: World, billing_clerk: User, approver: User
) -> None:
    world.clock("2026-11-10 09:00")
    world.prices(sms="3")
    account = world.contract(start="2026-10-01").billing_assignments.get().account
    renamed = {**PROFILE, "name": "株式会社新しい宛名"}

    def rename(day: datetime.date) -> None:
        billing_accounts.set_profile(account=account, profile=renamed, day=day, actor=billing_clerk)

    run = world.preview("2026-10")
    run = closing.approve(run_id=run.pk, version=run.version, actor=approver, now=timezone.now())
    with pytest.raises(Refused, match="承認済みのため、請求先情報を変更できません"):
        rename(datetime.date(2026, 11, 20))
    closing.take_back(run_id=run.pk, version=run.version, actor=approver, now=timezone.now())
    rename(datetime.date(2026, 11, 20))  # the sending date (§5.1)
    run.refresh_from_db()
    assert run.state == "open"
    assert world.close("2026-10")[account.pk].content["recipient"]["name"] == "株式会社新しい宛名"


def test_digits_are_normalised_and_names_are_kept(customer: Customer, billing_clerk: User) -> None:
    profile = open_account(customer, billing_clerk, name="㈱あおぞら髙﨑").profiles.get()
    assert (profile.name, profile.postal_code) == ("㈱あおぞら髙﨑", "100-0001")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "　"}, "宛名を入力"),
        ({"email": "keiri"}, "メールアドレスを正しく"),
        ({"email": ""}, "メールアドレスを正しく"),
        ({"payment_method": "card"}, "支払方法を選んで"),
        ({"rounding": "up"}, "端数の扱いを選んで"),
        ({"name": "あ" * 121}, "宛名は120文字以内"),
    ],
)
def test_a_profile_at_fault_is_refused(
    customer: Customer, billing_clerk: User, given: dict[str, str], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        open_account(customer, billing_clerk, **given)
    assert not BillingAccount.objects.exists()


def test_an_account_belongs_to_a_customer_or_a_partner(customer: Customer, billing_clerk: User) -> None:
    partner = SalesPartner.objects.create(name="株式会社橋渡し")
    for owners in ({}, {"customer": customer, "sales_partner": partner}):
        with pytest.raises(Refused, match="どちらか一方"):
            billing_accounts.open_account(**owners, profile=PROFILE, day=DAY, actor=billing_clerk)


@pytest.mark.parametrize("who", ["viewer", "reception", "approver", "operations"])
def test_only_the_billing_group_writes(who: str, world: World, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(who)
    contract = world.contract()
    account = BillingAccount.objects.get()
    with pytest.raises(NotAllowed):
        open_account(contract.customer, actor)
    with pytest.raises(NotAllowed):
        billing_accounts.set_profile(account=account, profile=PROFILE, day=DAY, actor=actor)
    with pytest.raises(NotAllowed):
        billing_accounts.assign(contract=contract, account=account, start=OCTOBER, actor=actor)


# in the admin ---------------------------------------------------------------------------------------


def test_staff_open_a_second_account_and_give_it_a_contract(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    contract = world.contract(world.company("株式会社さくら印刷"))
    at = desk(billing_clerk)
    response = at.send(
        f"{LIST}add/", customer=contract.customer.number, day="2026-10-01", **{**PROFILE, "name": "支店 経理"}
    )
    account = BillingAccount.objects.get(number="B000002")
    page = f"{LIST}{account.pk}/change/"
    assert response["Location"] == page
    at.send(f"{LIST}{account.pk}/do/assign/", contract=contract.number, start="2026-12")
    assert "2026年12月利用分からこの請求先に割り当てました" in at.said[0]
    text = words(at.open(page))
    assert "支店 経理" in text and "2026年12月～" in text and "100-0001" in text
    assert "B000002" in words(at.open(LIST, q="支店 経理"))
    found = at.open(LIST, q=contract.number).select("#result_list tbody tr")
    assert len(found) == 2


def test_staff_change_the_details_and_see_both(
    desk: Callable[[User], Desk], billing_clerk: User, customer: Customer
) -> None:
    account = open_account(customer, billing_clerk)
    at = desk(billing_clerk)
    form = at.open(f"{LIST}{account.pk}/do/profile/")
    name, seen = form.select_one("[name=name]"), form.select_one("[name=seen]")
    assert name is not None and name["value"] == "株式会社あおぞら商店" and seen is not None
    day = date_of(timezone.now()) + datetime.timedelta(days=366)
    at.send(
        f"{LIST}{account.pk}/do/profile/",
        **{**PROFILE, "name": "あおぞら経理センター", "day": str(day), "seen": seen["value"]},
    )
    assert at.said == [f"{day:%Y年%m月%d日}からの請求先情報を登録しました。前の内容は履歴に残っています。"]
    text = words(at.open(f"{LIST}{account.pk}/change/"))
    assert "あおぞら経理センター" in text and "株式会社あおぞら商店" in text


def test_a_day_or_month_with_a_wrong_year_is_refused_before_it_shuts_out_all_before_it(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    contract = world.contract(start="2026-10-01")
    account = contract.billing_assignments.get().account
    at = desk(billing_clerk)
    today = date_of(timezone.now())
    seen = at.open(f"{LIST}{account.pk}/do/profile/").select_one("[name=seen]")
    assert seen is not None
    for day in ("0001-01-01", "1954-12-31", str(today + datetime.timedelta(days=367)), "9999-12-31"):
        given = {**PROFILE, "day": day, "seen": seen["value"]}
        shown = at.send(f"{LIST}{account.pk}/do/profile/", **given)
        assert "年の打ち間違いがないか確かめてください" in shown.content.decode(), day
    assert account.profiles.count() == 1
    second = open_account(contract.customer, billing_clerk)
    for start in ("0000-05", "9999-12", str(Month.of(today).plus(13))):
        shown = at.send(f"{LIST}{second.pk}/do/assign/", contract=contract.number, start=start)
        assert shown.status_code == 200 and "kmc-field has-error" in shown.content.decode(), start
    assert BillingAssignment.objects.get().account == account
    at.send(f"{LIST}{second.pk}/do/assign/", contract=contract.number, start=str(Month.of(today).plus(12)))
    assert BillingAssignment.objects.filter(account=second).exists()


def test_an_unknown_company_and_both_owners_are_refused_in_words(
    desk: Callable[[User], Desk], billing_clerk: User, customer: Customer
) -> None:
    at = desk(billing_clerk)
    shown = at.send(f"{LIST}add/", customer="C999999", day="2026-10-01", **PROFILE)
    assert "企業番号 C999999 のご利用企業はありません" in shown.content.decode()
    shown = at.send(f"{LIST}add/", day="2026-10-01", **PROFILE)
    assert "どちらか一方を指定してください" in shown.content.decode()


def test_guide_5_1_the_notice_of_a_case_is_the_moment_billing_begins(case_at: CaseAt) -> None:
    told = case_at(Goal.NOTICE, Plan.SMS)
    now = timezone.now()
    assert not BillingAssignment.objects.exists()
    setup.issue_notice(
        application_id=told.application.pk,
        version=told.application.version,
        actor=told.staff["approval"],
        now=now,
    )
    assert BillingAssignment.objects.get().since == date_of(now).replace(day=1)
    assert OneOffCharge.objects.get().charged_on == date_of(now)


def test_the_page_of_a_contract_leads_to_its_billing(
    desk: Callable[[User], Desk], billing_clerk: User, world: World
) -> None:
    contract = world.contract()
    page = desk(billing_clerk).open(f"/admin/accounts/contract/{contract.pk}/change/")
    account = BillingAccount.objects.get()
    links = [str(link["href"]) for link in page.select("aside a")]
    assert f"{LIST}{account.pk}/change/" in links
    assert f"/admin/billing/oneoffcharge/add/?contract={contract.number}" in links
    assert f"/admin/billing/pricelist/add/?contract={contract.number}" in links
    form = desk(billing_clerk).open("/admin/billing/pricelist/add/", contract=contract.number or "")
    field = form.select_one("[name=contract]")
    assert field is not None and field["value"] == contract.number
