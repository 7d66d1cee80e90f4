"""試験用アカウント for a contract in use (§2.0, §2.1a): the warning, an own Webhook URL per channel, the request."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.rules.plans import Channel, Option
from accounts.services import test_accounts
from billing.rules.prices import option_item
from billing.services import fees
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.acting import accepted
from kmc_portal.portal.forms import TestAccountForm


@customer_view
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: PortalRequest, pk: int) -> HttpResponse:
    contract = request.access.contract(pk)
    now = timezone.now()
    day = date_of(now)
    planned = test_accounts.planned_names(contract, day)
    channels = list(planned) if test_accounts.may_have_own_webhook(contract, day) else []
    form = TestAccountForm(request.POST if request.method == "POST" else None, channels=channels)

    def write() -> None:
        test_accounts.add(
            contract=contract, webhook_urls=form.urls(), actor=request.access.user, now=timezone.now()
        )

    if request.method == "POST" and accepted(form, write):
        messages.success(
            request, "試験用アカウントのお申し込みを受け取りました。控えのメールをお送りします。"
        )
        return redirect("portal:contract", pk)
    context = {
        "contract": contract,
        "form": form,
        "accounts": [{"channel": Channel(channel), "name": name} for channel, name in planned.items()],
        "refusal": test_accounts.refusal(contract, day),
        "fee": fees.fee(contract, option_item(Option.TEST_ACCOUNT), Month.of(day)),
    }
    return render(
        request, "portal/test_account.html", context, status=422 if request.method == "POST" else 200
    )
