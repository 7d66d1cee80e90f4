"""送信メール: every mail is a row first. accounts/services/outbox.py queues, mail_delivery.py sends."""

from django.db import models

from accounts.models.files import StoredFile
from kmc_portal.lib.choices import Labelled


class MailState(Labelled):
    QUEUED = "queued", "送信待ち"
    CLAIMED = "claimed", "送信中"
    SENT = "sent", "送信済"
    REFUSED = "refused", "宛先拒否"
    FAILED = "failed", "送信失敗"
    CANCELLED = "cancelled", "送信取止め"


class OutgoingMail(models.Model):
    """One mail to one address. Subject and body are as sent, but secrets (links, passwords) are placeholders
    that only delivery fills in."""

    kind = models.CharField("種別", max_length=40)
    to = models.EmailField("宛先", db_index=True)
    to_name = models.CharField("宛先名", max_length=120, blank=True)
    subject = models.CharField("件名", max_length=200)
    body = models.TextField("本文")
    secrets = models.JSONField(
        default=dict,
        editable=False,
        help_text="placeholder → what delivery has to make, never the secret itself",
    )
    attachments = models.JSONField(
        default=list, editable=False, help_text='[{"kind": "account_notice", "id": 1}, …]'
    )
    idempotency_key = models.CharField(max_length=120, unique=True, editable=False)
    customer = models.ForeignKey(
        "accounts.Customer", models.PROTECT, null=True, related_name="mails", verbose_name="ご利用企業"
    )
    about = models.CharField("関連", max_length=60, blank=True, db_index=True)
    state = models.CharField("状態", max_length=10, choices=MailState.choices(), default=MailState.QUEUED)
    attempts = models.PositiveSmallIntegerField("試行回数", default=0)
    not_before = models.DateTimeField("次の送信時刻")
    claimed_at = models.DateTimeField("送信開始", null=True)
    sent_at = models.DateTimeField("送信日時", null=True)
    last_error = models.CharField("直近のエラー", max_length=500, blank=True)
    created_at = models.DateTimeField("登録日時")
    created_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="登録者"
    )
    resend_of = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="resends", verbose_name="再送元"
    )

    class Meta:
        verbose_name = verbose_name_plural = "送信メール"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["not_before"],
                condition=models.Q(state__in=["queued", "claimed"]),
                name="outgoing_mail_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.to}"


class MailProblem(models.Model):
    """An address that refused or bounced a mail; shown on the contact until a later mail gets through."""

    class Kind(Labelled):
        REFUSED = "refused", "送信先サーバが受け取りを拒否"
        BOUNCED = "bounced", "不達通知（バウンス）"

    address = models.EmailField("アドレス", db_index=True)
    kind = models.CharField("種別", max_length=10, choices=Kind.choices())
    detail = models.CharField("詳細", max_length=500)
    mail = models.ForeignKey(
        OutgoingMail, models.PROTECT, null=True, related_name="problems", verbose_name="メール"
    )
    report = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="不達通知"
    )
    at = models.DateTimeField("日時")
    solved_at = models.DateTimeField("解消日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "メール不達"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.address} {self.get_kind_display()}"
