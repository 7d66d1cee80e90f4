"""Materials that customers may read, and the editions they consent to."""

import datetime

from django.db import transaction

from accounts.gateways.contents import Kind
from accounts.models import Customer, MaterialCode, MaterialEdition, User
from accounts.models.materials import (
    CONSENT_MATERIALS,
    OFFICIAL_ACCOUNT_MATERIALS,
    OPEN_MATERIALS,
    RCS_MATERIALS,
)
from accounts.rules.plans import Channel, Plan
from accounts.services import files
from accounts.services.errors import Refused
from accounts.services.rights import need
from accounts.services.unique import refused_if_taken


def visible_to(
    *, customer: Customer, plans: set[Plan], day: datetime.date
) -> list[tuple[MaterialEdition, str]]:
    """The current editions for this customer, each with the reason why it cannot be fetched yet ("" if it can)."""
    channels = set().union(*(plan.channels for plan in plans)) if plans else set()
    rows = []
    for edition in MaterialEdition.objects.current(day).select_related("file"):
        if edition.material in OFFICIAL_ACCOUNT_MATERIALS and not channels & {Channel.PLUS, Channel.RCS}:
            continue
        if edition.material in RCS_MATERIALS and Channel.RCS not in channels:
            continue
        rows.append((edition, refusal(customer=customer, edition=edition)))
    return rows


def refusal(*, customer: Customer, edition: MaterialEdition) -> str:
    if edition.material not in OPEN_MATERIALS and customer.nda_concluded_on is None:
        return "守秘義務契約の締結後にダウンロードできます。担当営業までお知らせください。"
    return ""


def to_consent(*, day: datetime.date) -> list[MaterialEdition]:
    """The editions a submission of that day consents to, in the guide's order."""
    current = {edition.material: edition for edition in MaterialEdition.objects.current(day)}
    return [current[code.value] for code in CONSENT_MATERIALS if code.value in current]


def kept_from_consent(*, customer: Customer) -> list[MaterialCode]:
    """What a submission consents to and this customer may not read yet (§1.6: 守秘義務契約)."""
    if customer.nda_concluded_on is not None:
        return []
    return [code for code in CONSENT_MATERIALS if code not in OPEN_MATERIALS]


@transaction.atomic
def publish(
    *,
    material: MaterialCode,
    edition: str,
    published_on: datetime.date,
    name: str,
    data: bytes,
    actor: User | None,
    now: datetime.datetime,
) -> MaterialEdition:
    """Publish the next edition; earlier ones stay, with what was consented to. `actor` None: the demo's loader."""
    if actor is not None:
        need(actor, "accounts.add_materialedition", "資料を公開する")
    message = f"{material.label}の{edition}は公開済みです。版の名前を変えてください。"
    if MaterialEdition.objects.filter(material=material, edition=edition).exists():
        raise Refused(message)
    file = files.keep(
        name=name,
        data=data,
        allowed=frozenset({Kind.PDF, Kind.WORKBOOK}),
        customer=None,
        actor=actor,
        now=now,
        confidential=material not in OPEN_MATERIALS,
    )
    with refused_if_taken(message):
        return MaterialEdition.objects.create(
            material=material, edition=edition, published_on=published_on, file=file
        )
