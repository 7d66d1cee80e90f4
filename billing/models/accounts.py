"""請求先: who pays for which contracts."""

import pghistory
from django.db import models
from django.db.models import Q

from accounts.models import Contract, Customer, SalesPartner
from accounts.models.periods import Periodic, one_at_a_time
from accounts.rules.plans import PaymentMethod
from billing.models.prices import WHOLE_MONTHS
from billing.rules.tax import Rounding


@pghistory.track()
class BillingAccount(models.Model):
    """A customer's or a sales partner's. Gets one live invoice per month over its contracts (§5.1)."""

    number = models.CharField("請求先番号", max_length=12, unique=True, editable=False)
    customer = models.ForeignKey(
        Customer,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="billing_accounts",
        verbose_name="ご利用企業",
    )
    sales_partner = models.ForeignKey(
        SalesPartner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="billing_accounts",
        verbose_name="販売パートナー",
    )

    class Meta:
        verbose_name = verbose_name_plural = "請求先"
        ordering = ["number"]
        constraints = [
            models.CheckConstraint(
                name="billing_account_has_one_owner",
                condition=Q(customer=None) ^ Q(sales_partner=None),
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.owner}"

    @property
    def owner(self) -> Customer | SalesPartner:
        owner = self.customer or self.sales_partner
        assert owner is not None, "the database holds every account to one owner"
        return owner


@pghistory.track()
class BillingProfile(Periodic):
    """請求先情報 (§2.1b): what an invoice is addressed to and how it is paid, with its period."""

    account = models.ForeignKey(
        BillingAccount, models.PROTECT, related_name="profiles", verbose_name="請求先"
    )
    name = models.CharField("宛名", max_length=120)
    department = models.CharField("部署・ご担当者", max_length=120, blank=True)
    postal_code = models.CharField("郵便番号", max_length=8, blank=True)
    address = models.CharField("住所", max_length=250, blank=True)
    email = models.EmailField("請求書の送信先")
    payment_method = models.CharField("支払方法", max_length=20, choices=PaymentMethod.choices())
    rounding = models.CharField(
        "消費税の端数", max_length=10, choices=Rounding.choices(), default=Rounding.FLOOR
    )

    class Meta:
        verbose_name = verbose_name_plural = "請求先情報"
        ordering = ["account", "period"]
        constraints = [one_at_a_time("billing_profile_one_at_a_time", "account")]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class BillingAssignment(Periodic):
    """Which account a contract belongs to: one at a time, by whole months."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="billing_assignments", verbose_name="契約"
    )
    account = models.ForeignKey(
        BillingAccount, models.PROTECT, related_name="assignments", verbose_name="請求先"
    )

    class Meta:
        verbose_name = verbose_name_plural = "契約の請求先"
        ordering = ["contract", "period"]
        constraints = [
            one_at_a_time("billing_assignment_one_at_a_time", "contract"),
            models.CheckConstraint(name="billing_assignment_whole_months", condition=WHOLE_MONTHS),
        ]

    def __str__(self) -> str:
        return f"{self.contract} → {self.account}"
