"""§1.5: the two plans with RCS. One parameter sheet carries both accounts; cells as the RCS workbook is issued.

Business days after Tue 2026-11-24: 10 = 12-08, 12 = 12-10, 18 = 12-18, 22 = 12-24.
"""

import io

import pytest
from pdfminer.high_level import extract_text

from accounts.models import AccountNotice, OfficialAccount
from applications.models import Application
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.papers import PARAMETERS, picture, pictures, sample_form

PAPER = "サービス利用申込書（APIプラン）_RCS"
NAMES = {"plus.nickname": "あおぞら商店", "rcs.display_name": "あおぞら商店 RCS"}


def test_guide_1_5_plus_and_rcs_together_from_application_to_notice(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, saburo: StaffBrowser, ichiro: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("plus_rcs", "test_account", **NAMES)
    case = sora.case
    assert sora.due() == "2026年12月18日（金）ごろ"
    hanako.up_to_confirmation(case)
    rows = sora.registered()
    assert rows["表示名"] == ("あおぞら商店 RCS", "あおぞら商店 RCS")
    assert rows["テーマ色"] == ("#1A5FB4", "#1A5FB4")
    assert rows["ロゴ画像のファイル名"] == ("logo.png", "logo.png")
    sora.confirm()
    for carrier in ("NTTドコモ", "KDDI", "ソフトバンク"):
        saburo.do(case, "申請した", within=carrier)
        saburo.do(case, "承認された", within=carrier)
    saburo.do(case, "キャリア申請を終える")
    missing = saburo.why_not(case, "通知書の承認を依頼する")
    for identifier in (
        "+メッセージのbotId",
        "+メッセージ（試験用）のbotId",
        "RCSのagentId",
        "RCS（試験用）のagentId",
    ):
        assert identifier in missing
    identifiers = {
        "あおぞら商店": "bot-0051",
        "あおぞら商店TEST": "bot-0051-t",
        "あおぞら商店 RCS": "agent-0051",
        "あおぞら商店 RCSTEST": "agent-0051-t",
    }
    saburo.set_identifiers(case, identifiers)
    assert OfficialAccount.objects.count() == 4
    saburo.do(case, "通知書の承認を依頼する")
    clock("2026-12-17 10:00")
    ichiro.do(case, "承認して通知書を発行する")
    assert Application.objects.get().state == "completed"
    accounts = AccountNotice.objects.get().content["official_accounts"]
    assert {
        (row["channel"], row["name"], row["identifier_label"], row["identifier"]) for row in accounts
    } == {
        ("+メッセージ", "あおぞら商店", "botId", "bot-0051"),
        ("+メッセージ", "あおぞら商店TEST", "botId", "bot-0051-t"),
        ("RCS", "あおぞら商店 RCS", "agentId", "agent-0051"),
        ("RCS", "あおぞら商店 RCSTEST", "agentId", "agent-0051-t"),
    }
    sora.open("/portal/downloads/")
    pdf = "".join(extract_text(io.BytesIO(sora.fetch("アカウント通知書 KMC000000001-01"))).split())
    for words in ("+メッセージ/RCS併用", "agent-0051-t", "あおぞら商店RCSTEST", "試験用"):
        assert words in pdf, words


def test_guide_1_5_an_identifier_that_another_account_has_is_refused(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, saburo: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    for number in (1, 2):
        sora.apply("plus")
        hanako.up_to_confirmation(sora.case)
        sora.confirm()
        for carrier in ("NTTドコモ", "KDDI", "ソフトバンク"):
            saburo.do(sora.case, "申請した", within=carrier)
            saburo.do(sora.case, "承認された", within=carrier)
        saburo.do(sora.case, "キャリア申請を終える")
        saburo.set_identifiers(sora.case, {"見本トラベル": "bot-0001"})
        assert ("別のアカウントで使われています" in saburo.page.text) == (number == 2)


def test_guide_1_5_softbank_sender_number_beside_rcs_takes_the_longest_of_each_end(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("sms_plus_rcs", "softbank_sender", **{"sms.softbank_sender": "212345"})
    assert sora.due() == "2026年12月18日（金）～12月24日（木）"  # 18 of RCS, 22 of SoftBank
    hanako.up_to_confirmation(sora.case)
    sora.confirm()
    rows = [line.get_text(" ", strip=True) for line in sora.soup.select("#carriers h3")]
    assert rows == [
        "NTTドコモ 公式アカウント",
        "KDDI 公式アカウント",
        "ソフトバンク 公式アカウント",
        "ソフトバンク SoftBank送信元表示番号",
    ]


def test_guide_1_5_rakuten_joins_where_the_setting_says_so(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, saburo: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    saburo.open("/admin/accounts/setting/")
    saburo.follow("楽天モバイルへのキャリア申請も行う")
    saburo.carry_out("変更する", value="yes")
    sora.apply("plus_rcs")
    hanako.up_to_confirmation(sora.case)
    sora.confirm()
    assert "未申請" in sora.text_of("楽天モバイル")


@pytest.mark.parametrize(
    ("options", "length", "fits"),
    [((), 40, True), ((), 41, False), (("test_account",), 36, True), (("test_account",), 37, False)],
)
def test_guide_2_1_a_the_display_name_leaves_room_for_TEST(
    clock: Clock, sora: CustomerBrowser, options: tuple[str, ...], length: int, fits: bool
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus_rcs", *options)
    form = sample_form("plus_rcs", options=options, **{"rcs.display_name": "あ" * length})
    sora.upload(("申込書.xlsx", form), *pictures("plus_rcs"))
    assert [fault.split(" ")[0] for fault in sora.faults(PAPER)] == ([] if fits else [f"{PARAMETERS}!C64"])


def test_guide_1_5_faults_of_the_rcs_account_are_named_with_their_cells(
    clock: Clock, sora: CustomerBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus_rcs", "webhook")
    answers = {
        "rcs.color": "#FFEE00",  # too light on white
        "rcs.phone": None,
        "rcs.phone_label": None,
        "rcs.website": None,
        "rcs.website_label": None,
        "rcs.webhook_url": "https://abc123.execute-api.ap-northeast-1.amazonaws.com/hook",
    }
    form = sample_form("plus_rcs", options=("webhook",), **answers)
    sora.upload(("申込書.xlsx", form), *pictures("plus_rcs"))
    faults = sora.faults(PAPER)
    assert [fault.split(" ")[0] for fault in faults] == [
        f"{PARAMETERS}!C65",
        f"{PARAMETERS}!C72",
        f"{PARAMETERS}!C84",
    ]
    assert "カスタムドメイン" in faults[2]


def test_guide_1_5_logo_and_banner_have_exact_sizes(clock: Clock, sora: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus_rcs")
    files = [("申込書.xlsx", sample_form("plus_rcs")), ("icon.png", picture(640, 640))]
    sora.upload(*files, ("logo.png", picture(225, 224)), ("banner.png", picture(1440, 447)))
    assert "直す点 1件" in sora.text_of("RCS公式アカウントのロゴ画像")
    assert "224" in sora.text_of("RCS公式アカウントのロゴ画像")
    assert "直す点 1件" in sora.text_of("RCS公式アカウントのバナー画像")
    assert not sora.has_button("お申し込みを提出する")
    sora.upload(("logo.png", picture(224, 224)), ("banner.png", picture(1440, 448)))
    assert sora.has_button("お申し込みを提出する")
