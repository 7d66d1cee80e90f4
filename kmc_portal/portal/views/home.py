"""The front door, the home page with what is asked of the customer now, and one's own page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from applications.services import clock
from applications.services.change_facts import items_of
from applications.workflow import LIVE
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest, customer_view
from kmc_portal.portal.asks import DUE_OF, asks_of, asks_of_contracts, next_for
from kmc_portal.portal.progress import progress


def front(request: HttpRequest) -> HttpResponse:
    """Everybody to where their work is."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect("admin:index" if request.user.is_staff else "portal:home")


@customer_view
@require_safe
def home(request: PortalRequest) -> HttpResponse:
    today = date_of(timezone.now())
    contracts = list(request.access.contracts())
    cases = []
    for application in request.access.applications().filter(state__in=LIVE):
        cases.append(
            {
                "application": application,
                "asks": asks_of(application, request.access.user, today),
                "next": next_for(application),
                "items": [item.label for item in items_of(application)],
                "due_of": DUE_OF[application.kind_value],
                "due": clock.due(application, today),
                "progress": progress(application, application.events.all()),
            }
        )
    return render(
        request,
        "portal/home.html",
        {
            "cases": cases,
            "asks": any(case["asks"] for case in cases),
            "contract_asks": asks_of_contracts(contracts, today),
            "contracts": contracts,
            "notices": request.access.notices().select_related("contract")[:3],
            "invoices": request.access.invoices().live()[:3],
        },
    )


@customer_view
@require_safe
def me(request: PortalRequest) -> HttpResponse:
    return render(request, "portal/me.html")
