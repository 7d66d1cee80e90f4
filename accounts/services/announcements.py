"""A new password of the support site (§4.4): in force at once, and told to every contract in use.

The value and all the mails are written in one transaction: either both are there or neither. The mails hold a
placeholder; delivery fills in the password in force at that moment.
"""

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import Contact, Contract, Setting, User
from accounts.rules.plans import ContactRole
from accounts.services import outbox, settings
from accounts.services.errors import Refused
from accounts.services.outbox import Letter, MailText, placeholder
from accounts.services.rights import need
from kmc_portal.lib.jst import date_of

PASSWORD = "support_site_password"
KIND = "support_password_changed"
SECRETS = {PASSWORD: {"make": PASSWORD}}
COMPANY, PERSON, NUMBER = "ご利用企業", "ご担当者", "ご利用番号"  # what differs from letter to letter


@dataclass(frozen=True)
class Audience:
    """Who is told: one letter per contract and address. `unreachable`: contracts in use without an アカウント担当者."""

    contacts: tuple[Contact, ...]
    unreachable: tuple[Contract, ...]

    @property
    def contracts(self) -> int:
        return len({contact.contract_id for contact in self.contacts})


def audience(day: datetime.date) -> Audience:
    """Contracts in use on the day. Those in preparation read it in their account notice; others need it no more."""
    people = Contact.objects.as_of(day).filter(role=ContactRole.ACCOUNT)
    told: dict[tuple[int, str], Contact] = {}
    for contact in (
        people.filter(contract__in=Contract.objects.in_use(day))
        .select_related("contract__customer")
        .order_by("contract__number", "position")
    ):
        told.setdefault((contact.contract_id, contact.email.lower()), contact)
    alone = Contract.objects.in_use(day).exclude(Exists(people.filter(contract=OuterRef("pk"))))
    return Audience(tuple(told.values()), tuple(alone.order_by("number")))


def text(day: datetime.date) -> MailText:
    """The letter to all, before each gets its own addressee."""
    context = {
        "company": placeholder(COMPANY),
        "contact_name": placeholder(PERSON),
        "contract_number": placeholder(NUMBER),
        "changed_on": day,
        "support_site_url": settings.get("support_site_url"),
        "window": settings.get("service_window_mail"),
    }
    return outbox.compose("support_password_changed", context, SECRETS)


@transaction.atomic
def change_support_password(
    *, password: str, actor: User, now: datetime.datetime, edited: MailText | None = None
) -> int:
    """Put a new password in force and tell everybody. Returns how many mails were queued."""
    need(actor, "accounts.change_setting", "サポートサイトのパスワードを変更する")
    if edited is not None and password in f"{edited.subject}\n{edited.body}":
        raise Refused("メールの文面にパスワードを書かないでください。目印の場所に、送るときに入ります。")
    if edited is not None and any(placeholder(mark) in edited.subject for mark in (COMPANY, PERSON, NUMBER)):
        raise Refused("件名には、送るときに置き換わる目印（⟦ ⟧）は使えません。本文に書いてください。")
    setting = Setting.objects.select_for_update().filter(key=PASSWORD).first()
    if setting is not None and setting.value == password:
        raise Refused("いまと同じパスワードです。新しいパスワードを入力してください。")
    settings.change(key=PASSWORD, value=password, actor=actor, announced=True)
    return tell(actor=actor, now=now, edited=edited)


@transaction.atomic
def tell(*, actor: User | None, now: datetime.datetime, edited: MailText | None = None) -> int:
    """Queue the letters about the last change that have not been queued yet; safe to repeat."""
    setting = Setting.objects.select_for_update().get(key=PASSWORD)
    change = setting.history.order_by("-pgh_id").values_list("pgh_id", flat=True)[0]  # type: ignore[attr-defined]
    day = date_of(now)
    return outbox.queue_many(
        kind=KIND,
        text=edited or text(day),
        letters=[_letter(contact, change) for contact in audience(day).contacts],
        secrets=SECRETS,
        actor=actor,
        now=now,
    )


def _letter(contact: Contact, change: int) -> Letter:
    contract = contact.contract
    return Letter(
        to=contact.email,
        to_name=contact.name,
        marks={COMPANY: contract.customer.name, PERSON: contact.name, NUMBER: str(contract.number)},
        idempotency_key=f"support-password-{change}-{contract.pk}-{contact.email.lower()}",
        customer_id=contract.customer_id,
        about=f"contract:{contract.number}",
    )
