"""§5.1, §5.2: a price list, delivery records and a month's close through the admin, up to the customer's invoice.

October 2026: 10 texts of 133 characters at docomo (3 charged messages each), 20 of 70 at SoftBank, base and contract
fee. 50 × 9.5 = 475; 475 + 10,000 + 30,000 = 40,475; tax at 10 % 4,047.5, rounded down 4,047; together 44,522 yen.
"""

import datetime
import io
from collections.abc import Callable

import pytest
from django.core.management import call_command
from django.utils import timezone
from pdfminer.high_level import extract_text

from accounts.models import Contract, JobRun, SalesPartner, User
from billing import tasks
from billing.models import BillingRun, Invoice
from billing.rules.prices import PriceItem
from billing.services import charges
from tests.fixtures.billing import World, price_list
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import PASSWORD
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.papers import addressees

pytestmark = pytest.mark.django_db
RUNS = "/admin/billing/billingrun/"
UNIT_PRICES = {"sms": "9.5", "monthly_base": "10000", "contract_fee": "30000"}


def work(name: str, task: Callable[[int], None]) -> str:
    """What a worker does with the newest job of that name; its result."""
    job = JobRun.objects.filter(name=name).latest("pk")
    task(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.result
    return job.result


class TestOneMonth:
    @pytest.fixture(autouse=True)
    def stage(
        self, world: World, mailbox: Mailbox, billing_clerk: User, approver: User, customer_admin: User
    ) -> None:
        self.world, self.mailbox = world, mailbox
        self.shiro = StaffBrowser(billing_clerk.email, PASSWORD)
        self.ichiro = StaffBrowser(approver.email, PASSWORD)
        self.sora = CustomerBrowser(customer_admin.email, PASSWORD)
        assert customer_admin.customer is not None
        self.customer = customer_admin.customer

    def test_guide_5_1_from_the_price_list_to_the_customer_s_invoice(self) -> None:
        self.prices()
        self.contract()
        self.usage()
        self.preview()
        self.four_eyes()
        self.final()
        self.sent()
        self.the_customer_reads_it()
        self.why()

    # acts -----------------------------------------------------------------------------------------

    def prices(self) -> None:
        self.world.clock("2026-09-20 10:00")
        table = [
            f"{item.value},,,flat,contract,standard,0,{UNIT_PRICES.get(item, '0')}" for item in PriceItem
        ]
        head = "項目コード,項目名,キャリア,課金方式,範囲,税区分,超える数量,単価"
        self.shiro.log_in()
        self.shiro.open("/admin/billing/pricelist/add/")
        shown = self.shiro.press(
            self.shiro._main_button(),
            ".kmc-form",
            name="標準料金表",
            start="2026-10",
            table="\n".join([head, *table]),
        )
        assert "これまで この月に適用される料金表はありません。" in shown
        assert "9.5" in shown
        self.shiro.press(self.shiro._main_button(), ".kmc-form")
        assert "標準料金表" in self.shiro.text

    def contract(self) -> None:
        """Its account notice was issued on 15 October: the month counts whole."""
        self.world.clock("2026-10-15 10:00")
        self.owned = self.world.contract(self.customer, start="2026-10-15")
        charges.charge_once(
            contract=self.owned,
            kind=PriceItem.CONTRACT_FEE,
            key=f"contract-fee-{self.owned.pk}",
            reason="新規契約",
            charged_on=datetime.date(2026, 10, 15),
            actor=None,
            now=timezone.now(),
        )

    def usage(self) -> None:
        self.world.sent(self.owned, 10, day="2026-10-20", carrier="docomo", chars=133)
        self.world.sent(self.owned, 20, day="2026-10-20", carrier="softbank", chars=70)
        self.world.sent(self.owned, 1, day="2026-10-20", carrier="docomo", chars=661)  # too long for docomo
        self.world.sent("KMC999999999", 1, day="2026-10-20")  # nobody's
        path = self.world.file("2026-10-20")
        self.world.clock("2026-10-21 09:00")
        self.shiro.log_in()
        self.shiro.open("/admin/billing/usagefile/do/upload/")
        self.shiro.press(self.shiro._main_button(), ".kmc-form", uploads=[(path.name, path.read_bytes())])
        assert work("配信実績の取込", tasks.import_usage) == (
            "usage-20261020.csv：受入 30件、拒否 2件、重複 0件"
        )
        self.shiro.open("/admin/billing/usagefile/")
        page = self.shiro.follow("usage-20261020.csv")
        assert "SMSの文字数がキャリアの上限を超えています" in page
        assert "contract_number の契約がありません" in page

    def preview(self) -> None:
        self.world.clock("2026-11-02 10:00")
        tasks.preview_due()
        self.run = BillingRun.objects.get(month="2026-10-01")
        self.shiro.log_in()
        page = self.shiro.open(f"{RUNS}{self.run.pk}/change/")
        assert "44,522円" in page
        assert "足りない日" in page
        self.shiro.press("もう一度試算する")
        assert work("締めの試算", tasks.preview_run) == "2026年10月利用分：請求書 1通を試算しました。"

    def four_eyes(self) -> None:
        self.shiro.open(f"{RUNS}{self.run.pk}/change/")
        assert "ご自身が試算した締めは承認できません" in self.shiro.text
        self.ichiro.log_in()
        self.ichiro.open(f"{RUNS}{self.run.pk}/change/")
        self.ichiro.carry_out("承認する")
        self.run.refresh_from_db()
        assert self.run.state == "approved"

    def final(self) -> None:
        self.shiro.open(f"{RUNS}{self.run.pk}/change/")
        assert "精算確定日（2026年11月9日（月））より前には確定できません" in self.shiro.text
        self.world.clock("2026-11-09 00:10")
        tasks.settle_due()
        self.invoice = Invoice.objects.get()
        assert (self.invoice.number, self.invoice.total) == ("2026-0000001", 44_522)

    def sent(self) -> None:
        self.sora.log_in()
        assert "2026-0000001" not in self.sora.open("/portal/invoices/")
        self.world.clock("2026-11-19 10:00")
        tasks.send_invoices()
        assert self.mailbox.deliver() == []
        self.world.clock("2026-11-20 10:00")
        tasks.send_invoices()
        [mail] = self.mailbox.deliver()
        assert addressees(mail) == ["株式会社あおぞら商店 <keiri@aozora.example.com>"]
        [(_, data, kind)] = [(one.filename, one.content, one.mimetype) for one in mail.attachments]
        assert kind == "application/pdf"
        self.pdf = bytes(data)
        tasks.send_invoices()
        assert self.mailbox.deliver() == []

    def the_customer_reads_it(self) -> None:
        self.sora.log_in()
        page = self.sora.open("/portal/invoices/")
        assert "2026-0000001" in page and "44,522円" in page and "2026年12月10日" in page
        self.world.stop()
        text = extract_text(io.BytesIO(self.pdf))
        for said in (
            self.owned.number,
            "MessageCast/配信料",
            "MessageCast/月額基本料",
            "MessageCast/契約手数料",
            "475",
            "10,000",
            "30,000",
            "40,475",
            "4,047",
            "44,522",
        ):
            assert said in text, said
        self.world.clock("2026-11-20 11:00")

    def why(self) -> None:
        self.shiro.log_in()
        line = self.invoice.lines.get(kind="delivery")
        page = self.shiro.open(f"/admin/billing/invoice/{self.invoice.pk}/lines/{line.position}/")
        assert "NTTドコモでは133～198文字のSMSを3通として課金します。" in page
        assert "usage-20261020.csv" in page and "標準料金表" in page
        call_command("verify_invoice", "2026-0000001")


def test_guide_5_1_a_sales_partner_s_customer_sees_no_invoice_of_the_partner(
    world: World, mailbox: Mailbox, customer_admin: User
) -> None:
    world.clock("2026-10-01 10:00")
    world.prices(price_list(monthly_base="1000"))
    partner = SalesPartner.objects.create(name="株式会社つなぐ代理店", search_key="tsunagu")
    assert customer_admin.customer is not None
    customer_admin.customer.sales_partner = partner
    customer_admin.customer.save(update_fields=["sales_partner"])
    contract: Contract = world.contract(customer_admin.customer, world.account(partner), options=())
    world.clock("2026-11-10 09:00")
    world.close("2026-10")
    world.clock("2026-11-20 10:00")
    tasks.send_invoices()
    [mail] = mailbox.deliver()
    assert addressees(mail) == ["株式会社つなぐ代理店 <keiri@aozora.example.com>"]
    sora = CustomerBrowser(customer_admin.email, PASSWORD)
    sora.log_in()
    assert "2026-0000001" not in sora.open("/portal/invoices/")
    assert contract.number is not None
