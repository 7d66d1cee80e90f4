"""templates/mail/: every mail of the product, as the customer reads it."""

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings

from accounts.models import ConnectivityCheck, Contract, NotificationEndpoint
from accounts.services import outbox
from applications.models import Application, CarrierReview, Finding, Submission
from kmc_portal.lib.jst import JST

KINDS = {
    "invitation",
    "password_reset",
    "unknown_account",
    "password_changed",
    "submission_received",
    "returned",
    "accepted",
    "confirmation_requested",
    "carrier_remarked",
    "function_failed",
    "function_worsened",
    "rejected",
    "shown_in_store",
    "change_completed",
    "cancellation_fixed",
    "contract_ended",
    "account_notice",
    "test_account_received",
    "invoice",
    "support_password_changed",
}
ADDRESS = "http://localhost:8000/portal/applications/7/"
ENDING = {
    "application": Application(kind="cancellation"),
    "kind": "解約申込",
    "contract_number": "K000012",
    "last_day": datetime.date(2027, 1, 31),
}
CASE = {
    "application": Application(kind="new"),
    "company": "A&B <商店>株式会社",
    "contact_name": "青空 花子",
    "number": "A2026-00012",
    "kind": "新規申込",
    "plan": "SMSのみ",
    "items": [],
    "contract_number": "",
    "last_day": None,
    "url": ADDRESS,
    "window": "kmc-support@example.jp",
}
SUBMISSION = Submission(version=1, submitted_at=datetime.datetime(2026, 11, 24, 9, 5, tzinfo=JST))
FINDINGS = [
    Finding(
        document="account_parameters",
        sheet="アカウントパラメータ",
        cell="C12",
        text="番号の桁数が足りません。",
    ),
    Finding(document="plan_table", text='契約企業名が"A&B"になっていません。'),
]
CONTEXTS: dict[str, Mapping[str, Any]] = {
    "invitation": {"user_name": "青空 花子", "company": "A&B <商店>株式会社"},
    "password_reset": {"user_name": "青空 花子", "email": "admin@aozora.example.com"},
    "unknown_account": {"user_name": "", "email": "nobody@example.com"},
    "password_changed": {"user_name": "青空 花子", "email": "admin@aozora.example.com"},
    "submission_received": {**CASE, "submission": SUBMISSION},
    "returned": {**CASE, "findings": FINDINGS, "note": "11月中にお願いします & よろしく"},
    "accepted": CASE,
    "confirmation_requested": CASE,
    "carrier_remarked": {
        **CASE,
        "review": CarrierReview(carrier="docomo", subject="official_account"),
        "text": "アイコンの文字が読めません。",
    },
    "function_failed": {
        **CASE,
        "endpoint": NotificationEndpoint(
            function="sms_result", url="https://hook.aozora.example.com/sms?a=1&b=2"
        ),
        "note": "応答コード500が返りました。",
    },
    "function_worsened": {
        "company": "A&B <商店>株式会社",
        "contact_name": "青空 花子",
        "contract": Contract(number="K000012"),
        "endpoint": NotificationEndpoint(function="webhook", channel="plus"),
        "check": ConnectivityCheck(
            url="https://hook.aozora.example.com/sms?a=1&b=2", note="3回とも200、中央値は700.0ミリ秒でした。"
        ),
        "measured": ["1回目：接続 8.0 ms、合計 700 ms（応答 200）"],
        "url": ADDRESS,
        "window": "kmc-support@example.jp",
    },
    "rejected": {**CASE, "reason": "ご利用目的が配信ガイドラインに合わないため。"},
    "shown_in_store": CASE,
    "change_completed": {
        **CASE,
        "application": Application(kind="change"),
        "kind": "変更申込",
        "items": ["支払方法"],
        "contract_number": "K000012",
        "in_force_on": datetime.date(2026, 12, 1),
    },
    "cancellation_fixed": {**CASE, **ENDING},
    "contract_ended": {**CASE, **ENDING},
    "account_notice": {
        "company": "A&B <商店>株式会社",
        "contact_name": "青空 花子",
        "replaced": "",
        "contract_number": "K000012",
        "notice_number": "K000012-01",
        "issued_on": datetime.date(2026, 11, 24),
        "billing_start_on": datetime.date(2026, 11, 24),
        "support_site_url": "https://support.kmc.example.jp/",
        "window": "kmc-support@example.jp",
    },
    "test_account_received": {
        "company": "A&B <商店>株式会社",
        "contact_name": "青空 花子",
        "contract_number": "K000012",
        "accounts": [
            {"channel": "+メッセージ", "name": "A&BTEST", "webhook_url": "https://hook.example.jp/t?a=1&b=2"},
            {"channel": "RCS", "name": "A&BTEST", "webhook_url": ""},
        ],
        "own_webhooks": True,
        "url": "http://localhost:8000/portal/contracts/3/",
        "window": "kmc-support@example.jp",
    },
    "support_password_changed": {
        "company": "A&B <商店>株式会社",
        "contact_name": "青空 花子",
        "contract_number": "K000012",
        "changed_on": datetime.date(2026, 11, 24),
        "support_site_url": "https://support.kmc.example.jp/",
        "window": "kmc-support@example.jp",
    },
    "invoice": {
        "company": "A&B <商店>株式会社",
        "contact_name": "",
        "department": "経理部",
        "month": "2026年10月",
        "number": "2026-0000012",
        "issued_on": datetime.date(2026, 11, 20),
        "due_on": datetime.date(2026, 12, 10),
        "total": "12,100",
        "method": "invoice",
        "nothing_to_pay": False,
        "replaces": None,
        "in_portal": True,
    },
}
SECRETS = {
    "invitation": {"link": {}},
    "password_reset": {"link": {}},
    "account_notice": {"support_site_password": {}},
    "support_password_changed": {"support_site_password": {}},
}
ABOUT_A_CASE = sorted(
    KINDS
    - {
        "invitation",
        "password_reset",
        "unknown_account",
        "password_changed",
        "account_notice",
        "function_worsened",
        "test_account_received",
        "invoice",
        "support_password_changed",
    }
)


@pytest.fixture
def unknown_names_shout(settings: Any) -> None:
    """A name that a template asks for and nobody gives is written as 【？】."""
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": "【？%s】"}}]


def compose(kind: str, **more: Any) -> outbox.MailText:
    return outbox.compose(kind, {**CONTEXTS[kind], **more}, SECRETS.get(kind, {}))


def test_every_kind_has_its_template_and_every_template_its_kind() -> None:
    folder = Path(django_settings.BASE_DIR) / "templates" / "mail"
    assert {path.stem for path in folder.glob("[!_]*.txt")} == KINDS
    assert set(CONTEXTS) == KINDS


def test_the_services_send_nothing_else() -> None:
    asked = re.compile(r'(?:_send|compose|queue)\(\s*(?:kind=)?"(\w+)"')
    sources = [
        path
        for app in ("accounts", "applications", "billing", "kmc_portal")
        for path in (Path(django_settings.BASE_DIR) / app).rglob("*.py")
    ]
    found = {kind for path in sources for kind in asked.findall(path.read_text())}
    from_allauth = {"password_reset", "unknown_account", "password_changed"}
    assert found | from_allauth == KINDS


@pytest.mark.django_db
@pytest.mark.usefixtures("unknown_names_shout")
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_mail_is_plain_text_with_a_subject_of_one_line_and_our_signature(kind: str) -> None:
    text = compose(kind)
    assert text.subject.startswith("【KMC】")
    assert "\n" not in text.subject
    assert len(text.subject) <= 60
    assert "【？" not in text.subject + text.body
    assert "{" not in text.body
    assert "&amp;" not in text.body
    assert "&lt;" not in text.body
    assert "お客様窓口" in text.body
    assert "kmc-support@example.jp" in text.body
    assert "https://support.kmc.example.jp/contact/" in text.body
    assert "\n\n\n" not in text.body
    assert text.body == text.body.strip() + "\n"


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ABOUT_A_CASE)
def test_a_mail_about_an_application_names_it_the_company_as_written_and_the_page(kind: str) -> None:
    text = compose(kind)
    assert text.body.startswith("A&B <商店>株式会社\n青空 花子 様\n\n")
    assert "A2026-00012" in text.subject
    assert "申込番号　：A2026-00012\n" in text.body
    assert ADDRESS in text.body


@pytest.mark.django_db
def test_who_is_not_known_by_name_is_addressed_politely() -> None:
    assert "\nご担当者様\n" in compose("accepted", contact_name="").body


@pytest.mark.django_db
def test_a_return_lists_all_findings_with_their_places_and_the_note() -> None:
    text = compose("returned")
    assert "2件" in text.body
    assert (
        "1. アカウントパラメータ申込書（アカウントパラメータ!C12）\n"
        "   番号の桁数が足りません。\n"
        "2. サービス契約プラン表\n"
        '   契約企業名が"A&B"になっていません。\n'
    ) in text.body
    assert "【担当者より】\n11月中にお願いします & よろしく\n" in text.body


@pytest.mark.django_db
def test_a_return_without_a_note_has_no_place_for_one() -> None:
    assert "担当者より" not in compose("returned", note="").body


@pytest.mark.django_db
def test_a_resubmission_is_thanked_for_as_such() -> None:
    again = Submission(version=2, submitted_at=datetime.datetime(2026, 11, 24, 9, 5, tzinfo=JST))
    assert "お申し込み、ありがとうございます。" in compose("submission_received").body
    assert "再提出、ありがとうございます。" in compose("submission_received", submission=again).body
    assert (
        "提出版　　：第2版\n受付日時　：2026年11月24日 09:05\n"
        in compose("submission_received", submission=again).body
    )


@pytest.mark.django_db
def test_an_accepted_release_says_that_the_store_display_comes_next() -> None:
    assert "ご確認いただきます" in compose("accepted").body
    assert "ストアに表示する設定" in compose("accepted", application=Application(kind="release")).body


@pytest.mark.django_db
def test_a_carrier_s_remark_names_the_carrier_and_quotes_it() -> None:
    text = compose("carrier_remarked")
    assert "キャリア　：NTTドコモ\n申請の対象：公式アカウント\n" in text.body
    assert "【指摘の内容】\nアイコンの文字が読めません。\n" in text.body


@pytest.mark.django_db
def test_a_failed_function_names_the_url_as_it_is() -> None:
    text = compose("function_failed")
    assert "通知先URL ：https://hook.aozora.example.com/sms?a=1&b=2\n" in text.body
    assert "応答コード500が返りました。" in text.body


@pytest.mark.django_db
def test_the_account_notice_has_numbers_dates_and_a_place_for_the_password_only() -> None:
    text = compose("account_notice")
    assert "K000012-01" in text.subject
    assert "ご利用番号　：K000012\n" in text.body
    assert "発行日　　　：2026年11月24日\n課金開始日　：2026年11月24日\n" in text.body
    assert "パスワード：⟦support_site_password⟧\n" in text.body
    assert "demo-password" not in text.body


@pytest.mark.django_db
def test_guide_4_4_a_new_password_of_the_support_site_is_a_placeholder_with_the_day_and_the_contract() -> (
    None
):
    text = compose("support_password_changed")
    assert "ご利用番号　：K000012\n変更日　　　：2026年11月24日\n" in text.body
    assert "URL　　　　：https://support.kmc.example.jp/\nパスワード：⟦support_site_password⟧\n" in text.body
    assert "demo-password" not in text.body


@pytest.mark.django_db
def test_guide_2_0_a_request_for_test_accounts_names_them_and_warns() -> None:
    text = compose("test_account_received")
    assert "K000012" in text.subject
    assert (
        "ご利用番号　：K000012\n+メッセージ：A&BTEST\n　Webhook URL：https://hook.example.jp/t?a=1&b=2\nRCS：A&BTEST\n"
    ) in text.body
    assert "疎通確認をご依頼ください。\nhttp://localhost:8000/portal/contracts/3/\n" in text.body
    assert "配信料がかかります。また、宛先が実際のお客様であれば、そのまま届きます。" in text.body
    assert "疎通確認" not in compose("test_account_received", own_webhooks=False).body


@pytest.mark.django_db
def test_a_later_edition_names_the_one_it_replaces() -> None:
    assert (
        "K000012-01 に代わるものです"
        in compose("account_notice", notice_number="K000012-02", replaced="K000012-01").body
    )
    assert "代わる" not in compose("account_notice").body


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "請求書に記載の口座へお振り込み"),
        ({"method": "direct_debit"}, "ご登録の口座から振り替え"),
        ({"method": "other"}, "別途お打ち合わせのとおり"),
        ({"nothing_to_pay": True}, "今回お支払いいただく金額はありません。"),
        ({"replaces": "2026-0000009"}, "請求書 2026-0000009 に代わるものです"),
        ({"department": ""}, "\nご請求ご担当者様\n"),
    ],
)
def test_guide_5_1_an_invoice_s_mail_says_how_it_is_paid(more: Mapping[str, Any], said: str) -> None:
    text = compose("invoice", **more)
    assert text.body.startswith("A&B <商店>株式会社\n")
    assert "お支払期日　：2026年12月10日\n" in text.body
    assert said in text.body


@pytest.mark.django_db
def test_an_invitation_says_how_long_its_link_lives() -> None:
    text = compose("invitation")
    assert "⟦link⟧" in text.body
    assert "7日間" in text.body
