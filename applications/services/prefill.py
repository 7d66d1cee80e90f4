"""What is already known when a form is handed out, as the form's own values: nobody types what we have."""

import datetime
from collections.abc import Collection
from typing import Any

from accounts.models import Contract, Customer, OfficialAccount
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services.official_accounts import account_name
from applications.models import Application
from applications.rules.forms import FORMS, Field
from applications.rules.forms.conditions import option_key
from applications.rules.forms.description import Kind, Value
from applications.services.evaluation import live_parts
from applications.services.form_keys import SALES_PARTNER, company_values, contact_values


def known_values(
    *,
    form_code: str,
    customer: Customer,
    plan: Plan,
    options: Collection[Option],
    delivery_method: DeliveryMethod,
    day: datetime.date,
    application: Application | None = None,
) -> dict[str, Value]:
    """Values for `write_form`, later sources over earlier ones: company profile, the newest contract, what the
    draft's own files say, the choice made on screen. KeyError for an unknown form."""
    form = FORMS[form_code]
    known: dict[str, Any] = {**_company(customer, day), **_contract(customer, day, application)}
    if application is not None:
        for part in live_parts(application).values():
            known |= part.values
    known |= {"plan": plan.value, "delivery_method": delivery_method.value}
    known |= {option_key(option): option in options for option in plan.options}
    return {key: _fit(form.fields[key], value) for key, value in known.items() if form.takes(key, value)}


def _company(customer: Customer, day: datetime.date) -> dict[str, Any]:
    profile = customer.profiles.as_of(day).first()
    known = {"company.name": customer.name} if profile is None else company_values(profile)
    if customer.sales_partner is not None:
        known[SALES_PARTNER] = customer.sales_partner.name
    return known


def _contract(customer: Customer, day: datetime.date, application: Application | None) -> dict[str, Any]:
    """Contacts and payment of the newest contract (a release: of its own)."""
    own = application.contract if application is not None else None
    contract: Contract | None = own or customer.contracts.registered().order_by("-pk").first()
    if contract is None:
        return {}
    values = contact_values(contract.contacts.as_of(day).filter(position=1))
    terms = contract.terms_as_of(day)
    if terms is not None:
        values["payment_method"] = terms.payment_method
    account: OfficialAccount | None = contract.official_accounts.filter(production=None).first()
    if account is not None:
        values["release.account_name"] = account_name(account, day)
    return values


def _fit(field: Field, value: Any) -> Value:
    """Readings keep dates as ISO text."""
    if field.kind is Kind.DATE and isinstance(value, str):
        return datetime.date.fromisoformat(value)
    return value  # type: ignore[no-any-return]
