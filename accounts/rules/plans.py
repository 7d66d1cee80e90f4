"""Plans, channels, delivery methods, and which option goes with which plan (§1.1, §1.3–1.6, §2.1)."""

from kmc_portal.lib.choices import Labelled


class Channel(Labelled):
    SMS = "sms", "SMS"
    PLUS = "plus", "+メッセージ"
    RCS = "rcs", "RCS"


class Plan(Labelled):
    SMS = "sms", "SMSのみ"
    PLUS = "plus", "+メッセージのみ"
    SMS_PLUS = "sms_plus", "SMS/+メッセージ併用"
    PLUS_RCS = "plus_rcs", "+メッセージ/RCS併用"
    SMS_PLUS_RCS = "sms_plus_rcs", "SMS/+メッセージ/RCS併用"

    @property
    def channels(self) -> frozenset[Channel]:
        return PLAN_CHANNELS[self]

    @property
    def options(self) -> frozenset["Option"]:
        """The options this plan may have."""
        return frozenset(option for option, channels in OPTION_CHANNELS.items() if channels & self.channels)


class DeliveryMethod(Labelled):
    """配信方法. This product handles API only (§1.1)."""

    API = "api", "API利用"
    PORTAL = "portal", "入稿ポータル"


class Option(Labelled):
    SMS_RESULT_NOTIFICATION = "sms_result_notification", "SMS結果通知"
    TWO_WAY_SMS = "two_way_sms", "双方向SMS / 共通番号"
    NUMBER_050 = "option_050", "050番号"
    SOFTBANK_SENDER = "softbank_sender", "SoftBank送信元表示番号"
    LONG_SMS = "long_sms", "SMS長文"
    WEBHOOK = "webhook", "Webhook"
    STORE_DISPLAY = "store_display", "ストア表示"
    TEST_ACCOUNT = "test_account", "試験用アカウント"


class PaymentMethod(Labelled):
    """お支払い方法 (§5.1); others by arrangement."""

    INVOICE = "invoice", "請求書払い"
    DIRECT_DEBIT = "direct_debit", "口座振替"
    OTHER = "other", "その他（ご相談）"


class Carrier(Labelled):
    DOCOMO = "docomo", "NTTドコモ"
    KDDI = "kddi", "KDDI"
    SOFTBANK = "softbank", "ソフトバンク"
    RAKUTEN = "rakuten", "楽天モバイル"


class ContactRole(Labelled):
    """Who is written to about what (§2.1b 契約情報)."""

    ACCOUNT = "account", "アカウント担当者"
    SERVICE = "service", "サービス・障害などの連絡先"
    BILLING = "billing", "請求先"
    APPLICANT = "applicant", "申込担当者"


class NotificationFunction(Labelled):
    """通知機能 (§1.7–1.9)."""

    SMS_RESULT = "sms_result", "SMS結果通知"
    WEBHOOK = "webhook", "Webhook通知"
    SMS_MO = "sms_mo", "SMS-MO通知（双方向SMS）"


PLAN_CHANNELS: dict[Plan, frozenset[Channel]] = {  # §1.1
    Plan.SMS: frozenset({Channel.SMS}),
    Plan.PLUS: frozenset({Channel.PLUS}),
    Plan.SMS_PLUS: frozenset({Channel.SMS, Channel.PLUS}),
    Plan.PLUS_RCS: frozenset({Channel.PLUS, Channel.RCS}),
    Plan.SMS_PLUS_RCS: frozenset({Channel.SMS, Channel.PLUS, Channel.RCS}),
}

_SMS = frozenset({Channel.SMS})
_OFFICIAL = frozenset({Channel.PLUS, Channel.RCS})

OPTION_CHANNELS: dict[Option, frozenset[Channel]] = {  # any of these channels in the plan admits the option
    Option.SMS_RESULT_NOTIFICATION: _SMS,  # §1.7
    Option.TWO_WAY_SMS: _SMS,  # §1.8
    Option.NUMBER_050: _SMS,  # §2.1b
    Option.SOFTBANK_SENDER: _SMS,  # §1.3 ※3
    Option.LONG_SMS: _SMS,  # §5.2
    Option.WEBHOOK: _OFFICIAL,  # §1.7
    Option.STORE_DISPLAY: _OFFICIAL,  # §1.4 ※6, §1.5 ※6
    Option.TEST_ACCOUNT: _OFFICIAL,  # §2.0, §2.1a
}

OPTION_FUNCTION: dict[Option, NotificationFunction] = {  # §1.9: asking for the option asks for the check
    Option.SMS_RESULT_NOTIFICATION: NotificationFunction.SMS_RESULT,
    Option.WEBHOOK: NotificationFunction.WEBHOOK,
    Option.TWO_WAY_SMS: NotificationFunction.SMS_MO,
}
