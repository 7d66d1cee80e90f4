"""資料: terms, guidelines and guides that customers read or agree to, in editions."""

import datetime
from typing import Self

import pghistory
from django.db import models

from accounts.models.files import StoredFile
from kmc_portal.lib.choices import Labelled


class MaterialCode(Labelled):
    TERMS = "terms", "サービス利用規約"
    DELIVERY_GUIDELINE = "delivery_guideline", "サービス配信ガイドライン"
    PROCEDURE_GUIDE = "procedure_guide", "サービス利用手続きガイド（APIプラン）"
    OFFICIAL_ACCOUNT_GUIDE = "official_account_guide", "公式アカウント利用ガイド"
    API_GUIDE = "api_guide", "API利用ガイド（APIプラン）"
    API_SPECIFICATION = "api_specification", "API仕様書（APIプラン）"
    RCS_DTO = "rcs_dto", "【別紙】RCS.DTO定義"


CONSENT_MATERIALS = (  # §1.3 step 2: what a submission consents to
    MaterialCode.TERMS,
    MaterialCode.DELIVERY_GUIDELINE,
    MaterialCode.PROCEDURE_GUIDE,
)
OPEN_MATERIALS = frozenset(
    {MaterialCode.TERMS, MaterialCode.DELIVERY_GUIDELINE}
)  # the rest needs the 守秘義務契約
OFFICIAL_ACCOUNT_MATERIALS = frozenset({MaterialCode.OFFICIAL_ACCOUNT_GUIDE})  # only +Message and RCS plans
RCS_MATERIALS = frozenset({MaterialCode.RCS_DTO})  # only plans with RCS


class MaterialEditionQuerySet(models.QuerySet["MaterialEdition"]):
    def current(self, day: datetime.date) -> Self:
        """The newest published edition of each material on that day."""
        return (
            self.filter(published_on__lte=day)
            .order_by("material", "-published_on", "-pk")
            .distinct("material")
        )


@pghistory.track()
class MaterialEdition(models.Model):
    material = models.CharField("資料", max_length=30, choices=MaterialCode.choices())
    edition = models.CharField("版", max_length=20)
    published_on = models.DateField("公開日")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="ファイル")

    objects = MaterialEditionQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "資料の版"
        ordering = ["material", "-published_on"]
        constraints = [
            models.UniqueConstraint(fields=["material", "edition"], name="material_edition_unique")
        ]

    def __str__(self) -> str:
        return f"{self.get_material_display()} {self.edition}"

    @property
    def confidential(self) -> bool:
        return self.material not in OPEN_MATERIALS
