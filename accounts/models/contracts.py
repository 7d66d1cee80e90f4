"""What the customer has: the contract and its terms, options, callers' addresses and contacts."""

import datetime

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Q
from netfields import CidrAddressField

from accounts.models.customers import Customer, SalesPartner
from accounts.models.periods import Periodic, one_at_a_time
from accounts.rules.plans import ContactRole, DeliveryMethod, Option, PaymentMethod, Plan
from kmc_portal.lib.choices import Labelled


class ContractState(Labelled):
    APPLIED = "applied", "申込中"
    PREPARING = "preparing", "準備中"
    ACTIVE = "active", "利用中"
    ENDED = "ended", "終了"
    VOID = "void", "不成立"


class ContractQuerySet(models.QuerySet["Contract"]):
    def registered(self) -> "ContractQuerySet":
        """Contracts that have a ご利用番号."""
        return self.exclude(number=None)

    def in_use(self, day: datetime.date) -> "ContractQuerySet":
        """Active, and their last day is not over: the job that ends them may come late (§3)."""
        return self.filter(Q(ends_on=None) | Q(ends_on__gte=day), state=ContractState.ACTIVE)


@pghistory.track()
class Contract(models.Model):
    """契約. It exists from the first submission, has a ご利用番号 from 受付受理 and is active from the notice."""

    number = models.CharField("ご利用番号", max_length=12, unique=True, null=True, blank=True, editable=False)
    customer = models.ForeignKey(
        Customer, models.PROTECT, related_name="contracts", verbose_name="ご利用企業"
    )
    state = models.CharField(
        "状態", max_length=12, choices=ContractState.choices(), default=ContractState.APPLIED
    )
    billing_start_on = models.DateField("課金開始日", null=True, blank=True, editable=False)
    ends_on = models.DateField("終了日", null=True, blank=True, editable=False)
    created_at = models.DateTimeField("登録日時", auto_now_add=True)

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "契約"
        ordering = ["-number", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="contract_active_has_number_and_start",
                condition=~Q(state__in=["active", "ended"])
                | Q(number__isnull=False, billing_start_on__isnull=False),
            ),
            models.CheckConstraint(
                name="contract_ends_after_start",
                condition=Q(ends_on=None) | Q(ends_on__gte=F("billing_start_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or '（番号未定）'} {self.customer}"

    def is_over(self, day: datetime.date) -> bool:
        """The last day has passed, whether or not the job has ended the contract yet (§3)."""
        return self.ends_on is not None and self.ends_on < day

    def terms_as_of(self, day: datetime.date) -> "ContractTerms | None":
        return self.terms.as_of(day).first()


@pghistory.track()
class ContractTerms(Periodic):
    """契約内容: plan, delivery, payment and purpose of use, with their period."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="terms", verbose_name="契約")
    plan = models.CharField("契約プラン", max_length=20, choices=Plan.choices())
    delivery_method = models.CharField("配信方法", max_length=10, choices=DeliveryMethod.choices())
    payment_method = models.CharField("支払方法", max_length=20, choices=PaymentMethod.choices())
    sales_partner = models.ForeignKey(
        SalesPartner, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="販売パートナー"
    )
    usage_purpose = models.TextField("利用用途", max_length=1000)
    consent_method = models.TextField("同意取得方法", max_length=1000)
    monthly_volume = models.PositiveIntegerField("想定月間配信数（通）")

    class Meta:
        verbose_name = verbose_name_plural = "契約内容"
        ordering = ["contract", "period"]
        constraints = [one_at_a_time("contract_terms_one_at_a_time", "contract")]

    def __str__(self) -> str:
        return self.get_plan_display()


@pghistory.track()
class ContractOption(Periodic):
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="options", verbose_name="契約")
    option = models.CharField("オプション", max_length=30, choices=Option.choices())

    class Meta:
        verbose_name = verbose_name_plural = "契約オプション"
        ordering = ["contract", "option", "period"]
        constraints = [one_at_a_time("contract_option_one_at_a_time", "contract", "option")]

    def __str__(self) -> str:
        return self.get_option_display()


@pghistory.track()
class GlobalIp(Periodic):
    """アクセス可能グローバルIPアドレス (§1.2). Two that overlap cannot be in force together in one contract."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="global_ips", verbose_name="契約")
    network = CidrAddressField("IPアドレス / CIDR")

    class Meta:
        verbose_name = verbose_name_plural = "グローバルIPアドレス"
        ordering = ["contract", "network"]
        constraints = [
            ExclusionConstraint(
                name="global_ip_no_overlap_in_contract",
                expressions=[
                    ("contract", RangeOperators.EQUAL),
                    (OpClass("network", name="inet_ops"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="登録済みのIPアドレスと重なっています。",
            )
        ]

    def __str__(self) -> str:
        """A single address without its prefix length."""
        return str(self.network.network_address if self.network.num_addresses == 1 else self.network)


@pghistory.track()
class Contact(Periodic):
    """担当者 by role; `position` tells several of one role apart."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="contacts", verbose_name="契約")
    role = models.CharField("役割", max_length=12, choices=ContactRole.choices())
    position = models.PositiveSmallIntegerField("順", default=1)
    name = models.CharField("氏名", max_length=80)
    name_kana = models.CharField("氏名カナ", max_length=80, blank=True)
    department = models.CharField("部署", max_length=80, blank=True)
    email = models.EmailField("メールアドレス")
    phone = models.CharField("電話番号", max_length=20)
    postal_code = models.CharField("郵便番号", max_length=8, blank=True)
    address = models.CharField("住所", max_length=250, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "担当者"
        ordering = ["contract", "role", "position", "period"]
        constraints = [one_at_a_time("contact_one_at_a_time", "contract", "role", "position")]
        indexes = [models.Index(fields=["email"])]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.name}"
