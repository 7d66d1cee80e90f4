"""Invoices' PDFs as workers make them (rows read, checked, rendered, stored, written down), against bare Typst
compiles of the same data on as many processes."""

import datetime
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from multiprocessing.pool import Pool
from typing import Any

import noto_cjk
import typst
from django.db import connection, connections
from django.utils import timezone

from accounts.gateways import documents
from accounts.models import Contract, Customer
from billing.models import BillingAccount, BillingProfile, BillingRun, Invoice, InvoiceLine, InvoicePdf
from billing.rules.carriers import DeliveryCarrier
from billing.rules.dates import billing_dates
from billing.rules.invoice import Detail, LineKey, LineKind, line
from billing.services import invoice_content, invoices
from kmc_portal.lib.months import Month
from tests.bench import Bench, seconds

MONTH = Month(2031, 10)  # of no other bench
DAYS = billing_dates(MONTH)
CHUNK = invoices.CHUNK
TURNS = 5

_fonts: typst.Fonts | None = None


def run(small: bool) -> Bench:
    """1,000 invoices of one contract: 24 kinds of messages, base, two options, on two pages."""
    count, processes = 10 if small else 1_000, os.cpu_count() or 1
    made = _invoices(count)
    texts = [json.dumps(invoices.document(one), ensure_ascii=False) for one in made]
    ids = [one.pk for one in made]
    floor = measured = 0.0
    # Two sets of processes, for Typst remembers what it compiled; by turns, so that other load meets both alike.
    with _processes(processes, texts[0]) as bare, _processes(processes, texts[0]) as ours:
        share = count // TURNS or 1
        for start in range(0, count, share):
            turn = slice(start, start + share)
            floor += seconds(partial(_spread, bare, _bare, texts[turn]))
            measured += seconds(partial(_spread, ours, _ours, ids[turn]))
    assert InvoicePdf.objects.filter(invoice__run__month=MONTH.first_day).count() == count
    detail = (
        f"{count:,} invoices on {processes} processes: {count / measured:.0f} a second"
        f" against {count / floor:.0f} bare"
    )
    return Bench("invoice_pdf", floor, measured, detail)


def _spread(pool: Pool, work: Callable[[list[Any]], None], what: list[Any]) -> None:
    chunks = [what[start : start + CHUNK] for start in range(0, len(what), CHUNK)]
    for _ in pool.imap_unordered(work, chunks):
        pass


@contextmanager
def _processes(count: int, text: str) -> Iterator[Pool]:
    """Workers that are up and have read the fonts, as a running server's are."""
    connections.close_all()  # a connection cannot be shared
    with multiprocessing.get_context("fork").Pool(count, _warm, [text]) as pool:
        pool.map(_connected, range(count * 4))
        yield pool


def _warm(text: str) -> None:
    global _fonts
    _fonts = typst.Fonts(
        font_paths=[str(noto_cjk.font_path("sans", "jp", style).parent) for style in ("regular", "bold")],
        include_system_fonts=False,
    )
    _compile(text)
    documents.render("invoice", json.loads(text), DAYS.send_on)


def _connected(_number: int) -> None:
    connection.ensure_connection()


def _bare(texts: list[str]) -> None:
    for text in texts:
        _compile(text)


def _compile(text: str) -> None:
    assert _fonts is not None, "_warm comes first"
    root = str(documents.TEMPLATES)
    compiler = typst.Compiler(f"{root}/invoice.typ", root=root, font_paths=_fonts)
    stamp = datetime.datetime.combine(DAYS.send_on, datetime.time(12), tzinfo=datetime.UTC)
    compiler.compile(format="pdf", sys_inputs={"data": text}, pdf_standards="a-2b", timestamp=stamp)


def _ours(invoice_ids: list[int]) -> None:
    assert invoices.make_pdfs(invoice_ids=invoice_ids, wait=False) == []


# the rows -------------------------------------------------------------------------------------------


def _invoices(count: int) -> list[Invoice]:
    run_ = BillingRun.objects.create(month=MONTH.first_day)
    customers = Customer.objects.bulk_create(
        Customer(number=f"V{n:06d}", name=f"見本{n}号株式会社", search_key=f"見本{n}") for n in range(count)
    )
    accounts = BillingAccount.objects.bulk_create(
        BillingAccount(number=f"V{n:06d}", customer=customer) for n, customer in enumerate(customers)
    )
    contracts = Contract.objects.bulk_create(
        Contract(number=f"VEN{n:09d}", customer=customer) for n, customer in enumerate(customers)
    )
    BillingProfile.objects.bulk_create(
        BillingProfile(
            account=account,
            period=(MONTH.first_day, None),
            name=str(account.customer),
            department="経理部",
            postal_code="100-0000",
            address=f"東京都見本区見本1-2-{account.pk}",
            email="keiri@example.jp",
            payment_method="invoice",
        )
        for account in accounts
    )
    heads = invoice_content.heads(account_ids=[one.pk for one in accounts], month=MONTH, dates=DAYS)
    made, lines = [], []
    for n, (account, contract) in enumerate(zip(accounts, contracts, strict=True)):
        found = [line(LineKey(contract.pk, MONTH, kind, Decimal(10)), parts) for kind, parts in _parts(n)]
        net = sum(one.net for one in found)
        sums = {"net": net, "tax": net // 10, "total": net + net // 10}
        invoice = Invoice(
            number=f"V{n:07d}",
            run=run_,
            account=account,
            month=MONTH.first_day,
            issued_on=DAYS.send_on,
            due_on=DAYS.due_on,
            content={
                **heads[account.pk],
                **sums,
                "taxes": [{"rate": "10", **sums}],
                "contracts": {
                    str(contract.pk): {"number": contract.number, "company": str(account.customer)}
                },
            },
            net=net,
            tax=net // 10,
            finalised_at=timezone.now(),
        )
        made.append(invoice)
        lines += [
            InvoiceLine(
                invoice=invoice,
                position=place,
                contract=contract,
                usage_month=MONTH.first_day,
                kind=one.key.kind,
                tax_rate=one.key.rate,
                net=one.net,
                remark="SMS配信合算値" if one.key.kind is LineKind.DELIVERY else "",
                details=[part.as_json() for part in one.details],
            )
            for place, one in enumerate(found, start=1)
        ]
    Invoice.objects.bulk_create(made)
    InvoiceLine.objects.bulk_create(lines)
    return made


def _parts(n: int) -> Iterator[tuple[LineKind, list[Detail]]]:
    yield (
        LineKind.DELIVERY,
        [
            Detail("sms", (n + 1) * segments * 7, Decimal("8.8"), carrier=carrier, segments=segments, price=1)
            for carrier in DeliveryCarrier
            for segments in range(1, 7)
        ],
    )
    yield LineKind.BASE, [Detail("monthly_base", 1, Decimal(10000 + n), price=2)]
    options = ("option_long_sms", "option_050")
    yield LineKind.OPTIONS, [Detail(item, 1, Decimal(1000), price=3) for item in options]
