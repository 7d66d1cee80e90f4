"""請求書 in the admin: found, opened, explained down to days and files, checked again, exported (§5.1, §5.2)."""

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Download
from billing.models import Invoice, PreviewInvoice
from billing.services import closing
from kmc_portal.lib.months import Month
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/invoice/"


@pytest.fixture
def invoices(world, arrives):
    """October 2026, final. Aozora: 2 texts of 3 messages at docomo, 3 of 1 at au → 6 × 10.5 + 3 × 10.5 = 94.5 → 94;
    with 1,000 base 1,094 + 109 tax = 1,203. Minato: 1,000 + 100 = 1,100."""
    world.clock("2026-11-09 09:00")
    world.prices(sms="10.5", monthly_base="1000")
    aozora = world.contract(start="2026-10-01")
    minato = world.contract(world.company("㈱みなと運輸"), start="2026-10-01")
    world.file_of_5th = arrives("2026-10-05", [(aozora, "sms", "docomo", 3, 2), (aozora, "sms", "au", 1, 3)])
    world.close("2026-10")
    return {
        "contract": aozora,
        "aozora": Invoice.objects.get(account__customer=aozora.customer),
        "minato": Invoice.objects.get(account__customer=minato.customer),
    }


def found(person, **query: str) -> list[str]:
    return [words(cell) for cell in person.open(LIST, **query).select("#result_list .field-number_column")]


def test_an_invoice_is_found_by_number_company_date_and_amount_together(invoices, desk, viewer):
    person = desk(viewer)
    aozora, minato = invoices["aozora"].number, invoices["minato"].number
    assert found(person) == sorted([aozora, minato])
    assert found(person, q=aozora) == [aozora]
    assert found(person, q="㈱アオゾラ商店") == [aozora]
    assert found(person, q="株式会社　みなと運輸") == [minato]
    assert found(person, q=invoices["contract"].number) == [aozora]
    assert found(person, total_from="1101") == [aozora]
    assert found(person, total_from="1100", total_to="1202") == [minato]
    assert found(
        person, issued_on_from="2026-11-20", issued_on_to="2026-11-20", total_to="1203", q="あおぞら"
    ) == [aozora]
    assert found(person, issued_on_from="2026-11-21") == []
    assert found(person, month="2026-10", standing="unsent") == sorted([aozora, minato])
    assert found(person, month="2026-09") == []


@pytest.mark.parametrize("query", ["total_from=abc", "total_to=9999999999999999", "month=2026-13"])
def test_a_filter_that_cannot_be_read_is_no_crash(invoices, desk, viewer, query):
    person = desk(viewer)
    assert person.client.get(f"{LIST}?{query}").status_code == 302
    assert person.client.get(f"{LIST}export/?{query}").status_code == 302


def test_the_list_goes_out_as_csv_and_who_fetched_it_is_noted(invoices, desk, viewer):
    response = desk(viewer).client.get(f"{LIST}export/", {"q": "みなと"})
    lines = response.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("請求書番号,利用月,発行日,支払期日")
    [line] = lines[1:]
    assert line.startswith(f"{invoices['minato'].number},2026-10,2026-11-20,2026-12-10,")
    assert ",1000,100,1100,請求書払い," in line
    assert Download.objects.get().what == "請求書一覧CSV（1件）"


def test_guide_5_2_a_line_opens_down_to_the_days_the_files_and_the_price(invoices, desk, viewer):
    invoice = invoices["aozora"]
    person = desk(viewer)
    page = person.open(f"{LIST}{invoice.pk}/change/")
    [first, *_] = page.select("#lines a[href$='lines/1/']")
    assert words(first) == "内訳と根拠"
    assert "3行の税抜合計 1,094円 × 10% ＝ 109.4円 → 109円（切り捨て、税率ごとに一度だけ）。" in words(page)
    line = person.open(f"{LIST}{invoice.pk}/lines/1/")
    parts = words(line.select_one("#parts"))
    assert "NTTドコモ 3通課金 6通 10.5円 63円 NTTドコモでは133～198文字のSMSを3通として課金します。" in parts
    assert "au 1通課金 3通 10.5円 31.5円 auでは1～70文字のSMSを1通として課金します。" in parts
    assert "内訳の合計 94.5円を、行ごとに一度だけ1円未満切り捨てて 94円です。" in parts
    assert line.select_one("#parts a[href*='/admin/billing/pricelist/']") is not None
    facts = line.select_one("#facts")
    assert "NTTドコモ 3通課金：2件 × 3 ＝ 6通" in words(facts)
    assert "2026年10月5日（月） 2 6 usage-20261005.csv" in words(facts)
    assert "内訳と一致しません" not in words(facts)
    base = words(person.open(f"{LIST}{invoice.pk}/lines/2/"))
    assert "月額料金は日割りせず" in base and "内訳の合計 1,000円です。" in base


def test_a_correction_shows_what_was_taken_off_and_what_came_instead(invoices, world, arrives, desk, viewer):
    """One docomo text instead of two: 3 × 10.5 + 3 × 10.5 = 63 → 63 − 94 = −31; the parts differ by −31.5."""
    world.clock("2026-12-01 09:00")
    contract = invoices["contract"]
    arrives(
        "2026-10-05",
        [(contract, "sms", "docomo", 3, 1), (contract, "sms", "au", 1, 3)],
        replaces=world.file_of_5th,
    )
    run = closing.open_run(month=Month(2026, 11))
    closing.preview(run_id=run.pk, actor=world.clerk, now=timezone.now())
    invoice = PreviewInvoice.objects.get(account=invoices["aozora"].account, run=run)
    late = invoice.lines.get(usage_month="2026-10-01")
    page = desk(viewer).open(
        f"/admin/billing/billingrun/{run.pk}/previews/{invoice.pk}/lines/{late.position}/"
    )
    assert "MessageCast/配信料 ▲31円" in words(page.select_one(".kmc-head"))
    assert "内訳の差は ▲31.5円、1円未満を切り捨てた金額どうしの差で ▲31円になります。" in words(page)
    facts = words(page.select_one("#facts"))
    assert "以前の請求書は 2026/11/09 09:00 までに取り込んだ実績で計算しました" in facts
    assert "NTTドコモ 3通課金：-1件 × 3 ＝ -3通" in facts
    assert "-2 -6 usage-20261005.csv" in facts and "1 3 usage-20261005.csv" in facts
    assert "au" not in facts


def test_an_invoice_is_derived_again_and_a_difference_is_said(invoices, desk, viewer):
    person = desk(viewer)
    address = f"{LIST}{invoices['aozora'].pk}/verify/"
    assert "一致しました。" in words(person.open(address))
    connection.check_constraints()  # nothing may be pending
    with connection.cursor() as cursor:  # as nobody can through the product
        cursor.execute("ALTER TABLE billing_invoiceline DISABLE TRIGGER USER")
        cursor.execute("UPDATE billing_invoiceline SET net = 95 WHERE net = 94")
    page = words(person.open(address))
    assert "再計算と 1か所違います。" in page and "請求書 95円、再計算 94円" in page


def test_an_invoice_is_replaced_with_a_reason_and_both_say_so(invoices, desk, billing_clerk):
    person = desk(billing_clerk)
    old = invoices["aozora"]
    person.send(f"{LIST}{old.pk}/do/reissue/", reason="")
    assert person.said == []
    response = person.send(f"{LIST}{old.pk}/do/reissue/", reason="宛名の訂正のため")
    new = Invoice.objects.get(replaces=old)
    assert response["Location"] == f"{LIST}{new.pk}/change/"
    assert f"{new.number} に差し替えられました（理由：宛名の訂正のため）" in words(
        person.open(f"{LIST}{old.pk}/change/")
    )
    assert f"{old.number} を差し替えた請求書です" in words(person.open(f"{LIST}{new.pk}/change/"))


def test_the_quick_search_finds_invoices_and_billing_accounts(invoices, desk, viewer):
    person = desk(viewer)
    invoice = invoices["minato"]
    assert f"{LIST}{invoice.pk}/change/" in str(person.open("/admin/find/", q=invoice.number))
    by_name = str(person.open("/admin/find/", q="(株)ミナト運輸"))
    assert f"{LIST}{invoice.pk}/change/" in by_name
    assert f"/admin/billing/billingaccount/{invoice.account_id}/change/" in by_name
