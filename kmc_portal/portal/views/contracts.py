"""What the company has: its contracts as they are in force today, and the way to the store (§1.4 ※6)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Contract
from accounts.services.errors import Refused
from accounts.services.notices import account_name
from applications.services import drafts
from applications.workflow import LIVE, Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.asks import can_release

LATEST = 6  # invoices on the contract's page


@customer_view
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    today = date_of(timezone.now())
    rows = [
        {"contract": contract, "terms": contract.terms_as_of(today)}
        for contract in request.access.contracts()
    ]
    return render(request, "portal/contracts.html", {"rows": rows})


@customer_view
@require_safe
def show(request: PortalRequest, pk: int) -> HttpResponse:
    contract = request.access.contract(pk)
    today = date_of(timezone.now())
    accounts = contract.official_accounts.select_related("production")
    return render(
        request,
        "portal/contract.html",
        {
            "contract": contract,
            "terms": contract.terms_as_of(today),
            "profile": request.access.customer.profiles.as_of(today).first(),
            "options": contract.options.as_of(today),
            "contacts": contract.contacts.as_of(today),
            "global_ips": contract.global_ips.as_of(today),
            "senders": contract.sms_senders.as_of(today),
            "accounts": [_account(account, today) for account in accounts],
            "has_test_account": any(account.is_test for account in accounts),
            "endpoints": contract.endpoints.as_of(today),
            "notices": contract.notices.all(),
            "invoices": request.access.invoices_of(contract)[:LATEST],
            "applications": request.access.applications().filter(contract=contract),
            "can_release": can_release(contract, today),
            "release": contract.applications.filter(kind=Kind.RELEASE, state__in=LIVE).first(),
        },
    )


@customer_view
@require_POST
def start_release(request: PortalRequest, pk: int) -> HttpResponse:
    """Begin the application that ends with the official accounts shown in the store."""
    contract: Contract = request.access.contract(pk)
    try:
        made = drafts.start_release(contract=contract, actor=request.access.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("portal:contract", pk)
    messages.success(
        request, "ストア表示申請を作成しました。リリースチェックリストを添付して提出してください。"
    )
    return redirect("portal:application", made.pk)


def _account(account: Any, today: Any) -> dict[str, Any]:
    shown_since = (account.production or account).shown_in_store_since
    return {"account": account, "name": account_name(account, today), "shown_since": shown_since}
