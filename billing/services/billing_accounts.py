"""請求先: opened once, addressed by profiles with periods, and given contracts by whole months (§2.1b, §5.1)."""

import datetime
from collections.abc import Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from accounts.models import Contract, ContractTerms, Customer, SalesPartner, User
from accounts.rules.plans import ContactRole, PaymentMethod
from accounts.services import numbers
from accounts.services.errors import Refused
from accounts.services.periods import end_before, put_in_force
from accounts.services.rights import need
from billing.models import BillingAccount, BillingAssignment, BillingProfile, InvoiceLine
from billing.rules.tax import Rounding
from billing.services import open_months
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.months import Month
from kmc_portal.lib.text import clean_name, normalise_digits

PROFILE_FIELDS = ("name", "department", "postal_code", "address", "email", "payment_method", "rounding")


@transaction.atomic
def open_account(
    *,
    customer: Customer | None = None,
    sales_partner: SalesPartner | None = None,
    profile: dict[str, str],
    day: datetime.date,
    actor: User | None,
) -> BillingAccount:
    """A customer's or a sales partner's account, addressed by `profile` (PROFILE_FIELDS) from `day` on.

    `actor` None: the demo's loader.
    """
    if actor is not None:
        need(actor, "billing.add_billingaccount", "請求先を登録する")
    if (customer is None) == (sales_partner is None):
        raise Refused("ご利用企業か販売パートナーの、どちらか一方を選んでください。")
    values = _clean(profile)
    account = _open(customer, sales_partner)
    BillingProfile.objects.create(account=account, period=DateRange(day, None), **values)
    return account


@transaction.atomic
def set_profile(
    *, account: BillingAccount, profile: dict[str, str], day: datetime.date, actor: User | None
) -> BillingProfile:
    """請求先情報 from `day` on; what held before stays readable. Issued invoices stay as they are.

    Refused while a month is approved whose invoices may carry that day; a preview of one is made again.
    """
    if actor is not None:
        need(actor, "billing.change_billingaccount", "請求先情報を変更する")
    values = _clean(profile)
    BillingAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    open_months.take(since=Month.of(day).plus(-1), what="請求先情報を変更", even_final=True)
    later = account.profiles.filter(period__startswith__gt=day).order_by("period").first()
    if later is not None and account.profiles.filter(period__startswith__lte=day).exists():
        raise Refused(
            f"{japanese_date(later.since)}からの請求先情報が登録済みです。その日以降の日付を指定してください。"
        )
    row, _changed = put_in_force(model=BillingProfile, key={"account": account}, values=values, day=day)
    return cast(BillingProfile, row)


@transaction.atomic
def assign(
    *,
    contract: Contract,
    account: BillingAccount,
    start: Month,
    actor: User | None,
) -> BillingAssignment:
    """From `start` on the contract is invoiced to `account`. Months that were invoiced keep their account."""
    if actor is not None:
        need(actor, "billing.change_billingaccount", "契約の請求先を変更する")
    # no key: a month that becomes final just now names contract and account, and must not wait for us
    locked = Contract.objects.select_for_update(of=("self",), no_key=True)
    contract = locked.select_related("customer").get(pk=contract.pk)
    if contract.number is None:
        raise Refused("受付受理前の契約です。ご利用番号が決まってから割り当ててください。")
    _suits(contract, account, start)
    open_months.take(since=start, what="請求先を変更", even_final=True)
    _not_billed(contract, start)  # after it: no month becomes final from here on
    later = BillingAssignment.objects.filter(contract=contract).filter(period__startswith__gt=start.first_day)
    if found := later.order_by("period").first():
        month = Month.of(found.since)
        raise Refused(
            f"{month.label}から{found.account}への割り当てが登録済みです。{month.label}以降を指定してください。"
        )
    current = BillingAssignment.objects.filter(contract=contract).as_of(start.first_day).first()
    if current is not None:
        if current.account_id == account.pk:
            return current
        end_before(row=current, day=start.first_day)
    return BillingAssignment.objects.create(
        contract=contract, account=account, period=DateRange(start.first_day, None)
    )


@transaction.atomic
def assign_by_default(*, contract: Contract, day: datetime.date, actor: User | None) -> BillingAssignment:
    """At the first account notice: the account that pays from that month on, unless staff assigned one before (§5.1).

    The sales partner's where the terms name one, else the customer's; opened where there is none. `actor` is only
    who issued the notice: no right is asked for.
    """
    contract = Contract.objects.select_for_update().select_related("customer").get(pk=contract.pk)
    start = Month.of(day)
    current = BillingAssignment.objects.filter(contract=contract).as_of(start.first_day).first()
    if current is not None:
        return current
    following = BillingAssignment.objects.filter(contract=contract).order_by("period").first()
    return BillingAssignment.objects.create(
        contract=contract,
        account=_default_account(contract, day),
        period=DateRange(start.first_day, following.since if following else None),
    )


def paying_together(contract: Contract) -> QuerySet[Contract]:
    """The other contracts whose 請求先 is this one's from now on, where that is the company's own."""
    own = BillingAssignment.objects.filter(
        contract=contract, period__upper_inf=True, account__customer=contract.customer_id
    )
    same = BillingAssignment.objects.filter(account__in=own.values("account"), period__upper_inf=True)
    return Contract.objects.filter(pk__in=same.values("contract")).exclude(pk=contract.pk).order_by("pk")


def addressed_to(contract: Contract, day: datetime.date) -> dict[str, str]:
    """How an account is addressed to the contract's 請求先 contact, by the fields of BillingProfile; {} without one."""
    contact = contract.contacts.as_of(day).filter(role=ContactRole.BILLING).order_by("position").first()
    if contact is None:
        return {}
    return {
        "department": " ".join(filter(None, [contact.department, contact.name]))[:120],
        "postal_code": contact.postal_code,
        "address": contact.address,
        "email": contact.email,
    }


@transaction.atomic
def follow_contact(*, contract: Contract, before: Mapping[str, str], day: datetime.date) -> None:
    """A change of 請求先情報 is in force from `day` (§2.1b): the company's own account is addressed to the new contact.

    Only what the contact has changed since `before` (`addressed_to`): the rest may have been entered by billing. A
    sales partner's account is the partner's. Who sees to the change asked for the rights.
    """
    account, now = _own_account(contract, day), addressed_to(contract, day)
    values = {field: text for field, text in now.items() if before.get(field) != text}
    if account is not None and values:
        _follow(account, day, **values)


@transaction.atomic
def follow_company(*, customer: Customer, before: str, day: datetime.date) -> None:
    """A change of 企業情報 is in force from `day` (§2.1b): accounts addressed to the old name are to the new one."""
    profile = customer.profiles.as_of(day).first()
    if profile is None or profile.name == before:
        return
    for account in BillingAccount.objects.filter(customer=customer):
        if account.profiles.as_of(day).filter(name=before).exists():
            _follow(account, day, name=profile.name)


@transaction.atomic
def follow_payment_method(*, contract: Contract, day: datetime.date) -> None:
    """A change of 支払方法 is in force from `day` (§2.1b): the company's own account is paid that way."""
    account, terms = _own_account(contract, day), contract.terms_as_of(day)
    if account is not None and terms is not None:
        _follow(account, day, payment_method=terms.payment_method)


# pieces -------------------------------------------------------------------------------------------


def _own_account(contract: Contract, day: datetime.date) -> BillingAccount | None:
    assigned = BillingAssignment.objects.filter(contract=contract, period__contains=day)
    return BillingAccount.objects.filter(assignments__in=assigned, customer=contract.customer_id).first()


def _follow(account: BillingAccount, day: datetime.date, **values: str) -> None:
    BillingAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    open_months.take(since=Month.of(day).plus(-1), what="請求先情報を変更", even_final=True)
    if account.profiles.filter(period__overlap=DateRange(day, None)).exists():
        put_in_force(model=BillingProfile, key={"account": account}, values=values, day=day)


def _open(customer: Customer | None, sales_partner: SalesPartner | None) -> BillingAccount:
    return BillingAccount.objects.create(
        number=f"B{numbers.take(name=numbers.BILLING_ACCOUNT):06d}",
        customer=customer,
        sales_partner=sales_partner,
    )


def _default_account(contract: Contract, day: datetime.date) -> BillingAccount:
    """The owner's first account. The owner's row is locked: two notices issued at once open one account."""
    terms = contract.terms_as_of(day)
    partner = terms.sales_partner if terms is not None else contract.customer.sales_partner
    if partner is not None:
        SalesPartner.objects.select_for_update().get(pk=partner.pk)
        accounts = BillingAccount.objects.filter(sales_partner=partner)
    else:
        Customer.objects.select_for_update().get(pk=contract.customer_id)
        accounts = BillingAccount.objects.filter(customer=contract.customer_id)
    account = accounts.order_by("number").first()
    if account is not None:
        return account
    account = _open(None if partner else contract.customer, partner)
    values = _partner_profile(partner, terms) if partner else _customer_profile(contract, terms, day)
    if values is not None:
        start = Month.of(day).first_day
        BillingProfile.objects.create(account=account, period=DateRange(start, None), **values)
    return account


def _customer_profile(
    contract: Contract, terms: ContractTerms | None, day: datetime.date
) -> dict[str, Any] | None:
    """From the contract's 請求先 contact; None where there is none, so that its month waits for staff to enter one."""
    contact = contract.contacts.as_of(day).filter(role=ContactRole.BILLING).order_by("position").first()
    if contact is None:
        return None
    company = contract.customer.profiles.as_of(day).first()
    own_address = contact if contact.address else company
    return {
        "name": contract.customer.name,
        "department": " ".join(filter(None, [contact.department, contact.name]))[:120],
        "postal_code": own_address.postal_code if own_address else "",
        "address": own_address.address if own_address else "",
        "email": contact.email,
        "payment_method": terms.payment_method if terms else PaymentMethod.INVOICE,
        "rounding": Rounding.FLOOR,
    }


def _partner_profile(partner: SalesPartner, terms: ContractTerms | None) -> dict[str, Any] | None:
    """None where the partner's mail address is unknown: its invoices wait for staff to enter one."""
    if not partner.email:
        return None
    return {
        "name": partner.name,
        "email": partner.email,
        "payment_method": terms.payment_method if terms else PaymentMethod.INVOICE,
        "rounding": Rounding.FLOOR,
    }


def _clean(profile: dict[str, str]) -> dict[str, Any]:
    """The profile's values as stored; Refused with every fault."""
    values = {field: str(profile.get(field, "")).strip() for field in PROFILE_FIELDS}
    values["name"], values["department"] = clean_name(values["name"]), clean_name(values["department"])
    values["postal_code"] = normalise_digits(values["postal_code"])
    values["rounding"] = values["rounding"] or Rounding.FLOOR
    faults = []
    if not values["name"]:
        faults.append("宛名を入力してください。")
    try:
        validate_email(values["email"])
    except ValidationError:
        faults.append("請求書の送信先のメールアドレスを正しく入力してください。")
    if values["payment_method"] not in list(PaymentMethod):
        faults.append("支払方法を選んでください。")
    if values["rounding"] not in list(Rounding):
        faults.append("消費税の端数の扱いを選んでください。")
    for field, value in values.items():
        column: Any = BillingProfile._meta.get_field(field)
        if len(value) > column.max_length:
            faults.append(f"{column.verbose_name}は{column.max_length}文字以内で入力してください。")
    if faults:
        raise Refused(" ".join(faults))
    return values


def _suits(contract: Contract, account: BillingAccount, start: Month) -> None:
    """An invoice names its contracts and companies, so it goes to nobody else's account."""
    if account.customer_id is not None:
        if account.customer_id != contract.customer_id:
            raise Refused(
                f"{account}はこの契約のご利用企業の請求先ではありません。別の請求先を選んでください。"
            )
        return
    terms = contract.terms.as_of(start.first_day).first() or contract.terms.order_by("-period").first()
    partners = {terms.sales_partner_id if terms else None, contract.customer.sales_partner_id}
    if account.sales_partner_id not in partners:
        raise Refused(
            f"この契約は{account.owner}の取り扱いではありません。"
            "契約かご利用企業の販売パートナーを確かめてください。"
        )


def _not_billed(contract: Contract, start: Month) -> None:
    begun = contract.billing_start_on
    if begun is not None and start < Month.of(begun):
        raise Refused(
            f"課金は{Month.of(begun).label}からです。{Month.of(begun).label}以降を指定してください。"
        )
    last = (
        InvoiceLine.objects.filter(contract=contract, invoice__live=True, usage_month__gte=start.first_day)
        .order_by("-usage_month")
        .first()
    )
    if last is not None:
        month = Month.of(last.usage_month)
        raise Refused(
            f"この契約は{month.label}利用分まで請求書が確定しています。{month.plus(1).label}以降を指定してください。"
        )
