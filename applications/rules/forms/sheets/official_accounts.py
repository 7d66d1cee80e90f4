"""公式アカウント設定 of +メッセージ and RCS: display, profile, behaviour, menu buttons (§1.4–1.6, §2.0–2.1b)."""

from accounts.rules.official_account import PLUS_LIMITS, RCS_LIMITS, TEST_SUFFIX, BillingCategory, UseCase
from accounts.rules.plans import Option
from applications.rules.forms.conditions import TEST_WEBHOOK, when_filled, when_option, when_yes
from applications.rules.forms.description import Field, Kind, Section

BUTTONS = (1, 2, 3)
WITH_WEBHOOK = when_option(Option.WEBHOOK)
USED = ("利用する", "利用しない")

_MENU = when_yes("plus.menu_used", "メニューボタンを利用する場合")
_AUTO_REPLY = when_yes("plus.auto_reply", "自動応答を利用する場合")


def webhooks(prefix: str) -> tuple[Field, ...]:
    """§1.7: the URL, and §2.0: another one for the test account."""
    return (
        Field(
            f"{prefix}.webhook_url",
            "Webhook通知先URL",
            Kind.NOTIFICATION_URL,
            needed_when=WITH_WEBHOOK,
            only_when=WITH_WEBHOOK,
            max_length=2048,
            help="配信結果や受信メッセージをお知らせするURLです。",
            example="https://hooks.example.jp/kmc",
            guide="§1.7",
        ),
        Field(
            f"{prefix}.test_webhook_url",
            "試験用アカウントの通知先URL",
            Kind.NOTIFICATION_URL,
            only_when=TEST_WEBHOOK,
            max_length=2048,
            help="試験用アカウントだけ別のURLにする場合にご記入ください。",
            guide="§2.0",
        ),
    )


def _button(number: int) -> tuple[Field, ...]:
    return (
        Field(
            f"plus.menu_{number}_label",
            f"ボタン{number}の表示名",
            needed_when=_MENU if number == 1 else None,
            only_when=_MENU,
            max_length=PLUS_LIMITS.label,
            example="店舗をさがす" if number == 1 else "",
        ),
        Field(
            f"plus.menu_{number}_url",
            f"ボタン{number}で開くURL",
            Kind.URL,
            only_when=_MENU,
            max_length=PLUS_LIMITS.website,
            example="https://www.example.jp/shops" if number == 1 else "",
        ),
    )


PLUS_SECTIONS: tuple[Section, ...] = (  # §2.1b; limits are a setting
    Section(
        "+メッセージ公式アカウント 表示設定",
        (
            Field(
                "plus.nickname",
                "アカウント名（nickname）",
                required=True,
                max_length=100,
                help=f"試験用アカウントを利用する場合は、末尾に付く「{TEST_SUFFIX}」の4文字分を空けてください。",
                example="見本商事",
                guide="§2.0",
            ),
            Field(
                "plus.icon_file",
                "アイコン画像のファイル名",
                Kind.IMAGE_NAME,
                required=True,
                max_length=100,
                help="画像は申込書と一緒にアップロードしてください。",
                example="icon.png",
                guide="§1.6",
            ),
        ),
    ),
    Section(
        "+メッセージ公式アカウント プロフィール",
        (
            Field(
                "plus.description",
                "アカウントの説明",
                Kind.LONG_TEXT,
                required=True,
                max_length=500,
                help="プロフィール画面に表示される文章です。",
                example="ご予約の確認と前日のお知らせをお届けします。",
            ),
            Field(
                "plus.website_url",
                "ウェブサイトURL",
                Kind.URL,
                required=True,
                max_length=PLUS_LIMITS.website,
                example="https://www.example.jp/",
            ),
            Field("plus.phone", "問い合わせ電話番号", Kind.PHONE, required=True, example="03-0000-1234"),
            Field("plus.email", "問い合わせメールアドレス", Kind.EMAIL, example="info@example.jp"),
            Field("plus.business_hours", "問い合わせ受付時間", max_length=100, example="平日 9:00～17:30"),
        ),
    ),
    Section(
        "+メッセージ公式アカウント 動作",
        (
            Field(
                "plus.accepts_replies",
                "利用者からの返信",
                Kind.BOOL,
                required=True,
                words=("受け付ける", "受け付けない"),
                help="受け付けない場合、利用者の画面に入力欄は表示されません。",
            ),
            Field("plus.auto_reply", "自動応答", Kind.BOOL, required=True, words=USED, default=USED[1]),
            Field(
                "plus.auto_reply_text",
                "自動応答の文章",
                Kind.LONG_TEXT,
                needed_when=_AUTO_REPLY,
                only_when=_AUTO_REPLY,
                max_length=300,
            ),
            *webhooks("plus"),
        ),
    ),
    Section(
        "+メッセージ公式アカウント メニューボタン",
        (
            Field("plus.menu_used", "メニューボタン", Kind.BOOL, required=True, words=USED, default=USED[1]),
            *(field for number in BUTTONS for field in _button(number)),
        ),
    ),
)

_PHONE = when_filled("rcs.phone", "電話番号を記入した場合")
_EMAIL = when_filled("rcs.email", "メールアドレスを記入した場合")
_WEBSITE = when_filled("rcs.website", "ウェブサイトを記入した場合")


def _label(key: str, label: str, example: str, when: object) -> Field:
    return Field(key, label, needed_when=when, only_when=when, max_length=RCS_LIMITS.label, example=example)  # type: ignore[arg-type]


RCS_SECTIONS: tuple[Section, ...] = (  # §1.5
    Section(
        "RCS公式アカウント 表示設定",
        (
            Field(
                "rcs.display_name",
                "表示名",
                required=True,
                max_length=100,
                help=f"{RCS_LIMITS.name}文字以内。試験用アカウントを利用する場合は"
                f"{RCS_LIMITS.name - len(TEST_SUFFIX)}文字以内です。",
                example="見本商事",
                guide="§2.1a",
            ),
            Field(
                "rcs.color",
                "テーマ色",
                Kind.COLOUR,
                required=True,
                max_length=7,
                help="白い背景で読み取れる濃さの色を #RRGGBB の形でご記入ください。",
                example="#1A5FB4",
            ),
            Field(
                "rcs.logo_file",
                "ロゴ画像のファイル名",
                Kind.IMAGE_NAME,
                required=True,
                max_length=100,
                help="224×224ピクセル、50KB以下のPNGまたはJPEG。申込書と一緒にアップロードしてください。",
                example="logo.png",
            ),
            Field(
                "rcs.banner_file",
                "バナー画像のファイル名",
                Kind.IMAGE_NAME,
                required=True,
                max_length=100,
                help="1440×448ピクセル、200KB以下のPNGまたはJPEG。申込書と一緒にアップロードしてください。",
                example="banner.png",
            ),
        ),
    ),
    Section(
        "RCS公式アカウント プロフィール",
        (
            Field(
                "rcs.description",
                "アカウントの説明",
                Kind.LONG_TEXT,
                required=True,
                max_length=RCS_LIMITS.description,
                help=f"{RCS_LIMITS.description}文字以内。",
            ),
            Field("rcs.phone", "電話番号", Kind.PHONE, example="03-0000-1234"),
            _label("rcs.phone_label", "電話番号の表示名", "お客様窓口", _PHONE),
            Field(
                "rcs.email",
                "メールアドレス",
                Kind.EMAIL,
                max_length=RCS_LIMITS.email,
                example="info@example.jp",
            ),
            _label("rcs.email_label", "メールアドレスの表示名", "お問い合わせ", _EMAIL),
            Field(
                "rcs.website",
                "ウェブサイトURL",
                Kind.URL,
                max_length=RCS_LIMITS.website,
                example="https://www.example.jp/",
            ),
            _label("rcs.website_label", "ウェブサイトの表示名", "公式サイト", _WEBSITE),
            Field(
                "rcs.privacy_url",
                "プライバシーポリシーURL",
                Kind.URL,
                required=True,
                max_length=RCS_LIMITS.website,
                example="https://www.example.jp/privacy",
            ),
            Field(
                "rcs.terms_url",
                "利用規約URL",
                Kind.URL,
                required=True,
                max_length=RCS_LIMITS.website,
                example="https://www.example.jp/terms",
            ),
        ),
        "電話番号・メールアドレス・ウェブサイトのうち、1つ以上をご記入ください。",
    ),
    Section(
        "RCS公式アカウント 動作",
        (
            Field("rcs.use_case", "利用目的の区分", Kind.CHOICE, required=True, choices=tuple(UseCase)),
            Field(
                "rcs.billing_category", "課金区分", Kind.CHOICE, required=True, choices=tuple(BillingCategory)
            ),
            *webhooks("rcs"),
        ),
    ),
)
