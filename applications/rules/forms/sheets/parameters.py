"""アカウントパラメータ申込書: usage, network, senders, notification URLs, official accounts (§1.2–1.9)."""

from accounts.rules.plans import Channel, Option, Plan
from applications.rules.forms.conditions import OWN_SENDER_NUMBER, WITH_SMS, option_key, when_option
from applications.rules.forms.description import Condition, Field, Kind, Section, Sheet
from applications.rules.forms.sheets.application import USE_OR_NOT
from applications.rules.forms.sheets.official_accounts import PLUS_SECTIONS, RCS_SECTIONS

USAGE = Section(
    "利用用途",
    (
        Field(
            "usage.purpose",
            "利用用途",
            Kind.LONG_TEXT,
            required=True,
            max_length=500,
            help="どなたに、何を伝えるために送るのかをご記入ください。",
            example="ご予約の確認と前日のお知らせ",
            guide="§2.1b",
        ),
        Field(
            "usage.consent_method",
            "同意取得方法",
            Kind.LONG_TEXT,
            required=True,
            max_length=500,
            help="受信者から配信の同意を得る方法をご記入ください。",
            example="会員登録の画面で同意のチェックをいただく",
            guide="§2.1b",
        ),
        Field(
            "usage.monthly_volume",
            "想定月間配信数（通）",
            Kind.INTEGER,
            required=True,
            least=1,
            example="10000",
            guide="§2.1b",
        ),
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
            must="動的なIPアドレスからは接続できません。固定のグローバルIPアドレスを持つプロキシサーバーを用意し、"
            "「はい」を選んでください。",
            help="変わることのあるIPアドレスからは接続できません。",
            guide="§1.2",
        ),
        Field(
            "global_ips",
            "グローバルIPアドレス",
            Kind.GLOBAL_IP,
            required=True,
            rows=10,
            max_length=60,
            help="1行に1つ。範囲は 52.192.0.0/28 の形でご記入ください。",
            guide="§1.2",
        ),
    ),
    "APIを呼び出すサーバーのアドレスです。ここに書かれていないアドレスからは接続できません。",
)


def sms_sections(with_sms: Condition | None) -> tuple[Section, ...]:
    """`with_sms` where not every plan of the form has SMS."""
    softbank, two_way = when_option(Option.SOFTBANK_SENDER), when_option(Option.TWO_WAY_SMS)
    return (
        Section(
            "SMSアカウント設定",
            (
                Field(
                    "sms.sender_numbers",
                    "送信元表示番号",
                    Kind.SENDER_NUMBER,
                    needed_when=OWN_SENDER_NUMBER,
                    only_when=with_sms,
                    rows=5,
                    max_length=20,
                    help="1行に1つ、国内番号でご記入ください。",
                    example="0120000123",
                    guide="§2.1b",
                ),
                Field(
                    "sms.softbank_sender",
                    "SoftBank送信元表示番号",
                    Kind.SOFTBANK_SENDER,
                    needed_when=softbank,
                    only_when=softbank,
                    max_length=20,
                    help="2で始まる5～6桁の番号です。",
                    guide="§1.3 ※3",
                ),
            ),
        ),
        Section(
            "SMSの通知先設定",
            (
                Field(
                    option_key(Option.SMS_RESULT_NOTIFICATION),
                    "SMS結果通知先",
                    Kind.BOOL,
                    required=True,
                    only_when=with_sms,
                    words=USE_OR_NOT,
                    default=USE_OR_NOT[1],
                    help="「利用する」の場合は、【別紙】SMS結果通知先設定申込書もご提出ください。",
                    guide="§1.6",
                ),
                Field(
                    "sms.mo_url",
                    "双方向SMS受信通知先URL",
                    Kind.NOTIFICATION_URL,
                    needed_when=two_way,
                    only_when=two_way,
                    max_length=2048,
                    help="受信者からの返信をお知らせするURLです。",
                    example="https://sms.example.jp/mo",
                    guide="§1.8",
                ),
            ),
        ),
    )


def parameter_sheet(plans: tuple[Plan, ...]) -> Sheet:
    with_sms = [Channel.SMS in plan.channels for plan in plans]
    channels = frozenset[Channel]().union(*(plan.channels for plan in plans))
    sections: tuple[Section, ...] = (USAGE, NETWORK)
    if any(with_sms):
        sections += sms_sections(None if all(with_sms) else WITH_SMS)
    if Channel.PLUS in channels:
        sections += PLUS_SECTIONS
    if Channel.RCS in channels:
        sections += RCS_SECTIONS
    return Sheet(
        "account_parameters",
        "アカウントパラメータ申込書",
        "アカウントパラメータ申込書（APIプラン）",
        sections,
    )
