"""【別紙】SMS結果通知先設定申込書: where SMS results go, and whether the server is ready (§1.6–1.9)."""

from applications.rules.forms.conditions import SERVER_NOT_READY
from applications.rules.forms.description import Field, Kind, Section, Sheet

SMS_RESULT_SHEET = Sheet(
    "sms_result_destination",
    "SMS結果通知先設定申込書",
    "【別紙】SMS結果通知先設定申込書（APIプラン）",
    (
        Section(
            "ご利用企業",
            (
                Field(
                    "company.name",
                    "企業名（法人名）",
                    required=True,
                    max_length=100,
                    help="サービス利用申込書と同じ名称をご記入ください。",
                    example="株式会社見本商事",
                ),
            ),
        ),
        Section(
            "通知先",
            (
                Field(
                    "result.url",
                    "SMS結果通知先URL",
                    Kind.NOTIFICATION_URL,
                    required=True,
                    max_length=2048,
                    help="https:// で始まる公開されたURLです。Amazon API Gatewayの既定ドメインは使えません。",
                    example="https://sms.example.jp/result",
                    guide="§1.9",
                ),
                Field(
                    "result.test_url",
                    "試験用の通知先URL",
                    Kind.NOTIFICATION_URL,
                    max_length=2048,
                    help="商用と別のURLで試す場合だけご記入ください。",
                    guide="§1.7",
                ),
                Field(
                    "result.contact_email",
                    "疎通確認のご連絡先",
                    Kind.EMAIL,
                    required=True,
                    help="疎通確認の結果をお知らせするメールアドレスです。",
                    example="server@example.jp",
                    guide="§1.9",
                ),
            ),
        ),
        Section(
            "サーバーの準備",
            (
                Field(
                    "result.server_ready",
                    "サーバーの準備状況",
                    Kind.BOOL,
                    required=True,
                    words=("準備済み", "準備中"),
                    help="POSTに対して500ミリ秒以内にステータス200を返せる状態が「準備済み」です。",
                    guide="§1.9",
                ),
                Field(
                    "result.ready_on",
                    "準備が整う予定日",
                    Kind.DATE,
                    needed_when=SERVER_NOT_READY,
                    only_when=SERVER_NOT_READY,
                    example="2026/12/10",
                    guide="§1.7",
                ),
            ),
            "準備が整いしだい、当社から疎通確認を行います。",
        ),
    ),
)
