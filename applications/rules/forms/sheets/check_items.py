"""お申し込みチェックシート and リリースチェックリスト: what the customer confirms, in our own words (§1.6)."""

from dataclasses import dataclass

from accounts.rules.plans import Channel, Plan
from applications.rules.forms.description import Field, Kind, Section, Sheet

CHECKED = ("確認済", "未確認")
MUST_BE_CHECKED = "内容をお読みのうえ、「確認済」を選んでください。"


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
        "資料の取り扱い",
        "受け取った資料は守秘義務の対象として扱い、自社での検討と利用にだけ使います。",
        "はじめに",
    ),
    Item(
        "アクセス元",
        "APIを呼び出すサーバーは、申込書に書いた固定グローバルIPアドレスから接続します。",
        "§1.2",
    ),
    Item("アクセス元の変更", "アドレスが増える・変わるときは、事前に変更の申し込みをします。", "§2.1b"),
    Item("不備と納期", "記入や添付に不備があるとその分だけ利用開始が遅れることを承知しています。", "§1.3"),
    Item("登録内容の確認", "登録内容の確認依頼が届いたら、担当者が内容を見て回答します。", "§1.3 ※2"),
    Item(
        "通知先サーバー",
        "通知を受け取るサーバーは、POSTに対し500ミリ秒以内にステータス200を返せます（通知機能を使う場合）。",
        "§1.9",
    ),
    Item(
        "通知先のドメイン",
        "通知先URLにAmazon API Gatewayの既定ドメインを使わず、独自ドメインを使います（通知機能を使う場合）。",
        "§1.9",
    ),
    Item(
        "料金の開始",
        "アカウント通知書の発行日から課金され、月額料金に日割りがないことを承知しています。",
        "§5.1",
    ),
    Item(
        "解約の期日",
        "解約の申し込みは毎月10日（休日の場合は前営業日）が締切であることを承知しています。",
        "§3",
    ),
    Item(
        "障害・メンテナンスの連絡",
        "お知らせを受け取るメールアドレスは、担当者が交代しても届く状態に保ちます。",
        "§4.3",
    ),
    Item(
        "SMSの文字数",
        "70文字を超えるSMSは、受信者のキャリアによって課金される通数が異なることを承知しています。",
        "§5.2",
        _SMS,
    ),
    Item(
        "キャリア審査",
        "公式アカウントの内容に各キャリアから指摘があったときは、期日までに修正します。",
        "§1.4 ※3",
        _OFFICIAL,
    ),
    Item(
        "試験用アカウント",
        "試験用アカウントからの配信も有料で、実在の受信者に届きうることを承知しています。",
        "§2.0",
        _OFFICIAL,
    ),
    Item(
        "公開の手順",
        "公式アカウントは非表示の状態で提供され、表示にはリリースチェックリストの提出が要ることを承知しています。",
        "§1.4 ※6",
        _OFFICIAL,
    ),
)


def check_sheet(plans: tuple[Plan, ...]) -> Sheet:
    """Keys `check.1`, `check.2`, … number the items of this form."""
    channels = frozenset[Channel]().union(*(plan.channels for plan in plans))
    items = [item for item in ITEMS if item.channels & channels]
    fields = tuple(
        Field(
            f"check.{n}",
            f"{n}. {item.title}",
            Kind.BOOL,
            required=True,
            words=CHECKED,
            must=MUST_BE_CHECKED,
            help=item.text,
            guide=item.guide,
        )
        for n, item in enumerate(items, start=1)
    )
    return Sheet(
        "check_sheet",
        "お申し込みチェックシート",
        "お申し込みチェックシート",
        (
            Section(
                "ご確認いただきたいこと", fields, "右の内容を読み、すべての項目で「確認済」を選んでください。"
            ),
        ),
    )
