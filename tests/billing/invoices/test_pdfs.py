"""PDFs of invoices: the same bytes every time, made once, by however many at once."""

import threading

import pytest
from django.db import connection
from kombu.exceptions import OperationalError
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import resolve1

from accounts.gateways import storage
from accounts.models import StoredFile
from accounts.services import files, jobs
from billing.models import Invoice, InvoicePdf
from billing.services import invoices
from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db


def test_the_same_invoice_gives_the_same_bytes(invoice: Invoice) -> None:
    kept = files.read(invoices.pdf(invoice=invoice))
    assert invoices.render(invoice) == invoices.render(Invoice.objects.get(pk=invoice.pk)) == kept


def test_it_is_an_archivable_pdf(invoice: Invoice, tmp_path) -> None:
    path = tmp_path / "invoice.pdf"
    path.write_bytes(invoices.render(invoice))
    with path.open("rb") as opened:
        metadata = resolve1(PDFDocument(PDFParser(opened)).catalog["Metadata"]).get_data().decode()
    assert (
        "<pdfaid:part>2</pdfaid:part>" in metadata
        and "<pdfaid:conformance>B</pdfaid:conformance>" in metadata
    )


def test_a_pdf_belongs_to_the_company_and_is_confidential(invoice: Invoice) -> None:
    file = invoices.pdf(invoice=invoice)
    assert file.name == "請求書_2026-0000001.pdf"
    assert (file.customer, file.confidential, file.content_type) == (
        invoice.account.customer,
        True,
        "application/pdf",
    )


def test_a_second_time_makes_nothing(three: list[Invoice]) -> None:
    ids = [made.pk for made in three]
    steps: list[tuple[int, int]] = []
    assert invoices.make_pdfs(invoice_ids=ids, report=lambda done, total: steps.append((done, total))) == []
    rows = list(InvoicePdf.objects.order_by("pk").values_list("invoice_id", "file_id"))
    assert [pk for pk, _ in rows] == ids and steps[-1] == (3, 3)
    assert invoices.make_pdfs(invoice_ids=ids) == []
    assert list(InvoicePdf.objects.order_by("pk").values_list("invoice_id", "file_id")) == rows
    assert StoredFile.objects.filter(name__startswith="請求書").count() == 3


def test_a_crash_leaves_whole_chunks_and_the_next_time_goes_on(
    three: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invoices, "CHUNK", 1)
    render, seen = invoices.render, []

    def dies_at_the_second(invoice: Invoice) -> bytes:
        seen.append(invoice.number)
        if len(seen) == 2:
            raise KeyboardInterrupt
        return render(invoice)

    monkeypatch.setattr(invoices, "render", dies_at_the_second)
    with pytest.raises(KeyboardInterrupt):
        invoices.make_pdfs(invoice_ids=[made.pk for made in three])
    assert list(InvoicePdf.objects.values_list("invoice__number", flat=True)) == [three[0].number]
    assert invoices.make_all_pdfs(run_id=three[0].run_id) == []
    assert InvoicePdf.objects.count() == 3
    assert seen == [three[0].number, three[1].number, three[1].number, three[2].number]


def test_without_a_broker_the_job_makes_all_alone(
    three: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise OperationalError

    monkeypatch.setattr(invoices, "CHUNK", 1)
    monkeypatch.setattr("celery.current_app.send_task", away)
    assert invoices.make_due_pdfs() == "3通を作成しました。"
    assert invoices.make_due_pdfs() == ""


def test_the_help_of_free_workers_is_asked_for_what_is_left(
    three: list[Invoice], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(invoices, "CHUNK", 1)
    monkeypatch.setattr("celery.current_app.send_task", lambda name, args, retry: asked.append((name, args)))
    invoices.make_all_pdfs(run_id=three[0].run_id)
    assert asked == [("billing.tasks.make_invoice_pdfs", [[made.pk]]) for made in three[1:]]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_each_pdf_once(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    for number in range(6):
        world.contract(world.company(f"見本{number}号株式会社"))
    world.clock("2026-11-10 09:00")
    made = world.close("2026-10").values()
    ids = [invoice.pk for invoice in made]
    world.stop()
    start, faults = threading.Barrier(2), []

    def work() -> None:
        try:
            start.wait()
            faults.extend(invoices.make_pdfs(invoice_ids=ids))
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert sorted(InvoicePdf.objects.values_list("invoice_id", flat=True)) == sorted(ids)
    assert StoredFile.objects.filter(name__startswith="請求書").count() == 6


def test_a_store_that_is_away_ends_the_job_with_its_word(
    invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(data: bytes) -> None:
        raise storage.StoreUnavailable("ファイルの保存先に接続できません。")

    monkeypatch.setattr(storage, "put", away)
    with pytest.raises(jobs.Refused, match="保存先に接続できません"):
        invoices.pdf(invoice=invoice)
    assert not InvoicePdf.objects.exists()
