"""§1.4: a +Message contract with carriers, a test account (§2.0), a webhook that fails its check, and store display.

Business days after Tue 2026-11-24: 1 = 11-25, 5 = 12-01, 6 = 12-02, 17 = 12-17, 18 = 12-18, then 12-21, 12-22.
"""

import datetime
import io

import pytest
from pdfminer.high_level import extract_text

from accounts.models import AccountNotice, Contract, OfficialAccount
from applications.models import Application
from tests.fixtures.mail import Mailbox
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.papers import PARAMETERS, filled, picture, release_form, sample_form

NAME, TEST_NAME = "あおぞら商店", "あおぞら商店TEST"
OPTIONS = ("webhook", "test_account", "store_display")
ANSWERS = {
    "plus.nickname": NAME,
    "plus.webhook_url": "https://hooks.aozora.example.com/plus",
    "plus.test_webhook_url": "https://hooks.aozora.example.com/plus-test",
}
REMARK = "アカウントの説明文から、配信する内容が読み取れるように書き換えてください。"


class TestOneContract:
    @pytest.fixture(autouse=True)
    def stage(
        self,
        clock: Clock,
        mailbox: Mailbox,
        sora: CustomerBrowser,
        hanako: StaffBrowser,
        saburo: StaffBrowser,
        ichiro: StaffBrowser,
    ) -> None:
        self.clock, self.mailbox = clock, mailbox
        self.sora, self.hanako, self.saburo, self.ichiro = sora, hanako, saburo, ichiro

    def test_guide_1_4_from_application_to_the_store(self) -> None:
        self.application()
        self.carriers()
        self.remark_and_answer()
        self.setup_with_a_test_account()
        self.a_failed_check_does_not_hold_the_notice()
        self.store_display()

    # acts -----------------------------------------------------------------------------------------

    def application(self) -> None:
        self.clock("2026-11-24 10:00")
        choice = self.sora.look_at_choice("plus", *OPTIONS)
        assert "試験用アカウントからの配信も有料です。また、実際のお客様に届きます。" in choice
        assert "利用開始時に、リリースチェックリスト" in choice
        assert "18営業日" in choice
        self.sora.apply("plus", *OPTIONS, **ANSWERS)
        self.case = self.sora.case
        assert self.sora.due() == "2026年12月18日（金）ごろ"
        self.clock("2026-11-25 10:00")
        self.hanako.up_to_confirmation(self.case)
        rows = self.sora.registered()
        assert rows["アカウント名（nickname）"] == (NAME, NAME)
        self.sora.confirm()
        assert self.sora.steps()["携帯キャリアの審査中"] == "いまここ"

    def carriers(self) -> None:
        self.clock("2026-11-26 10:00")
        shown = self.saburo.go_to(self.case)
        for carrier in ("NTTドコモ", "KDDI", "ソフトバンク"):
            assert "未申請" in self.saburo.text_of(carrier)
            self.saburo.do(self.case, "申請した", within=carrier)
        assert "楽天" not in shown  # only where a setting says so
        self.clock("2026-11-30 10:00")
        self.saburo.do(self.case, "承認された", within="NTTドコモ")
        refusal = self.saburo.why_not(self.case, "キャリア申請を終える")
        assert "KDDI" in refusal
        assert "ソフトバンク" in refusal
        assert "NTTドコモ" not in refusal
        self.sora.go_to_case()  # partial approval is shown, never hidden
        assert "承認" in self.sora.text_of("NTTドコモ")
        assert "申請中" in self.sora.text_of("KDDI")
        assert "申請中" in self.sora.text_of("ソフトバンク")

    def remark_and_answer(self) -> None:
        self.mailbox.deliver()
        self.clock("2026-12-01 10:00")
        self.saburo.do(self.case, "指摘があった", within="KDDI", text=REMARK)
        [mail] = self.mailbox.deliver()
        assert mail.subject.startswith("【KMC】携帯キャリアからの指摘について")
        assert REMARK in mail.body
        assert "キャリア　：KDDI" in mail.body
        assert REMARK in self.saburo.mail
        self.clock("2026-12-02 10:00")
        assert self.sora.due() == "2026年12月21日（月）ごろ"  # 12-02 lost so far
        assert "数えが止まっています" in self.sora.text
        assert "KDDI（公式アカウント）の指摘に回答してください" in self.sora.open("/portal/")
        self.sora.open(self.mailbox.link(mail))
        assert REMARK in self.sora.text_of("KDDI")
        assert "承認" in self.sora.text_of("NTTドコモ")

        self.clock("2026-12-03 10:00")
        self.sora.reply("KDDI", "説明文を書き換えました。", ("説明文.png", picture(300, 200)))
        assert self.sora.due() == "2026年12月22日（火）ごろ"  # 12-02 and 12-03 lost
        assert "数えが止まっています" not in self.sora.text
        assert "回答済（再申請待ち）" in self.sora.text_of("KDDI")
        assert "説明文を書き換えました。" in self.sora.text_of("KDDI")
        assert self.sora.fetch("説明文.png", within="KDDI").startswith(b"\x89PNG")

        self.clock("2026-12-04 10:00")
        assert "説明文を書き換えました。" in self.saburo.go_to(self.case)
        self.saburo.do(self.case, "再申請した", within="KDDI")
        assert "再申請中" in self.saburo.text_of("KDDI")
        self.saburo.do(self.case, "承認された", within="ソフトバンク")
        self.clock("2026-12-07 10:00")
        self.saburo.do(self.case, "承認された", within="KDDI")
        self.saburo.do(self.case, "キャリア申請を終える")
        assert "すべてのキャリアで承認されました" in self.sora.go_to_case()

    def setup_with_a_test_account(self) -> None:
        self.clock("2026-12-08 10:00")
        missing = self.saburo.why_not(self.case, "通知書の承認を依頼する")
        assert "+メッセージのbotId" in missing
        assert "+メッセージ（試験用）のbotId" in missing
        assert TEST_NAME in self.saburo.text_of("#setup")
        assert "実際のエンドユーザーにも届きます" in self.saburo.text_of("#setup")  # §2.0
        self.saburo.set_identifiers(self.case, {NAME: "bot-0042", TEST_NAME: "bot-0042-t"})
        test = OfficialAccount.objects.get(identifier="bot-0042-t")
        assert test.production is not None
        assert test.profiles.count() == 0  # derived, not copied
        assert test.production.identifier == "bot-0042"

    def a_failed_check_does_not_hold_the_notice(self) -> None:
        self.mailbox.deliver()
        self.saburo.do(
            self.case, "手動でOKにする", within=self._function(test=True), note="応答 200、中央値 120 ms"
        )
        note = "応答 200、中央値 930 ms（500 ms を超過）"
        self.saburo.do(self.case, "手動でNGにする", within=self._function(test=False), note=note)
        [mail] = self.mailbox.deliver()
        assert note in mail.body
        assert "https://hooks.aozora.example.com/plus" in mail.body
        assert "そのほかの準備は、このまま進めてまいります。" in mail.body
        self.saburo.do(self.case, "通知書の承認を依頼する")
        self.clock("2026-12-10 10:00")
        self.ichiro.do(self.case, "承認して通知書を発行する")
        assert Application.objects.get(pk=self.case).state == "completed"
        contract = Contract.objects.get()
        assert contract.billing_start_on == datetime.date(2026, 12, 10)
        self.sora.open(f"/portal/contracts/{contract.pk}/")
        assert "試験用（有料・実際に届きます）" in self.sora.text_of("アカウント")
        assert "ストア表示：非表示" in self.sora.text_of("アカウント")
        pdf = "".join(extract_text(io.BytesIO(self.sora.fetch("アカウント通知書"))).split())
        for words in (
            NAME,
            TEST_NAME,
            "bot-0042",
            "bot-0042-t",
            "試験用",
            "非表示",
            "未設定",
            "設定済",
            "+メッセージのみ",
        ):
            assert words in pdf, words
        functions = AccountNotice.objects.get().content["notification_functions"]
        assert [(row["url"], row["account"], row["state"]) for row in functions] == [
            ("https://hooks.aozora.example.com/plus", "商用", "未設定"),
            ("https://hooks.aozora.example.com/plus-test", "試験用", "設定済"),
        ]

    def store_display(self) -> None:
        """§1.4 ※6: hidden at first, shown with the release checklist."""
        self.mailbox.deliver()
        contract = Contract.objects.get()
        self.clock("2026-12-14 10:00")
        assert "ストア表示を始めるにはリリースチェックリストをご提出ください" in self.sora.open("/portal/")
        self.sora.open(f"/portal/contracts/{contract.pk}/")
        self.sora.press("ストア表示を申請する")
        self.sora.case = int(self.sora.page.request.path.rstrip("/").rpartition("/")[2])
        unchecked = filled(release_form(), {("リリースチェックリスト", "C13"): "未確認"})
        self.sora.upload(("リリースチェックリスト.xlsx", unchecked))
        [fault] = self.sora.faults("リリースチェックリスト")
        assert fault.startswith("リリースチェックリスト!C13 ")
        assert not self.sora.has_button("お申し込みを提出する")
        self.sora.upload(("リリースチェックリスト.xlsx", release_form()))
        self.sora.submit()
        assert "リリースチェックリスト" in self.hanako.take(self.sora.case)
        self.hanako.accept_documents(self.sora.case)
        self.hanako.do(self.sora.case, "チェックリストを受理する")
        assert not self.hanako.soup.select("#comparison")  # the checklist registers nothing to compare
        self.clock("2026-12-15 10:00")
        self.mailbox.deliver()
        self.saburo.do(self.sora.case, "ストア表示にする")
        [mail] = self.mailbox.deliver()
        assert mail.subject.startswith("【KMC】公式アカウントのストア表示が完了しました")
        self.sora.open(f"/portal/contracts/{contract.pk}/")
        assert "2026年12月15日から表示" in self.sora.text_of("アカウント")
        assert not self.sora.has_button("ストア表示を申請する")
        assert (
            AccountNotice.objects.get().content["official_accounts"][0]["store_display"] == "非表示"
        )  # as issued

    def _function(self, *, test: bool) -> str:
        """A selector for one of the two webhooks on the case's page."""
        self.saburo.go_to(self.case)
        ending = "/plus-test" if test else "/plus"
        for number, box in enumerate(self.saburo.soup.select("#functions .kmc-function"), start=1):
            url = box.select_one("code")
            if url is not None and url.get_text().endswith(ending):
                return f"#functions .kmc-function:nth-of-type({number})"
        raise AssertionError(self.saburo.text_of("#functions"))


@pytest.mark.parametrize(("length", "fits"), [(16, True), (17, False)])
def test_guide_2_0_the_production_name_leaves_room_for_TEST(
    clock: Clock, sora: CustomerBrowser, length: int, fits: bool
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus", "test_account")
    form = sample_form("plus", options=("test_account",), **{"plus.nickname": "あ" * length})
    sora.upload(("申込書.xlsx", form), ("icon.png", picture(640, 640)))
    faults = sora.faults("サービス利用申込書（APIプラン）_+メッセージ")
    assert [fault.split(" ")[0] for fault in faults] == ([] if fits else [f"{PARAMETERS}!C37"])


def test_guide_1_4_the_icon_is_asked_for_and_checked(clock: Clock, sora: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    sora.begin("plus")
    sora.upload(("申込書.xlsx", sample_form("plus")))
    assert "未添付" in sora.text_of("+メッセージ公式アカウントのアイコン画像")
    assert not sora.has_button("お申し込みを提出する")
    sora.upload(("icon.png", picture(640, 640)))
    assert sora.has_button("お申し込みを提出する")


def test_guide_1_4_store_display_is_not_offered_without_the_option_or_before_the_notice(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.apply("plus", "store_display")
    hanako.take(sora.case)
    hanako.accept(sora.case)
    sora.open(f"/portal/contracts/{Contract.objects.get().pk}/")
    assert not sora.has_button("ストア表示を申請する")
