"""キャリア申請 (§1.4 ※3, §1.5 ※3): each carrier has its own status; its remarks are a thread with the customer."""

import pghistory
from django.db import models

from accounts.models import StoredFile, User
from accounts.models.frozen import insert_only
from accounts.rules.plans import Carrier
from applications.models.applications import Application
from kmc_portal.lib.choices import Labelled


@pghistory.track()
class CarrierReview(models.Model):
    class Subject(Labelled):
        OFFICIAL_ACCOUNT = "official_account", "公式アカウント"
        SOFTBANK_SENDER = "softbank_sender", "SoftBank送信元表示番号"

    class State(Labelled):
        NOT_APPLIED = "not_applied", "未申請"
        APPLIED = "applied", "申請中"
        REMARKED = "remarked", "指摘あり"
        ANSWERED = "answered", "回答済（再申請待ち）"
        REAPPLIED = "reapplied", "再申請中"
        APPROVED = "approved", "承認"

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="carrier_reviews", verbose_name="申込"
    )
    subject = models.CharField("申請対象", max_length=20, choices=Subject.choices())
    carrier = models.CharField("キャリア", max_length=12, choices=Carrier.choices())
    state = models.CharField("状況", max_length=12, choices=State.choices(), default=State.NOT_APPLIED)
    applied_on = models.DateField("申請日", null=True, blank=True)
    decided_on = models.DateField("承認日", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "キャリア申請"
        ordering = ["subject", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "subject", "carrier"], name="carrier_review_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_carrier_display()}（{self.get_subject_display()}）"


class CarrierMessage(models.Model):
    """One message of a remark's thread: the carrier's remark as staff pass it on, or an answer."""

    review = models.ForeignKey(
        CarrierReview, models.PROTECT, related_name="messages", verbose_name="キャリア申請"
    )
    is_remark = models.BooleanField("指摘")
    text = models.TextField("内容", max_length=2000)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name="添付")
    author = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="記入者")
    at = models.DateTimeField("日時")

    class Meta:
        verbose_name = verbose_name_plural = "キャリア指摘のやりとり"
        ordering = ["at", "pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return self.text[:40]
