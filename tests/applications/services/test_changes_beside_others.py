"""§2.1b A change takes over what it changed and nothing else, whatever staff, billing or another contract did meanwhile."""

import datetime
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from accounts.models import Contract, User
from accounts.rules.plans import Channel, Option, Plan
from accounts.services import contracts, customers, settings, test_accounts
from accounts.services.errors import Refused
from applications.admin.case_values import papers_of
from applications.gateways.workbooks import write_form
from applications.gateways.workbooks.samples import sms_result_values
from applications.models import Submission
from applications.rules.changes import ChangeItem
from applications.services import changes, functions
from applications.services.facts import latest_submission
from billing.models import BillingAssignment, BillingProfile
from billing.services import billing_accounts
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import Change, change_with, start_change

SERVICE, PARAMETERS = "service_change_form", "parameter_change_form"
NEWLY = {"option.sms_result_notification": "利用する"}
ADDRESS = "東京都見本区見本9-9-9"
_I = ChangeItem
DAY = datetime.timedelta(days=1)


def today() -> datetime.date:
    return date_of(timezone.now())


def first_of_next_month() -> datetime.date:
    return (today().replace(day=1) + 32 * DAY).replace(day=1)


def payer(contract: Contract, day: datetime.date) -> BillingProfile:
    return BillingProfile.objects.as_of(day).get(account__customer=contract.customer)


def test_guide_2_1b_what_staff_corrected_meanwhile_stays(case_at: CaseAt, superuser: User) -> None:
    change = change_with(case_at(Goal.ACTIVE, Plan.SMS), SERVICE, {"company.address": ADDRESS}, _I.COMPANY)
    change.to_setup()
    held = change.contract.customer.profiles.as_of(today()).get()
    profile = {field: getattr(held, field) for field in customers.PROFILE_FIELDS}
    customers.correct_profile(
        customer_id=change.contract.customer_id,
        profile={**profile, "representative": "代表取締役 例示 五郎"},
        actor=superuser,
        now=timezone.now(),
    )
    change.complete()
    now = change.contract.customer.profiles.as_of(today()).get()
    assert (now.address, now.representative) == (ADDRESS, "代表取締役 例示 五郎")


def test_guide_2_1a_a_test_account_s_own_url_that_came_meanwhile_stays(case_at: CaseAt) -> None:
    cells = {"plus.webhook_url": "https://new.example.jp/hook"}
    change = change_with(case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK), PARAMETERS, cells, _I.WEBHOOK_URL)
    change.to_setup()
    own = {Channel.PLUS: "https://test.example.jp/hook"}
    test_accounts.add(contract=change.contract, webhook_urls=own, actor=change.user, now=timezone.now())
    change.complete()
    urls = change.contract.endpoints.as_of(today()).values_list("for_test", "url")
    assert set(urls) == {(False, "https://new.example.jp/hook"), (True, "https://test.example.jp/hook")}


def test_guide_2_1b_what_billing_entered_and_planned_stays(case_at: CaseAt) -> None:
    change = change_with(
        case_at(Goal.ACTIVE, Plan.SMS), SERVICE, {"billing_contact.phone": "03-0000-1288"}, _I.BILLING_DETAILS
    )
    first = first_of_next_month()
    held = payer(change.contract, today())
    held.email, held.department, held.period = (
        "keiri@example.jp",
        "経理部 御中",
        DateRange(held.since, first + 60 * DAY),
    )
    held.save()
    held.pk, held.email, held.period = None, "later@example.jp", DateRange(first + 60 * DAY, None)
    held.save(force_insert=True)
    change.to_setup()
    change.complete()
    contact = change.contract.contacts.as_of(first).get(role="billing")
    assert contact.phone == "03-0000-1288"
    assert (payer(change.contract, first).email, payer(change.contract, first).department) == (
        "keiri@example.jp",
        "経理部 御中",
    )
    assert payer(change.contract, first + 60 * DAY).email == "later@example.jp"


@pytest.fixture
def two(case_at: CaseAt) -> tuple[Any, Contract]:
    """A company's contract, and another one of it that the same 請求先 pays for."""
    story = case_at(Goal.ACTIVE, Plan.SMS)
    one = Contract.objects.get(pk=story.application.own_contract.pk)
    other = contracts.open_contract(customer=one.customer)
    other.number, other.state, other.billing_start_on = "K990001", "active", one.billing_start_on
    other.save()
    for relation in ("terms", "contacts"):
        for row in getattr(one, relation).all():
            row.pk, row.contract = None, other
            row.save(force_insert=True)
    account = one.billing_assignments.get().account  # type: ignore[attr-defined]
    start = one.billing_assignments.get().since  # type: ignore[attr-defined]
    BillingAssignment.objects.create(contract=other, account=account, period=DateRange(start, None))
    return story, other


def test_guide_2_1b_one_payer_changes_for_all_its_contracts_and_in_one_application(
    two: tuple[Any, Contract],
) -> None:
    story, other = two
    change = change_with(story, SERVICE, {"payment_method": "口座振替"}, _I.PAYMENT_METHOD)
    assert list(billing_accounts.paying_together(change.contract)) == [other]
    change.submit()
    now = timezone.now()
    with pytest.raises(Refused, match=f"変更申込 {change.case.number}"):
        changes.start(contract=other, items=[_I.PAYMENT_METHOD], actor=story.user, now=now)
    changes.start(contract=other, items=[_I.SERVICE_CONTACT], actor=story.user, now=now)
    change.accept()
    change.confirm()
    change.complete()
    first = first_of_next_month()
    for contract in (change.contract, other):
        assert contract.terms_as_of(first).payment_method == "direct_debit"
        assert contract.terms_as_of(first - DAY).payment_method == "invoice"


def test_guide_2_1b_the_papers_of_a_completed_change_are_those_that_were_sent(case_at: CaseAt) -> None:
    change = start_change(case_at(Goal.ACTIVE, Plan.SMS), _I.SMS_RESULT_URL)
    stated = sms_result_values(on=today(), company=change.case.customer.name)
    change.attach(change.form(PARAMETERS, **NEWLY | {"result.url": stated["result.url"]}))
    change.attach(write_form("sms_result_destination", stated), name="別紙.xlsx", slot="sms_result_form")
    change.to_setup()
    both = {"parameter_change", "sms_result_destination"}
    assert set(papers_of(sent_by(change), None)) == both
    change.complete()
    assert set(papers_of(sent_by(change), None)) == both


def sent_by(change: Change) -> Submission:
    found = latest_submission(change.case)
    assert found is not None
    return found


def test_guide_2_1b_a_name_without_room_holds_back_changes_of_names_alone(
    case_at: CaseAt, superuser: User
) -> None:
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    change = change_with(story, PARAMETERS, {"usage.purpose": "予約の確認"}, _I.USAGE_PURPOSE)
    change.to_setup()
    settings.change(key="plus_name_max", value=5, actor=superuser)
    change.complete()
    terms = change.contract.terms_as_of(today())
    assert terms is not None and terms.usage_purpose == "予約の確認"


def test_guide_1_9_a_url_in_force_is_corrected_while_its_successor_is_planned(case_at: CaseAt) -> None:
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK)
    change = change_with(
        story, PARAMETERS, {"plus.webhook_url": "https://new.example.jp/hook"}, _I.WEBHOOK_URL
    )
    change.to_setup()
    change.complete(in_force_on=today() + 40 * DAY)
    old = change.contract.endpoints.as_of(today()).get()
    assert old.until == today() + 39 * DAY
    functions.correct_url(
        endpoint_id=old.pk,
        shown=old.url,
        url="https://mended.example.jp/hook",
        actor=story.user,
        now=timezone.now(),
    )
    assert change.contract.endpoints.as_of(today()).get().url == "https://mended.example.jp/hook"
    assert change.contract.endpoints.as_of(today() + 40 * DAY).get().url == "https://new.example.jp/hook"
