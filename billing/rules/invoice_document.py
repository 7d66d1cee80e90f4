"""The shape of an invoice's content: frozen JSON in `Invoice.content` (§5.1), the one place where it is written down.

The head says everything of the document but the lines, which are rows (billing/models/invoices.py). `Head` is what
billing/services/invoice_content.py makes; rating adds `Sums`; the number comes with finalising.
Dates are ISO, rates percent as text ("10", "8.5"), amounts whole yen.
"""

from decimal import Decimal
from typing import NotRequired, TypedDict


class Issuer(TypedDict):
    """`registration_number` is the 登録番号 (T and 13 digits) of a qualified invoice."""

    name: str
    registration_number: str
    address: str
    phone: str


class Recipient(TypedDict):
    """As the billing profile stood on the issue date. `postal_code`, `address`, `department` may be empty."""

    name: str
    department: str
    postal_code: str
    address: str


class Payment(TypedDict):
    """`method` as PaymentMethod. `transfer_account` has lines for 請求書払い alone, `debited_on` a day for 口座振替 alone."""

    method: str
    transfer_account: list[str]
    debited_on: str | None


class Head(TypedDict):
    issuer: Issuer
    service_name: str
    account_number: str
    recipient: Recipient
    month: str  # "2026-10"
    period_from: str
    period_to: str
    issued_on: str
    due_on: str
    rounding: str  # as Rounding: one rounding per rate
    payment: Payment
    note: list[str]
    replaces: str | None  # the number of the invoice that this one replaces


class TaxRow(TypedDict):
    rate: str
    net: int
    tax: int
    total: int


class ContractName(TypedDict):
    number: str
    company: str


class Content(Head):
    """`contracts` by the contract's id as text: those that have a line."""

    number: NotRequired[str]
    taxes: list[TaxRow]
    net: int
    tax: int
    total: int
    contracts: dict[str, ContractName]


def rate_text(rate: Decimal) -> str:
    """`10.00` → "10"; `8.50` → "8.5"."""
    return format(rate.normalize(), "f")
