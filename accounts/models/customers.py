"""Who the customer is: ご利用企業, 販売パートナー."""

import pghistory
from django.db import models

from accounts.models.periods import Periodic, one_at_a_time


@pghistory.track()
class SalesPartner(models.Model):
    """販売パートナー: gets one invoice over its contracts (§5.1)."""

    name = models.CharField("名称", max_length=120)
    name_kana = models.CharField("名称カナ", max_length=120, blank=True)
    search_key = models.CharField(max_length=240, editable=False, db_index=True)
    email = models.EmailField("連絡先メール", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "販売パートナー"
        ordering = ["name_kana", "name"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class Customer(models.Model):
    """ご利用企業. What can change about it stands in its profiles."""

    number = models.CharField("企業番号", max_length=12, unique=True, editable=False)
    sales_partner = models.ForeignKey(
        SalesPartner,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="customers",
        verbose_name="販売パートナー",
    )
    nda_concluded_on = models.DateField(
        "守秘義務契約 締結日",
        null=True,
        blank=True,
        help_text="未締結の間、守秘資料はダウンロードできません。",
    )
    # A copy of the profile in force, so that lists can name and find the customer with one query.
    name = models.CharField("企業名", max_length=120, editable=False)
    search_key = models.CharField(max_length=400, editable=False, db_index=True)
    created_at = models.DateTimeField("登録日時", auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = "ご利用企業"
        ordering = ["number"]

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class CustomerProfile(Periodic):
    """企業情報 (§2.1b), with its period. The name is kept as written (NFC)."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="profiles", verbose_name="ご利用企業")
    name = models.CharField("企業名", max_length=120)
    name_kana = models.CharField("企業名カナ", max_length=120)
    corporate_number = models.CharField("法人番号", max_length=13, blank=True)
    postal_code = models.CharField("郵便番号", max_length=8)
    address = models.CharField("住所", max_length=250)
    representative = models.CharField("代表者", max_length=80, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "企業情報"
        ordering = ["customer", "period"]
        constraints = [one_at_a_time("customer_profile_one_at_a_time", "customer")]

    def __str__(self) -> str:
        return self.name
