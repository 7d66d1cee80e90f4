"""The staff's way in to prices, billing accounts, one-off charges, usage, the month's close and invoices."""

from billing.admin.accounts import BillingAccountAdmin
from billing.admin.charges import OneOffChargeAdmin
from billing.admin.prices import PriceListAdmin

__all__ = [
    "BillingAccountAdmin",
    "OneOffChargeAdmin",
    "PriceListAdmin",
]
