"""Which value of the forms is which registered field: the one table that registers, compares and pre-fills."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from accounts.models import Contact, ContractTerms, CustomerProfile, OfficialAccountProfile, SmsSender
from accounts.rules.plans import Channel, ContactRole, NotificationFunction, Option
from accounts.services.customers import PROFILE_FIELDS
from applications.models import Attachment

# model field: key on the form
COMPANY: dict[str, str] = {field: f"company.{field}" for field in PROFILE_FIELDS}
TERMS: dict[str, str] = {
    "plan": "plan",
    "delivery_method": "delivery_method",
    "payment_method": "payment_method",
    "usage_purpose": "usage.purpose",
    "consent_method": "usage.consent_method",
    "monthly_volume": "usage.monthly_volume",
}
SALES_PARTNER = "sales_partner.name"
GLOBAL_IPS = "global_ips"

CONTACT_PREFIX: dict[ContactRole, str] = {
    ContactRole.ACCOUNT: "account_contact",
    ContactRole.SERVICE: "service_contact",
    ContactRole.BILLING: "billing_contact",
    ContactRole.APPLICANT: "applicant",
}
CONTACT_FIELDS = ("name", "name_kana", "department", "email", "phone", "postal_code", "address")

SENDERS: dict[SmsSender.Kind, str] = {  # the numbers the customer brings
    SmsSender.Kind.REGULAR: "sms.sender_numbers",
    SmsSender.Kind.SOFTBANK: "sms.softbank_sender",
}

# What of an official account is in neither goes to `behaviour`.
PROFILE: dict[Channel, dict[str, str]] = {
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
PICTURES: dict[Channel, dict[str, str]] = {  # model field: slot
    Channel.PLUS: {"icon": Attachment.Slot.ICON},
    Channel.RCS: {"icon": Attachment.Slot.LOGO, "banner": Attachment.Slot.BANNER},
}


@dataclass(frozen=True)
class EndpointKey:
    """A 通知先 by its key on the form; asked for where all `options` are. `channel` "": not of an official account."""

    key: str
    function: NotificationFunction
    channel: str
    for_test: bool
    options: frozenset[Option]


_F, _O = NotificationFunction, Option
ENDPOINTS: tuple[EndpointKey, ...] = (
    EndpointKey("result.url", _F.SMS_RESULT, "", False, frozenset({_O.SMS_RESULT_NOTIFICATION})),  # §1.7
    EndpointKey("result.test_url", _F.SMS_RESULT, "", True, frozenset({_O.SMS_RESULT_NOTIFICATION})),  # §1.7
    EndpointKey("sms.mo_url", _F.SMS_MO, "", False, frozenset({_O.TWO_WAY_SMS})),  # §1.8
    EndpointKey("plus.webhook_url", _F.WEBHOOK, Channel.PLUS, False, frozenset({_O.WEBHOOK})),  # §1.7
    EndpointKey("rcs.webhook_url", _F.WEBHOOK, Channel.RCS, False, frozenset({_O.WEBHOOK})),  # §1.7
    EndpointKey(  # §2.0
        "plus.test_webhook_url", _F.WEBHOOK, Channel.PLUS, True, frozenset({_O.WEBHOOK, _O.TEST_ACCOUNT})
    ),
    EndpointKey(  # §2.1a
        "rcs.test_webhook_url", _F.WEBHOOK, Channel.RCS, True, frozenset({_O.WEBHOOK, _O.TEST_ACCOUNT})
    ),
)


def company_values(profile: CustomerProfile) -> dict[str, Any]:
    """Registered 企業情報 by the forms' keys."""
    return {key: getattr(profile, field) for field, key in COMPANY.items()}


def contact_values(contacts: Iterable[Contact]) -> dict[str, Any]:
    """Registered 担当者 by the forms' keys."""
    return {
        f"{CONTACT_PREFIX[ContactRole(contact.role)]}.{field}": getattr(contact, field)
        for contact in contacts
        for field in CONTACT_FIELDS
    }


def terms_values(terms: ContractTerms) -> dict[str, Any]:
    """Registered 契約内容 by the forms' keys."""
    partner = terms.sales_partner.name if terms.sales_partner else ""
    return {key: getattr(terms, field) for field, key in TERMS.items()} | {SALES_PARTNER: partner}


def profile_values(channel: Channel, profile: OfficialAccountProfile) -> dict[str, Any]:
    """Registered settings of an official account by the forms' keys, without its pictures."""
    values = {key: getattr(profile, field) for field, key in PROFILE[channel].items()}
    return values | {
        f"{channel.value}.{name}": value
        for name, value in profile.behaviour.items()
        if name not in NOT_PROFILE
    }
