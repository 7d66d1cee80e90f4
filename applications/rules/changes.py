"""変更内容一覧 (§2.1b): every item of a change with its document, business days and fee, as data."""

from collections.abc import Collection
from dataclasses import dataclass

from accounts.rules.plans import Channel, Option, Plan
from kmc_portal.lib.choices import Labelled


class ChangeCategory(Labelled):
    CONTRACT = "contract", "契約情報"
    USAGE = "usage", "利用用途"
    RESTRICTION = "restriction", "利用制限"
    DELIVERY = "delivery", "配信方法"
    NOTIFICATION = "notification", "通知先設定"
    SMS_ACCOUNT = "sms_account", "SMSアカウント設定"
    OFFICIAL_ACCOUNT = "official_account", "公式アカウント設定"
    PAID_OPTION = "paid_option", "有料オプションサービス"


class ChangeDocument(Labelled):
    SERVICE = "service_change", "サービス利用変更申込書"
    PARAMETERS = "parameter_change", "アカウントパラメータ変更申込書"


class Fee(Labelled):
    NONE = "none", "なし"
    MONTHLY = "monthly", "月額（設定料金なし）"
    PER_CHANGE = "per_change", "変更1回ごと"


class ChangeItem(Labelled):
    COMPANY = "company", "企業情報"
    ACCOUNT_CONTACT = "account_contact", "アカウント担当者情報"
    SERVICE_CONTACT = "service_contact", "サービス・障害などの連絡用情報"
    BILLING_DETAILS = "billing_details", "請求先情報"
    PAYMENT_METHOD = "payment_method", "支払方法"
    USAGE_PURPOSE = "usage_purpose", "利用用途・同意取得方法・想定月間配信数"
    GLOBAL_IP = "global_ip", "アクセス可能グローバルIPアドレス"
    PLAN_PLUS_RCS_TO_SMS_PLUS_RCS = (
        "plan_plus_rcs_to_sms_plus_rcs",
        "利用区分: +メッセージ/RCS併用→SMS/+メッセージ/RCS併用",
    )
    PLAN_PLUS_TO_SMS_PLUS = "plan_plus_to_sms_plus", "利用区分: +メッセージのみ→SMS/+メッセージ併用"
    PLAN_SMS_TO_SMS_PLUS = "plan_sms_to_sms_plus", "利用区分: SMSのみ→SMS/+メッセージ併用"
    SMS_RESULT_URL = "sms_result_url", "SMS配信結果通知先"
    WEBHOOK_URL = "webhook_url", "Webhook通知先"
    SENDER_NUMBER = "sender_number", "送信元表示番号の変更/追加"
    SOFTBANK_SENDER = "softbank_sender", "ソフトバンク送信元表示番号オプション"
    OFFICIAL_ACCOUNT = "official_account", "公式アカウント（表示設定・プロフィール・動作・メニューボタン）"
    OPTION_050 = "option_050", "050番号オプション"
    TWO_WAY_SMS = "two_way_sms", "共通番号/双方向SMS"
    OPTION_SENDER_NUMBER = "option_sender_number", "送信元表示番号（共通番号/双方向SMS）"
    MO_URL = "mo_url", "双方向SMS受信通知先"


@dataclass(frozen=True)
class Days:
    """Business days, day 1 being the next business day. `earliest` None: no lower end is stated."""

    earliest: int | None
    latest: int

    @property
    def label(self) -> str:
        if self.earliest is None:
            return f"最大{self.latest}営業日"
        if self.earliest == self.latest:
            return f"{self.latest}営業日"
        return f"{self.earliest}～{self.latest}営業日"


@dataclass(frozen=True)
class ChangeRule:
    item: ChangeItem
    category: ChangeCategory
    document: ChangeDocument
    days: Days | None  # None: no lead time is stated
    next_month: bool
    fee: Fee

    @property
    def lead_time_label(self) -> str:
        if self.next_month:
            return "翌月適用"
        return "記載なし" if self.days is None else self.days.label


_I, _C, _F = ChangeItem, ChangeCategory, Fee
_SERVICE, _PARAMETERS = ChangeDocument.SERVICE, ChangeDocument.PARAMETERS
_FIVE, _SIX_TEN = Days(5, 5), Days(6, 10)

# item, category, document, business days, from the following month, fee
CHANGES: tuple[ChangeRule, ...] = (  # §2.1b
    ChangeRule(_I.COMPANY, _C.CONTRACT, _SERVICE, _FIVE, False, _F.NONE),
    ChangeRule(_I.ACCOUNT_CONTACT, _C.CONTRACT, _SERVICE, _FIVE, False, _F.NONE),
    ChangeRule(_I.SERVICE_CONTACT, _C.CONTRACT, _SERVICE, _FIVE, False, _F.NONE),
    ChangeRule(_I.BILLING_DETAILS, _C.CONTRACT, _SERVICE, None, True, _F.NONE),
    ChangeRule(_I.PAYMENT_METHOD, _C.CONTRACT, _SERVICE, None, True, _F.NONE),
    ChangeRule(_I.USAGE_PURPOSE, _C.USAGE, _PARAMETERS, None, False, _F.NONE),
    ChangeRule(_I.GLOBAL_IP, _C.RESTRICTION, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS, _C.DELIVERY, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.PLAN_PLUS_TO_SMS_PLUS, _C.DELIVERY, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.PLAN_SMS_TO_SMS_PLUS, _C.DELIVERY, _PARAMETERS, Days(18, 18), False, _F.NONE),
    ChangeRule(_I.SMS_RESULT_URL, _C.NOTIFICATION, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.WEBHOOK_URL, _C.NOTIFICATION, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.SENDER_NUMBER, _C.SMS_ACCOUNT, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.SOFTBANK_SENDER, _C.SMS_ACCOUNT, _PARAMETERS, Days(12, 22), False, _F.MONTHLY),
    ChangeRule(_I.OFFICIAL_ACCOUNT, _C.OFFICIAL_ACCOUNT, _PARAMETERS, Days(16, 16), False, _F.PER_CHANGE),
    ChangeRule(_I.OPTION_050, _C.PAID_OPTION, _PARAMETERS, Days(1, 1), False, _F.MONTHLY),
    ChangeRule(_I.TWO_WAY_SMS, _C.PAID_OPTION, _PARAMETERS, Days(18, 28), False, _F.MONTHLY),
    ChangeRule(_I.OPTION_SENDER_NUMBER, _C.PAID_OPTION, _PARAMETERS, _SIX_TEN, False, _F.NONE),
    ChangeRule(_I.MO_URL, _C.PAID_OPTION, _PARAMETERS, _SIX_TEN, False, _F.NONE),
)
RULE_OF: dict[ChangeItem, ChangeRule] = {rule.item: rule for rule in CHANGES}

PLAN_CHANGES: dict[ChangeItem, tuple[Plan, Plan]] = {  # §2.1b: from, to; every other change is a new contract
    _I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS: (Plan.PLUS_RCS, Plan.SMS_PLUS_RCS),
    _I.PLAN_PLUS_TO_SMS_PLUS: (Plan.PLUS, Plan.SMS_PLUS),
    _I.PLAN_SMS_TO_SMS_PLUS: (Plan.SMS, Plan.SMS_PLUS),
}

_SMS = frozenset({Channel.SMS})
_OFFICIAL = frozenset({Channel.PLUS, Channel.RCS})
ITEM_CHANNELS: dict[
    ChangeItem, frozenset[Channel]
] = {  # any of these in the plan admits the item; else every plan has it
    _I.SMS_RESULT_URL: _SMS,  # §2.1b 通知先設定
    _I.WEBHOOK_URL: _OFFICIAL,  # §2.1b 通知先設定
    _I.SENDER_NUMBER: _SMS,  # §2.1b SMSアカウント設定
    _I.SOFTBANK_SENDER: _SMS,  # §2.1b SMSアカウント設定
    _I.OFFICIAL_ACCOUNT: _OFFICIAL,  # §2.1b 公式アカウント設定
    _I.OPTION_050: _SMS,  # §2.1b 有料オプションサービス
    _I.TWO_WAY_SMS: _SMS,  # §2.1b 有料オプションサービス
    _I.OPTION_SENDER_NUMBER: _SMS,  # §2.1b 有料オプションサービス
    _I.MO_URL: _SMS,  # §2.1b 有料オプションサービス
}
WITH_TWO_WAY = frozenset({_I.OPTION_SENDER_NUMBER, _I.MO_URL})  # §2.1b: they belong to 共通番号/双方向SMS

# Where money or identity is touched a second person approves the change (ours).
FOUR_EYES: frozenset[ChangeItem] = frozenset(
    {
        _I.COMPANY,
        _I.BILLING_DETAILS,
        _I.PAYMENT_METHOD,
        *PLAN_CHANGES,
        _I.SENDER_NUMBER,
        _I.SOFTBANK_SENDER,
        _I.OFFICIAL_ACCOUNT,
        _I.OPTION_050,
        _I.TWO_WAY_SMS,
    }
)


def target_plan(plan: Plan, items: Collection[ChangeItem]) -> Plan:
    """The plan after the change."""
    return next((PLAN_CHANGES[item][1] for item in items if item in PLAN_CHANGES), plan)


def possible_items(plan: Plan) -> tuple[ChangeItem, ...]:
    """What may be changed in a contract with this plan, in the table's order; items of a new channel come with it."""
    after = {target for start, target in PLAN_CHANGES.values() if start is plan} | {plan}
    channels = frozenset[Channel]().union(*(one.channels for one in after))
    return tuple(
        rule.item
        for rule in CHANGES
        if (PLAN_CHANGES[rule.item][0] is plan if rule.item in PLAN_CHANGES else True)
        and ITEM_CHANNELS.get(rule.item, channels) & channels
    )


def choice_faults(plan: Plan, options: Collection[Option], items: Collection[ChangeItem]) -> list[str]:
    """What is wrong with a choice of items (Japanese); empty when it can be applied for (§2.1b)."""
    if not items:
        return ["変更する項目を1つ以上選んでください。"]
    faults = []
    moves = [item for item in items if item in PLAN_CHANGES]
    if len(moves) > 1:
        faults.append("利用区分の変更は、一度に1つだけ選べます。")
    for item in moves:
        if PLAN_CHANGES[item][0] is not plan:
            faults.append(
                f"いまの契約プランは{plan.label}のため、「{item.label}」は選べません。"
                "一覧にないプランへの変更は、新規のお申し込みになります。"
            )
    channels = target_plan(plan, items).channels
    for item in items:
        if item not in moves and not ITEM_CHANNELS.get(item, channels) & channels:
            faults.append(f"「{item.label}」は{target_plan(plan, items).label}では選べません。")
        if item in WITH_TWO_WAY and not (Option.TWO_WAY_SMS in options or _I.TWO_WAY_SMS in items):
            faults.append(
                f"「{item.label}」は双方向SMSのご契約が必要です。「{_I.TWO_WAY_SMS.label}」も選んでください。"
            )
    return faults
