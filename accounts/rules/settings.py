"""The values staff may edit, with their first values: everything rules.md marks **(setting)**."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accounts.rules.corporate_number import NumberVerdict, check_registration_number
from kmc_portal.lib.choices import Labelled


class Type(Labelled):
    TEXT = "text", "文字"
    LINES = "lines", "一行に一つ"
    INTEGER = "integer", "整数"
    YES_NO = "yes_no", "はい / いいえ"


@dataclass(frozen=True)
class Definition:
    key: str
    label: str
    type: Type
    first: Any
    guide: str
    help: str = ""
    secret: bool = False
    least: int = 0
    most: int = 500
    check: Callable[[str], NumberVerdict] | None = None  # a number with a form and a check digit of its own
    only: tuple[str, ...] = ()  # the lines that LINES may hold, where they are codes; it may then be empty


# Changes that carriers may want to see (§2.1b), by the codes of applications/rules/changes.py.
CARRIER_CODES = (
    "softbank_sender",
    "official_account",
    "plan_sms_to_sms_plus",
    "plan_plus_to_sms_plus",
    "plan_plus_rcs_to_sms_plus_rcs",
)

_T = Type
DEFINITIONS: tuple[Definition, ...] = (
    Definition("service_name", "サービス名", _T.TEXT, "KDDI Message Cast（APIプラン）", "§1.1"),
    Definition("issuer_name", "通知書の発行者", _T.TEXT, "メッセージ運営（デモ）", "§1.3 ※4"),
    Definition("issuer_department", "通知書の発行部署", _T.TEXT, "お客様窓口", "§1.3 ※4"),
    Definition(
        "system_urls",
        "各システムのURL",
        _T.LINES,
        ["メッセージ配信API https://api.kmc.example.jp/v1/", "管理画面 https://console.kmc.example.jp/"],
        "§1.3 ※4",
        "一行に「名称 URL」",
    ),
    Definition("lead_sms_earliest", "標準納期 SMSのみ（最短・営業日）", _T.INTEGER, 6, "§1.3", least=1),
    Definition("lead_sms_latest", "標準納期 SMSのみ（最長・営業日）", _T.INTEGER, 10, "§1.3", least=1),
    Definition(
        "lead_official_earliest",
        "標準納期 +メッセージ / RCS（最短・営業日）",
        _T.INTEGER,
        18,
        "§1.4, §1.5",
        least=1,
    ),
    Definition(
        "lead_official_latest",
        "標準納期 +メッセージ / RCS（最長・営業日）",
        _T.INTEGER,
        18,
        "§1.4, §1.5",
        least=1,
    ),
    Definition(
        "ip_widest_v4",
        "登録できる最も広い範囲（IPv4）",
        _T.INTEGER,
        24,
        "§1.2",
        "プレフィックス長",
        least=8,
        most=32,
    ),
    Definition(
        "ip_widest_v6",
        "登録できる最も広い範囲（IPv6）",
        _T.INTEGER,
        64,
        "§1.2",
        "プレフィックス長",
        least=16,
        most=128,
    ),
    Definition("http_endpoints_allowed", "通知先に http:// を認める", _T.YES_NO, False, "§1.9"),
    Definition(
        "check_read_timeout",
        "疎通確認で応答を待つ時間（秒）",
        _T.INTEGER,
        10,
        "§1.9",
        "500ミリ秒を超えた応答も、この時間までは待って実際の時間を記録します。",
        least=1,
        most=60,
    ),
    Definition(
        "check_orders_per_hour",
        "お客様が1時間に依頼できる疎通確認（1社あたり・件）",
        _T.INTEGER,
        10,
        "§1.9",
        least=1,
    ),
    Definition(
        "recheck_days",
        "通知先の定期確認の間隔（日）",
        _T.INTEGER,
        7,
        "§1.9",
        "利用中の契約の通知先を、この日数ごとに確認します。0にすると行いません。",
    ),
    Definition("rakuten_reviews", "楽天モバイルへのキャリア申請も行う", _T.YES_NO, False, "§1.4 ※3"),
    Definition("plus_name_max", "+メッセージ nickname の最大文字数", _T.INTEGER, 20, "§2.0", least=5),
    Definition("plus_description_max", "+メッセージ 説明の最大文字数", _T.INTEGER, 100, "§2.1b", least=1),
    Definition(
        "change_carrier_items",
        "キャリアへの申請が要る変更項目",
        _T.LINES,
        [
            "softbank_sender",
            "official_account",
            "plan_sms_to_sms_plus",
            "plan_plus_to_sms_plus",
        ],
        "§2.1b",
        "一行に一つ、変更項目のコード。空にすると、変更ではキャリアに申請しません。",
        only=CARRIER_CODES,
    ),
    Definition(
        "service_window_mail", "サービス窓口のメールアドレス", _T.TEXT, "kmc-support@example.jp", "§4.2"
    ),
    Definition(
        "service_window_url",
        "サービス窓口のフォーム",
        _T.TEXT,
        "https://support.kmc.example.jp/contact/",
        "§4.2",
    ),
    Definition(
        "service_window_hours",
        "サービス窓口の対応時間",
        _T.TEXT,
        "24時間365日受付 / 平日10:00〜18:30対応",
        "§4.2",
    ),
    Definition(
        "incident_window_mail", "障害窓口のメールアドレス", _T.TEXT, "cloud-rcs-support@example.jp", "§4.2"
    ),
    Definition("incident_window_phone", "障害窓口の電話番号", _T.TEXT, "0120-000-000", "§4.2"),
    Definition(
        "incident_window_hours",
        "障害窓口の対応時間",
        _T.TEXT,
        "メール：24時間365日 / 電話：平日9:00〜17:00",
        "§4.2",
    ),
    Definition("support_site_url", "サポートサイトのURL", _T.TEXT, "https://support.kmc.example.jp/", "§4.4"),
    Definition(
        "support_site_password", "サポートサイトのパスワード", _T.TEXT, "demo-password", "§4.4", secret=True
    ),
    Definition("invoice_issuer_name", "請求書の発行者", _T.TEXT, "メッセージ運営株式会社（デモ）", "§5.1"),
    Definition(
        "invoice_registration_number",
        "請求書の登録番号",
        _T.TEXT,
        "T5700015000001",  # invented
        "§5.1",
        "適格請求書発行事業者の登録番号。Tと数字13桁",
        check=check_registration_number,
    ),
    Definition(
        "invoice_issuer_address",
        "請求書の発行者住所",
        _T.TEXT,
        "〒100-0000 東京都千代田区見本町1-2-3",
        "§5.1",
    ),
    Definition("invoice_issuer_phone", "請求書の発行者電話番号", _T.TEXT, "03-0000-0000", "§5.1"),
    Definition(
        "transfer_account",
        "振込先口座",
        _T.LINES,
        ["見本銀行 みほん支店", "普通 0000000", "口座名義 メッセージウンエイ（カ"],
        "§5.1",
        "請求書払いの請求書に、一行ずつそのまま印字されます。",
    ),
    Definition(
        "invoice_note",
        "請求書のご案内",
        _T.LINES,
        ["恐れ入りますが、振込手数料は貴社にてご負担くださいますようお願いいたします。"],
        "§5.1",
        "請求書の末尾に、一行ずつそのまま印字されます。",
    ),
)
NOT_ABOVE: tuple[tuple[str, str], ...] = (  # the first may not be above the second
    ("lead_sms_earliest", "lead_sms_latest"),
    ("lead_official_earliest", "lead_official_latest"),
)
BY_KEY = {definition.key: definition for definition in DEFINITIONS}


def faults(definition: Definition, value: Any) -> str | None:
    """Why this value cannot be taken (Japanese), or None."""
    match definition.type:
        case Type.INTEGER if not isinstance(value, int) or isinstance(value, bool):
            return "整数で入力してください。"
        case Type.INTEGER if value < definition.least:
            return f"{definition.least}以上で入力してください。"
        case Type.INTEGER if value > definition.most:
            return f"{definition.most}以下で入力してください。"
        case Type.YES_NO if not isinstance(value, bool):
            return "はい / いいえで入力してください。"
        case Type.TEXT if not isinstance(value, str) or not value.strip():
            return "空にはできません。"
        case Type.LINES if isinstance(value, list) and definition.only:
            unknown = [line for line in value if line not in definition.only]
            if unknown:
                return f"「{unknown[0]}」は選べません。使えるのは {'、'.join(definition.only)} です。"
        case Type.LINES if not isinstance(value, list) or not all(
            isinstance(x, str) and x.strip() for x in value
        ):
            return "一行に一つずつ入力してください。"
    if definition.check is not None:
        return definition.check(value).message or None
    return None


def to_store(definition: Definition, value: Any) -> Any:
    """A value without faults in the form in which it is kept: a number in half-width signs, without separators."""
    return value if definition.check is None else definition.check(value).value


def order_fault(values: dict[str, Any]) -> str | None:
    """Why these values do not go together (Japanese), or None."""
    for low, high in NOT_ABOVE:
        if values[low] > values[high]:
            return f"{BY_KEY[low].label}（{values[low]}）が、{BY_KEY[high].label}（{values[high]}）より大きくなります。"
    return None
