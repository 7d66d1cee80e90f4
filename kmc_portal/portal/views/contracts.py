"""What the company has: its contracts as they are in force on any day, and the way to the store (§1.4 ※6)."""

import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Contract
from accounts.services.errors import Refused
from applications.services import drafts
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.contract_page import contract_context


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
    contract, day = request.access.contract(pk), None
    if asked := request.GET.get("on"):
        try:
            day = datetime.date.fromisoformat(asked)
        except ValueError:
            messages.error(request, "日付は 2026-11-24 の形で入力してください。今日の内容を表示しています。")
    context = contract_context(request, contract, day=day)
    return render(request, "portal/contract.html", context)


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
