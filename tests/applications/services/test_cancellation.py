"""Cancellations by the services (§3): which submission counts, who decides, the fee, and the end by its job.

The cut-off of December 2026 is Thursday the 10th; that of January 2027 is Friday the 8th, for the 10th is a Sunday.
"""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Contract, OutgoingMail, User
from accounts.rules.plans import Option, Plan
from accounts.services import connectivity, test_accounts
from accounts.services.errors import NotAllowed, Refused
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import cancellation, closing, confirmation, review
from billing.models import OneOffCharge
from billing.services import prices
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.fixtures.billing import price_list
from tests.fixtures.cases import in_japan
from tests.fixtures.changes import Change, change_with, start_cancellation, start_change

pytestmark = pytest.mark.django_db
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}


@pytest.fixture
def in_use(now_is, case_at):
    """A contract in use since before November 20, 2026."""
    return case_at(Goal.ACTIVE, Plan.SMS, Option.SMS_RESULT_NOTIFICATION)


@pytest.fixture
def priced(now_is, billing_clerk: User) -> None:
    rows = price_list(cancellation_fee="30000")
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=rows,
        note="",
        actor=billing_clerk,
        now=timezone.now(),
    )


def filled_in(story) -> Change:
    change = start_cancellation(story)
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    return change


def decided(story, by: str = "approval") -> Change:
    """Handed in, accepted, confirmed by the customer, and by a second person of ours."""
    change = filled_in(story)
    change.submit()
    change.accept()
    change.confirm()
    change.do(cancellation.fix, change.staff[by])
    return change


# which submission counts ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("handed_in", "last_month"),
    [
        ("2026-12-10 23:59", datetime.date(2027, 1, 1)),  # in time: from February, so January is the last
        ("2026-12-11 00:00", datetime.date(2027, 2, 1)),
        ("2027-01-08 23:59", datetime.date(2027, 2, 1)),
        ("2027-01-09 00:00", datetime.date(2027, 3, 1)),  # a Saturday, before the 10th all the same
    ],
)
def test_guide_3_2_the_last_month_is_by_the_day_of_the_submission_in_japan(
    now_is, in_use, handed_in: str, last_month: datetime.date
) -> None:
    now_is("2026-12-10 09:00")
    change = filled_in(in_use)
    now_is(handed_in)
    change.submit()
    assert change.case.last_month == last_month


def test_guide_3_2_what_came_by_mail_counts_by_the_time_of_the_mail(now_is, in_use) -> None:
    now_is("2026-12-14 10:00")
    reception = in_use.staff["reception"]
    contract = Contract.objects.get(pk=in_use.application.own_contract.pk)
    made = cancellation.start(
        contract=contract,
        actor=reception,
        now=timezone.now(),
        mail_received_at=in_japan("2026-12-10 23:59"),
    )
    change = Change(made, reception, in_use.staff)
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    assert change.case.last_month == datetime.date(2027, 1, 1)


def test_guide_3_2_a_later_return_keeps_the_month(now_is, in_use) -> None:
    now_is("2026-12-10 18:00")
    change = filled_in(in_use)
    change.submit()
    now_is("2026-12-15 10:00")
    reception = change.staff["reception"]
    change.do(review.take, reception)
    change.do(
        review.add_finding,
        reception,
        document="cancellation_form",
        sheet="解約申込書",
        cell="C12",
        text="申請される方のお名前をご記入ください。",
    )
    change.do(review.return_to_customer, reception)
    now_is("2026-12-21 10:00")
    change.attach(change.form("cancellation_form", **UNDERSTOOD, **{"cancel.reason": "事業の終了のため"}))
    change.submit()
    assert change.case.last_month == datetime.date(2027, 1, 1)


# staff decide otherwise ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "said"),
    [
        (Month(2026, 11), "2026年12月から2028年12月までの月"),
        (Month(2026, 12), None),
        (Month(2028, 12), None),
        (Month(2029, 1), "2026年12月から2028年12月までの月"),
    ],
)
def test_guide_3_2_staff_choose_a_last_month_from_this_one_to_two_years_ahead(
    now_is, in_use, month: Month, said: str | None
) -> None:
    now_is("2026-12-10 09:00")
    change = filled_in(in_use)
    change.submit()
    reception = change.staff["reception"]
    if said:
        with pytest.raises(Refused, match=said):
            change.do(cancellation.set_last_month, reception, month=month, reason="お客様のご希望")
        assert change.case.last_month == datetime.date(2027, 1, 1)
    else:
        change.do(cancellation.set_last_month, reception, month=month, reason="お客様のご希望")
        assert change.case.last_month == month.first_day
        assert change.case.events.last().note == f"{month.label}：お客様のご希望"


def test_guide_3_2_another_last_month_needs_a_reason_and_the_right_person(now_is, in_use) -> None:
    change = filled_in(in_use)
    with pytest.raises(Refused, match="いまの状態（作成中）"):
        change.do(
            cancellation.set_last_month, change.staff["reception"], month=Month(2027, 6), reason="ご希望"
        )
    change.submit()
    with pytest.raises(Refused, match="理由を入力してください"):
        change.do(cancellation.set_last_month, change.staff["reception"], month=Month(2027, 6), reason=" ")
    for who in ("operations", "viewing", "billing"):
        with pytest.raises(NotAllowed):
            change.do(cancellation.set_last_month, change.staff[who], month=Month(2027, 6), reason="ご希望")
    with pytest.raises(NotAllowed):
        change.do(cancellation.set_last_month, month=Month(2027, 6), reason="ご希望")


# the decision --------------------------------------------------------------------------------------


def test_guide_3_who_accepted_it_does_not_confirm_it_and_a_second_person_does(now_is, in_use, priced) -> None:
    now_is("2026-12-10 09:00")
    change = filled_in(in_use)
    change.submit()
    change.accept()
    change.confirm()
    both = change.staff["reception"]
    both.groups.add(*change.staff["approval"].groups.all())
    both = User.objects.get(pk=both.pk)
    with pytest.raises(Refused, match="ご自身が受付受理した解約は確定できません"):
        change.do(cancellation.fix, both)
    assert change.contract.ends_on is None
    change.do(cancellation.fix, change.staff["approval"])
    assert change.contract.ends_on == datetime.date(2027, 1, 31)
    assert change.case.state == "ending"


def test_guide_3_1_the_fee_of_the_plan_table_is_charged_once_with_the_last_month(
    now_is, in_use, priced
) -> None:
    now_is("2026-12-10 09:00")
    change = decided(in_use)
    charge = OneOffCharge.objects.get(kind="cancellation_fee")
    assert charge.charged_on == datetime.date(2027, 1, 31)
    assert charge.contract == change.contract
    with pytest.raises(Refused, match="いまの状態（解約予定）"):
        change.do(cancellation.fix, change.staff["approval"])
    assert OneOffCharge.objects.filter(kind="cancellation_fee").count() == 1


def test_guide_3_1_without_a_fee_in_the_plan_table_nothing_is_charged(now_is, in_use) -> None:
    contract = in_use.application.own_contract
    assert cancellation.preview(contract=contract, day=datetime.date(2026, 12, 10)).fee is None
    decided(in_use)
    assert not OneOffCharge.objects.filter(kind="cancellation_fee").exists()


def test_guide_3_a_cancellation_is_taken_back_until_staff_confirmed_it(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = filled_in(in_use)
    change.submit()
    change.accept()
    change.confirm()
    change.do(closing.withdraw, reason="事情が変わったため")
    assert (change.case.state, change.contract.ends_on) == ("withdrawn", None)
    again = decided(in_use)  # nothing of the first one stands in the way
    with pytest.raises(Refused, match="いまの状態（解約予定）では「取り下げる」はできません"):
        again.do(closing.withdraw, reason="やはり続けたい")
    with pytest.raises(
        Refused, match="この契約の解約は確定しています（最後のご利用日は2027年1月31日（日））。"
    ):
        start_cancellation(in_use)


def test_guide_3_only_one_cancellation_at_a_time(now_is, in_use) -> None:
    first = start_cancellation(in_use)
    with pytest.raises(Refused, match=f"解約申込 {first.case.number} が手続き中です"):
        start_cancellation(in_use)


def test_guide_3_reopened_it_goes_through_review_and_confirmation_again(now_is, in_use) -> None:
    change = filled_in(in_use)
    change.submit()
    change.accept()
    change.confirm()
    with pytest.raises(Refused, match="理由の入力が必要です"):
        change.do(cancellation.reopen, change.staff["approval"], reason=" ")
    change.do(cancellation.reopen, change.staff["approval"], reason="解約手数料を確かめるため")
    assert change.case.state == "in_review"
    change.do(review.accept, change.staff["reception"])
    change.do(confirmation.request, change.staff["reception"])
    assert change.case.state == "confirming"


# the end -------------------------------------------------------------------------------------------


def test_guide_3_the_contract_ends_after_its_last_day_and_only_once(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = decided(in_use)
    assert cancellation.end_due(now=now_is("2027-01-31 23:59")) == (0, 0)
    assert change.contract.state == "active"
    assert change.contract.endpoints.as_of(datetime.date(2027, 1, 31)).exists()
    assert cancellation.end_due(now=now_is("2027-02-01 00:00")) == (1, 0)
    assert (change.contract.state, change.case.state) == ("ended", "completed")
    assert cancellation.end_due(now=now_is("2027-02-01 00:01")) == (0, 0)
    assert OutgoingMail.objects.filter(kind="contract_ended").count() == 1
    last, first = datetime.date(2027, 1, 31), datetime.date(2027, 2, 1)
    for relation in ("endpoints", "global_ips", "options", "sms_senders"):
        rows = getattr(change.contract, relation)
        assert rows.as_of(last).exists(), relation
        assert not rows.as_of(first).exists(), relation


def test_guide_3_a_job_that_comes_late_ends_it_as_of_its_last_day(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = decided(in_use)
    assert cancellation.end_due(now=now_is("2027-03-15 03:00")) == (1, 0)
    assert change.contract.ends_on == datetime.date(2027, 1, 31)
    assert not change.contract.global_ips.as_of(datetime.date(2027, 2, 1)).exists()


def test_guide_3_changes_that_are_under_way_at_the_end_come_to_nothing(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    draft = start_change(in_use, ChangeItem.USAGE_PURPOSE)
    sent = change_with(
        in_use, "service_change_form", {"company.address": "東京都渋谷区見本4-5-6"}, ChangeItem.COMPANY
    )
    sent.submit()
    decided(in_use)
    assert cancellation.end_due(now=now_is("2027-02-01 00:00")) == (1, 0)
    assert (draft.case.state, sent.case.state) == ("withdrawn", "rejected")
    assert {change.case.events.last().note for change in (draft, sent)} == {"契約の終了のため"}


def test_guide_3_a_hold_on_something_else_does_not_keep_the_contract_from_ending(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    held = change_with(
        in_use, "service_change_form", {"service_contact.phone": "0300001234"}, ChangeItem.SERVICE_CONTACT
    )
    held.submit()
    held.do(review.take, held.staff["reception"])
    held.do(closing.hold, held.staff["reception"], reason="名義の確認のため")
    change = decided(in_use)
    assert cancellation.end_due(now=now_is("2027-02-01 00:00")) == (1, 0)
    assert (change.contract.state, held.case.state) == ("ended", "rejected")


@pytest.mark.parametrize(("day", "over"), [("2027-01-31 23:59", False), ("2027-02-01 00:00", True)])
def test_guide_3_after_the_last_day_nothing_is_checked_or_begun_though_the_job_is_late(
    now_is, in_use, day: str, over: bool
) -> None:
    now_is("2026-12-10 09:00")
    change = decided(in_use)
    now = now_is(day)
    endpoint = change.contract.endpoints.get()
    if over:
        with pytest.raises(Refused, match="契約の最後のご利用日を過ぎているため、疎通確認は行えません"):
            connectivity.order_by(endpoint_id=endpoint.pk, actor=change.user, now=now)
    else:
        assert connectivity.order_by(endpoint_id=endpoint.pk, actor=change.user, now=now).done_at is None
    words = test_accounts.refusal(change.contract, date_of(now)) or ""
    assert ("利用中の契約でお申し込みいただけます" in words) == over
    assert Contract.objects.in_use(date_of(now)).filter(pk=change.contract.pk).exists() != over


def test_guide_3_a_change_that_would_begin_after_the_end_is_named_where_the_end_is_decided(
    now_is, in_use
) -> None:
    now_is("2026-12-10 09:00")
    purpose = change_with(
        in_use, "parameter_change_form", {"usage.purpose": "予約の確認"}, ChangeItem.USAGE_PURPOSE
    )
    purpose.to_setup()
    purpose.complete(in_force_on=datetime.date(2027, 2, 1))
    details = change_with(
        in_use, "service_change_form", {"service_contact.phone": "0300001234"}, ChangeItem.SERVICE_CONTACT
    )
    details.to_setup()
    details.complete(in_force_on=datetime.date(2027, 2, 1))
    ending = decided(in_use)  # on January 31
    fixed = ending.case.events.get(action="fix_cancellation")
    assert fixed.note == f"適用されない変更：{purpose.case.number}"  # who to write to still counts afterwards
    letter = OutgoingMail.objects.get(kind="cancellation_fixed").body
    assert f"変更申込 {purpose.case.number}（2027年2月1日から適用の予定）" in letter
    assert details.case.number not in letter


def test_guide_3_a_last_month_that_has_passed_is_not_confirmed(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = filled_in(in_use)
    change.submit()
    change.accept()
    change.confirm()
    approval = change.staff["approval"]
    now_is("2027-02-01 00:00")
    with pytest.raises(Refused, match="最終利用日（2027年1月31日（日））を過ぎています"):
        change.do(cancellation.fix, approval)
    change.do(cancellation.set_last_month, approval, month=Month(2027, 2), reason="確定が遅れたため")
    change.do(cancellation.fix, approval)
    assert change.contract.ends_on == datetime.date(2027, 2, 28)


def test_guide_3_on_its_last_day_a_cancellation_is_still_confirmed(now_is, in_use) -> None:
    now_is("2026-12-10 09:00")
    change = filled_in(in_use)
    change.submit()
    change.accept()
    change.confirm()
    now_is("2027-01-31 23:59")
    change.do(cancellation.fix, change.staff["approval"])
    assert change.contract.ends_on == datetime.date(2027, 1, 31)


def test_guide_3_a_contract_that_is_not_in_use_cannot_be_cancelled(now_is, case_at) -> None:
    story = case_at(Goal.NOTICE, Plan.SMS)
    with pytest.raises(Refused, match="利用中の契約だけが対象です（この契約は"):
        start_cancellation(story)
    assert not Application.objects.filter(kind="cancellation").exists()
