"""サービス利用申込書: who applies, for which plan and options (§1.1, §1.3–1.6, §5.1)."""

from accounts.rules.plans import Channel, ContactRole, DeliveryMethod, Option, PaymentMethod, Plan
from applications.rules.forms.conditions import WITH_SMS, option_key
from applications.rules.forms.description import Field, Kind, Section, Sheet

USE_OR_NOT = ("利用する", "利用しない")

OPTION_HELP: dict[Option, str] = {  # own wording
    Option.TWO_WAY_SMS: "共通番号で送り、返信を貴社サーバーへ通知します。申込から最大28営業日。",  # §1.3 ※3
    Option.NUMBER_050: "050で始まる番号を送信元に使います。番号は当社がご用意します。",  # §2.1b
    Option.SOFTBANK_SENDER: "ソフトバンク宛だけに使う送信元番号です。申込から12～22営業日。",  # §1.3 ※3
    Option.LONG_SMS: "70文字を超えるSMSを送る場合に選びます。",  # §5.2
    Option.WEBHOOK: "配信や受信を貴社サーバーへ通知します。疎通確認を行います。",  # §1.7
    Option.STORE_DISPLAY: "公式アカウントを一覧に表示します。リリースチェックリストが必要です。",  # §1.4 ※6
    Option.TEST_ACCOUNT: "名前の末尾に TEST が付く動作確認用のアカウントです。配信料がかかります。",  # §2.0, §2.1a
}

CONTACT_HELP: dict[ContactRole, str] = {
    ContactRole.APPLICANT: "申込内容の確認や不備のご連絡を差し上げる方です。",
    ContactRole.ACCOUNT: "アカウント通知書をお送りする方です。",
    ContactRole.SERVICE: "障害・メンテナンスのお知らせ先です。複数の方に届くアドレスをお勧めします。",  # §4.3
    ContactRole.BILLING: "請求書をお送りする先です。",  # §5.1
}


def contact(prefix: str, role: ContactRole) -> Section:
    """Name, kana, department, mail and phone; with a postal address for the billing contact."""
    fields = [
        Field(f"{prefix}.name", "氏名", required=True, max_length=60, example="見本 花子"),
        Field(
            f"{prefix}.name_kana",
            "氏名（フリガナ）",
            Kind.KANA,
            required=True,
            max_length=80,
            example="ミホン ハナコ",
        ),
        Field(f"{prefix}.department", "部署名・役職", max_length=80, example="情報システム部 課長"),
        Field(f"{prefix}.email", "メールアドレス", Kind.EMAIL, required=True, example="hanako@example.jp"),
        Field(f"{prefix}.phone", "電話番号", Kind.PHONE, required=True, example="03-0000-1234"),
    ]
    if role is ContactRole.BILLING:
        fields += [
            Field(f"{prefix}.postal_code", "郵便番号", Kind.POSTAL_CODE, required=True, example="100-0000"),
            Field(f"{prefix}.address", "住所", required=True, example="東京都見本区見本1-2-3 見本ビル4階"),
        ]
    return Section(role.label, tuple(fields), CONTACT_HELP[role])


def option_field(option: Option, plans: tuple[Plan, ...]) -> Field:
    """Asked for where the plan can have it; an SMS option in a form with other channels counts with SMS only."""
    return Field(
        option_key(option),
        option.label,
        Kind.BOOL,
        required=True,
        only_when=None if all(option in plan.options for plan in plans) else WITH_SMS,
        words=USE_OR_NOT,
        default=USE_OR_NOT[1],
        help=OPTION_HELP[option],
        guide="§1.3–1.5",
    )


COMPANY = Section(
    "ご利用企業",
    (
        Field(
            "company.name",
            "企業名（法人名）",
            required=True,
            max_length=100,
            help="登記のとおりにご記入ください。",
            example="株式会社見本商事",
            guide="§2.1b",
        ),
        Field(
            "company.name_kana",
            "企業名（フリガナ）",
            Kind.KANA,
            required=True,
            max_length=150,
            example="カブシキガイシャミホンショウジ",
        ),
        Field(
            "company.corporate_number",
            "法人番号",
            Kind.CORPORATE_NUMBER,
            max_length=20,
            help="数字13桁です。個人事業主の方は空欄のままにしてください。",
            missing_warning="法人番号が空欄です。法人の場合は13桁の番号をご記入ください。"
            "個人事業主の方はこのままで構いません。",
        ),
        Field("company.postal_code", "郵便番号", Kind.POSTAL_CODE, required=True, example="100-0000"),
        Field("company.address", "所在地", required=True, example="東京都見本区見本1-2-3"),
        Field(
            "company.representative",
            "代表者の役職・氏名",
            required=True,
            max_length=80,
            example="代表取締役 見本 太郎",
        ),
    ),
)


PAYMENT = Section(
    "お支払い",
    (
        Field(
            "payment_method",
            "支払方法",
            Kind.CHOICE,
            required=True,
            choices=tuple(PaymentMethod),
            help="どちらもご利用になれない場合は「その他（ご相談）」を選んでください。",
            guide="§5.1",
        ),
    ),
)


def plan_section(plans: tuple[Plan, ...]) -> Section:
    return Section(
        "契約プラン",
        (
            Field(
                "plan",
                "契約プラン",
                Kind.CHOICE,
                required=True,
                choices=tuple(Plan),
                help="この申込書で選べるのは " + "、".join(plan.label for plan in plans) + " です。",
                default=plans[0].label if len(plans) == 1 else "",
                guide="§1.1",
            ),
            Field(
                "delivery_method",
                "配信方法",
                Kind.CHOICE,
                required=True,
                choices=tuple(DeliveryMethod),
                help="この申込書はAPI利用専用です。",
                default=DeliveryMethod.API.label,
                guide="§1.1",
            ),
        ),
    )


def application_sheet(document_code: str, plans: tuple[Plan, ...], channel_name: str) -> Sheet:
    possible = frozenset[Option]().union(*(plan.options for plan in plans)) - {Option.SMS_RESULT_NOTIFICATION}
    with_sms = [Channel.SMS in plan.channels for plan in plans]
    return Sheet(
        document_code,
        "サービス利用申込書",
        f"サービス利用申込書（APIプラン）{channel_name}",
        (
            Section(
                "お申し込み",
                (
                    Field("applied_on", "申込日", Kind.DATE, required=True, example="2026/11/22"),
                    Field(
                        "desired_start_on",
                        "利用開始希望日",
                        Kind.DATE,
                        help="目安としてお伺いします。開始日は内容の確認と審査によって決まります。",
                    ),
                ),
            ),
            COMPANY,
            Section(
                "販売パートナー",
                (
                    Field(
                        "sales_partner.name",
                        "販売パートナー名",
                        max_length=100,
                        help="販売パートナーを通してお申し込みの場合だけご記入ください。",
                    ),
                ),
            ),
            contact("applicant", ContactRole.APPLICANT),
            contact("account_contact", ContactRole.ACCOUNT),
            contact("service_contact", ContactRole.SERVICE),
            contact("billing_contact", ContactRole.BILLING),
            PAYMENT,
            plan_section(plans),
            Section(
                "オプション",
                tuple(option_field(option, plans) for option in Option if option in possible),
                "" if all(with_sms) else "SMSのオプションは、SMSを含むプランの場合だけ選べます。",
            ),
        ),
    )
