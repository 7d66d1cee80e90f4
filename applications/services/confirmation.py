"""内容確認依頼 (§1.3 ※2): what we registered is shown to the customer, who confirms it or objects."""

import datetime

from django.db import transaction

from accounts.models import User
from accounts.rules.plans import Carrier, Channel, Option, Plan
from accounts.services import settings
from accounts.services.outbox import MailText
from applications.models import Application, CarrierReview
from applications.rules.changes import PLAN_CHANGES, ChangeItem
from applications.services import mails
from applications.services.change_facts import items_of
from applications.services.facts import needs_carriers
from applications.services.transitions import lock, perform
from applications.workflow import Action, Kind


@transaction.atomic
def request(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    application = lock(application_id, version)
    perform(application=application, action=Action.REQUEST_CONFIRMATION, actor=actor, now=now)
    mails.confirmation_requested(application=application, actor=actor, now=now, edited=edited)


@transaction.atomic
def confirm(
    *, application_id: int, version: int, actor: User, now: datetime.datetime, note: str = ""
) -> None:
    """The customer agrees; staff may enter an agreement that came otherwise, with a note."""
    application = lock(application_id, version)
    perform(application=application, action=Action.CONFIRM, actor=actor, now=now, note=note)
    if needs_carriers(application):
        lay_out_carrier_reviews(application)


@transaction.atomic
def object_(*, application_id: int, version: int, reason: str, actor: User, now: datetime.datetime) -> None:
    """The customer says what is wrong; the case goes back to review."""
    application = lock(application_id, version)
    perform(application=application, action=Action.OBJECT, actor=actor, now=now, note=reason)


def lay_out_carrier_reviews(application: Application) -> None:
    """One row per carrier and subject (§1.4 ※3, §1.5 ※3; SoftBank's sender number §1.3 ※3)."""
    wanted: list[tuple[CarrierReview.Subject, Carrier]] = []
    official, softbank = _subjects(application)
    if official:
        carriers = [Carrier.DOCOMO, Carrier.KDDI, Carrier.SOFTBANK]
        if settings.get("rakuten_reviews"):
            carriers.append(Carrier.RAKUTEN)
        wanted += [(CarrierReview.Subject.OFFICIAL_ACCOUNT, carrier) for carrier in carriers]
    if softbank:
        wanted.append((CarrierReview.Subject.SOFTBANK_SENDER, Carrier.SOFTBANK))
    for subject, carrier in wanted:
        CarrierReview.objects.get_or_create(application=application, subject=subject, carrier=carrier)


def _subjects(application: Application) -> tuple[bool, bool]:
    """What the carriers must see: the official accounts, SoftBank's sender number. Of a change only what it touches."""
    softbank = Option.SOFTBANK_SENDER in application.options
    if application.kind != Kind.CHANGE:
        return bool(Plan(application.plan).channels & {Channel.PLUS, Channel.RCS}), softbank
    seen = {ChangeItem(code) for code in settings.get("change_carrier_items")} & set(items_of(application))
    official = bool(seen & {ChangeItem.OFFICIAL_ACCOUNT, *PLAN_CHANGES})
    return official, softbank and ChangeItem.SOFTBANK_SENDER in seen
