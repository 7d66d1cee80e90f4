"""疎通確認 (§1.9): what was ordered (the status columns are the queue), and every result, kept for good."""

from django.db import models
from django.db.models import Q

from accounts.models.channels import NotificationEndpoint
from accounts.models.customers import Customer
from accounts.models.frozen import insert_only
from accounts.rules.plans import Channel, NotificationFunction
from kmc_portal.lib.choices import Labelled


class CheckCause(Labelled):
    """Why a URL is checked, or was marked."""

    CUSTOMER = "customer", "企業様"
    STAFF = "staff", "社内"
    READY = "ready", "準備完了の連絡"
    RECHECK = "recheck", "定期確認"
    STAFF_MARK = "staff_mark", "手動の登録"


class Checked(models.Model):
    """Which URL of whom, for which function. Without an endpoint it is a try: nothing depends on its result."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="+", verbose_name="ご利用企業")
    function = models.CharField("通知機能", max_length=12, choices=NotificationFunction.choices())
    channel = models.CharField("チャネル", max_length=5, blank=True, choices=Channel.choices())
    for_test = models.BooleanField("試験用アカウント", default=False)
    url = models.CharField("URL", max_length=2048)
    cause = models.CharField("きっかけ", max_length=10, choices=CheckCause.choices())

    class Meta:
        abstract = True

    @property
    def function_label(self) -> str:
        """As NotificationEndpoint shows it, with its test account."""
        channel = f"（{Channel.label_of(self.channel)}）" if self.channel else ""
        return (
            f"{NotificationFunction.label_of(self.function)}{channel}{'（試験用）' if self.for_test else ''}"
        )


class OrderQuerySet(models.QuerySet["CheckOrder"]):
    def open(self) -> "OrderQuerySet":
        return self.filter(done_at=None)


class CheckOrder(Checked):
    """疎通確認の依頼: waiting, claimed by a runner, done (with its result, or taken back without one)."""

    endpoint = models.ForeignKey(
        NotificationEndpoint, models.PROTECT, null=True, related_name="orders", verbose_name="通知先"
    )
    ordered_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="依頼者"
    )
    ordered_at = models.DateTimeField("依頼日時")
    claimed_at = models.DateTimeField("開始日時", null=True, blank=True)
    attempts = models.PositiveSmallIntegerField("開始回数", default=0)
    done_at = models.DateTimeField("終了日時", null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "疎通確認の依頼"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], condition=Q(done_at=None), name="check_order_one_open_per_endpoint"
            ),
            models.UniqueConstraint(
                fields=["customer", "function", "url"],
                condition=Q(done_at=None, endpoint=None),
                name="check_order_one_open_try",
            ),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(done_at=None), name="check_order_open"),
            models.Index(fields=["customer", "ordered_at"], name="check_order_of_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.function_label} {self.url}"


class ConnectivityCheck(Checked):
    """疎通確認: one result, never changed. Measured (`posts`: three, as `Post.as_json` gives them), or marked by
    staff with a note. `reason` is a CheckReason, "" where there is none."""

    endpoint = models.ForeignKey(
        NotificationEndpoint, models.PROTECT, null=True, related_name="checks", verbose_name="通知先"
    )
    ok = models.BooleanField("OK")
    reason = models.CharField("理由", max_length=20, blank=True)
    median_ms = models.DecimalField("中央値（ミリ秒）", max_digits=9, decimal_places=1, null=True, blank=True)
    posts = models.JSONField("測定", default=list, blank=True)
    note = models.TextField("メモ", max_length=1000, blank=True)
    order = models.OneToOneField(
        CheckOrder, models.PROTECT, null=True, blank=True, related_name="check_made", verbose_name="依頼"
    )
    checked_at = models.DateTimeField("確認日時")
    checked_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="確認者"
    )

    class Meta:
        verbose_name = verbose_name_plural = "疎通確認"
        ordering = ["-checked_at", "-pk"]
        indexes = [
            models.Index(fields=["endpoint", "-checked_at", "-id"], name="check_of_endpoint"),
            models.Index(fields=["customer", "-checked_at"], name="check_of_customer"),
        ]
        triggers = insert_only()

    def __str__(self) -> str:
        return "OK" if self.ok else "NG"
