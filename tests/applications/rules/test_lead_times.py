"""§1.3–1.5 and §2.1b. From Wednesday 2026-09-30 the business days of October and November 2026 are, by the
calendar (12 October and 3 November are holidays): 1 = 10-01, 5 = 10-07, 6 = 10-08, 10 = 10-15, 12 = 10-19,
16 = 10-23, 18 = 10-27, 22 = 11-02, 28 = 11-11."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.rules.plans import Option, Plan
from applications.rules.changes import CHANGES, PLAN_CHANGES, RULE_OF, ChangeItem, Days
from applications.rules.documents import OptionNotInPlan
from applications.rules.lead_time import (
    DEFAULT_LEAD_TIMES,
    ItemsMissing,
    change_lead_time,
    new_contract_days,
)
from kmc_portal.lib.business_days import OFFICE
from kmc_portal.lib.months import Month

ACCEPTED = date(2026, 9, 30)
I, O = ChangeItem, Option  # noqa: E741


@pytest.mark.parametrize(
    ("plan", "options", "earliest", "latest", "earliest_by", "latest_by"),
    [
        (Plan.SMS, [], 6, 10, ["SMSのみ"], ["SMSのみ"]),
        (Plan.SMS, [O.SMS_RESULT_NOTIFICATION, O.LONG_SMS, O.NUMBER_050], 6, 10, ["SMSのみ"], ["SMSのみ"]),
        (
            Plan.SMS, [O.SOFTBANK_SENDER], 12, 22,
            ["SoftBank送信元表示番号"], ["SoftBank送信元表示番号"],
        ),
        (Plan.SMS, [O.TWO_WAY_SMS], 6, 28, ["SMSのみ"], ["双方向SMS / 共通番号"]),
        (
            Plan.SMS, [O.TWO_WAY_SMS, O.SOFTBANK_SENDER], 12, 28,
            ["SoftBank送信元表示番号"], ["双方向SMS / 共通番号"],
        ),
        (Plan.PLUS, [], 18, 18, ["+メッセージのみ"], ["+メッセージのみ"]),
        (Plan.PLUS, [O.WEBHOOK, O.STORE_DISPLAY, O.TEST_ACCOUNT], 18, 18, ["+メッセージのみ"], ["+メッセージのみ"]),
        (
            Plan.SMS_PLUS, [O.SOFTBANK_SENDER], 18, 22,
            ["SMS/+メッセージ併用"], ["SoftBank送信元表示番号"],
        ),
        (Plan.PLUS_RCS, [], 18, 18, ["+メッセージ/RCS併用"], ["+メッセージ/RCS併用"]),
        (
            Plan.SMS_PLUS_RCS, [O.SOFTBANK_SENDER, O.TWO_WAY_SMS], 18, 28,
            ["SMS/+メッセージ/RCS併用"], ["双方向SMS / 共通番号"],
        ),
    ],
)  # fmt: skip
def test_guide_1_3_to_1_5_the_longest_wins_each_end_by_itself(
    plan: Plan,
    options: list[Option],
    earliest: int,
    latest: int,
    earliest_by: list[str],
    latest_by: list[str],
) -> None:
    days = new_contract_days(plan, options)
    assert (days.earliest, days.latest) == (earliest, latest)
    assert (list(days.earliest_by), list(days.latest_by)) == (earliest_by, latest_by)


def test_guide_1_3_the_base_times_are_a_setting() -> None:
    slower = replace(DEFAULT_LEAD_TIMES, sms=Days(8, 30), official=Days(20, 25))
    assert new_contract_days(Plan.SMS, [O.TWO_WAY_SMS], slower).latest == 30
    assert new_contract_days(Plan.PLUS, [], slower).earliest == 20
    assert any("既定値" in line for line in new_contract_days(Plan.SMS, []).because)
    assert not any("既定値" in line for line in new_contract_days(Plan.SMS, [], slower).because)


@pytest.mark.parametrize(
    ("plan", "option"),
    [(Plan.PLUS, O.SOFTBANK_SENDER), (Plan.PLUS_RCS, O.TWO_WAY_SMS), (Plan.SMS, O.WEBHOOK)],
)
def test_guide_1_3_an_option_the_plan_cannot_have_is_an_error(plan: Plan, option: Option) -> None:
    with pytest.raises(OptionNotInPlan):
        new_contract_days(plan, [option])


# code: earliest, latest, applies from, document, fee
ROWS = {
    "company": ("2026-10-07", "2026-10-07", None, "サービス利用変更申込書", "none"),
    "account_contact": ("2026-10-07", "2026-10-07", None, "サービス利用変更申込書", "none"),
    "service_contact": ("2026-10-07", "2026-10-07", None, "サービス利用変更申込書", "none"),
    "billing_details": (None, None, "2026-10", "サービス利用変更申込書", "none"),
    "payment_method": (None, None, "2026-10", "サービス利用変更申込書", "none"),
    "usage_purpose": (None, None, None, "アカウントパラメータ変更申込書", "none"),
    "global_ip": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
    "plan_plus_rcs_to_sms_plus_rcs": (
        "2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none",
    ),
    "plan_plus_to_sms_plus": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
    "plan_sms_to_sms_plus": ("2026-10-27", "2026-10-27", None, "アカウントパラメータ変更申込書", "none"),
    "sms_result_url": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
    "webhook_url": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
    "sender_number": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
    "softbank_sender": ("2026-10-19", "2026-11-02", None, "アカウントパラメータ変更申込書", "monthly"),
    "official_account": ("2026-10-23", "2026-10-23", None, "アカウントパラメータ変更申込書", "per_change"),
    "option_050": ("2026-10-01", "2026-10-01", None, "アカウントパラメータ変更申込書", "monthly"),
    "two_way_sms": ("2026-10-27", "2026-11-11", None, "アカウントパラメータ変更申込書", "monthly"),
    "option_sender_number": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
    "mo_url": ("2026-10-08", "2026-10-15", None, "アカウントパラメータ変更申込書", "none"),
}  # fmt: skip


@pytest.mark.parametrize("code", list(ChangeItem))
def test_guide_2_1_every_item_of_the_table_of_changes(code: ChangeItem) -> None:
    earliest, latest, month, document, fee = ROWS[code]
    found = change_lead_time([code], ACCEPTED)
    assert found.counts_from == date(2026, 10, 1)
    assert found.earliest == (earliest and date.fromisoformat(earliest))
    assert found.latest == (latest and date.fromisoformat(latest))
    assert found.applies_from_month == (month and Month.parse(month))
    driven_by = [code] if latest else []
    assert (list(found.earliest_by), list(found.latest_by)) == (driven_by, driven_by)
    assert (RULE_OF[code].document.label, RULE_OF[code].fee) == (document, fee)


def test_guide_2_1_the_table_holds_every_item_once() -> None:
    assert [rule.item for rule in CHANGES] == list(ChangeItem) == list(ROWS)


@pytest.mark.parametrize(
    ("items", "earliest", "latest", "earliest_by", "latest_by"),
    [
        (
            [I.SOFTBANK_SENDER, I.OFFICIAL_ACCOUNT], "2026-10-23", "2026-11-02",
            ["official_account"], ["softbank_sender"],
        ),
        (
            [I.COMPANY, I.GLOBAL_IP], "2026-10-08", "2026-10-15", ["global_ip"], ["global_ip"],
        ),
        (
            [I.WEBHOOK_URL, I.OPTION_050, I.GLOBAL_IP], "2026-10-08", "2026-10-15",
            ["webhook_url", "global_ip"], ["webhook_url", "global_ip"],
        ),
        (
            [I.PLAN_SMS_TO_SMS_PLUS, I.TWO_WAY_SMS], "2026-10-27", "2026-11-11",
            ["plan_sms_to_sms_plus", "two_way_sms"], ["two_way_sms"],
        ),
        ([I.USAGE_PURPOSE, I.OPTION_050], "2026-10-01", "2026-10-01", ["option_050"], ["option_050"]),
    ],
)  # fmt: skip
def test_guide_2_1_several_items_take_the_longest_each_end_by_itself(
    items: list[ChangeItem], earliest: str, latest: str, earliest_by: list[str], latest_by: list[str]
) -> None:
    found = change_lead_time(items, ACCEPTED)
    assert found.earliest == date.fromisoformat(earliest)
    assert found.latest == date.fromisoformat(latest)
    assert (list(found.earliest_by), list(found.latest_by)) == (earliest_by, latest_by)


@pytest.mark.parametrize(
    ("accepted", "counts_from", "fifth"),
    [
        ("2026-10-09", "2026-10-13", "2026-10-19"),  # before a weekend and a holiday
        ("2026-10-10", "2026-10-13", "2026-10-19"),  # a Saturday
        ("2026-10-12", "2026-10-13", "2026-10-19"),  # the holiday itself
        ("2026-10-13", "2026-10-14", "2026-10-20"),
        ("2025-12-26", "2026-01-05", "2026-01-09"),
        ("2026-09-18", "2026-09-24", "2026-09-30"),
    ],
)
def test_guide_2_1_counting_starts_on_the_business_day_after_acceptance(
    accepted: str, counts_from: str, fifth: str
) -> None:
    found = change_lead_time([I.COMPANY], date.fromisoformat(accepted))
    assert found.counts_from == date.fromisoformat(counts_from)
    assert found.latest == date.fromisoformat(fifth)


@pytest.mark.parametrize(
    ("accepted", "month"),
    [
        ("2026-09-01", "2026-10"),
        ("2026-09-30", "2026-10"),
        ("2026-10-01", "2026-11"),
        ("2026-12-31", "2027-01"),
    ],
)
def test_guide_2_1_from_the_following_month(accepted: str, month: str) -> None:
    found = change_lead_time([I.PAYMENT_METHOD], date.fromisoformat(accepted))
    assert str(found.applies_from_month) == month
    assert found.in_force_from == Month.parse(month).first_day


@pytest.mark.parametrize(
    ("accepted", "latest", "in_force_from"),
    [("2026-09-01", "2026-09-15", "2026-10-01"), ("2026-09-30", "2026-10-15", "2026-11-01")],
)
def test_guide_2_1_days_and_a_following_month_are_both_told_and_the_later_holds(
    accepted: str, latest: str, in_force_from: str
) -> None:
    found = change_lead_time([I.BILLING_DETAILS, I.GLOBAL_IP], date.fromisoformat(accepted))
    assert found.latest == date.fromisoformat(latest)
    assert found.applies_from_month == Month(2026, 10)
    assert found.in_force_from == date.fromisoformat(in_force_from)


def test_guide_2_1_no_lead_time_stated_is_not_zero_days() -> None:
    found = change_lead_time([I.USAGE_PURPOSE], ACCEPTED)
    assert (found.earliest, found.latest, found.applies_from_month, found.in_force_from) == (None,) * 4
    assert any("定めがない" in line for line in found.because)


def test_guide_2_1_no_item_or_one_item_twice_is_an_error() -> None:
    with pytest.raises(ItemsMissing, match="1つ以上"):
        change_lead_time([], ACCEPTED)
    with pytest.raises(ItemsMissing, match="二重"):
        change_lead_time([I.COMPANY, I.GLOBAL_IP, I.COMPANY], ACCEPTED)


def test_guide_2_1_the_changes_of_plan_that_the_table_knows() -> None:
    assert list(PLAN_CHANGES.values()) == [
        (Plan.PLUS_RCS, Plan.SMS_PLUS_RCS),
        (Plan.PLUS, Plan.SMS_PLUS),
        (Plan.SMS, Plan.SMS_PLUS),
    ]


ITEMS = st.lists(st.sampled_from(ChangeItem), min_size=1, unique=True)
ACCEPTED_DAYS = st.dates(date(2025, 1, 1), date(2027, 6, 30))


@given(ITEMS, ACCEPTED_DAYS)
def test_guide_2_1_a_change_ends_with_its_longest_item(items: list[ChangeItem], accepted: date) -> None:
    alone = [change_lead_time([item], accepted) for item in items]
    together = change_lead_time(items, accepted)
    assert together.earliest == max((one.earliest for one in alone if one.earliest), default=None)
    assert together.latest == max((one.latest for one in alone if one.latest), default=None)
    if together.earliest and together.latest:
        assert together.counts_from <= together.earliest <= together.latest
        assert OFFICE.is_business_day(together.latest)


@given(ITEMS, ACCEPTED_DAYS, st.sampled_from(ChangeItem), st.integers(1, 30))
def test_guide_2_1_one_item_more_or_a_later_day_never_ends_sooner(
    items: list[ChangeItem], accepted: date, more: ChangeItem, days: int
) -> None:
    before = change_lead_time(items, accepted)
    after = change_lead_time([*items, more] if more not in items else items, accepted)
    later = change_lead_time(items, OFFICE.add_business_days(accepted, days))
    if before.earliest and before.latest:
        assert after.earliest and after.latest and later.earliest and later.latest
        assert after.earliest >= before.earliest and after.latest >= before.latest
        assert later.earliest > before.earliest and later.latest > before.latest
