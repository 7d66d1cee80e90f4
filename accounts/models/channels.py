"""Channel accounts: SMS sender numbers, official accounts with their profiles, notification endpoints."""

import datetime
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.db import models
from django.db.models import Q

from accounts.models.contracts import Contract
from accounts.models.files import StoredFile
from accounts.models.periods import Periodic, PeriodQuerySet, one_at_a_time
from accounts.rules.plans import Channel, NotificationFunction
from kmc_portal.lib.choices import Labelled


@pghistory.track()
class SmsSender(Periodic):
    """SMS送信元表示番号, as national digits."""

    class Kind(Labelled):
        REGULAR = "regular", "送信元表示番号"
        SOFTBANK = "softbank", "SoftBank送信元表示番号"
        COMMON = "common", "共通番号（双方向SMS）"
        NUMBER_050 = "number_050", "050番号"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="sms_senders", verbose_name="契約")
    kind = models.CharField("種類", max_length=12, choices=Kind.choices(), default=Kind.REGULAR)
    number = models.CharField("番号", max_length=15)

    class Meta:
        verbose_name = verbose_name_plural = "SMS送信元表示番号"
        ordering = ["contract", "kind", "number"]
        constraints = [one_at_a_time("sms_sender_one_at_a_time", "contract", "kind", "number")]

    def __str__(self) -> str:
        return self.number


# A test account is read from its production account (§2.0, §2.1a): nothing of its own can be stored.
_DERIVED = """
    IF NEW.production_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM accounts_officialaccount AS production
         WHERE production.id = NEW.production_id AND production.production_id IS NULL
           AND production.contract_id = NEW.contract_id AND production.channel = NEW.channel
    ) THEN RAISE EXCEPTION 'a test account belongs to a production account of its contract and channel'; END IF;
    RETURN NEW;
"""
_NO_PROFILE_OF_ITS_OWN = """
    IF EXISTS (SELECT FROM accounts_officialaccount WHERE id = NEW.account_id AND production_id IS NOT NULL)
    THEN RAISE EXCEPTION 'a test account has no profile of its own'; END IF;
    RETURN NEW;
"""


@pghistory.track()
class OfficialAccount(models.Model):
    """公式アカウント. A test account (§2.0, §2.1a) points at its production account and has no profile of its own:
    everything but its identifier and webhook is read from there."""

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="official_accounts", verbose_name="契約"
    )
    channel = models.CharField(
        "チャネル", max_length=5, choices=[c for c in Channel.choices() if c[0] != "sms"]
    )
    production = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="test_account",
        verbose_name="商用アカウント",
    )
    identifier = models.CharField("botId / agentId", max_length=64, blank=True)
    shown_in_store_since = models.DateField("ストア表示開始日", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = "公式アカウント"
        ordering = ["contract", "channel", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "identifier"],
                condition=~models.Q(identifier=""),
                name="official_account_identifier_unique",
                violation_error_message="この識別子は別のアカウントで使われています。",
            ),
            models.UniqueConstraint(
                fields=["contract", "channel"],
                condition=models.Q(production=None),
                name="official_account_one_production_per_channel",
            ),
            models.CheckConstraint(
                condition=models.Q(production=None) | models.Q(shown_in_store_since=None),
                name="official_account_of_a_test_is_derived",
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="derived", when=pgtrigger.Before, operation=pgtrigger.Insert, func=_DERIVED
            ),
            pgtrigger.ReadOnly(name="in_its_place", fields=["contract", "channel", "production"]),
            # delivery records name it
            pgtrigger.Protect(
                name="kept_with_identifier",
                operation=pgtrigger.Delete,
                condition=~pgtrigger.Q(old__identifier=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.identifier or '（識別子未設定）'}"

    @property
    def is_test(self) -> bool:
        return self.production_id is not None

    @property
    def identifier_label(self) -> str:
        return "botId" if self.channel == Channel.PLUS else "agentId"


@pghistory.track()
class OfficialAccountProfile(Periodic):
    """公式アカウント設定 (§2.1b): the parameters of a production account. Limits: accounts/rules/official_account.py."""

    account = models.ForeignKey(
        OfficialAccount, models.PROTECT, related_name="profiles", verbose_name="公式アカウント"
    )
    name = models.CharField("nickname / 表示名", max_length=100)
    description = models.CharField("説明", max_length=500, blank=True)
    color = models.CharField("テーマカラー", max_length=7, blank=True)
    icon = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="アイコン / ロゴ"
    )
    banner = models.ForeignKey(
        StoredFile, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="バナー画像"
    )
    phone = models.CharField("電話番号", max_length=20, blank=True)
    phone_label = models.CharField("電話番号のラベル", max_length=50, blank=True)
    email = models.CharField("メールアドレス", max_length=254, blank=True)
    email_label = models.CharField("メールアドレスのラベル", max_length=50, blank=True)
    website = models.CharField("ウェブサイト", max_length=2048, blank=True)
    website_label = models.CharField("ウェブサイトのラベル", max_length=50, blank=True)
    privacy_url = models.CharField("プライバシーポリシーURL", max_length=2048, blank=True)
    terms_url = models.CharField("利用規約URL", max_length=2048, blank=True)
    use_case = models.CharField("用途区分", max_length=20, blank=True)
    billing_category = models.CharField("課金区分", max_length=30, blank=True)
    behaviour = models.JSONField(
        "動作・メニューボタン",
        default=dict,
        blank=True,
        help_text="申込書の項目名と値の組（動作設定・メニューボタン）。",
    )

    class Meta:
        verbose_name = verbose_name_plural = "公式アカウント設定"
        ordering = ["account", "period"]
        constraints = [one_at_a_time("official_account_profile_one_at_a_time", "account")]
        triggers = [
            pgtrigger.Trigger(
                name="of_production",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=_NO_PROFILE_OF_ITS_OWN,
            )
        ]

    def __str__(self) -> str:
        return self.name


class EndpointQuerySet(PeriodQuerySet["NotificationEndpoint"]):  # type: ignore[override]
    def proposed(self) -> "EndpointQuerySet":
        """New URLs that wait for their check while the old ones hold (§2.1b)."""
        return self.filter(period__isempty=True, closed_at=None)

    def live(self, day: datetime.date) -> "EndpointQuerySet":
        """In force on the day or coming: what may be checked."""
        in_force = Q(period__contains=day) | Q(period__upper_inf=True)
        return self.filter(in_force | Q(period__isempty=True, closed_at=None))


@pghistory.track()
class NotificationEndpoint(Periodic):
    """通知先. `state` is the result of the 疎通確認 (§1.9); until OK the function is 未設定 in the account notice.

    A row with an empty period is in force on no day: proposed, or (`closed_at`) given up or replaced before it was.
    """

    class State(Labelled):
        UNCHECKED = "unchecked", "未確認"
        OK = "ok", "OK"
        NG = "ng", "NG"

    contract = models.ForeignKey(Contract, models.PROTECT, related_name="endpoints", verbose_name="契約")
    function = models.CharField("通知機能", max_length=12, choices=NotificationFunction.choices())
    channel = models.CharField(
        "チャネル",
        max_length=5,
        blank=True,
        choices=Channel.choices(),
        help_text="公式アカウントのWebhookだけ",
    )
    for_test = models.BooleanField("試験用アカウント", default=False)
    url = models.CharField("URL", max_length=2048)
    state = models.CharField("疎通確認", max_length=10, choices=State.choices(), default=State.UNCHECKED)
    ready_on = models.DateField("サーバ準備予定日", null=True, blank=True)
    ready_at = models.DateTimeField("準備完了の連絡", null=True, blank=True)
    closed_at = models.DateTimeField("適用しないことにした日時", null=True, blank=True)
    proposed_for = models.CharField(
        "変更申込", max_length=20, blank=True, help_text="この通知先を申し込んだ変更申込の番号"
    )

    objects: ClassVar[Any] = EndpointQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "通知先"
        ordering = ["contract", "function", "channel", "for_test", "period"]
        constraints = [one_at_a_time("endpoint_one_at_a_time", "contract", "function", "channel", "for_test")]

    def __str__(self) -> str:
        return f"{self.function_label}{'（試験用）' if self.for_test else ''}"

    @property
    def function_label(self) -> str:
        """Each official account has its own Webhook (§1.7)."""
        channel = f"（{self.get_channel_display()}）" if self.channel else ""
        return f"{self.get_function_display()}{channel}"

    @property
    def is_proposed(self) -> bool:
        return bool(self.period.isempty) and self.closed_at is None
