"""Jobs that run in the background: what was started, how far it is, how it ended."""

from django.db import models

from kmc_portal.lib.choices import Labelled


class JobRun(models.Model):
    """One run of a job. A run whose process died stays `running` (services/jobs.py `is_stale`).

    `task` and `arguments` are there where staff started it, so that they can start it again.
    """

    class State(Labelled):
        QUEUED = "queued", "開始待ち"
        RUNNING = "running", "実行中"
        DONE = "done", "完了"
        FAILED = "failed", "失敗"

    name = models.CharField("ジョブ", max_length=60)
    subject = models.CharField("対象", max_length=200, blank=True)
    state = models.CharField("状態", max_length=10, choices=State.choices(), default=State.QUEUED)
    done = models.PositiveBigIntegerField("済んだ数", default=0)
    total = models.PositiveBigIntegerField("全体の数", default=0)
    result = models.TextField("結果", blank=True)
    started_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="開始した人"
    )
    task = models.CharField("処理", max_length=100, blank=True)
    arguments = models.JSONField("引数", default=dict)
    queued_at = models.DateTimeField("登録日時")
    started_at = models.DateTimeField("開始日時", null=True)
    beat_at = models.DateTimeField("最後の進捗", null=True)
    finished_at = models.DateTimeField("終了日時", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "ジョブの記録"
        ordering = ["-pk"]
        indexes = [models.Index(fields=["name", "-id"])]

    def __str__(self) -> str:
        return f"{self.name} {self.subject}".strip()

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0
