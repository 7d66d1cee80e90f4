"""One-off fees: 契約手数料, 変更手数料, 解約手数料, and others that staff enter."""

from django.db import models
from django.db.models import Q

from accounts.models import Contract
from accounts.models.frozen import insert_only
from billing.rules.invoice import OTHER
from billing.rules.prices import ONE_OFF_ITEMS
from billing.rules.tax import TaxCategory

KINDS = [*((item.value, item.label) for item in sorted(ONE_OFF_ITEMS)), (OTHER, "その他一時費用")]


class OneOffCharge(models.Model):
    """Charged once (`key`), with the usage of `charged_on`'s month. Without an amount the month's price list counts."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="one_off_charges", verbose_name="契約"
    )
    kind = models.CharField("項目", max_length=40, choices=KINDS)
    key = models.CharField("二重請求を防ぐ鍵", max_length=120, unique=True)
    reason = models.CharField("理由", max_length=200)
    charged_on = models.DateField("計上日")
    amount = models.IntegerField("金額（円・税抜）", null=True)
    tax = models.CharField(
        "税区分", max_length=10, choices=TaxCategory.choices(), default=TaxCategory.STANDARD
    )
    stored_at = models.DateTimeField("登録日時", db_index=True)
    charged_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="登録者"
    )

    class Meta:
        verbose_name = verbose_name_plural = "一時費用"
        ordering = ["-charged_on", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="one_off_charge_other_has_amount", condition=~Q(kind=OTHER) | Q(amount__isnull=False)
            )
        ]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reason}"
