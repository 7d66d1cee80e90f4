"""サービス契約プラン表: prices to read, and the contracting company's name as consent (§1.6).

Prices are in no source: these are invented for the demonstration and say so.
"""

from accounts.rules.plans import Channel, Plan
from applications.rules.forms.description import Field, Kind, Section, Sheet, Table

DEMO_NOTE = "デモ用の架空の料金です。実際の料金は契約ごとのプラン表によります。"

BASE_ROWS: tuple[tuple[str, ...], ...] = (  # as the demo's price list has them: kmc_portal/demo/billing.py
    ("契約手数料 / 解約手数料", "30,000円 / 10,000円", "1回", "アカウント通知書の発行月 / 最終利用月に請求"),
    ("月額基本料", "10,000円", "月額", "日割りなし"),
)
CHANNEL_ROWS: dict[Channel, tuple[tuple[str, ...], ...]] = {
    Channel.SMS: (
        ("SMS配信料", "9.5円", "1通", "ソフトバンク宛は10.25円。長文は通数分"),
        ("SMS長文 / SMS結果通知", "0円 / 3,000円", "月額", "配信料は通数分"),
        ("050番号", "5,000円", "月額", ""),
        ("双方向SMS / 共通番号", "15,000円", "月額", ""),
        ("SoftBank送信元表示番号", "20,000円", "月額", ""),
    ),
    Channel.PLUS: (
        ("+メッセージ配信料", "8円", "1通", ""),
        (
            "Webhook通知 / 試験用アカウント",
            "3,000円 / 1,000円",
            "月額",
            "試験用アカウントの配信料は商用と同じ",
        ),
        ("公式アカウントの設定変更", "20,000円", "1回", ""),
    ),
    Channel.RCS: (("RCS配信料", "9.25円", "1通", ""), ("ストア表示", "0円", "月額", "")),
}


def plan_table_sheet(plans: tuple[Plan, ...]) -> Sheet:
    channels = frozenset[Channel]().union(*(plan.channels for plan in plans))
    rows = BASE_ROWS + tuple(
        row for channel in Channel if channel in channels for row in CHANNEL_ROWS[channel]
    )
    return Sheet(
        "plan_table",
        "サービス契約プラン表",
        "サービス契約プラン表（APIプラン）",
        (
            Section(
                "料金への同意",
                (
                    Field(
                        "plan_table.company_name",
                        "契約法人名",
                        required=True,
                        max_length=100,
                        guide="§1.6",
                        help="料金に同意のうえ、サービス利用申込書の企業名と同じ名称をご記入ください。",
                    ),
                    Field(
                        "plan_table.consented_on", "同意日", Kind.DATE, required=True, example="2026/11/22"
                    ),
                ),
                "契約法人名のご記入をもって、上の料金にご同意いただいたものとします。",
            ),
        ),
        tables=(Table("料金（税抜）", ("項目", "金額", "単位", "備考"), rows, DEMO_NOTE),),
    )
