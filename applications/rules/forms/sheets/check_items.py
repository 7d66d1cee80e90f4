"""お申し込みチェックシート, リリースチェックリスト: what the customer confirms, in our own words (§1.6)."""

from dataclasses import dataclass

from accounts.rules.plans import Channel, Plan
from applications.rules.forms.conditions import WITH_SMS
from applications.rules.forms.description import Field, Kind, Section, Sheet

CHECKED = ("確認済", "未確認")
MUST_BE_CHECKED = "「確認済」になっていません。右の内容をお読みのうえ、「確認済」を選んでください。"


@dataclass(frozen=True)
class Item:
    title: str
    text: str
    guide: str
    channels: frozenset[Channel] = frozenset(Channel)  # asked where the form can have one of these


_SMS = frozenset({Channel.SMS})
_OFFICIAL = frozenset({Channel.PLUS, Channel.RCS})

ITEMS: tuple[Item, ...] = (
    Item(
        "規約への同意",
        "利用規約・配信ガイドライン・手続きガイドを読み、社内で内容を共有しました。",
        "はじめに",
    ),
    Item(
        "資料の取り扱い", "受け取った資料は守秘義務の対象とし、自社での検討と利用にだけ使います。", "はじめに"
    ),
    Item("アクセス元", "APIを呼び出すサーバーは、記入した固定グローバルIPアドレスから接続します。", "§1.2"),
    Item("アクセス元の変更", "アドレスが増えるとき、変わるときは、前もって変更を申し込みます。", "§2.1b"),
    Item("不備と納期", "記入や添付に不備があると、その分だけ利用開始が遅れることを承知しています。", "§1.3"),
    Item("登録内容の確認", "登録内容の確認依頼が届いたら、担当者が内容を見て回答します。", "§1.3 ※2"),
    Item("通知先サーバー", "通知機能を使う場合、POSTに500ミリ秒以内にステータス200を返せます。", "§1.9"),
    Item("通知先のドメイン", "通知先URLに、Amazon API Gatewayの既定ドメインを使いません。", "§1.9"),
    Item(
        "料金の開始", "アカウント通知書の発行日から課金され、月額に日割りがないことを承知しています。", "§5.1"
    ),
    Item("解約の期日", "解約の締切が毎月10日（休日の場合は前営業日）であることを承知しています。", "§3"),
    Item(
        "障害などの連絡", "お知らせを受け取るメールアドレスを、担当者が交代しても届く状態に保ちます。", "§4.3"
    ),
    Item(
        "SMSの文字数",
        "70文字を超えるSMSは、キャリアごとに課金される通数が違うことを承知しています。",
        "§5.2",
        _SMS,
    ),
    Item(
        "キャリア審査",
        "公式アカウントの内容に各キャリアから指摘があれば、すみやかに修正します。",
        "§1.4 ※3",
        _OFFICIAL,
    ),
    Item(
        "試験用アカウント",
        "試験用の配信も有料で、実在の受信者に届きうることを承知しています。",
        "§2.0",
        _OFFICIAL,
    ),
    Item(
        "公開の手順",
        "ストア表示の開始には、リリースチェックリストの提出が要ることを承知しています。",
        "§1.4 ※6",
        _OFFICIAL,
    ),
)

RELEASE_ITEMS: tuple[Item, ...] = (
    Item("配信の試験", "試験用アカウントまたは社内の端末で、実際に届くことを確かめました。", "§2.0"),
    Item(
        "表示内容",
        "名前・アイコン・説明が、お申し込みの内容と同じであることを画面で確かめました。",
        "§1.4 ※6",
    ),
    Item("リンク先", "プロフィールとメニューボタンのリンク先が、すべて公開されています。", "§1.4 ※6"),
    Item(
        "問い合わせ窓口",
        "表示している電話番号・メールアドレスで、お問い合わせを受け付けられます。",
        "§1.4 ※6",
    ),
    Item("配信の同意", "配信先の方から同意を得ており、配信停止の申し出を受け付ける手順があります。", "§1.6"),
    Item("通知の受信", "Webhookを使う場合、商用の通知先で通知を受け取れることを確かめました。", "§1.7"),
    Item("試験データ", "試験用の宛先や文面が、商用の配信設定に残っていないことを確かめました。", "§2.0"),
    Item("社内の承認", "公開について、社内の責任者の承認を得ました。", "§1.4 ※6"),
)


def _fields(prefix: str, items: tuple[Item, ...], sms_is_optional: bool) -> tuple[Field, ...]:
    return tuple(
        Field(
            f"{prefix}.{number}",
            f"{number}. {item.title}",
            Kind.BOOL,
            required=True,
            only_when=WITH_SMS if sms_is_optional and item.channels == _SMS else None,
            words=CHECKED,
            must=MUST_BE_CHECKED,
            help=item.text,
            guide=item.guide,
        )
        for number, item in enumerate(items, start=1)
    )


def check_sheet(plans: tuple[Plan, ...]) -> Sheet:
    """Keys `check.1`, `check.2`, … number the items of this form."""
    channels = frozenset[Channel]().union(*(plan.channels for plan in plans))
    items = tuple(item for item in ITEMS if item.channels & channels)
    sms_is_optional = not all(Channel.SMS in plan.channels for plan in plans)
    section = Section(
        "ご確認いただきたいこと",
        _fields("check", items, sms_is_optional),
        "右の内容を読み、すべての項目で「確認済」を選んでください。",
    )
    return Sheet(
        "check_sheet", "お申し込みチェックシート", "お申し込みチェックシート（APIプラン）", (section,)
    )


RELEASE_SHEET = Sheet(
    "release_checklist",
    "リリースチェックリスト",
    "リリースチェックリスト（公式アカウントのストア表示）",
    (
        Section(
            "対象",
            (
                Field(
                    "company.name",
                    "企業名（法人名）",
                    required=True,
                    max_length=100,
                    example="株式会社見本商事",
                ),
                Field(
                    "release.account_name",
                    "公式アカウント名",
                    required=True,
                    max_length=100,
                    help="表示に切り替える公式アカウントの名前です。",
                    example="見本商事",
                ),
                Field("release.desired_on", "表示開始希望日", Kind.DATE, required=True, example="2026/12/10"),
            ),
        ),
        Section(
            "公開前の確認",
            _fields("release.check", RELEASE_ITEMS, sms_is_optional=False),
            "右の内容を確かめ、すべての項目で「確認済」を選んでください。",
        ),
    ),
)
