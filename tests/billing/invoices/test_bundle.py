"""印刷用PDF: all 請求書払い invoices of a month in one file, each on a fresh sheet."""

import io

import pytest
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from accounts.rules.plans import PaymentMethod
from accounts.services import files
from accounts.services.errors import NotAllowed, Refused
from billing.models import Invoice, PrintBundle
from billing.services import bundles, invoices
from tests.fixtures import pdf_text
from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db


def make(world: World, invoice: Invoice) -> PrintBundle:
    return bundles.make(run_id=invoice.run_id, actor=world.clerk, now=timezone.now())


def starts(bundle: PrintBundle) -> list[tuple[int, str]]:
    """(page from 1, number) of every first page."""
    found = []
    for page, text in enumerate(pdf_text.pages(files.read(bundle.file)), start=1):
        if "請求書番号 " in text and "請求先番号" in text:
            found.append((page, text.partition("請求書番号 ")[2][:12]))
    return found


def test_invoices_stand_by_number_each_from_an_odd_page(world: World) -> None:
    """60 contracts of one company make an odd number of pages or an even one: whichever, the next begins on an odd."""
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    for count in (1, 12, 25, 2):
        company = world.company(f"契約{count}件株式会社")
        account = world.account(company)
        for _ in range(count):
            world.contract(company, account)
    world.clock("2026-11-10 09:00")
    made = sorted(world.close("2026-10").values(), key=lambda one: one.number)
    lengths = [len(PdfReader(io.BytesIO(invoices.render(one))).pages) for one in made]
    assert any(length % 2 for length in lengths), "one with an odd number of pages is needed here"
    bundle = make(world, made[0])
    found = starts(bundle)
    assert [number for _, number in found] == [one.number for one in made]
    assert all(page % 2 == 1 for page, _ in found)
    expected, page = [], 1
    for length in lengths:
        expected.append(page)
        page += length + length % 2
    assert [first for first, _ in found] == expected
    assert bundle.invoices == 4


def test_the_same_invoices_give_the_same_file_and_one_row(world: World, three: list[Invoice]) -> None:
    first = make(world, three[0])
    assert make(world, three[0]) == first
    assert PrintBundle.objects.count() == 1


def test_a_replaced_invoice_gives_way_to_the_new_one(world: World, three: list[Invoice]) -> None:
    make(world, three[0])
    new = invoices.reissue(invoice=three[0], reason="訂正", actor=world.clerk, now=timezone.now())
    bundle = make(world, three[0])
    assert [number for _, number in starts(bundle)] == [three[1].number, three[2].number, new.number]
    assert PrintBundle.objects.count() == 2


def test_guide_5_1_direct_debits_are_not_printed(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    for method in (PaymentMethod.DIRECT_DEBIT, PaymentMethod.INVOICE):
        company = world.company(f"{method.label}株式会社")
        world.contract(company, world.account(company, payment=method))
    world.clock("2026-11-10 09:00")
    made = sorted(world.close("2026-10").values(), key=lambda one: one.number)
    assert [number for _, number in starts(make(world, made[0]))] == [made[1].number]


def test_where_nothing_is_to_be_printed_it_says_so(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    company = world.company()
    world.contract(company, world.account(company, payment=PaymentMethod.DIRECT_DEBIT))
    world.clock("2026-11-10 09:00")
    [invoice] = world.close("2026-10").values()
    with pytest.raises(Refused, match="印刷するものはありません"):
        make(world, invoice)


def test_before_the_close_is_final_there_is_no_bundle(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    world.contract()
    world.clock("2026-11-10 09:00")
    run = world.preview("2026-10")
    with pytest.raises(Refused, match="確定していない"):
        bundles.make(run_id=run.pk, actor=world.clerk, now=timezone.now())


def test_who_may_not_change_invoices_makes_none(world: World, invoice: Invoice, viewer: User) -> None:
    with pytest.raises(NotAllowed):
        bundles.make(run_id=invoice.run_id, actor=viewer, now=timezone.now())
