"""What the page of one contract shows: everything as it is in force today or on any other day, and what is coming."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.utils import timezone

from accounts.models import Contract, ContractState
from accounts.services import test_accounts
from accounts.services.official_accounts import readings
from applications.contract_story import coming, timeline
from applications.contract_story import day as days
from applications.workflow import LIVE, Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest
from kmc_portal.portal.asks import can_release
from kmc_portal.portal.functions import function_rows

LATEST = 6  # invoices on the page


def contract_context(
    request: PortalRequest,
    contract: Contract,
    bound: Mapping[str, Form] | None = None,
    day: datetime.date | None = None,
) -> dict[str, Any]:
    """`bound` holds forms that were filled in and refused, by name (`url-5`): nothing typed is lost.

    On another `day` than today the page only reads.
    """
    today = date_of(timezone.now())
    day = day or today
    accounts = readings(contract, day)
    entries = timeline.for_the_customer(timeline.timeline(contract))
    applications = request.access.applications().filter(contract=contract)
    return {
        "day": day,
        "today": today,
        "is_today": day == today,
        "is_future": day > today,
        "jumps": days.jumps(entries, day),
        "place_in_life": days.place_in_life(contract, day),
        "coming": coming.coming(contract, entries, today),
        "payer": days.payer(contract, day),
        "endpoints": contract.endpoints.as_of(day),
        "can_change": contract.state == ContractState.ACTIVE,
        "cancellation": applications.filter(kind=Kind.CANCELLATION, state__in=LIVE).first(),
        "contract": contract,
        "terms": contract.terms_as_of(day),
        "profile": request.access.customer.profiles.as_of(day).first(),
        "options": contract.options.as_of(day),
        "contacts": contract.contacts.as_of(day),
        "global_ips": contract.global_ips.as_of(day),
        "senders": contract.sms_senders.as_of(day),
        "accounts": accounts,
        "has_test_account": any(row.is_test for row in accounts),
        "can_add_test_account": test_accounts.may_be_asked_for(contract, today),
        "functions": function_rows(
            contract.endpoints.live(today).select_related("contract__customer"), bound or {}
        ),
        "notices": contract.notices.all(),
        "invoices": request.access.invoices_of(contract)[:LATEST],
        "applications": applications,
        "can_release": can_release(contract, today),
        "release": contract.applications.filter(kind=Kind.RELEASE, state__in=LIVE).first(),
    }
