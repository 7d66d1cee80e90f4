"""What was sent: immutable versions with their consents, the checklist over them, and the findings."""

import pghistory
from django.db import models

from accounts.models import MaterialEdition, StoredFile, User
from accounts.models.frozen import insert_only
from applications.models.applications import Application, Attachment
from applications.rules.documents import DocumentCode
from kmc_portal.lib.choices import Labelled


class Submission(models.Model):
    """One version of everything sent. `content`: {"plan", "delivery_method", "options": […], "values": {…},
    "sources": {key: [sheet, cell]}, "documents": [codes], "warnings": […]}."""

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="submissions", verbose_name="申込"
    )
    version = models.PositiveSmallIntegerField("版")
    content = models.JSONField("内容")
    submitted_at = models.DateTimeField("申込日時")
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="申込者")

    class Meta:
        verbose_name = verbose_name_plural = "提出版"
        ordering = ["application", "-version"]
        constraints = [
            models.UniqueConstraint(fields=["application", "version"], name="submission_version_unique")
        ]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.application} 第{self.version}版"


class SubmittedFile(models.Model):
    submission = models.ForeignKey(Submission, models.PROTECT, related_name="files", verbose_name="提出版")
    slot = models.CharField("書類", max_length=25, choices=Attachment.Slot.choices())
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="ファイル")

    class Meta:
        verbose_name = verbose_name_plural = "提出ファイル"
        ordering = ["pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.get_slot_display()} {self.file}"


class Consent(models.Model):
    """Which edition was agreed to, by whom, when. Staff enter the consent that the form's applicant gave."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="consents", verbose_name="提出版")
    edition = models.ForeignKey(MaterialEdition, models.PROTECT, related_name="+", verbose_name="資料の版")
    given_by = models.CharField("同意者", max_length=80)
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登録者")
    at = models.DateTimeField("同意日時")

    class Meta:
        verbose_name = verbose_name_plural = "同意"
        ordering = ["pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return f"{self.edition} {self.given_by}"


@pghistory.track()
class DocumentReview(models.Model):
    """One row of the checklist: a required document of one version, and what staff think of it."""

    class State(Labelled):
        PENDING = "pending", "未確認"
        ACCEPTED = "accepted", "受理"
        RETURNED = "returned", "不備あり"

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="reviews", verbose_name="提出版")
    document = models.CharField("書類", max_length=30, choices=DocumentCode.choices())
    state = models.CharField("確認", max_length=10, choices=State.choices(), default=State.PENDING)
    unchanged = models.BooleanField("前版で受理・変更なし", default=False)
    reviewed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="確認者"
    )
    reviewed_at = models.DateTimeField("確認日時", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "書類確認"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "document"], name="document_review_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.get_document_display()} {self.get_state_display()}"


@pghistory.track()
class Finding(models.Model):
    """不備, anchored to document, sheet and cell."""

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="findings", verbose_name="提出版")
    document = models.CharField("書類", max_length=30, choices=DocumentCode.choices())
    sheet = models.CharField("シート", max_length=60, blank=True)
    cell = models.CharField("セル", max_length=10, blank=True)
    text = models.CharField("内容", max_length=500)
    created_at = models.DateTimeField("登録日時")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="登録者")
    sent_at = models.DateTimeField("お客様への連絡", null=True, blank=True)
    solved_at = models.DateTimeField("解消日時", null=True, blank=True)
    solved_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="解消者"
    )

    class Meta:
        verbose_name = verbose_name_plural = "不備"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.place} {self.text}"

    @property
    def place(self) -> str:
        document = self.get_document_display()
        return f"{self.sheet}!{self.cell}" if self.sheet and self.cell else self.sheet or document
