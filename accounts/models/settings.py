"""Values that staff may edit, with history: what rules.md marks **(setting)**. Definitions: accounts/rules/settings.py."""

import pghistory
from django.db import models

from accounts.rules.settings import BY_KEY
from kmc_portal.lib.business_days import japanese_date


@pghistory.track()
class Setting(models.Model):
    key = models.CharField("項目", max_length=60, unique=True, editable=False)
    value = models.JSONField("値")

    class Meta:
        verbose_name = verbose_name_plural = "設定値"
        ordering = ["key"]

    def __str__(self) -> str:
        definition = BY_KEY.get(self.key)
        return definition.label if definition else self.key


@pghistory.track()
class CompanyClosingDay(models.Model):
    """A day on which the office is closed besides weekends, holidays and the year's end."""

    day = models.DateField("休業日", unique=True)
    name = models.CharField("名称", max_length=60)

    class Meta:
        verbose_name = verbose_name_plural = "会社休業日"
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{japanese_date(self.day)} {self.name}"
