"""アカウント通知書 (§1.3 ※4, §1.4 ※5, §1.5 ※5): issued once, frozen, replaced only by a new edition."""

import pghistory
from django.db import models

from accounts.models.contracts import Contract
from accounts.models.files import StoredFile
from accounts.models.frozen import insert_only


class AccountNotice(models.Model):
    """`content` is all that the document says, written in the issuing transaction."""

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="notices", verbose_name="契約")
    edition = models.PositiveSmallIntegerField("版")
    number = models.CharField("通知書番号", max_length=30, unique=True)
    content = models.JSONField("内容")
    issued_on = models.DateField("発行日")
    issued_at = models.DateTimeField("発行日時")
    prepared_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="作成者")
    approved_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="承認者")
    reason = models.CharField("再発行の理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "アカウント通知書"
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "edition"], name="account_notice_edition_unique"),
            models.CheckConstraint(
                name="account_notice_four_eyes", condition=~models.Q(prepared_by=models.F("approved_by"))
            ),
        ]
        triggers = insert_only()

    def __str__(self) -> str:
        return self.number


class AccountNoticePdf(models.Model):
    """The rendered document; its hash proves what was sent."""

    notice = models.OneToOneField(AccountNotice, models.PROTECT, related_name="pdf", verbose_name="通知書")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="PDF")
    rendered_at = models.DateTimeField("作成日時")

    class Meta:
        verbose_name = verbose_name_plural = "アカウント通知書PDF"
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.notice} PDF"


@pghistory.track()
class NoticeRequest(models.Model):
    """A later edition that one person asks for and another approves. Open while `closed_at` is empty."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="notice_requests", verbose_name="契約"
    )
    reason = models.CharField("再発行の理由", max_length=200)
    requested_by = models.ForeignKey("accounts.User", models.PROTECT, related_name="+", verbose_name="依頼者")
    requested_at = models.DateTimeField("依頼日時")
    closed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="承認者"
    )
    closed_at = models.DateTimeField("承認・取下げ日時", null=True, blank=True)
    notice = models.OneToOneField(
        AccountNotice, models.PROTECT, null=True, blank=True, related_name="request", verbose_name="通知書"
    )
    answer = models.CharField("差し戻しの理由", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "通知書の再発行依頼"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract"],
                condition=models.Q(closed_at=None),
                name="notice_request_one_open_per_contract",
                violation_error_message="この契約には承認待ちの再発行依頼があります。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.reason}"
