"""From the accepted version to the registered contract (§1.3 step 4): which value of the forms goes where."""

import datetime
import ipaddress
from collections.abc import Mapping
from typing import Any

from accounts.models import ContractState, OfficialAccountProfile, SalesPartner, SmsSender, User
from accounts.rules.plans import Channel, Option, Plan
from accounts.rules.sender_numbers import SenderKind, check_sender_number
from accounts.services import contracts, customers
from applications.models import Application, Submission
from applications.services.form_keys import (
    COMPANY,
    CONTACT_FIELDS,
    CONTACT_PREFIX,
    GLOBAL_IPS,
    NOT_PROFILE,
    PICTURES,
    PROFILE,
    SALES_PARTNER,
    SENDERS,
    TERMS,
)
from applications.workflow import Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.text import same_name

KINDS_OF_OPTIONS = {  # may stand among the form's own numbers, with the option (§2.1b)
    SenderKind.SHARED: SmsSender.Kind.COMMON,
    SenderKind.NUMBER_050: SmsSender.Kind.NUMBER_050,
}
CHOSEN = ("plan", "delivery_method")  # on the screen; what the form says of it was compared


def register(
    *, application: Application, submission: Submission, actor: User, now: datetime.datetime
) -> None:
    """Enter the accepted version of a new contract; what a change asks for counts from its completion on (§2.1b)."""
    if application.kind != Kind.NEW:
        return
    assert application.contract is not None, "a submitted application has a contract"
    values, day = submission.content["values"], date_of(now)
    plan = Plan(submission.content["plan"])
    options = {Option(code) for code in submission.content["options"]}
    if not application.customer.contracts.filter(state=ContractState.ACTIVE).exists():
        # Where a contract is active, 企業情報 changes by a change application alone (§2.1b).
        customers.set_profile(
            customer=application.customer,
            profile={field: str(values.get(key, "")) for field, key in COMPANY.items()},
            day=day,
        )
    contracts.register(
        contract=application.contract,
        day=day,
        terms={
            **{field: values[key] for field, key in TERMS.items() if field not in CHOSEN},
            **{field: submission.content[field] for field in CHOSEN},
            "sales_partner": _sales_partner(application, values),
        },
        options=options,
        global_ips={ipaddress.ip_network(text) for text in values[GLOBAL_IPS]},
        contacts={role: contact_of(values, prefix) for role, prefix in CONTACT_PREFIX.items()},
        senders=_senders(plan, options, values),
        profiles={
            channel: profile_of(channel, values, submission)
            for channel in (Channel.PLUS, Channel.RCS)
            if channel in plan.channels
        },
    )


def contact_of(values: Mapping[str, Any], prefix: str) -> dict[str, str]:
    return {field: str(values.get(f"{prefix}.{field}", "")) for field in CONTACT_FIELDS}


def _senders(plan: Plan, options: set[Option], values: dict[str, Any]) -> dict[str, set[str]]:
    """The numbers the form states, by kind; those that we give out are entered at account set-up."""
    if Channel.SMS not in plan.channels:
        return {}
    senders: dict[str, set[str]] = {}
    for number in values.get(SENDERS[SmsSender.Kind.REGULAR], ()):
        senders.setdefault(kind_of(number).value, set()).add(number)
    softbank = values.get(SENDERS[SmsSender.Kind.SOFTBANK])
    if Option.SOFTBANK_SENDER in options and softbank:
        senders[SmsSender.Kind.SOFTBANK.value] = {softbank}
    return senders


def kind_of(number: str) -> SmsSender.Kind:
    stated = check_sender_number(number).kind
    return KINDS_OF_OPTIONS.get(stated, SmsSender.Kind.REGULAR) if stated else SmsSender.Kind.REGULAR


def profile_of(
    channel: Channel,
    values: Mapping[str, Any],
    submission: Submission,
    before: OfficialAccountProfile | None = None,
) -> dict[str, Any]:
    """An official account's settings as sent; a picture that did not come along stays as it was `before`."""
    keys = PROFILE[channel]
    profile: dict[str, Any] = {field: str(values.get(key, "")) for field, key in keys.items()}
    prefix = f"{channel.value}."
    profile["behaviour"] = {
        key.removeprefix(prefix): value
        for key, value in values.items()
        if key.startswith(prefix) and key not in keys.values() and key.removeprefix(prefix) not in NOT_PROFILE
    }
    for field, slot in PICTURES[channel].items():
        sent = submission.files.filter(slot=slot).select_related("file").last()
        profile[field] = sent.file if sent else getattr(before, field, None)
    return profile


def _sales_partner(application: Application, values: dict[str, Any]) -> SalesPartner | None:
    """The customer's partner as staff entered it; else the one the form names, if we know it."""
    if application.customer.sales_partner is not None:
        return application.customer.sales_partner
    stated = values.get(SALES_PARTNER)
    if not stated:
        return None
    return next((partner for partner in SalesPartner.objects.all() if same_name(partner.name, stated)), None)
