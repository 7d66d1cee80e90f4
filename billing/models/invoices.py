"""請求書 (適格請求書): frozen when the month is finalised; replaced only by another that names it."""

from django.db import models
from django.db.models import Q

from accounts.models import OutgoingMail, StoredFile
from accounts.models.frozen import frozen_but, insert_only
from billing.models.accounts import BillingAccount
from billing.models.runs import AbstractLine, BillingRun
from kmc_portal.lib.yen import yen


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    def live(self) -> "InvoiceQuerySet":
        return self.filter(live=True)


class Invoice(models.Model):
    """`content` (billing/rules/invoice_document.py) and the lines are all that the document says. Amounts in yen."""

    number = models.CharField("請求書番号", max_length=20, unique=True)
    run = models.ForeignKey(BillingRun, models.PROTECT, related_name="invoices", verbose_name="締め")
    account = models.ForeignKey(
        BillingAccount, models.PROTECT, related_name="invoices", verbose_name="請求先"
    )
    month = models.DateField("利用月")
    issued_on = models.DateField("発行日")
    due_on = models.DateField("支払期日")
    content = models.JSONField("内容")
    net = models.BigIntegerField("税抜（円）")
    tax = models.BigIntegerField("消費税（円）")
    finalised_at = models.DateTimeField("確定日時")
    live = models.BooleanField("有効", default=True)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="差し替えた請求書"
    )
    reason = models.CharField("差し替えの理由", max_length=200, blank=True, db_default="")
    reissued_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="差し替えた人"
    )

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "請求書"
        ordering = ["-month", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "month"],
                condition=Q(live=True),
                name="invoice_one_live_per_account_and_month",
            )
        ]
        indexes = [models.Index(fields=["issued_on"]), models.Index(fields=["run", "account"])]
        triggers = frozen_but("live")

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> int:
        """Yen with tax."""
        return self.net + self.tax

    @property
    def total_text(self) -> str:
        return yen(self.total)


class InvoiceLine(AbstractLine):
    invoice = models.ForeignKey(Invoice, models.PROTECT, related_name="lines", verbose_name="請求書")

    class Meta:
        verbose_name = verbose_name_plural = "請求明細"
        ordering = ["invoice", "position"]
        indexes = [models.Index(fields=["contract", "usage_month"], name="invoice_line_contract_month")]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.invoice} {self.position}"


class InvoicePdf(models.Model):
    """The rendered document; its hash proves what was sent."""

    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="pdf", verbose_name="請求書")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="PDF")
    rendered_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = verbose_name_plural = "請求書PDF"
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.invoice} PDF"


class InvoiceSending(models.Model):
    """From `sent_at` on the invoice is the recipient's: mailed, and shown in the portal."""

    invoice = models.OneToOneField(Invoice, models.PROTECT, related_name="sending", verbose_name="請求書")
    mail = models.ForeignKey(OutgoingMail, models.PROTECT, null=True, related_name="+", verbose_name="メール")
    sent_at = models.DateTimeField("送付日時")

    class Meta:
        verbose_name = verbose_name_plural = "請求書の送付"
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.invoice} {self.sent_at}"


class PrintBundle(models.Model):
    """One merged PDF of a month's invoices for the printing house."""

    run = models.ForeignKey(BillingRun, models.PROTECT, related_name="bundles", verbose_name="締め")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="PDF")
    invoices = models.PositiveIntegerField("通数")
    made_at = models.DateTimeField("作成日時")
    made_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="作成した人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "印刷用PDF"
        ordering = ["-pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.run} {self.invoices}通"
