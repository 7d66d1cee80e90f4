"""料金表: what a unit costs from a month on. Published once, never changed; a later list takes over."""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from accounts.models import Contract
from accounts.models.frozen import frozen_but, insert_only
from accounts.models.periods import Periodic, one_at_a_time
from billing.rules.carriers import DeliveryCarrier
from billing.rules.prices import ChargeModel, PriceItem, Scope
from billing.rules.tax import TaxCategory

# The period begins, and ends where it has an end, with a month.
WHOLE_MONTHS = Q(period__startswith__day=1) & (Q(period__endswith=None) | Q(period__endswith__day=1))

# A period may change from the first month on that was not billed by it: ended, opened again, or emptied (withdrawn).
_KEEPS_BILLED_MONTHS = """
    IF OLD.period = NEW.period THEN
        RETURN NEW;
    END IF;
    IF isempty(OLD.period) OR (NOT isempty(NEW.period) AND lower(NEW.period) <> lower(OLD.period)) THEN
        RAISE EXCEPTION 'the beginning of a price list is kept for good';
    END IF;
    changed_from := CASE
        WHEN isempty(NEW.period) THEN lower(OLD.period)
        ELSE LEAST(COALESCE(upper(OLD.period), 'infinity'), COALESCE(upper(NEW.period), 'infinity'))
    END;
    IF NEW.contract_id IS NULL AND EXISTS (
        SELECT 1 FROM billing_billingrun
         WHERE state IN ('approved', 'finalised', 'sent') AND month >= changed_from
    ) OR NEW.contract_id IS NOT NULL AND EXISTS (
        SELECT 1 FROM billing_invoiceline l JOIN billing_invoice i ON i.id = l.invoice_id
         WHERE i.live AND l.contract_id = NEW.contract_id AND l.usage_month >= changed_from
    ) THEN
        RAISE EXCEPTION 'months that were billed keep their price list';
    END IF;
    RETURN NEW;
"""


class TaxRate(Periodic):
    """消費税率 of a category, with its period."""

    category = models.CharField("税区分", max_length=10, choices=TaxCategory.choices())
    percent = models.DecimalField("税率（%）", max_digits=4, decimal_places=2)

    class Meta:
        verbose_name = verbose_name_plural = "消費税率"
        ordering = ["category", "period"]
        constraints = [one_at_a_time("tax_rate_one_at_a_time", "category")]
        triggers = frozen_but("period")

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.percent}%"


class PriceList(Periodic):
    """The standard list (no contract) or a contract's own, which goes before it item by item.

    Its end moves as later lists come and go; a list that was withdrawn has an empty period. Months that were invoiced
    keep their list: the database refuses anything else.
    """

    contract = models.ForeignKey(
        Contract, models.PROTECT, null=True, blank=True, related_name="price_lists", verbose_name="契約"
    )
    name = models.CharField("料金表名", max_length=80)
    note = models.CharField("備考", max_length=200, blank=True)
    published_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="登録者"
    )
    published_at = models.DateTimeField("登録日時")
    withdrawn_from = models.DateField("取り下げ前の適用開始", null=True)
    withdrawn_at = models.DateTimeField("取り下げ日時", null=True)
    withdrawn_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="取り下げた人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "料金表"
        ordering = ["-period", "-pk"]
        constraints = [
            ExclusionConstraint(
                name="price_list_one_at_a_time",
                expressions=[
                    (Coalesce("contract", 0), RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
                violation_error_message="同じ期間に適用される料金表がすでにあります。",
            ),
            models.CheckConstraint(name="price_list_whole_months", condition=WHOLE_MONTHS),
        ]
        triggers = [
            *frozen_but("period", "withdrawn_from", "withdrawn_at", "withdrawn_by"),
            pgtrigger.Trigger(
                name="keeps_billed_months",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                declare=[("changed_from", "date")],
                func=_KEEPS_BILLED_MONTHS,
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """One row of a list (billing/rules/prices.py): an item, for SMS by carrier where the price differs."""

    price_list = models.ForeignKey(PriceList, models.PROTECT, related_name="prices", verbose_name="料金表")
    item = models.CharField("項目", max_length=40, choices=PriceItem.choices())
    carrier = models.CharField("キャリア", max_length=10, choices=DeliveryCarrier.choices(), blank=True)
    model = models.CharField("課金方式", max_length=10, choices=ChargeModel.choices())
    scope = models.CharField("数量の範囲", max_length=10, choices=Scope.choices())
    tax = models.CharField("税区分", max_length=10, choices=TaxCategory.choices())

    class Meta:
        verbose_name = verbose_name_plural = "単価"
        ordering = ["price_list", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["price_list", "item", "carrier"], name="price_item_once_per_list"
            ),
            models.CheckConstraint(
                name="price_carrier_only_for_sms", condition=Q(carrier="") | Q(item="sms")
            ),
        ]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.get_item_display()}{f'（{self.get_carrier_display()}）' if self.carrier else ''}"


class PriceTier(models.Model):
    """`unit_price` for the units after the first `above` ones; yen without tax."""

    price = models.ForeignKey(Price, models.PROTECT, related_name="tiers", verbose_name="単価")
    above = models.PositiveBigIntegerField("超える数量")
    unit_price = models.DecimalField("単価（円・税抜）", max_digits=12, decimal_places=4)

    class Meta:
        verbose_name = verbose_name_plural = "段階"
        ordering = ["price", "above"]
        constraints = [
            models.UniqueConstraint(fields=["price", "above"], name="price_tier_once"),
            models.CheckConstraint(name="price_tier_not_negative", condition=Q(unit_price__gte=0)),
        ]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.above:,}超 {self.unit_price}円"
