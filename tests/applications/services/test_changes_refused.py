"""Changes that stand in each other's way, or a cancellation in theirs; the days on which they may hold (§2.1b)."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import SmsSender
from accounts.rules.plans import Channel, Option, Plan
from accounts.services.errors import NotAllowed, Refused
from applications.rules.changes import ChangeItem
from applications.services import cancellation, change_completion, changes, closing
from applications.workflow import State
from kmc_portal.demo.companies import Goal
from tests.fixtures.changes import Change, change_with, start_cancellation, start_change

pytestmark = pytest.mark.django_db
_I = ChangeItem
SERVICE, PARAMETERS = "service_change_form", "parameter_change_form"
MOVED = {"company.address": "東京都渋谷区見本4-5-6"}
PAYS_OTHERWISE = {"payment_method": "口座振替"}
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}


@pytest.fixture
def in_use(now_is, case_at):
    return case_at(Goal.ACTIVE, Plan.SMS)


def today() -> datetime.date:
    return datetime.date(2026, 11, 20)


def ends_in_january(story) -> Change:
    """Decided on December 10, 2026: January 31, 2027 is the last day."""
    change = start_cancellation(story)
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    change.accept()
    change.confirm()
    change.do(cancellation.fix, change.staff["approval"])
    return change


# in flight -----------------------------------------------------------------------------------------


def test_guide_2_1b_a_second_change_of_the_same_item_is_refused_with_the_number_of_the_first(in_use) -> None:
    first = start_change(in_use, _I.COMPANY, _I.PAYMENT_METHOD)
    with pytest.raises(Refused) as refused:
        start_change(in_use, _I.GLOBAL_IP, _I.COMPANY)
    assert str(refused.value) == (
        f"「企業情報」は、変更申込 {first.case.number}（お申し込みの準備中）で手続き中です。"
        "そちらが完了してからお申し込みになるか、その申込を取り下げてください。"
    )
    assert start_change(in_use, _I.GLOBAL_IP).case.state == State.DRAFT  # another item goes on beside it
    first.do(closing.withdraw, reason="取りやめ")
    assert start_change(in_use, _I.COMPANY).case.state == State.DRAFT


def test_guide_2_1b_items_chosen_anew_are_compared_with_other_changes_but_not_with_themselves(in_use) -> None:
    first, second = start_change(in_use, _I.COMPANY), start_change(in_use, _I.GLOBAL_IP)
    with pytest.raises(Refused, match=first.case.number):
        second.do(changes.choose_items, items=[_I.GLOBAL_IP, _I.COMPANY])
    second.do(changes.choose_items, items=[_I.GLOBAL_IP, _I.SENDER_NUMBER])
    assert second.case.items == ["global_ip", "sender_number"]


def test_guide_2_1b_a_decided_change_stands_in_the_way_until_its_day(now_is, in_use) -> None:
    first = change_with(in_use, SERVICE, PAYS_OTHERWISE, _I.PAYMENT_METHOD)
    first.to_setup()
    first.complete()
    assert first.case.in_force_on == datetime.date(2026, 12, 1)
    now_is("2026-11-30 23:59")
    with pytest.raises(
        Refused, match=f"変更申込 {first.case.number} による変更が2026年12月1日（火）から適用"
    ):
        start_change(in_use, _I.PAYMENT_METHOD)
    now_is("2026-12-01 00:00")
    assert start_change(in_use, _I.PAYMENT_METHOD).case.state == State.DRAFT


# an end --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "item", "said"),
    [
        # accepted in December it holds from January 1, accepted in January from February 1
        ("2026-12-28 10:00", _I.PAYMENT_METHOD, None),
        ("2027-01-04 10:00", _I.PAYMENT_METHOD, "2027年2月1日（月）からの変更はできません"),
        # 6 business days at least from Monday 18th: to the 25th; from Monday 25th: to February 2
        ("2027-01-15 10:00", _I.GLOBAL_IP, None),
        ("2027-01-25 10:00", _I.GLOBAL_IP, "2027年2月2日（火）からの変更はできません"),
        # without a lead time as far as the last day
        ("2027-01-31 10:00", _I.USAGE_PURPOSE, None),
    ],
)
def test_guide_2_1b_a_change_of_a_contract_that_ends_goes_as_far_as_its_last_month(
    now_is, in_use, on: str, item: ChangeItem, said: str | None
) -> None:
    now_is("2026-12-10 09:00")
    ends_in_january(in_use)
    now_is(on)
    if said is None:
        assert start_change(in_use, item).case.state == State.DRAFT
    else:
        with pytest.raises(Refused, match=f"この契約は2027年1月31日（日）で終了するため、{said}"):
            start_change(in_use, item)


def test_guide_2_1b_a_cancellation_that_is_only_applied_for_counts_as_well(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    ending = start_cancellation(in_use)
    ending.attach(ending.form("cancellation_form", **UNDERSTOOD))
    ending.submit()
    now_is("2027-01-04 10:00")
    with pytest.raises(Refused, match="2027年1月31日（日）で終了するため"):
        start_change(in_use, _I.PAYMENT_METHOD)
    ending.do(closing.withdraw, reason="続けるため")
    assert start_change(in_use, _I.PAYMENT_METHOD).case.state == State.DRAFT


def test_guide_2_1b_a_change_is_not_completed_for_a_day_after_the_end(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.to_setup()
    ends_in_january(in_use)
    with pytest.raises(Refused, match="2027年2月1日（月）からの変更はできません"):
        change.complete(datetime.date(2027, 2, 1))
    assert change.case.in_force_on is None
    change.do(change_completion.approve, change.staff["approval"], in_force_on=datetime.date(2027, 1, 31))
    assert change.case.in_force_on == datetime.date(2027, 1, 31)


def test_guide_2_1b_when_the_contract_has_ended_its_change_cannot_be_completed(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.to_setup()
    ends_in_january(in_use)
    cancellation.end_due(now=now_is("2027-02-01 09:00"))
    assert change.case.state == State.REJECTED  # with its contract
    with pytest.raises(Refused, match="いまの状態（却下）では"):
        change.do(change_completion.prepare, change.staff["operations"])


# days ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (datetime.date(2026, 11, 19), "2026年11月20日（金）以降の日付"),
        (datetime.date(2026, 11, 20), None),
        (datetime.date(2027, 11, 21), None),  # 366 days
        (datetime.date(2027, 11, 22), "今日から1年以内"),
    ],
)
def test_guide_2_1b_a_change_holds_from_today_to_a_year_ahead(
    in_use, day: datetime.date, said: str | None
) -> None:
    change = change_with(in_use, PARAMETERS, {"usage.monthly_volume": 5000}, _I.USAGE_PURPOSE)
    change.to_setup()
    if said is None:
        change.complete(day)
        assert change.case.in_force_on == day
    else:
        with pytest.raises(Refused, match=said):
            change.complete(day)
        assert change.case.state == State.ACCOUNT_SETUP


def test_guide_2_1b_from_the_following_month_is_the_month_after_the_acceptance(now_is, in_use) -> None:
    """Accepted on November 30, completed in December: the 1st has passed, so the next one counts."""
    change = change_with(in_use, SERVICE, PAYS_OTHERWISE, _I.PAYMENT_METHOD)
    now_is("2026-11-30 23:59")
    change.submit()
    change.accept()
    assert change_completion.first_day(change.case, datetime.date(2026, 11, 30)) == datetime.date(2026, 12, 1)
    change.confirm()
    with pytest.raises(Refused, match="2026年12月1日（火）以降の日付"):
        change.complete(datetime.date(2026, 11, 30))
    now_is("2026-12-03 10:00")
    approval = change.staff["approval"]
    with pytest.raises(Refused, match="2027年1月1日（金）以降の日付"):
        change.do(change_completion.approve, approval, in_force_on=datetime.date(2026, 12, 31))
    with pytest.raises(Refused, match="適用日には月の1日を指定してください"):
        change.do(change_completion.approve, approval, in_force_on=datetime.date(2027, 1, 2))
    change.do(change_completion.approve, approval)
    assert change.case.in_force_on == datetime.date(2027, 1, 1)


def test_guide_2_1b_on_the_1st_itself_it_holds_at_once(now_is, in_use) -> None:
    change = change_with(in_use, SERVICE, PAYS_OTHERWISE, _I.PAYMENT_METHOD)
    change.to_setup()
    now_is("2026-12-01 00:00")
    change.complete()
    assert change.case.in_force_on == datetime.date(2026, 12, 1)


def test_guide_2_1b_the_items_of_two_way_sms_go_together(now_is, case_at) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS, Option.TWO_WAY_SMS)
    first = start_change(story, _I.MO_URL)
    with pytest.raises(Refused, match=f"「共通番号/双方向SMS」は、変更申込 {first.case.number}"):
        start_change(story, _I.TWO_WAY_SMS)


# who -----------------------------------------------------------------------------------------------


def test_guide_2_1b_who_asked_for_approval_does_not_approve(in_use) -> None:
    change = change_with(in_use, SERVICE, MOVED, _I.COMPANY)
    change.to_setup()
    system = change.staff["system"]  # may do everything, and yet not both
    with pytest.raises(Refused, match="別の方の承認が必要です"):
        change.do(change_completion.complete, system)
    change.do(change_completion.prepare, system)
    with pytest.raises(Refused, match="ご自身が依頼した変更は承認できません"):
        change.do(change_completion.approve, system)
    change.do(change_completion.send_back, change.staff["approval"], reason="登記を確かめるため")
    assert (change.case.state, change.case.prepared_by) == (State.ACCOUNT_SETUP, None)


def test_guide_2_1b_a_change_by_one_person_is_not_sent_for_approval(in_use) -> None:
    change = change_with(in_use, PARAMETERS, {"usage.monthly_volume": 5000}, _I.USAGE_PURPOSE)
    change.to_setup()
    with pytest.raises(Refused, match="承認のいらない変更です"):
        change.do(change_completion.prepare, change.staff["operations"])
    for who in ("reception", "approval", "viewing"):
        with pytest.raises(NotAllowed):
            change.do(change_completion.complete, change.staff[who])


# what we give out ----------------------------------------------------------------------------------


def test_guide_2_1b_numbers_are_entered_by_operations_in_their_form_and_are_not_in_force(in_use) -> None:
    change = change_with(in_use, PARAMETERS, {"option.option_050": "利用する"}, _I.OPTION_050)
    change.to_setup()
    operations, kind = change.staff["operations"], SmsSender.Kind.NUMBER_050
    with pytest.raises(Refused, match="まだ整っていないものがあります：050番号"):
        change.do(change_completion.prepare, operations)
    with pytest.raises(Refused):
        change.do(change_completion.assign, operations, numbers={kind: {"0312345678"}}, identifiers={})
    with pytest.raises(NotAllowed):
        change.do(
            change_completion.assign,
            change.staff["reception"],
            numbers={kind: {"05000000123"}},
            identifiers={},
        )
    change.do(change_completion.assign, operations, numbers={kind: {"05000000123"}}, identifiers={})
    assert change.case.assigned == {"senders": {"number_050": ["05000000123"]}, "identifiers": {}}
    assert not change.contract.sms_senders.filter(kind=kind).exists()
    change.complete()
    assert change.contract.sms_senders.as_of(today()).get(kind=kind).number == "05000000123"


def test_guide_2_1b_an_identifier_that_another_account_has_is_refused(now_is, case_at) -> None:
    other = case_at(Goal.ACTIVE, Plan.PLUS).application.own_contract.official_accounts.get()
    change = start_change(case_at(Goal.ACTIVE, Plan.SMS), _I.PLAN_SMS_TO_SMS_PLUS)
    change.application.state = State.ACCOUNT_SETUP
    change.application.submitted_at = change.application.accepted_at = timezone.now()
    change.application.save()
    with pytest.raises(Refused, match=f"識別子 {other.identifier} は別のアカウントで使われています。"):
        change.do(
            change_completion.assign,
            change.staff["operations"],
            numbers={},
            identifiers={Channel.PLUS: f" {other.identifier} "},
        )
