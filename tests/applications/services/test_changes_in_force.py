"""§2.1b Every item of the table, from its workbook to what is in force: the old value before the day, the new one from it."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Contract, SmsSender
from accounts.rules.plans import Channel, Option, Plan
from accounts.services import test_accounts
from accounts.services.errors import Refused
from applications.gateways.workbooks.samples import sample_values
from applications.rules.changes import ChangeItem
from applications.rules.forms.values import show
from applications.services import change_completion, change_facts, places
from billing.models import BillingProfile, OneOffCharge
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.billing.prices.test_publishing import publish
from tests.fixtures.billing import price_list
from tests.fixtures.changes import Change, change_with, start_change
from tests.guide.papers import picture

SERVICE, PARAMETERS = "service_change_form", "parameter_change_form"
_I, _O, _P = ChangeItem, Option, Plan
Read = Callable[[Contract, datetime.date], Any]


def today() -> datetime.date:
    return date_of(timezone.now())


def first_of_next_month() -> datetime.date:
    return (today().replace(day=1) + datetime.timedelta(days=32)).replace(day=1)


def contact(role: str, field: str) -> Read:
    return lambda contract, day: getattr(contract.contacts.as_of(day).get(role=role), field)


def terms(field: str) -> Read:
    return lambda contract, day: getattr(contract.terms_as_of(day), field)


def url(**which: Any) -> Read:
    return lambda contract, day: "".join(
        contract.endpoints.as_of(day).filter(for_test=False, **which).values_list("url", flat=True)
    )


def numbers(kind: str) -> Read:
    return lambda contract, day: sorted(
        contract.sms_senders.as_of(day).filter(kind=kind).values_list("number", flat=True)
    )


def has(option: str) -> Read:
    return lambda contract, day: contract.options.as_of(day).filter(option=option).exists()


# item, plan, options before, place, cells, what is read, its new value
ITEMS: list[tuple[ChangeItem, Plan, tuple[Option, ...], str, dict[str, Any], Read, Any]] = [
    (_I.COMPANY, _P.SMS, (), SERVICE, {"company.address": "東京都見本区見本9-9-9"},
     lambda c, day: c.customer.profiles.as_of(day).get().address, "東京都見本区見本9-9-9"),
    (_I.ACCOUNT_CONTACT, _P.SMS, (), SERVICE, {"account_contact.name": "例示 四郎"}, contact("account", "name"), "例示 四郎"),
    (_I.SERVICE_CONTACT, _P.SMS, (), SERVICE, {"service_contact.phone": "050-0000-1236"},
     contact("service", "phone"), "050-0000-1236"),
    (_I.USAGE_PURPOSE, _P.SMS, (), PARAMETERS, {"usage.monthly_volume": 30000}, terms("monthly_volume"), 30000),
    (_I.GLOBAL_IP, _P.SMS, (), PARAMETERS, {"global_ips.1": "52.192.9.1", "global_ips.2": None, "global_ips.3": None},
     lambda c, day: [str(row) for row in c.global_ips.as_of(day)], ["52.192.9.1"]),
    (_I.PLAN_PLUS_TO_SMS_PLUS, _P.PLUS, (), PARAMETERS, {"sms.sender_numbers.1": "0120000777"}, terms("plan"), "sms_plus"),
    (_I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS, _P.PLUS_RCS, (), PARAMETERS, {"sms.sender_numbers.1": "0120000777"},
     numbers("regular"), ["0120000777"]),
    (_I.SMS_RESULT_URL, _P.SMS, (_O.SMS_RESULT_NOTIFICATION,), PARAMETERS, {"result.url": "https://new.example.jp/result"},
     url(function="sms_result"), "https://new.example.jp/result"),
    (_I.WEBHOOK_URL, _P.PLUS, (_O.WEBHOOK,), PARAMETERS, {"plus.webhook_url": "https://new.example.jp/hook"},
     url(function="webhook"), "https://new.example.jp/hook"),
    (_I.SENDER_NUMBER, _P.SMS, (), PARAMETERS, {"sms.sender_numbers.1": "0120000778", "sms.sender_numbers.2": None}, numbers("regular"), ["0120000778"]),
    (_I.SOFTBANK_SENDER, _P.SMS, (), PARAMETERS, {"option.softbank_sender": "利用する", "sms.softbank_sender": "21234"},
     numbers("softbank"), ["21234"]),
    (_I.OFFICIAL_ACCOUNT, _P.PLUS, (), PARAMETERS, {"plus.description": "発送のお知らせをお届けします。"},
     lambda c, day: c.official_accounts.get(production=None).profiles.as_of(day).get().description,
     "発送のお知らせをお届けします。"),
    (_I.OPTION_050, _P.SMS, (), PARAMETERS, {"option.option_050": "利用する"}, numbers("number_050"), ["05000000123"]),
    (_I.TWO_WAY_SMS, _P.SMS, (), PARAMETERS,
     {"option.two_way_sms": "利用する", "sms.mo_url": "https://mo.example.jp/in"}, has("two_way_sms"), True),
    (_I.MO_URL, _P.SMS, (_O.TWO_WAY_SMS,), PARAMETERS, {"sms.mo_url": "https://new.example.jp/mo"},
     url(function="sms_mo"), "https://new.example.jp/mo"),
    (_I.OPTION_SENDER_NUMBER, _P.SMS, (_O.TWO_WAY_SMS,), PARAMETERS, {"sms.common_number_wish": "末尾が55の番号"},
     numbers("common"), ["0005123456"]),
]  # fmt: skip


def give_out(change: Change) -> None:
    """Enter what this change needs of ours."""
    kinds = change_facts.kinds_to_give(change.case)
    ours = {SmsSender.Kind.COMMON: {"0005123456"}, SmsSender.Kind.NUMBER_050: {"05000000123"}}
    channels = change_facts.new_channels(change.case)
    if kinds or channels:
        change.do(
            change_completion.assign,
            change.staff["operations"],
            numbers={kind: ours[kind] for kind in kinds},
            identifiers={channel: f"bot-{channel.value}-777" for channel in channels},
        )


@pytest.mark.parametrize(
    ("item", "plan", "options", "slot", "cells", "read", "new"), ITEMS, ids=[row[0].value for row in ITEMS]
)
def test_guide_2_1b_the_old_value_counts_before_completion_and_the_new_one_from_its_day(
    case_at, item, plan, options, slot, cells, read, new
) -> None:
    change = change_with(case_at(Goal.ACTIVE, plan, *options), slot, cells, item)
    before = read(change.contract, today())
    assert before != new
    change.to_setup()
    assert read(change.contract, today()) == before
    give_out(change)
    change.complete()
    assert read(change.contract, today()) == new
    assert read(change.contract, today() - datetime.timedelta(days=1)) == before
    assert change.case.in_force_on == today()


def test_guide_2_1b_from_sms_to_sms_plus_opens_an_official_account(case_at) -> None:
    change = start_change(case_at(Goal.ACTIVE, Plan.SMS), _I.PLAN_SMS_TO_SMS_PLUS)
    sample = sample_values(Plan.SMS_PLUS)
    stated = {
        key: show(field, sample[key])
        for key, field in _fields(change).items()
        if key.startswith("plus.") and key in sample
    }
    change.attach(change.form(PARAMETERS, **{**stated, "plus.nickname": "見本ストア"}))
    change.attach(picture(400, 400), name="icon.png", slot="icon")
    change.to_setup()
    assert change_facts.not_ready(change.case) == ("+メッセージのbotId",)
    give_out(change)
    change.complete()
    account = change.contract.official_accounts.get()
    assert (account.channel, account.identifier) == (Channel.PLUS, "bot-plus-777")
    assert account.profiles.as_of(today()).get().name == "見本ストア"
    assert change.contract.terms_as_of(today()).plan == "sms_plus"


def _fields(change: Change) -> Any:
    return places.forms_asked(change.case)[PARAMETERS].fields


@pytest.mark.parametrize(
    ("item", "cells", "read", "old", "new"),
    [
        (
            _I.PAYMENT_METHOD,
            {"payment_method": "口座振替"},
            terms("payment_method"),
            "invoice",
            "direct_debit",
        ),
        (
            _I.BILLING_DETAILS,
            {"billing_contact.email": "keiri@example.jp"},
            contact("billing", "email"),
            None,
            "keiri@example.jp",
        ),
    ],
)
def test_guide_2_1b_details_of_billing_hold_from_the_first_of_the_following_month(
    case_at, item, cells, read, old, new
) -> None:
    change = change_with(case_at(Goal.ACTIVE, Plan.SMS), SERVICE, cells, item)
    old = old or read(change.contract, today())
    change.to_setup()
    change.complete()
    first = first_of_next_month()
    assert change.case.in_force_on == first
    assert read(change.contract, first - datetime.timedelta(days=1)) == old
    assert read(change.contract, first) == new
    payer = BillingProfile.objects.filter(account__customer=change.contract.customer)
    field = "payment_method" if item is _I.PAYMENT_METHOD else "email"
    assert getattr(payer.as_of(first).get(), field) == new
    assert getattr(payer.as_of(first - datetime.timedelta(days=1)).get(), field) == old


def test_guide_2_1b_a_change_of_the_official_account_is_charged_once(case_at) -> None:
    publish(None, Month.of(today()), rows=price_list(sms="3", change_fee="3000"))
    cells = {"plus.description": "発送のお知らせをお届けします。"}
    change = change_with(case_at(Goal.ACTIVE, Plan.PLUS), PARAMETERS, cells, _I.OFFICIAL_ACCOUNT)
    change.to_setup()
    change.complete()
    charge = OneOffCharge.objects.get(kind="change_fee")
    assert charge.charged_on == today()
    assert charge.key == f"change-fee-{change.case.number}"
    with pytest.raises(Refused, match="いまの状態"):
        change.do(change_completion.approve, change.staff["approval"])
    assert OneOffCharge.objects.filter(kind="change_fee").count() == 1


def test_guide_2_1b_without_a_price_for_it_a_change_of_the_official_account_costs_nothing(case_at) -> None:
    cells = {"plus.description": "発送のお知らせをお届けします。"}
    change = change_with(case_at(Goal.ACTIVE, Plan.PLUS), PARAMETERS, cells, _I.OFFICIAL_ACCOUNT)
    change.to_setup()
    change.complete()
    assert not OneOffCharge.objects.filter(kind="change_fee").exists()


def test_guide_2_1b_a_planned_option_of_another_change_stays_planned(case_at) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS)
    one = change_with(story, PARAMETERS, {"option.option_050": "利用する"}, _I.OPTION_050)
    one.to_setup()
    give_out(one)
    later = today() + datetime.timedelta(days=30)
    one.complete(in_force_on=later)
    other = change_with(story, SERVICE, {"service_contact.phone": "050-0000-1236"}, _I.SERVICE_CONTACT)
    other.to_setup()
    other.complete()
    [row] = one.contract.options.filter(option="option_050")
    assert row.since == later


def test_guide_2_1b_two_way_sms_brings_its_url_and_takes_it_along(case_at) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS)
    cells = {"option.two_way_sms": "利用する", "sms.mo_url": "https://mo.example.jp/in"}
    begun = change_with(story, PARAMETERS, cells, _I.TWO_WAY_SMS)
    begun.to_setup()
    give_out(begun)
    begun.complete()
    assert url(function="sms_mo")(begun.contract, today()) == "https://mo.example.jp/in"
    ended = change_with(
        story, PARAMETERS, {"option.two_way_sms": "利用しない", "sms.mo_url": None}, _I.TWO_WAY_SMS
    )
    ended.to_setup()
    tomorrow = today() + datetime.timedelta(days=1)
    ended.complete(in_force_on=tomorrow)
    assert url(function="sms_mo")(ended.contract, tomorrow) == ""
    assert not has("two_way_sms")(ended.contract, tomorrow)
    assert numbers("common")(ended.contract, tomorrow) == []


def test_guide_2_1b_a_new_company_name_stands_on_later_invoices(case_at) -> None:
    change = change_with(
        case_at(Goal.ACTIVE, Plan.SMS), SERVICE, {"company.name": "新社名株式会社"}, _I.COMPANY
    )
    old = change.contract.customer.name
    payer = BillingProfile.objects.filter(account__customer=change.contract.customer)
    assert payer.as_of(today()).get().name == old
    change.to_setup()
    change.complete()
    assert payer.as_of(today()).get().name == "新社名株式会社"


def test_guide_2_1a_a_name_without_room_for_test_is_refused_where_a_test_account_came_meanwhile(
    case_at,
) -> None:
    too_long = "あいうえおかきくけこさしすせそたち"  # 17, and TEST makes 21; the limit is 20
    change = change_with(
        case_at(Goal.ACTIVE, Plan.PLUS), PARAMETERS, {"plus.nickname": too_long}, _I.OFFICIAL_ACCOUNT
    )
    change.to_setup()
    test_accounts.add(contract=change.contract, webhook_urls={}, actor=change.user, now=timezone.now())
    with pytest.raises(Refused, match="末尾に「TEST」を付けると上限の20文字を超えます"):
        change.complete()
    account = change.contract.official_accounts.get(production=None)
    assert account.profiles.as_of(today()).get().name != too_long
    assert not OneOffCharge.objects.filter(kind="change_fee").exists()


def test_guide_2_1b_two_changes_of_different_options_leave_each_other_alone(case_at) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS)
    softbank = {"option.softbank_sender": "利用する", "sms.softbank_sender": "21234"}
    one = change_with(story, PARAMETERS, {"option.option_050": "利用する"}, _I.OPTION_050)
    other = change_with(story, PARAMETERS, softbank, _I.SOFTBANK_SENDER)
    one.to_setup()
    other.to_setup()
    give_out(one)
    one.complete()
    other.complete()
    assert set(one.contract.options.as_of(today()).values_list("option", flat=True)) == {
        "option_050",
        "softbank_sender",
    }
