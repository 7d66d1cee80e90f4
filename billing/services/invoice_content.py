"""The head of an invoice: issuer, recipient, period, dates, payment. Shape: billing/rules/invoice_document.py.

    heads(account_ids=[…], month=Month(2026, 10), dates=billing_dates(…)) -> {account id: Head}

Two queries for any number of accounts. The recipient is the billing profile in force on `dates.send_on`, the issue
date; sums, contracts and number are added by whoever rates and numbers (`Content`).
"""

import datetime
from collections.abc import Collection

from accounts.rules.plans import PaymentMethod
from accounts.services import settings
from accounts.services.errors import Refused
from billing.models import BillingProfile
from billing.rules.dates import BillingDates
from billing.rules.invoice_document import Head, Issuer, Payment, Recipient
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.months import Month


def heads(*, account_ids: Collection[int], month: Month, dates: BillingDates) -> dict[int, Head]:
    """One head for each of these accounts. Refused, with their numbers, where one has no 請求先情報 on that day."""
    values = settings.all_values()
    profiles = profiles_as_of(account_ids=account_ids, day=dates.send_on)
    issuer = _issuer(values)
    return {
        pk: Head(
            issuer=issuer,
            service_name=values["service_name"],
            account_number=profile.account.number,
            recipient=recipient(profile),
            month=str(month),
            period_from=month.first_day.isoformat(),
            period_to=month.last_day.isoformat(),
            issued_on=dates.send_on.isoformat(),
            due_on=dates.due_on.isoformat(),
            rounding=profile.rounding,
            payment=payment(profile, dates.due_on, values["transfer_account"]),
            note=values["invoice_note"],
            replaces=None,
        )
        for pk, profile in profiles.items()
    }


def profiles_as_of(*, account_ids: Collection[int], day: datetime.date) -> dict[int, BillingProfile]:
    """By account, with the account. Refused where one has none."""
    rows = BillingProfile.objects.as_of(day).filter(account__in=account_ids).select_related("account")
    found = {row.account_id: row for row in rows}
    if missing := sorted(set(account_ids) - found.keys()):
        named = "、".join(str(pk) for pk in missing[:10])
        raise Refused(
            f"{japanese_date(day)}に適用される請求先情報がない請求先があります（ID {named}）。"
            "請求先情報を登録してから、もう一度実行してください。"
        )
    return found


def recipient(profile: BillingProfile) -> Recipient:
    return Recipient(
        name=profile.name,
        department=profile.department,
        postal_code=profile.postal_code,
        address=profile.address,
    )


def payment(profile: BillingProfile, due_on: datetime.date, transfer_account: list[str]) -> Payment:
    method = PaymentMethod(profile.payment_method)
    return Payment(
        method=method.value,
        transfer_account=list(transfer_account) if method is PaymentMethod.INVOICE else [],
        debited_on=due_on.isoformat() if method is PaymentMethod.DIRECT_DEBIT else None,
    )


def _issuer(values: dict[str, str]) -> Issuer:
    return Issuer(
        name=values["invoice_issuer_name"],
        registration_number=values["invoice_registration_number"],
        address=values["invoice_issuer_address"],
        phone=values["invoice_issuer_phone"],
    )
