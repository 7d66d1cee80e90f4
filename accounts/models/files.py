"""Files as their owners know them. The bytes lie content-addressed in the store (accounts/gateways/storage.py)."""

from django.db import models

from accounts.models.customers import Customer
from accounts.models.frozen import insert_only


class StoredFile(models.Model):
    """One upload: a name and an owner for some content. Content that two uploads share is stored once."""

    sha256 = models.CharField("ハッシュ", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("バイト数")
    name = models.CharField("ファイル名", max_length=200)
    content_type = models.CharField("種類", max_length=100)
    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, related_name="files", verbose_name="ご利用企業"
    )
    confidential = models.BooleanField("守秘", default=False)
    uploaded_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="登録者"
    )
    uploaded_at = models.DateTimeField("登録日時")

    class Meta:
        verbose_name = verbose_name_plural = "ファイル"
        ordering = ["-pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return self.name


class Download(models.Model):
    """Who fetched a confidential file or document, and when."""

    user = models.ForeignKey("accounts.User", models.PROTECT, related_name="downloads", verbose_name="利用者")
    what = models.CharField("対象", max_length=200)
    file = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="downloads", verbose_name="ファイル"
    )
    ip = models.GenericIPAddressField("IPアドレス", null=True)
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = verbose_name_plural = "ダウンロード記録"
        ordering = ["-at", "-pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return self.what
