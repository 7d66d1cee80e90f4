"""From the accepted version to the registered contract (§1.3 step 4): which value of the forms goes where."""

import datetime
import ipaddress
from typing import Any

from accounts.models import ContractState, SalesPartner, SmsSender, User
from accounts.rules.plans import Channel, ContactRole, Option, Plan
from accounts.services import contracts, customers
from applications.models import Application, Attachment, Submission
from applications.workflow import Kind
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.text import same_name

CONTACT_PREFIX: dict[ContactRole, str] = {
    ContactRole.ACCOUNT: "account_contact",
    ContactRole.SERVICE: "service_contact",
    ContactRole.BILLING: "billing_contact",
    ContactRole.APPLICANT: "applicant",
}
CONTACT_FIELDS = ("name", "name_kana", "department", "email", "phone", "postal_code", "address")

# OfficialAccountProfile field: key on the form, by channel. What is in neither goes to `behaviour`.
PROFILE_KEYS: dict[Channel, dict[str, str]] = {
    Channel.PLUS: {
        "name": "plus.nickname",
        "description": "plus.description",
        "phone": "plus.phone",
        "email": "plus.email",
        "website": "plus.website_url",
    },
    Channel.RCS: {
        "name": "rcs.display_name",
        "description": "rcs.description",
        "color": "rcs.color",
        "phone": "rcs.phone",
        "phone_label": "rcs.phone_label",
        "email": "rcs.email",
        "email_label": "rcs.email_label",
        "website": "rcs.website",
        "website_label": "rcs.website_label",
        "privacy_url": "rcs.privacy_url",
        "terms_url": "rcs.terms_url",
        "use_case": "rcs.use_case",
        "billing_category": "rcs.billing_category",
    },
}
NOT_PROFILE = ("webhook_url", "test_webhook_url", "icon_file", "logo_file", "banner_file")
IMAGE_SLOTS: dict[Channel, dict[str, str]] = {
    Channel.PLUS: {"icon": Attachment.Slot.ICON},
    Channel.RCS: {"icon": Attachment.Slot.LOGO, "banner": Attachment.Slot.BANNER},
}


def register(
    *, application: Application, submission: Submission, actor: User, now: datetime.datetime
) -> None:
    """Enter the accepted version into the contract. A release changes nothing here."""
    if application.kind == Kind.RELEASE:
        return
    assert application.contract is not None, "a submitted application has a contract"
    values, day = submission.content["values"], date_of(now)
    plan = Plan(submission.content["plan"])
    options = {Option(code) for code in submission.content["options"]}
    if not application.customer.contracts.filter(state=ContractState.ACTIVE).exists():
        # Where a contract is active, 企業情報 changes by a change application alone (§2.1b).
        customers.set_profile(
            customer=application.customer,
            profile={field: str(values.get(f"company.{field}", "")) for field in customers.PROFILE_FIELDS},
            day=day,
        )
    contracts.register(
        contract=application.contract,
        day=day,
        terms={
            "plan": plan.value,
            "delivery_method": application.delivery_method,
            "payment_method": values["payment_method"],
            "sales_partner": _sales_partner(application, values),
            "usage_purpose": values["usage.purpose"],
            "consent_method": values["usage.consent_method"],
            "monthly_volume": values["usage.monthly_volume"],
        },
        options=options,
        global_ips={ipaddress.ip_network(text) for text in values["global_ips"]},
        contacts={role: _contact(values, prefix) for role, prefix in CONTACT_PREFIX.items()},
        senders=_senders(plan, options, values),
        profiles={
            channel: _profile(channel, values, submission)
            for channel in (Channel.PLUS, Channel.RCS)
            if channel in plan.channels
        },
    )


def _contact(values: dict[str, Any], prefix: str) -> dict[str, str]:
    return {field: str(values.get(f"{prefix}.{field}", "")) for field in CONTACT_FIELDS}


def _senders(plan: Plan, options: set[Option], values: dict[str, Any]) -> dict[str, set[str]]:
    """The numbers the customer brings; 共通番号 and 050 numbers are ours and entered at account set-up."""
    if Channel.SMS not in plan.channels:
        return {}
    senders = {SmsSender.Kind.REGULAR.value: set(values.get("sms.sender_numbers", ()))}
    if Option.SOFTBANK_SENDER in options and values.get("sms.softbank_sender"):
        senders[SmsSender.Kind.SOFTBANK.value] = {values["sms.softbank_sender"]}
    return senders


def _profile(channel: Channel, values: dict[str, Any], submission: Submission) -> dict[str, Any]:
    keys = PROFILE_KEYS[channel]
    profile: dict[str, Any] = {field: str(values.get(key, "")) for field, key in keys.items()}
    prefix = f"{channel.value}."
    profile["behaviour"] = {
        key.removeprefix(prefix): value
        for key, value in values.items()
        if key.startswith(prefix) and key not in keys.values() and key.removeprefix(prefix) not in NOT_PROFILE
    }
    for field, slot in IMAGE_SLOTS[channel].items():
        sent = submission.files.filter(slot=slot).select_related("file").last()
        profile[field] = sent.file if sent else None
    return profile


def _sales_partner(application: Application, values: dict[str, Any]) -> SalesPartner | None:
    """The customer's partner as staff entered it; else the one the form names, if we know it."""
    if application.customer.sales_partner is not None:
        return application.customer.sales_partner
    stated = values.get("sales_partner.name")
    if not stated:
        return None
    return next((partner for partner in SalesPartner.objects.all() if same_name(partner.name, stated)), None)
