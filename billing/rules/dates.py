"""When a month of use is settled, sent and due (§5.1): office calendar, and the bank's for the due date."""

from dataclasses import dataclass
from datetime import date

from kmc_portal.lib.business_days import BANK, OFFICE, Calendar, japanese_date
from kmc_portal.lib.months import Month

SETTLED_ON_BUSINESS_DAY = 5  # §5.1 精算確定日
SENT_FROM, SENT_TO = 20, 22  # §5.1 請求書発送日
DUE_DAY = 10  # §5.1 支払期日


@dataclass(frozen=True)
class BillingDates:
    settled_on: date
    send_on: date
    due_on: date
    because: tuple[str, ...]


def billing_dates(month: Month, *, office: Calendar = OFFICE, bank: Calendar = BANK) -> BillingDates:
    """For the month of use; ValueError outside the years whose holidays are known."""
    following, due_month = month.plus(1), month.plus(2)
    settled_on = office.nth_business_day_of_month(following.year, following.month, SETTLED_ON_BUSINESS_DAY)
    send_on, sending = _send_on(following, office)
    tenth = date(due_month.year, due_month.month, DUE_DAY)
    due_on = bank.on_or_after(tenth)
    moved = "" if due_on == tenth else f"{japanese_date(tenth)}は銀行休業日のため、"
    return BillingDates(
        settled_on,
        send_on,
        due_on,
        (
            f"{month.label}利用分の精算確定日は、{following.label}の第{SETTLED_ON_BUSINESS_DAY}営業日の"
            f"{japanese_date(settled_on)}です。",
            sending,
            f"{moved}支払期日は{japanese_date(due_on)}です。",
        ),
    )


def _send_on(month: Month, office: Calendar) -> tuple[date, str]:
    for day in range(SENT_FROM, SENT_TO + 1):
        candidate = date(month.year, month.month, day)
        if office.is_business_day(candidate):
            return (
                candidate,
                f"請求書の発送日は、{SENT_FROM}～{SENT_TO}日のうち最初の営業日の{japanese_date(candidate)}です。",
            )
    before = office.previous_business_day(date(month.year, month.month, SENT_FROM))
    return (
        before,
        f"{SENT_FROM}～{SENT_TO}日に営業日がないため、請求書の発送日は直前の営業日の{japanese_date(before)}です。",
    )
