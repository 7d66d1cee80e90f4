"""Customers, their profiles, and the invitation of their users."""

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import Customer, CustomerProfile, SalesPartner, User
from accounts.rules.roles import CustomerRole
from accounts.services import numbers, outbox
from accounts.services.errors import NotAllowed, Refused
from accounts.services.outbox import MailText
from accounts.services.periods import put_in_force
from accounts.services.rights import need
from accounts.services.unique import refused_if_taken
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.text import clean_name, search_key

PROFILE_FIELDS = ("name", "name_kana", "corporate_number", "postal_code", "address", "representative")
CUSTOMER_KEY, PARTNER_KEY = 400, 240  # as the models have search_key


def alike(*, name: str, corporate_number: str) -> list[Customer]:
    """Companies entered before under this name, however it is written, or under this number (13 digits or none)."""
    key = search_key(name)
    named = [
        row.pk for row in Customer.objects.filter(search_key__contains=key) if search_key(row.name) == key
    ]
    same = Q(pk__in=named)
    if corporate_number:
        same |= Q(profiles__corporate_number=corporate_number)
    return list(Customer.objects.filter(same).distinct().order_by("pk"))


def _key(*names: str, most: int) -> str:
    """What the names are found by; one sign may become eighteen in it (U+FDFA), so it is cut at the column's end."""
    return " ".join(filter(None, map(search_key, names)))[:most]


@transaction.atomic
def create_customer(
    *,
    actor: User,
    now: datetime.datetime,
    profile: dict[str, str],
    sales_partner: SalesPartner | None = None,
    nda_concluded_on: datetime.date | None = None,
) -> Customer:
    """Enter a company. `profile` has the keys of PROFILE_FIELDS; all but the name may be unknown as yet."""
    need(actor, "accounts.add_customer", "ご利用企業を登録する")
    name = clean_name(profile["name"])
    customer = Customer.objects.create(
        number=numbers.customer_number(),
        name=name,
        search_key=_key(name, most=CUSTOMER_KEY),
        sales_partner=sales_partner,
        nda_concluded_on=nda_concluded_on,
    )
    set_profile(customer=customer, profile=profile, day=date_of(now))
    return customer


@transaction.atomic
def set_profile(
    *, customer: Customer, profile: dict[str, str], day: datetime.date, today: datetime.date | None = None
) -> None:
    """企業情報 from `day` on; the customer's name in lists and its search key follow.

    `today`: where the day is after it, they follow on the day (`follow_profiles`).
    """
    values = {field: profile.get(field, "") for field in PROFILE_FIELDS}
    values["name"] = clean_name(values["name"])
    Customer.objects.select_for_update(no_key=True).get(
        pk=customer.pk
    )  # two applications of one company may be accepted at once
    put_in_force(model=CustomerProfile, key={"customer": customer}, values=values, day=day)
    if today is None or day <= today:
        _follow(customer, values["name"], values["name_kana"])


def follow_profiles(*, day: datetime.date) -> int:
    """Names and search keys follow the 企業情報 that came into force; safe to run twice or late. Returns how many did."""
    rows = CustomerProfile.objects.as_of(day).select_related("customer")
    found = [row.customer_id for row in rows if _is_behind(row.customer, row)]
    for pk in found:
        with transaction.atomic():
            customer = Customer.objects.select_for_update(no_key=True).get(pk=pk)
            profile = customer.profiles.as_of(day).get()
            _follow(customer, profile.name, profile.name_kana)
    return len(found)


def _is_behind(customer: Customer, profile: CustomerProfile) -> bool:
    key = _key(profile.name, profile.name_kana, most=CUSTOMER_KEY)
    return (customer.name, customer.search_key) != (profile.name, key)


def _follow(customer: Customer, name: str, kana: str) -> None:
    customer.name = name
    customer.search_key = _key(name, kana, most=CUSTOMER_KEY)
    customer.save(update_fields=["name", "search_key"])


@transaction.atomic
def correct_profile(
    *, customer_id: int, profile: dict[str, str], actor: User, now: datetime.datetime
) -> None:
    """企業情報 as staff enter it, in force from today; what held before stays readable."""
    need(actor, "accounts.change_customer", "企業情報を変更する")
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    if not clean_name(profile.get("name", "")):
        raise Refused("企業名を入力してください。")
    set_profile(customer=customer, profile=profile, day=date_of(now))


@transaction.atomic
def set_terms(
    *,
    customer_id: int,
    sales_partner: SalesPartner | None,
    nda_concluded_on: datetime.date | None,
    actor: User,
    now: datetime.datetime,
) -> None:
    """販売パートナー and the day on which the 守秘義務契約 was concluded."""
    need(actor, "accounts.change_customer", "ご利用企業の情報を変更する")
    if nda_concluded_on is not None and nda_concluded_on > date_of(now):
        raise Refused("守秘義務契約の締結日が未来の日付になっています。")
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    customer.sales_partner, customer.nda_concluded_on = sales_partner, nda_concluded_on
    customer.save(update_fields=["sales_partner", "nda_concluded_on"])


@transaction.atomic
def enter_sales_partner(
    *, partner_id: int | None, name: str, name_kana: str, email: str, actor: User
) -> SalesPartner:
    """Add a 販売パートナー (`partner_id` None) or correct one."""
    need(actor, f"accounts.{'change' if partner_id else 'add'}_salespartner", "販売パートナーを登録する")
    partner = SalesPartner.objects.select_for_update().get(pk=partner_id) if partner_id else SalesPartner()
    partner.name, partner.name_kana, partner.email = clean_name(name), clean_name(name_kana), email.strip()
    partner.search_key = _key(partner.name, partner.name_kana, most=PARTNER_KEY)
    partner.save()
    return partner


def _may_manage_users(actor: User, customer_id: int | None) -> bool:
    """Staff of 受付, and administrators of their own company."""
    if actor.is_staff:
        return actor.has_perm("accounts.change_user")
    return actor.is_company_administrator and actor.customer_id == customer_id


def add_login(email: str, **fields: Any) -> User:
    """A new login, without a password yet; Refused where the address has one."""
    message = f"{email} は登録済みです。別のメールアドレスを指定してください。"
    if User.objects.filter(email__iexact=email.strip()).exists():
        raise Refused(message)
    with refused_if_taken(message):
        return User.objects.create_user(email, **fields)


@transaction.atomic
def invite_user(
    *,
    customer: Customer,
    email: str,
    name: str,
    role: CustomerRole,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> User:
    """Give somebody of the customer a login: the mail carries a link with which they set their own password."""
    if not _may_manage_users(actor, customer.pk):
        raise NotAllowed("ユーザーを招待できるのは、受付の担当者と企業の管理者だけです。")
    user = add_login(email, customer=customer, customer_role=role, name=clean_name(name), invited_at=now)
    send_invitation(user=user, actor=actor, now=now, edited=edited)
    return user


def invitation_preview(*, name: str, company: str) -> MailText:
    """The invitation as it would go out; the link is made at delivery."""
    return outbox.compose("invitation", {"user_name": name, "company": company}, {"link": {}})


@transaction.atomic
def send_invitation(
    *, user: User, actor: User, now: datetime.datetime, edited: MailText | None = None
) -> None:
    """Send the invitation (again). An earlier link ends to work as soon as a password is set."""
    if not (actor.is_superuser or _may_manage_users(actor, user.customer_id)):
        raise NotAllowed("招待を送れるのは、受付の担当者と企業の管理者だけです。")
    if user.has_usable_password():
        raise Refused("このユーザーはすでにパスワードを設定済みです。パスワードの再設定をご案内ください。")
    user.invited_at = now
    user.save(update_fields=["invited_at"])
    outbox.queue(
        kind="invitation",
        to=user.email,
        to_name=user.name,
        context={"user_name": user.name, "company": str(user.customer or "")},
        secrets={"link": {"make": "password_link", "user": user.pk}},
        idempotency_key=f"invitation-{user.pk}-{now.timestamp():.0f}",
        customer=user.customer,
        actor=actor,
        now=now,
        edited=edited,
    )


@transaction.atomic
def set_user_active(*, user: User, active: bool, actor: User) -> None:
    """Deactivate or reactivate a login. Nobody shuts themselves out; sessions end with the next request."""
    if user.is_staff or not _may_manage_users(actor, user.customer_id):
        raise NotAllowed("この操作は、受付の担当者と企業の管理者だけができます。")
    if user.pk == actor.pk:
        raise Refused("ご自身のログインは停止できません。")
    colleagues = _lock_company(user)
    if not actor.is_staff and not colleagues.filter(pk=actor.pk, is_active=True).exists():
        raise NotAllowed("ご自身のログインが停止されています。")
    user.is_active = active
    user.save(update_fields=["is_active"])


@transaction.atomic
def set_user_role(*, user: User, role: CustomerRole, actor: User) -> None:
    """Change a customer's user's role; a company keeps at least one administrator."""
    if user.is_staff or not _may_manage_users(actor, user.customer_id):
        raise NotAllowed("この操作は、受付の担当者と企業の管理者だけができます。")
    others = _lock_company(user).filter(customer_role=CustomerRole.ADMINISTRATOR, is_active=True)
    if role != CustomerRole.ADMINISTRATOR and not others.exclude(pk=user.pk).exists():
        raise Refused("管理者が一人もいなくなるため、変更できません。先に別の方を管理者にしてください。")
    user.customer_role = role
    user.save(update_fields=["customer_role"])


def _lock_company(user: User) -> QuerySet[User]:
    """The users of the user's company; whoever else changes one of them waits until this transaction ends."""
    assert user.customer_id is not None, "only customers' users have a company"
    Customer.objects.select_for_update().get(pk=user.customer_id)
    return User.objects.filter(customer=user.customer_id)
