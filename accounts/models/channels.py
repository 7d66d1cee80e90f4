"""Channel accounts: SMS sender numbers, official accounts with their profiles, notification endpoints."""

import pghistory
from django.db import models

from accounts.models.contracts import Contract
from accounts.models.files import StoredFile
from accounts.models.frozen import insert_only
from accounts.models.periods import Periodic, one_at_a_time
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

    def __str__(self) -> str:
        return self.name


@pghistory.track()
class NotificationEndpoint(Periodic):
    """通知先. `state` is the result of the 疎通確認 (§1.9); until OK the function is 未設定 in the account notice."""

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


class ConnectivityCheck(models.Model):
    """疎通確認: one result, never changed. Marked by staff with a note, or measured."""

    endpoint = models.ForeignKey(
        NotificationEndpoint, models.PROTECT, related_name="checks", verbose_name="通知先"
    )
    url = models.CharField("確認したURL", max_length=2048)
    ok = models.BooleanField("OK")
    note = models.TextField("メモ", max_length=1000)
    checked_at = models.DateTimeField("確認日時")
    checked_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="確認者"
    )

    class Meta:
        verbose_name = verbose_name_plural = "疎通確認"
        ordering = ["-checked_at", "-pk"]
        triggers = insert_only()

    def __str__(self) -> str:
        return "OK" if self.ok else "NG"
