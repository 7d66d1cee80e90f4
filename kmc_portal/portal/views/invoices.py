"""請求書: what was sent to the company, by month, and each as PDF (§5.1)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.services import invoices
from kmc_portal.lib.months import Month
from kmc_portal.portal import sending
from kmc_portal.portal.access import PortalRequest, customer_view


@customer_view
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    """`?month=2026-10`: of that month of use alone."""
    found = request.access.invoices()
    months = [Month.of(day) for day in found.order_by("-month").values_list("month", flat=True).distinct()]
    asked = request.GET.get("month", "")
    if asked:
        wanted = next((month for month in months if str(month) == asked), None)
        found = found.filter(month=wanted.first_day) if wanted else found.none()
    context = {"invoices": found, "months": [(str(month), month.label) for month in months], "asked": asked}
    return render(request, "portal/invoices.html", context)


@customer_view
@require_safe
def pdf(request: PortalRequest, pk: int) -> HttpResponse:
    invoice = request.access.invoice(pk)
    file = invoices.pdf(invoice=invoice)
    return sending.stored(request, file, what=f"請求書 {invoice.number}", now=timezone.now())
