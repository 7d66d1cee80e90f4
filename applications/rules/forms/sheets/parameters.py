"""アカウントパラメータ申込書: usage, network, senders, notification URLs, official accounts (§1.2, §1.6–1.9)."""

from accounts.rules.plans import Channel, Option, Plan
from applications.rules.forms.conditions import OWN_SENDER_NUMBER, WITH_SMS, when_option
from applications.rules.forms.description import Condition, Field, Kind, Section, Sheet
from applications.rules.forms.sheets.application import USE_OR_NOT

USAGE = Section(
    "利用用途",
    (
        Field(
            "usage.purpose",
            "利用用途",
            Kind.LONG_TEXT,
            required=True,
            max_length=500,
            example="ご予約の確認と前日のお知らせ",
            help="どなたに、何を伝えるために送るのかをご記入ください。",
            guide="§2.1b",
        ),
        Field(
            "usage.consent_method",
            "同意取得方法",
            Kind.LONG_TEXT,
            required=True,
            max_length=500,
            example="会員登録画面で同意のチェックをいただく",
            help="受信者から配信の同意を得る方法をご記入ください。",
        ),
        Field("usage.monthly_volume", "想定月間配信数（通）", Kind.INTEGER, required=True, example="10000"),
    ),
)

NETWORK = Section(
    "利用制限（アクセス元）",
    (
        Field(
            "network.static_declared",
            "固定グローバルIPである",
            Kind.BOOL,
            required=True,
            guide="§1.2",
            must="動的なIPアドレスからは接続できません。固定のグローバルIPアドレスを持つプロキシサーバー等を"
            "ご用意のうえ、「はい」を選んでください。",
            help="変わることのあるIPアドレスからは接続できません。",
        ),
        Field(
            "global_ips",
            "グローバルIPアドレス",
            Kind.GLOBAL_IP,
            required=True,
            rows=10,
            max_length=60,
            guide="§1.2",
            help="1行に1つ。範囲は 198.20.0.0/24 の形でご記入ください。",
        ),
    ),
    "APIを呼び出すサーバーのアドレスです。ここに書かれたアドレス以外からは接続できません。",
)


def both(first: Condition, second: Condition) -> Condition:
    return Condition(
        f"{first.words}で、{second.words}", lambda values: first.holds(values) and second.holds(values)
    )


def sms_sections(only_when: Condition | None) -> tuple[Section, ...]:
    return (
        Section(
            "SMSアカウント設定",
            (
                Field(
                    "sms.sender_numbers",
                    "送信元表示番号",
                    Kind.SENDER_NUMBER,
                    rows=5,
                    max_length=20,
                    needed_when=OWN_SENDER_NUMBER,
                    only_when=only_when,
                    guide="§2.1b",
                    help="1行に1つ。ハイフンなしの国内番号でご記入ください。",
                ),
                Field(
                    "sms.softbank_sender",
                    "SoftBank送信元表示番号",
                    Kind.SENDER_NUMBER,
                    max_length=20,
                    needed_when=when_option(Option.SOFTBANK_SENDER),
                    only_when=only_when,
                    guide="§1.3 ※3",
                    help="2で始まる5～6桁の番号です。",
                ),
            ),
        ),
        Section(
            "SMSの通知先設定",
            (
                Field(
                    f"option.{Option.SMS_RESULT_NOTIFICATION.value}",
                    "SMS結果通知先",
                    Kind.BOOL,
                    required=True,
                    only_when=only_when,
                    words=USE_OR_NOT,
                    default=USE_OR_NOT[1],
                    guide="§1.6",
                    help="「利用する」の場合は、別紙「SMS結果通知先設定申込書」もご提出ください。",
                ),
                Field(
                    "sms.mo_url",
                    "双方向SMS受信通知先URL",
                    Kind.NOTIFICATION_URL,
                    max_length=2000,
                    needed_when=when_option(Option.TWO_WAY_SMS),
                    only_when=only_when,
                    guide="§1.8",
                    example="https://sms.example.jp/mo",
                    help="受信者からの返信をお知らせするURLです。",
                ),
            ),
        ),
    )


def parameter_sheet(plans: tuple[Plan, ...]) -> Sheet:
    with_sms = [Channel.SMS in plan.channels for plan in plans]
    sections: tuple[Section, ...] = (USAGE, NETWORK)
    if any(with_sms):
        sections += sms_sections(None if all(with_sms) else WITH_SMS)
    return Sheet(
        "account_parameters",
        "アカウントパラメータ申込書",
        "アカウントパラメータ申込書（APIプラン）",
        sections,
    )
