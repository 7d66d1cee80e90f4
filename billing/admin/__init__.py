"""The staff's way in to prices, billing accounts, one-off charges, usage, the month's close and invoices."""

from billing.admin.accounts import BillingAccountAdmin
from billing.admin.charges import OneOffChargeAdmin
from billing.admin.invoices import InvoiceAdmin
from billing.admin.prices import PriceListAdmin
from billing.admin.runs import BillingRunAdmin
from billing.admin.usage import UsageFileAdmin

__all__ = [
    "BillingAccountAdmin",
    "BillingRunAdmin",
    "InvoiceAdmin",
    "OneOffChargeAdmin",
    "PriceListAdmin",
    "UsageFileAdmin",
]
