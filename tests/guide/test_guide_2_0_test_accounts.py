"""§2.0: a +Message contract in use asks for its test account, from the warning to the marked deliveries on an invoice.

December 2026, invented prices: 40 messages from production and 5 tests at 8 yen = 360; base 10,000; the options
Webhook 3,000 and 試験用アカウント 1,000: 14,360 yen, tax at 10 % 1,436.
"""

import datetime
import io
from pathlib import Path

import pytest
from django.core.management import call_command
from pdfminer.high_level import extract_text

from accounts.models import AccountNotice, Contract, OfficialAccount, OfficialAccountProfile, User
from accounts.services import files
from accounts.services.periods import put_in_force
from billing.services import invoices
from kmc_portal.lib.jst import date_of
from tests.fixtures import pdf_text
from tests.fixtures.billing import World, price_list
from tests.fixtures.mail import Mailbox
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import Clock
from tests.guide.papers import addressees

NAME, TEST_NAME = "あおぞら商店", "あおぞら商店TEST"
WARNING = "試験用アカウントからの配信にも配信料がかかります。また、実際のお客様に届きます。"
UNIT_PRICES = {"plus": "8", "monthly_base": "10000", "option_webhook": "3000", "option_test_account": "1000"}


def in_use(
    case: int,
    hanako: StaffBrowser,
    sora: CustomerBrowser,
    saburo: StaffBrowser,
    ichiro: StaffBrowser,
    **names: str,
) -> Contract:
    """From the submitted application to the notice, all on one day. `names`: identifier by the account's name."""
    hanako.up_to_confirmation(case)
    sora.confirm()
    for carrier in ("NTTドコモ", "KDDI", "ソフトバンク"):
        saburo.do(case, "申請した", within=carrier)
        saburo.do(case, "承認された", within=carrier)
    saburo.do(case, "キャリア申請を終える")
    saburo.set_identifiers(case, names)
    saburo.do(case, "通知書の承認を依頼する")
    ichiro.do(case, "承認して通知書を発行する")
    return Contract.objects.get()


class TestOneTestAccount:
    @pytest.fixture(autouse=True)
    def stage(
        self,
        clock: Clock,
        mailbox: Mailbox,
        sora: CustomerBrowser,
        hanako: StaffBrowser,
        saburo: StaffBrowser,
        ichiro: StaffBrowser,
        billing_clerk: User,
        approver: User,
        reception: User,
        tmp_path: Path,
    ) -> None:
        self.clock, self.mailbox = clock, mailbox
        self.sora, self.hanako, self.saburo, self.ichiro = sora, hanako, saburo, ichiro
        self.world = World(tmp_path, billing_clerk, approver, reception)

    def test_guide_2_0_asked_for_when_the_contract_is_in_use(self) -> None:
        self.a_contract_without_one()
        self.the_customer_asks()
        self.operations_enter_the_identifier()
        self.a_second_person_issues_the_notice()
        self.production_changes()
        self.deliveries_are_charged_and_marked()
        self.the_end()

    # acts -----------------------------------------------------------------------------------------

    def a_contract_without_one(self) -> None:
        self.clock("2026-12-01 10:00")
        self.world.prices(price_list(**UNIT_PRICES), start="2026-12")
        answers = {"plus.nickname": NAME, "plus.webhook_url": "https://hooks.aozora.example.com/plus"}
        self.sora.apply("plus", "webhook", **answers)
        self.contract = in_use(
            self.sora.case, self.hanako, self.sora, self.saburo, self.ichiro, **{NAME: "bot-0042"}
        )
        [account] = AccountNotice.objects.get().content["official_accounts"]
        assert (account["name"], account["is_test"]) == (NAME, False)

    def the_customer_asks(self) -> None:
        self.clock("2026-12-03 10:00")
        self.mailbox.deliver()
        page = self.sora.open(f"/portal/contracts/{self.contract.pk}/")
        assert WARNING not in page
        shown = self.sora.follow("試験用アカウントを申し込む")
        assert WARNING in shown and TEST_NAME in shown
        refused = self.sora.press(
            "試験用アカウントを申し込む", status=422, webhook_plus="http://hooks.aozora.example.com/plus-test"
        )
        assert "+メッセージの試験用Webhook URL：" in refused and "https" in refused
        done = self.sora.press(
            "試験用アカウントを申し込む", webhook_plus="https://hooks.aozora.example.com/plus-test"
        )
        assert "試験用アカウントのお申し込みを受け取りました。" in self.sora.said
        assert WARNING in done and TEST_NAME in done and "botId：設定前" in done
        [mail] = self.mailbox.deliver()
        assert addressees(mail) == ["例示 次郎 <jiro@travel.example.jp>"]  # the account contact of the form
        assert mail.subject.startswith("【KMC】試験用アカウントのお申し込みを受け取りました")
        assert TEST_NAME in mail.body and "配信料がかかります" in mail.body

    def operations_enter_the_identifier(self) -> None:
        self.clock("2026-12-04 10:00")
        assert "試験用アカウントの識別子待ち 1 件" in self.saburo.open("/admin/")
        self.saburo.follow("試験用アカウントの識別子待ち 1 件 識別子を入力すると通知書の再発行に進む契約")
        self.saburo.follow(self.contract.number or "")
        assert "識別子が1件、未入力です" in self.saburo.text_of("#accounts")
        test = OfficialAccount.objects.get(production__isnull=False)
        self.saburo.carry_out("試験用アカウントの識別子を入力する", **{f"account_{test.pk}": "bot-0042-t"})
        assert "通知書の再発行を依頼しました" in self.saburo.page.text
        assert "試験用アカウントの識別子待ち 0 件" in self.saburo.open("/admin/")

    def a_second_person_issues_the_notice(self) -> None:
        self.clock("2026-12-07 10:00")
        self.mailbox.deliver()
        self.ichiro.open(f"/admin/accounts/contract/{self.contract.pk}/change/")
        self.ichiro.carry_out("承認して発行する")
        notice = AccountNotice.objects.get(edition=2)
        assert notice.reason == "試験用アカウントの追加"
        rows = [
            (row["name"], row["identifier"], row["is_test"]) for row in notice.content["official_accounts"]
        ]
        assert rows == [(NAME, "bot-0042", False), (TEST_NAME, "bot-0042-t", True)]
        urls = [(row["url"], row["account"]) for row in notice.content["notification_functions"]]
        assert urls == [
            ("https://hooks.aozora.example.com/plus", "商用"),
            ("https://hooks.aozora.example.com/plus-test", "試験用"),
        ]
        self.contract.refresh_from_db()
        assert self.contract.billing_start_on == datetime.date(2026, 12, 1)
        [mail] = self.mailbox.deliver()
        assert f"{self.contract.number}-02" in mail.subject
        self.sora.open("/portal/downloads/")
        assert WARNING in self.sora.text
        pdf = extract_text(io.BytesIO(self.sora.fetch(f"アカウント通知書 {self.contract.number}-02")))
        text = "".join(pdf.split())
        assert TEST_NAME in text and "bot-0042-t" in text
        assert "試験用アカウントからの配信も課金の対象です。" in text

    def production_changes(self) -> None:
        """The test account follows the same day, and is never asked."""
        now = self.clock("2026-12-10 10:00")
        production = OfficialAccount.objects.get(production=None)
        put_in_force(
            model=OfficialAccountProfile,
            key={"account": production},
            values={"name": "あおぞら"},
            day=date_of(now),
        )
        self.sora.open(f"/portal/contracts/{self.contract.pk}/")
        assert "あおぞらTEST" in self.sora.text_of("アカウント")
        assert TEST_NAME not in self.sora.text_of("アカウント")
        before = self.saburo.open(f"/admin/accounts/contract/{self.contract.pk}/change/?on=2026-12-09")
        assert TEST_NAME in before

    def deliveries_are_charged_and_marked(self) -> None:
        self.clock("2027-01-12 09:00")
        for account, messages in (("bot-0042", 40), ("bot-0042-t", 5)):
            self.world.sent(self.contract, messages, day="2026-12-15", channel="plus", chars="")
            for line in self.world.lines[-messages:]:
                line["account"] = account
        self.world.arrives("2026-12-15")
        [invoice] = self.world.close("2026-12").values()
        lines = {line.kind: line for line in invoice.lines.all()}
        assert (lines["delivery"].net, lines["base"].net, lines["options"].net) == (360, 10000, 4000)
        assert (invoice.net, invoice.tax, invoice.total) == (14360, 1436, 15796)
        assert [(one["quantity"], "for_test" in one) for one in lines["delivery"].details] == [
            (40, False),
            (5, True),
        ]
        call_command("verify_invoice", invoice.number)
        assert "+メッセージ（試験用）" in pdf_text.text(files.read(invoices.pdf(invoice=invoice)))

    def the_end(self) -> None:
        self.clock("2027-01-20 10:00")
        self.saburo.open(f"/admin/accounts/contract/{self.contract.pk}/change/")
        self.saburo.carry_out("試験用アカウントを終了する")
        assert "2027年1月20日" in self.saburo.page.text
        self.clock("2027-01-21 10:00")
        self.sora.open(f"/portal/contracts/{self.contract.pk}/")
        assert "TEST" not in self.sora.text and WARNING not in self.sora.text


def test_guide_2_0_no_room_for_TEST_means_that_the_name_is_changed_first(
    clock: Clock, sora: CustomerBrowser, hanako: StaffBrowser, saburo: StaffBrowser, ichiro: StaffBrowser
) -> None:
    clock("2026-12-01 10:00")
    saburo.open("/admin/accounts/setting/")
    saburo.follow("+メッセージ nickname の最大文字数")
    saburo.carry_out("変更する", value="9")
    sora.apply("plus", **{"plus.nickname": NAME})  # 6 characters; 9 less TEST leaves 5
    contract = in_use(sora.case, hanako, sora, saburo, ichiro, **{NAME: "bot-0042"})
    sora.open(f"/portal/contracts/{contract.pk}/")
    assert "アカウント名（nickname）を5文字以内にする変更をお申し込みください。" in sora.follow(
        "試験用アカウントを申し込む"
    )
    assert not sora.has_button("試験用アカウントを申し込む")
    saburo.open("/admin/accounts/setting/")
    saburo.follow("+メッセージ nickname の最大文字数")
    saburo.carry_out("変更する", value="10")
    sora.open(f"/portal/contracts/{contract.pk}/test-account/")
    assert TEST_NAME in sora.press("試験用アカウントを申し込む")
