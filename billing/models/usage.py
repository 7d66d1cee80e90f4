"""配信実績: daily files of delivery records, and the facts counted from them. No price stands here."""

from django.db import models
from django.db.models import Q

from accounts.models import Contract, StoredFile
from accounts.models.frozen import frozen_but, insert_only
from accounts.rules.plans import Channel
from billing.rules.carriers import DeliveryCarrier


class UsageFileQuerySet(models.QuerySet["UsageFile"]):
    def live(self) -> "UsageFileQuerySet":
        return self.filter(replaced_at=None)

    def as_of(self, moment: object) -> "UsageFileQuerySet":
        """The files that counted at that moment: stored by then, and not yet replaced."""
        return self.filter(stored_at__lte=moment).filter(Q(replaced_at=None) | Q(replaced_at__gt=moment))


class UsageFile(models.Model):
    """One accepted file. A corrected file of the same day and part replaces it; both stay."""

    name = models.CharField("ファイル名", max_length=200)
    day = models.DateField("対象日")
    part = models.CharField("区分", max_length=20, blank=True)
    sha256 = models.CharField("元ファイルのハッシュ", max_length=64, db_index=True)
    size = models.PositiveBigIntegerField("バイト数")
    rows = models.PositiveBigIntegerField("行数")
    accepted = models.PositiveBigIntegerField("受入")
    refused = models.PositiveBigIntegerField("拒否")
    duplicates = models.PositiveBigIntegerField("重複")
    duplicates_of = models.JSONField("重複の相手（配信実績の番号: 件数）", default=dict)
    first_day = models.DateField("最初の配信日", null=True)
    last_day = models.DateField("最後の配信日", null=True)
    evidence = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="受け入れた行（Parquet）"
    )
    refusals = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="拒否した行（CSV）"
    )
    stored_at = models.DateTimeField("取込日時", db_index=True)
    imported_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="取り込んだ人"
    )
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name="差し替えたファイル"
    )
    replaced_at = models.DateTimeField("差し替え日時", null=True)

    objects = UsageFileQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "配信実績"
        ordering = ["-day", "part", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "part"],
                condition=Q(replaced_at=None),
                name="usage_file_one_live_per_day_and_part",
            )
        ]
        triggers = frozen_but("replaced_at")

    def __str__(self) -> str:
        return self.name


class DailyFact(models.Model):
    """`messages` sent texts, each charged as `segments` messages. They count while their file counts."""

    file = models.ForeignKey(UsageFile, models.PROTECT, related_name="facts", verbose_name="配信実績")
    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="facts", verbose_name="契約", db_index=False
    )
    account = models.CharField("送信元（番号・botId・agentId）", max_length=64)
    day = models.DateField("配信日")
    channel = models.CharField("チャネル", max_length=5, choices=Channel.choices())
    carrier = models.CharField("キャリア", max_length=10, choices=DeliveryCarrier.choices())
    segments = models.PositiveSmallIntegerField("1件あたりの課金通数")
    messages = models.PositiveBigIntegerField("件数")

    class Meta:
        verbose_name = verbose_name_plural = "日別配信数"
        ordering = ["day", "contract", "account", "channel", "carrier", "segments"]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "contract", "account", "day", "channel", "carrier", "segments"],
                name="daily_fact_once_per_file",
            ),
            models.CheckConstraint(name="daily_fact_segments_1_to_10", condition=Q(segments__range=(1, 10))),
            models.CheckConstraint(name="daily_fact_messages", condition=Q(messages__gte=1)),
        ]
        indexes = [models.Index(fields=["contract", "day"], name="daily_fact_contract_day")]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.day} {self.get_channel_display()} {self.get_carrier_display()} {self.messages:,}"
