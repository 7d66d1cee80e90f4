"""解約申込 (§3): last month, reasons and fee before anything is made."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.services.errors import Refused
from applications.services import cancellation
from applications.workflow import LIVE, Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.cancelling import facts_before, what_stops

CHANGED = "画面を開いてから締切を過ぎたため、最後のご利用月が変わりました。ご確認のうえ、もう一度ボタンを押してください。"


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: PortalRequest, pk: int) -> HttpResponse:
    contract = request.access.contract(pk)
    now = timezone.now()
    today = date_of(now)
    refusal = cancellation.refusal(contract)
    facts = facts_before(contract, today)
    status = 200
    if request.method == "POST" and not refusal:
        if request.POST.get("seen") != str(facts.last_month):
            messages.warning(request, CHANGED)
        else:
            try:
                made = cancellation.start(contract=contract, actor=request.access.user, now=now)
            except Refused as late:
                refusal = str(late)
            else:
                messages.success(
                    request,
                    "解約申込を作成しました。まだ提出されていません。解約申込書を添付して提出してください。",
                )
                return redirect("portal:application", made.pk)
    if refusal:
        status = 422 if request.method == "POST" else 200
    applications = request.access.applications()
    return render(
        request,
        "portal/cancellation_new.html",
        {
            "contract": contract,
            "refusal": refusal,
            "live": applications.filter(contract=contract, kind=Kind.CANCELLATION, state__in=LIVE).first(),
            "facts": facts,
            "stops": what_stops(contract, today),
            "open_changes": applications.filter(contract=contract, kind=Kind.CHANGE, state__in=LIVE),
            "today": today,
        },
        status=status,
    )
