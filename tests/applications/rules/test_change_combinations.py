"""§2.1b: 30 combinations of items, worked out by hand on four calendars, and what holds for all of them.

Business days counted from the day after acceptance:
- 2026-09-30: 1 = 10-01, 5 = 10-07, 6 = 10-08, 10 = 10-15, 12 = 10-19, 16 = 10-23, 18 = 10-27, 22 = 11-02, 28 = 11-11
  (holidays 10-12 and 11-03)
- 2026-12-18: 1 = 12-21, 5 = 12-25, 6 = 12-28, 10 = 2027-01-07, 12 = 01-12, 16 = 01-18, 18 = 01-20, 22 = 01-26,
  28 = 02-03 (closed 12-29 to 01-03, holiday 01-11)
- 2026-04-28: 1 = 04-30, 5 = 05-11, 6 = 05-12, 10 = 05-18, 12 = 05-20, 16 = 05-26, 18 = 05-28, 22 = 06-03, 28 = 06-11
  (holidays 04-29 and 05-03 to 05-06)
- 2026-09-18: 1 = 09-24, 5 = 09-30, 6 = 10-01, 10 = 10-07, 12 = 10-09, 16 = 10-16, 18 = 10-20, 22 = 10-26, 28 = 11-04
  (holidays 09-21 to 09-23, 10-12 and 11-03)
"""

from datetime import date, timedelta
from functools import cache
from itertools import combinations

import pytest

from applications.rules.changes import ChangeItem
from applications.rules.lead_time import ChangeLeadTime, change_lead_time
from kmc_portal.lib.business_days import OFFICE

AUTUMN, NEW_YEAR, GOLDEN_WEEK, SILVER_WEEK = "2026-09-30", "2026-12-18", "2026-04-28", "2026-09-18"
PLUS_RCS, PLUS, SMS = "plan_plus_rcs_to_sms_plus_rcs", "plan_plus_to_sms_plus", "plan_sms_to_sms_plus"

# accepted, items, earliest, latest, from the month, items that decide the earliest, the latest end
COMBINATIONS: list[tuple[str, list[str], str | None, str | None, str | None, list[str], list[str]]] = [
    (NEW_YEAR, ["company", "account_contact"], "2026-12-25", "2026-12-25", None,
     ["company", "account_contact"], ["company", "account_contact"]),
    (NEW_YEAR, ["company", "option_050"], "2026-12-25", "2026-12-25", None, ["company"], ["company"]),
    (NEW_YEAR, ["company", "billing_details"], "2026-12-25", "2026-12-25", "2027-01", ["company"], ["company"]),
    (NEW_YEAR, ["global_ip", "option_050"], "2026-12-28", "2027-01-07", None, ["global_ip"], ["global_ip"]),
    (NEW_YEAR, ["softbank_sender", "official_account"], "2027-01-18", "2027-01-26", None,
     ["official_account"], ["softbank_sender"]),
    (NEW_YEAR, ["softbank_sender", "two_way_sms"], "2027-01-20", "2027-02-03", None,
     ["two_way_sms"], ["two_way_sms"]),
    (NEW_YEAR, [SMS, "two_way_sms"], "2027-01-20", "2027-02-03", None, [SMS, "two_way_sms"], ["two_way_sms"]),
    (NEW_YEAR, [SMS, "official_account"], "2027-01-20", "2027-01-20", None, [SMS], [SMS]),
    (NEW_YEAR, ["payment_method", "two_way_sms"], "2027-01-20", "2027-02-03", "2027-01",
     ["two_way_sms"], ["two_way_sms"]),
    (NEW_YEAR, ["two_way_sms", "option_sender_number", "mo_url"], "2027-01-20", "2027-02-03", None,
     ["two_way_sms"], ["two_way_sms"]),
    (GOLDEN_WEEK, ["company", "global_ip"], "2026-05-12", "2026-05-18", None, ["global_ip"], ["global_ip"]),
    (GOLDEN_WEEK, ["company", "account_contact", "service_contact"], "2026-05-11", "2026-05-11", None,
     ["company", "account_contact", "service_contact"], ["company", "account_contact", "service_contact"]),
    (GOLDEN_WEEK, ["company", "usage_purpose"], "2026-05-11", "2026-05-11", None, ["company"], ["company"]),
    (GOLDEN_WEEK, ["payment_method", "usage_purpose"], None, None, "2026-05", [], []),
    (GOLDEN_WEEK, ["global_ip", "official_account"], "2026-05-26", "2026-05-26", None,
     ["official_account"], ["official_account"]),
    (GOLDEN_WEEK, ["sender_number", "softbank_sender"], "2026-05-20", "2026-06-03", None,
     ["softbank_sender"], ["softbank_sender"]),
    (GOLDEN_WEEK, [PLUS, "softbank_sender"], "2026-05-20", "2026-06-03", None,
     ["softbank_sender"], ["softbank_sender"]),
    (GOLDEN_WEEK, [PLUS_RCS, "official_account"], "2026-05-26", "2026-05-26", None,
     ["official_account"], ["official_account"]),
    (GOLDEN_WEEK, ["sms_result_url", "webhook_url"], "2026-05-12", "2026-05-18", None,
     ["sms_result_url", "webhook_url"], ["sms_result_url", "webhook_url"]),
    (GOLDEN_WEEK, ["usage_purpose", "option_050"], "2026-04-30", "2026-04-30", None,
     ["option_050"], ["option_050"]),
    (SILVER_WEEK, ["account_contact", "option_050"], "2026-09-30", "2026-09-30", None,
     ["account_contact"], ["account_contact"]),
    (SILVER_WEEK, ["billing_details", "payment_method"], None, None, "2026-10", [], []),
    (SILVER_WEEK, ["billing_details", "official_account"], "2026-10-16", "2026-10-16", "2026-10",
     ["official_account"], ["official_account"]),
    (SILVER_WEEK, ["official_account", "two_way_sms"], "2026-10-20", "2026-11-04", None,
     ["two_way_sms"], ["two_way_sms"]),
    (SILVER_WEEK, [SMS, "softbank_sender"], "2026-10-20", "2026-10-26", None, [SMS], ["softbank_sender"]),
    (SILVER_WEEK, ["usage_purpose", "sender_number", "option_050"], "2026-10-01", "2026-10-07", None,
     ["sender_number"], ["sender_number"]),
    (SILVER_WEEK, ["global_ip", "softbank_sender", "official_account", "two_way_sms"],
     "2026-10-20", "2026-11-04", None, ["two_way_sms"], ["two_way_sms"]),
    (AUTUMN, ["company", "payment_method", "usage_purpose"], "2026-10-07", "2026-10-07", "2026-10",
     ["company"], ["company"]),
    (AUTUMN, [SMS, "softbank_sender", "two_way_sms"], "2026-10-27", "2026-11-11", None,
     [SMS, "two_way_sms"], ["two_way_sms"]),
    (AUTUMN, [item.value for item in ChangeItem], "2026-10-27", "2026-11-11", "2026-10",
     [SMS, "two_way_sms"], ["two_way_sms"]),
]  # fmt: skip


def test_guide_2_1_thirty_combinations() -> None:
    assert len(COMBINATIONS) == 30


@pytest.mark.parametrize(
    ("accepted", "items", "earliest", "latest", "month", "earliest_by", "latest_by"), COMBINATIONS
)
def test_guide_2_1_a_combination_ends_with_its_longest_item(
    accepted: str,
    items: list[str],
    earliest: str | None,
    latest: str | None,
    month: str | None,
    earliest_by: list[str],
    latest_by: list[str],
) -> None:
    found = change_lead_time([ChangeItem(code) for code in items], date.fromisoformat(accepted))
    assert str(found.earliest) == str(earliest) and str(found.latest) == str(latest)
    assert str(found.applies_from_month) == str(month)
    assert (list(found.earliest_by), list(found.latest_by)) == (earliest_by, latest_by)


TEN_YEARS = [date(2020, 1, 1) + timedelta(days=n) for n in range(3653)]  # to 2029-12-31
# one item for each count of business days in the table
EVERY_COUNT = (
    ChangeItem.OPTION_050,
    ChangeItem.COMPANY,
    ChangeItem.GLOBAL_IP,
    ChangeItem.SOFTBANK_SENDER,
    ChangeItem.OFFICIAL_ACCOUNT,
    ChangeItem.TWO_WAY_SMS,
)


@pytest.mark.parametrize("item", EVERY_COUNT)
def test_guide_2_1_on_every_day_of_ten_years_a_later_acceptance_never_ends_sooner(item: ChangeItem) -> None:
    before = date.min, date.min
    for day in TEN_YEARS:
        found = change_lead_time([item], day)
        assert found.earliest is not None and found.latest is not None
        assert day < found.counts_from <= found.earliest <= found.latest
        assert OFFICE.is_business_day(found.earliest) and OFFICE.is_business_day(found.latest)
        assert (found.earliest, found.latest) >= before
        assert found.latest >= before[1]
        before = found.earliest, found.latest


@pytest.mark.parametrize("day", TEN_YEARS[::211], ids=str)
def test_guide_2_1_of_every_pair_of_items_the_longer_one_decides(day: date) -> None:
    alone = {item: change_lead_time([item], day) for item in ChangeItem}
    for pair in combinations(ChangeItem, 2):
        together = change_lead_time(list(pair), day)
        ends = [(alone[item].earliest, alone[item].latest) for item in pair]
        assert together.earliest == max((end for end, _ in ends if end), default=None)
        assert together.latest == max((end for _, end in ends if end), default=None)
        months = {alone[item].applies_from_month for item in pair} - {None}
        assert together.applies_from_month == (months.pop() if months else None)


# with these every pair of counts occurs: business days, the following month, nothing stated
EVERY_KIND = (*EVERY_COUNT, ChangeItem.PAYMENT_METHOD, ChangeItem.USAGE_PURPOSE)


@cache
def _alone(item: ChangeItem) -> list[ChangeLeadTime]:
    return [change_lead_time([item], day) for day in TEN_YEARS]


@pytest.mark.parametrize("pair", list(combinations(EVERY_KIND, 2)), ids="+".join)
def test_guide_2_1_of_every_pair_of_counts_the_longer_decides_on_every_day_of_ten_years(
    pair: tuple[ChangeItem, ChangeItem],
) -> None:
    for day, one, other in zip(TEN_YEARS, _alone(pair[0]), _alone(pair[1]), strict=True):
        together = change_lead_time(list(pair), day)
        assert together.earliest == max(filter(None, (one.earliest, other.earliest)), default=None)
        assert together.latest == max(filter(None, (one.latest, other.latest)), default=None)
        assert together.applies_from_month == (one.applies_from_month or other.applies_from_month)
