"""What stands registered for a contract, by the forms' keys: what is compared, pre-filled and changed."""

import datetime
from collections.abc import Collection
from typing import Any

from accounts.models import Contract, SmsSender
from accounts.models.periods import PeriodQuerySet
from accounts.rules.plans import Channel, Option
from applications.rules.evaluation import IMAGE_KEYS
from applications.rules.forms.conditions import option_key
from applications.services.form_keys import (
    ENDPOINTS,
    GLOBAL_IPS,
    PICTURES,
    SENDERS,
    company_values,
    contact_values,
    profile_values,
    terms_values,
)


def registered_values(
    contract: Contract, *, day: datetime.date | None = None, stated_senders: Collection[str] = ()
) -> dict[str, Any]:
    """As in force on `day`; None: as it will be once everything that was decided is in force.

    `stated_senders`: numbers that a form lists among the customer's own, though we gave them out. A key that cannot be
    registered is not there.
    """

    def held(rows: Any) -> Any:
        rows_of: PeriodQuerySet[Any] = rows
        return rows_of.open_ended() if day is None else rows_of.as_of(day)

    values: dict[str, Any] = {}
    if profile := held(contract.customer.profiles).first():
        values |= company_values(profile)
    values |= contact_values(held(contract.contacts).filter(position=1))
    if terms := held(contract.terms.select_related("sales_partner")).first():
        values |= terms_values(terms)
    chosen = {row.option for row in held(contract.options)}
    values |= {option_key(option): option in chosen for option in Option}
    values[GLOBAL_IPS] = [str(row) for row in held(contract.global_ips)]
    regular, softbank = SmsSender.Kind.REGULAR, SmsSender.Kind.SOFTBANK
    senders = list(held(contract.sms_senders))
    values[SENDERS[regular]] = [
        row.number
        for row in senders
        # 共通番号 and 050 numbers that we give out stand on no form
        if row.kind == regular or (row.kind != softbank and row.number in stated_senders)
    ]
    values[SENDERS[softbank]] = "、".join(row.number for row in senders if row.kind == softbank)
    for account in contract.official_accounts.filter(production=None):
        values |= _profile(Channel(account.channel), held(account.profiles).first())
    endpoints = {
        (row.function, row.channel, row.for_test): row.url
        for row in (contract.endpoints.open_ended() if day is None else contract.endpoints.as_of(day))
    }
    for row in ENDPOINTS:
        if url := endpoints.get((row.function, row.channel, row.for_test)):
            values[row.key] = url
    return values


def _profile(channel: Channel, profile: Any) -> dict[str, Any]:
    if profile is None:
        return {}
    values = profile_values(channel, profile)
    for field, slot in PICTURES[channel].items():
        picture = getattr(profile, field)
        values[IMAGE_KEYS[slot]] = picture.name if picture else ""
    return values
