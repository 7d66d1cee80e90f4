from billing.models.accounts import BillingAccount, BillingAssignment, BillingProfile
from billing.models.charges import OneOffCharge
from billing.models.invoices import Invoice, InvoiceLine, InvoicePdf, InvoiceSending, PrintBundle
from billing.models.prices import Price, PriceList, PriceTier, TaxRate
from billing.models.runs import BillingRun, ParkedContract, PreviewInvoice, PreviewLine
from billing.models.usage import DailyFact, UsageFile

__all__ = [
    "BillingAccount",
    "BillingAssignment",
    "BillingProfile",
    "BillingRun",
    "DailyFact",
    "Invoice",
    "InvoiceLine",
    "InvoicePdf",
    "InvoiceSending",
    "OneOffCharge",
    "ParkedContract",
    "PreviewInvoice",
    "PreviewLine",
    "Price",
    "PriceList",
    "PriceTier",
    "PrintBundle",
    "TaxRate",
    "UsageFile",
]
