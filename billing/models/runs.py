"""締め: one per month of use; a preview that is made again until it is approved, then final."""

import pghistory
from django.db import models
from django.db.models import F, Q

from accounts.models import Contract
from billing.models.accounts import BillingAccount
from billing.workflow import RunState


@pghistory.track(exclude=["version", "reading_before"])
class BillingRun(models.Model):
    """The close of `month` (its 1st). `preview` counts the previews; the rows of the last whole one are shown.

    Two clocks: usage up to the month's last day, as it was stored by `stored_before`.
    """

    month = models.DateField("利用月", unique=True)
    state = models.CharField("状態", max_length=12, choices=RunState.choices(), default=RunState.OPEN)
    version = models.PositiveIntegerField(default=0, editable=False)
    preview = models.PositiveIntegerField("試算回数", default=0)
    stored_before = models.DateTimeField("取込の締め時刻", null=True)
    reading_before = models.DateTimeField("試算中の締め時刻", null=True, editable=False)
    previewed_at = models.DateTimeField("試算日時", null=True)
    previewed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="試算した人"
    )
    approved_at = models.DateTimeField("承認日時", null=True)
    approved_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="承認した人"
    )
    finalised_at = models.DateTimeField("確定日時", null=True)
    sent_at = models.DateTimeField("送付日時", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "締め"
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(name="billing_run_starts_a_month", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="billing_run_four_eyes",
                condition=Q(approved_by=None) | Q(previewed_by=None) | ~Q(approved_by=F("previewed_by")),
            ),
            models.CheckConstraint(
                name="billing_run_final_was_approved",
                condition=~Q(state__in=["approved", "finalised", "sent"])
                | Q(approved_by__isnull=False, stored_before__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month.year}年{self.month.month}月利用分"


class PreviewInvoice(models.Model):
    """What one account would be charged. `content` is the invoice's head (billing/rules/invoice.py)."""

    run = models.ForeignKey(BillingRun, models.CASCADE, related_name="previews")
    preview = models.PositiveIntegerField("試算")
    account = models.ForeignKey(BillingAccount, models.PROTECT, related_name="+", verbose_name="請求先")
    content = models.JSONField("内容")
    net = models.BigIntegerField("税抜（円）")
    tax = models.BigIntegerField("消費税（円）")

    class Meta:
        verbose_name = verbose_name_plural = "試算"
        ordering = ["account"]
        constraints = [
            models.UniqueConstraint(fields=["run", "preview", "account"], name="preview_once_per_account")
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.account}"

    @property
    def total(self) -> int:
        return self.net + self.tax


class AbstractLine(models.Model):
    """One line (§5.1): `net` yen without tax, and in `details` the parts that explain it (billing/rules/invoice.py)."""

    position = models.PositiveIntegerField("順")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name="契約")
    usage_month = models.DateField("利用月")
    kind = models.CharField("項目", max_length=20)
    tax_rate = models.DecimalField("税率（%）", max_digits=4, decimal_places=2)
    net = models.BigIntegerField("金額（円・税抜）")
    remark = models.CharField("備考", max_length=200, blank=True)
    details = models.JSONField("内訳", default=list)

    class Meta:
        abstract = True


class PreviewLine(AbstractLine):
    invoice = models.ForeignKey(PreviewInvoice, models.CASCADE, related_name="lines")

    class Meta:
        verbose_name = verbose_name_plural = "試算の明細"
        ordering = ["invoice", "position"]

    def __str__(self) -> str:
        return f"{self.invoice} {self.position}"


class ParkedContract(models.Model):
    """A contract that a preview left out, with the reason; the others went on."""

    run = models.ForeignKey(BillingRun, models.CASCADE, related_name="parked")
    preview = models.PositiveIntegerField("試算")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name="契約")
    usage_month = models.DateField("利用月")
    reason = models.CharField("理由", max_length=300)

    class Meta:
        verbose_name = verbose_name_plural = "保留した契約"
        ordering = ["contract", "usage_month"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "preview", "contract", "usage_month"], name="parked_once_per_preview"
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.reason}"
