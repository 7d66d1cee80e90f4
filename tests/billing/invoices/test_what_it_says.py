"""適格請求書 (§5.1): every field of a qualified invoice, in the text of the PDF, with figures worked out by hand."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.gateways import documents
from accounts.rules.plans import PaymentMethod
from accounts.services import files
from accounts.services.errors import Refused
from billing.models import BillingAccount, Invoice, InvoicePdf
from billing.rules.invoice import Detail, LineKey, LineKind, line
from billing.rules.invoice_pages import Row, document
from billing.rules.tax import TaxCategory
from billing.services import charges, invoices
from kmc_portal.lib.months import Month
from kmc_portal.lib.yen import yen
from tests.fixtures import pdf_text
from tests.fixtures.billing import World, price_list

OCTOBER = Month(2026, 10)
SENT_ON = datetime.date(2026, 11, 20)
CONTENT: dict[str, Any] = {
    "issuer": {
        "name": "例示運営株式会社",
        "registration_number": "T5700015000001",
        "address": "東京都例示区1-2-3",
        "phone": "03-0000-0000",
    },
    "service_name": "メッセージ配信（APIプラン）",
    "account_number": "B000012",
    "recipient": {
        "name": "株式会社あおぞら商店",
        "department": "経理部",
        "postal_code": "100-0001",
        "address": "東京都千代田区1-1",
    },
    "month": "2026-10",
    "period_from": "2026-10-01",
    "period_to": "2026-10-31",
    "issued_on": "2026-11-20",
    "due_on": "2026-12-10",
    "rounding": "floor",
    "payment": {
        "method": "invoice",
        "transfer_account": ["見本銀行 みほん支店", "普通 0000000"],
        "debited_on": None,
    },
    "note": ["振込手数料はご負担ください。"],
    "replaces": None,
    "taxes": [],
    "net": 0,
    "tax": 0,
    "total": 0,
    "contracts": {"7": {"number": "KMC000000007", "company": "株式会社あおぞら商店"}},
}


def sums(*rates: tuple[str, int, int]) -> dict[str, Any]:
    """The content's sums for (rate, net, tax)."""
    net, tax = sum(one[1] for one in rates), sum(one[2] for one in rates)
    rows = [{"rate": rate, "net": net, "tax": tax, "total": net + tax} for rate, net, tax in rates]
    return {"taxes": rows, "net": net, "tax": tax, "total": net + tax}


def of(
    kind: LineKind,
    *details: Detail,
    rate: str = "10",
    month: Month = OCTOBER,
    contract: int = 7,
    remark: str = "",
) -> Row:
    return Row(line(LineKey(contract, month, kind, Decimal(rate)), details), remark)


def printed(*rows: Row, **content: Any) -> str:
    return pdf_text.text(pdf(*rows, **content))


def pdf(*rows: Row, **content: Any) -> bytes:
    data = document(number="2026-0000031", content={**CONTENT, **content}, rows=rows)  # type: ignore[typeddict-item]
    return documents.render("invoice", data, SENT_ON)


def text_of(invoice: Invoice) -> str:
    return pdf_text.text(files.read(invoices.pdf(invoice=invoice)))


BASE = of(LineKind.BASE, Detail("monthly_base", 1, Decimal(10000)))


@pytest.mark.django_db
def test_guide_5_1_an_invoice_of_the_close_has_every_field_of_a_qualified_invoice(invoice: Invoice) -> None:
    """10,000 + 1,000 net, 10 % of 11,000 is 1,100."""
    found = text_of(invoice)
    for said in (
        "請求書番号 2026-0000001",
        "発行日 2026年11月20日",
        "メッセージ運営株式会社（デモ）",
        "登録番号 T5700015000001",
        "電話 03-0000-0000",
        "株式会社あおぞら商店 御中",
        "経理部",
        "〒100-0001",
        "ご利用期間 2026年10月1日 から 2026年10月31日 まで",
        "●ソリューションサービス料金 ●合計 12,100円",
        "ご利用項目 金額（円） 内訳（円） 備考",
        "ご利用番号 KMC000000001 11,000",
        "<10月ご利用内訳> ソリューションサービス",
        "▼MessageCast/月額基本料 10,000",
        "▼MessageCast/各種オプション料 1,000 SMS長文",
        "▼消費税（10%） 1,100 対象 11,000円",
        "●総合計 12,100円",
        "10%対象 11,000 1,100 12,100",
        "消費税は、税率ごとに対象額の合計に対して計算し、1円未満の端数は切り捨てとしています。",
        "お支払期日 2026年12月10日",
        "お振込先 見本銀行 みほん支店",
        "口座名義 メッセージウンエイ（カ",
        "恐れ入りますが、振込手数料は貴社にてご負担くださいますようお願いいたします。",
    ):
        assert said in found, said


@pytest.mark.django_db
def test_guide_5_1_two_rates_stand_apart_and_the_reduced_one_is_marked(world: World) -> None:
    """1,005 at 10 % is 100.5, at 8 % 3 × 105 = 315 is 25.2: 100 and 25 rounded down, 1,320 + 125 = 1,445."""
    world.clock("2026-10-01 09:00")
    world.prices([*price_list(monthly_base="1005")])
    contract = world.contract()
    for number in range(3):
        charges.charge_once(
            contract=contract,
            kind="other",
            key=f"charge-{number}",
            reason="見本の送付",
            charged_on=datetime.date(2026, 10, 15),
            amount=105,
            tax=TaxCategory.REDUCED,
            actor=world.clerk,
            now=timezone.now(),
        )
    world.clock("2026-11-10 09:00")
    [invoice] = world.close("2026-10").values()
    found = text_of(invoice)
    assert "▼消費税（10%） 100 対象 1,005円" in found
    assert "▼消費税（軽減 8%） 25 対象 315円" in found
    assert "10%対象 1,005 100 1,105" in found
    assert "8%対象（軽減税率） 315 25 340" in found
    assert "▼MessageCast/一時費用 ※ 315 見本の送付" in found
    assert "※は軽減税率の対象です。" in found
    assert "●総合計 1,445円" in found


def test_guide_5_2_the_details_show_carrier_segments_units_and_price() -> None:
    """300 texts of two charged messages: 600 × 8.8 = 5,280; 1,000 × 8.25 = 8,250."""
    found = printed(
        of(
            LineKind.DELIVERY,
            Detail("sms", 600, Decimal("8.8000"), carrier="docomo", segments=2),
            Detail("sms", 1000, Decimal("8.2500"), carrier="au", segments=1),
            remark="SMS配信合算値",
        ),
        **sums(("10", 13530, 1353)),
    )
    assert "内容 キャリア 課金区分 数量（通・式） 単価（円） 金額（円）" in found
    assert "SMS NTTドコモ 2通 600 8.8 5,280" in found
    assert "SMS au 1通 1,000 8.25 8,250" in found
    assert "▼MessageCast/配信料 13,530 SMS配信合算値" in found


def test_guide_5_1_an_earlier_month_stands_apart_and_a_reduction_has_its_triangle() -> None:
    """Three messages too many were charged for September: −3 × 8.5 = −25.5, rounded down −26."""
    found = printed(
        BASE,
        of(
            LineKind.DELIVERY,
            Detail("sms", -3, Decimal("8.5"), carrier="au", segments=1),
            month=Month(2026, 9),
            remark="2026年9月利用分の追加・訂正",
        ),
        **sums(("10", 9974, 997)),
    )
    assert "<2026年9月ご利用内訳（追加・訂正）> ソリューションサービス" in found
    assert "▼MessageCast/配信料 ▲26 2026年9月利用分の追加・訂正" in found
    assert "▼MessageCast/配信料（2026年9月利用分の追加・訂正） 10%対象 ▲26" in found
    assert "SMS au 1通 ▲3 8.5 ▲25.5" in found
    assert found.index("<2026年9月") < found.index("<10月")


def test_guide_5_1_a_direct_debit_names_the_day_and_no_bank() -> None:
    payment = {"method": "direct_debit", "transfer_account": [], "debited_on": "2026-12-10"}
    found = printed(BASE, payment=payment, **sums(("10", 10000, 1000)))
    assert "お支払い方法 口座振替" in found
    assert "お支払期日に、ご登録の口座から振り替えます。" in found
    assert "お振込先" not in found


def test_guide_5_1_an_invoice_over_nothing_asks_for_nothing() -> None:
    found = printed(of(LineKind.BASE, Detail("monthly_base", 1, Decimal(0))), **sums(("10", 0, 0)))
    assert "●総合計 0円" in found
    assert "10%対象 0 0 0" in found
    assert "今回お支払いいただく金額はありません。" in found
    assert "お振込先" not in found


def test_an_invoice_below_zero_asks_for_nothing_either() -> None:
    found = printed(
        of(LineKind.ONE_OFF, Detail("other", 1, Decimal(-500), note="お詫び")), **sums(("10", -500, -50))
    )
    assert "●総合計 ▲550円" in found
    assert "お支払いは不要です" in found


def test_what_is_not_taxed_has_no_tax_line() -> None:
    found = printed(
        of(LineKind.ONE_OFF, Detail("other", 1, Decimal(700), note="立替金"), rate="0"), **sums(("0", 700, 0))
    )
    assert "不課税・非課税 700 0 700" in found
    assert "▼消費税" not in found


def test_guide_5_1_contracts_stand_by_number_each_with_its_subtotal() -> None:
    names = {
        "7": {"number": "KMC000000009", "company": "みどり工業株式会社"},
        "8": {"number": "KMC000000002", "company": "しろ株式会社"},
    }
    found = printed(
        BASE, of(LineKind.BASE, Detail("monthly_base", 1, Decimal(2500)), contract=8),
        contracts=names, **sums(("10", 12500, 1250)),
    )  # fmt: skip
    assert found.index("ご利用番号 KMC000000002 2,500") < found.index("ご利用番号 KMC000000009 10,000")


def test_guide_5_1_a_partner_s_invoice_over_hundreds_of_contracts_loses_nothing() -> None:
    """300 contracts × 10,000; every one of them twice, in the lines and in the details, on several pages."""
    contracts = {
        str(n): {"number": f"KMC{n:09d}", "company": f"とても長い名前の見本株式会社{'あ' * 90}{n}号"}
        for n in range(1, 301)
    }
    made = pdf(
        *(of(LineKind.BASE, Detail("monthly_base", 1, Decimal(10000)), contract=n) for n in range(1, 301)),
        contracts=contracts, **sums(("10", 3000000, 300000)),
    )  # fmt: skip
    pages = pdf_text.pages(made)
    assert len(pages) > 20
    flat = "".join(pages).replace("\n", "")
    for number in (1, 150, 300):
        assert flat.count(f"ご利用番号 KMC{number:09d} ") >= 2
        assert f"{'あ' * 5}{number}号" in flat
    assert all(
        "ご利用項目 金額（円）" in page or "内容 キャリア" in page for page in pages if "▼MessageCast" in page
    )
    assert "●総合計 3,300,000円" in flat
    assert pdf_text.inside(made)


def test_the_longest_names_and_remarks_are_kept_whole_and_on_the_page() -> None:
    name, remark = "長" * 120, "備" * 200
    made = pdf(
        of(LineKind.ONE_OFF, Detail("other", 1, Decimal(1), note="理" * 200), remark=remark),
        recipient={**CONTENT["recipient"], "name": name, "department": "部" * 120, "address": "住" * 250},
        contracts={"7": {"number": "KMC000000007", "company": name}},
        **sums(("10", 1, 0)),
    )
    flat = pdf_text.text(made)
    assert flat.count("長") >= 120 * 3 and flat.count("備") >= 200 and flat.count("部") >= 120
    assert flat.count("住") >= 250 and flat.count("理") >= 200
    assert pdf_text.inside(made)


@pytest.mark.parametrize("name", ["#panic() *太字* $x$", "𠮷田・髙橋・山﨑", "<b>&amp;</b>", "a_b@c\\d`e`"])
def test_a_name_is_printed_as_it_is_written(name: str) -> None:
    contracts = {"7": {"number": "KMC000000007", "company": name}}
    recipient = {**CONTENT["recipient"], "name": name}
    found = printed(BASE, recipient=recipient, contracts=contracts, **sums(("10", 10000, 1000)))
    assert f"{name} 御中" in found
    assert found.count(name) >= 3


@pytest.mark.django_db
def test_a_sign_that_cannot_be_printed_is_named_with_its_field_and_holds_up_no_other(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    world.contract(world.company("絵文字😀株式会社"))
    world.contract(world.company("みどり工業株式会社"))
    world.clock("2026-11-10 09:00")
    bad, good = sorted(world.close("2026-10").values(), key=lambda made: made.number)
    faults = invoices.make_pdfs(invoice_ids=[bad.pk, good.pk])
    assert faults == [
        f"請求書 {bad.number}：請求先の宛名にある文字「😀」（U+1F600）は、文書に印字できません。"
        "別の文字に直してから、もう一度作成してください。"
    ]
    assert [made.invoice_id for made in InvoicePdf.objects.all()] == [good.pk]
    with pytest.raises(Refused, match="U\\+1F600"):
        invoices.pdf(invoice=bad)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "said"),
    [
        (PaymentMethod.INVOICE, "請求書払い（お振込み）"),
        (PaymentMethod.DIRECT_DEBIT, "口座振替"),
        (PaymentMethod.OTHER, "その他（ご相談）"),
    ],
)
def test_guide_5_1_the_account_s_payment_method_is_on_its_invoice(
    world: World, method: PaymentMethod, said: str
) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    company = world.company()
    account: BillingAccount = world.account(company, payment=method)
    world.contract(company, account)
    world.clock("2026-11-10 09:00")
    [invoice] = world.close("2026-10").values()
    assert f"お支払い方法 {said}" in text_of(invoice)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1,000"),
        (-1, "▲1"),
        (-1234567, "▲1,234,567"),
        (Decimal("8.8000"), "8.8"),
        (Decimal("10000"), "10,000"),
        (Decimal("0.0625"), "0.0625"),
        (Decimal("-25.50"), "▲25.5"),
        (Decimal("1E+3"), "1,000"),
    ],
)
def test_amounts_have_thousands_and_a_triangle_below_zero(amount: int | Decimal, text: str) -> None:
    assert yen(amount) == text
