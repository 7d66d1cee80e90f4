"""What the page of one contract shows: everything as it is in force today."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.utils import timezone

from accounts.models import Contract, ContractState
from accounts.services import test_accounts
from accounts.services.official_accounts import readings
from applications.services.change_facts import items_of
from applications.workflow import LIVE, Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.portal.access import PortalRequest
from kmc_portal.portal.asks import can_release
from kmc_portal.portal.functions import function_rows

LATEST = 6  # invoices on the page


def contract_context(
    request: PortalRequest, contract: Contract, bound: Mapping[str, Form] | None = None
) -> dict[str, Any]:
    """`bound` holds forms that were filled in and refused, by name (`url-5`): nothing typed is lost."""
    today = date_of(timezone.now())
    accounts = readings(contract, today)
    applications = request.access.applications().filter(contract=contract)
    return {
        "can_change": contract.state == ContractState.ACTIVE,
        "cancellation": applications.filter(kind=Kind.CANCELLATION, state__in=LIVE).first(),
        "open_changes": [
            {"application": row, "items": [item.label for item in items_of(row)]}
            for row in applications.filter(kind=Kind.CHANGE).filter(
                Q(state__in=LIVE) | Q(in_force_on__gt=today)
            )
        ],
        "contract": contract,
        "terms": contract.terms_as_of(today),
        "profile": request.access.customer.profiles.as_of(today).first(),
        "options": contract.options.as_of(today),
        "contacts": contract.contacts.as_of(today),
        "global_ips": contract.global_ips.as_of(today),
        "senders": contract.sms_senders.as_of(today),
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
