"""The invoice as a document, and its replacement. Content and lines are frozen; a PDF is made of nothing else.

PDFs are made by many workers at once: each takes the invoices that have none yet, a few at a time, renders them
outside of any transaction and writes the rows of all of them in one. The same content gives the same bytes, so it
does not matter who was faster.
"""

import datetime
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from celery import current_app
from django.db import connection, transaction
from django.db.models import Prefetch
from kombu.exceptions import OperationalError

from accounts.gateways import documents, storage
from accounts.models import StoredFile, User
from accounts.services import numbers
from accounts.services.errors import Refused, Stale
from accounts.services.jobs import Report, nothing_to_report
from accounts.services.rights import need
from billing.models import BillingRun, Invoice, InvoiceLine, InvoicePdf
from billing.rules import invoice_pages
from billing.rules.dates import BillingDates
from billing.rules.invoice_document import ContractName
from billing.services import invoice_content, rating
from billing.workflow import FINAL
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

CHUNK = 25  # invoices whose PDFs are written together: what a crash may cost at most
STORING = 2  # threads that write files
TAGGED_CONTRACTS = 20  # a document over more contracts goes without tags (documents.render)
REASON_LENGTH = 200  # as Invoice has it
_RENDERING = 0x4B4D43_03  # an advisory lock's number, with the invoice's id


# the document ---------------------------------------------------------------------------------------


def document(invoice: Invoice) -> dict[str, Any]:
    """The template's data (billing/rules/invoice_pages.py)."""
    rows = [invoice_pages.Row(rating.as_line(line), line.remark) for line in invoice.lines.all()]
    return invoice_pages.document(number=invoice.number, content=invoice.content, rows=rows)


def render(invoice: Invoice) -> bytes:
    """The PDF. Refused, naming character and field, where something in it cannot be printed."""
    data = document(invoice)
    tagged = len(data["groups"]) <= TAGGED_CONTRACTS
    try:
        return documents.render("invoice", data, invoice.issued_on, tagged=tagged)
    except documents.UnprintableCharacter as fault:
        raise Refused(f"請求書 {invoice.number}：{fault}") from fault


def pdf_name(invoice: Invoice) -> str:
    return f"請求書_{invoice.number}.pdf"


def pdf(*, invoice: Invoice) -> StoredFile:
    """The document as a kept file, made at first need."""
    if faults := make_pdfs(invoice_ids=[invoice.pk]):
        raise Refused(faults[0])
    return InvoicePdf.objects.select_related("file").get(invoice=invoice).file


def make_pdfs(
    *, invoice_ids: Collection[int], report: Report = nothing_to_report, wait: bool = True
) -> list[str]:
    """Make what is missing, in this process; a worker's work. Returns why some could not be made (Japanese).

    One that cannot be printed does not stop the others. Safe twice, at once in several processes, after a crash.
    What another process is at is left to it, and with `wait` looked after at the end.
    """
    faults: list[str] = []
    others: list[int] = []
    done = 0
    for chunk in _chunks(sorted(invoice_ids), CHUNK):
        with _claimed(chunk) as mine:
            faults += _make(mine)
        others += [pk for pk in chunk if pk not in mine]
        done += len(mine)
        report(done, len(invoice_ids))
    for pk in others if wait else ():
        with _claimed([pk], wait=True):
            faults += _make([pk])
        done += 1
        report(done, len(invoice_ids))
    return faults


def make_all_pdfs(*, run_id: int, report: Report = nothing_to_report) -> list[str]:
    """Every PDF of a run, with the help of every worker that is free; does it alone where none is."""
    missing = without_pdf(run_id=run_id)
    chunks = list(_chunks(missing, CHUNK))
    for chunk in chunks[1:]:
        if not _ask_for_help(chunk):
            break
    return make_pdfs(invoice_ids=missing, report=report)


def make_due_pdfs(*, report: Report = nothing_to_report) -> str:
    """The periodic job: what finalising and replacing left to make. "" if nothing."""
    runs = BillingRun.objects.filter(state__in=FINAL, invoices__in=Invoice.objects.live().filter(pdf=None))
    made, faults = 0, []
    for run in runs.distinct().order_by("month"):
        before = len(without_pdf(run_id=run.pk))
        faults += make_all_pdfs(run_id=run.pk, report=report)
        made += before - len(without_pdf(run_id=run.pk))
    if faults:
        raise Refused(f"{made:,}通を作成しました。次の請求書は作成できていません：{' '.join(faults)}")
    return f"{made:,}通を作成しました。" if made else ""


def without_pdf(*, run_id: int) -> list[int]:
    rows = Invoice.objects.live().filter(run=run_id, pdf=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _ask_for_help(chunk: list[int]) -> bool:
    try:
        current_app.send_task("billing.tasks.make_invoice_pdfs", args=[chunk], retry=False)
    except OperationalError:  # without a broker there is no help
        return False
    return True


@contextmanager
def _claimed(invoice_ids: list[int], *, wait: bool = False) -> Iterator[list[int]]:
    """Those that no other process is rendering just now; a claim goes with the connection when the process dies."""
    how = "pg_advisory_lock(%s, key) IS NOT NULL" if wait else "pg_try_advisory_lock(%s, key)"
    keys = "unnest(%s::bigint[]) AS pk, LATERAL (SELECT (pk %% 2147483647)::int) AS k (key)"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pk FROM {keys} WHERE {how}", [invoice_ids, _RENDERING])
        mine = [pk for (pk,) in cursor.fetchall()]
    try:
        yield mine
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT pg_advisory_unlock(%s, key) FROM {keys}", [_RENDERING, mine])


def _make(invoice_ids: list[int]) -> list[str]:
    lines = Prefetch("lines", InvoiceLine.objects.order_by("invoice_id", "position"))
    waiting = Invoice.objects.filter(pk__in=invoice_ids, pdf=None).order_by("number")
    found = list(waiting.select_related("account__customer").prefetch_related(lines))
    faults = []
    with ThreadPoolExecutor(STORING) as store:  # the disk is waited for while the next one is rendered
        storing = {}
        for invoice in found:
            try:
                storing[invoice.pk] = store.submit(storage.put, render(invoice))
            except Refused as fault:
                faults.append(str(fault))
        try:
            kept = {pk: stored.result() for pk, stored in storing.items()}
        except storage.FileStoreError as error:
            raise Refused(str(error)) from error
    _write({invoice.pk: invoice for invoice in found if invoice.pk in kept}, kept)
    return faults


@transaction.atomic
def _write(invoices: dict[int, Invoice], kept: dict[int, storage.Stored]) -> None:
    """The rows of those that nobody else wrote meanwhile."""
    # whoever ignores the claims cannot write a second row either
    locked = Invoice.objects.select_for_update(no_key=True).filter(pk__in=invoices).order_by("pk")
    mine = set(locked.values_list("pk", flat=True))
    mine -= set(InvoicePdf.objects.filter(invoice__in=mine).values_list("invoice_id", flat=True))
    order = sorted(mine)
    rows = StoredFile.objects.bulk_create(
        StoredFile(
            sha256=kept[pk].sha256,
            size=kept[pk].size,
            name=pdf_name(invoices[pk]),
            content_type="application/pdf",
            customer=invoices[pk].account.customer,
            confidential=True,
            uploaded_by=None,
            uploaded_at=invoices[pk].finalised_at,
        )
        for pk in order
    )
    InvoicePdf.objects.bulk_create(
        InvoicePdf(invoice_id=pk, file=file, rendered_at=invoices[pk].finalised_at)
        for pk, file in zip(order, rows, strict=True)
    )


def _chunks(ids: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]


# the replacement ------------------------------------------------------------------------------------


@transaction.atomic
def reissue(*, invoice: Invoice, reason: str, actor: User, now: datetime.datetime) -> Invoice:
    """Replace an invoice by a new one that names it: the same lines and sums; issuer, recipient, payment and the
    companies' names as they are now. The old one stays, with its PDF, and is no longer live.

    It carries today's date, or the sending date where that is still to come; the due date stays (ours).
    """
    need(actor, "billing.change_invoice", "請求書を差し替える")
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise Refused(f"差し替えの理由を{REASON_LENGTH}文字以内で入力してください。")
    old = Invoice.objects.select_for_update().get(pk=invoice.pk)
    if not old.live:
        newer = Invoice.objects.filter(replaces=old).values_list("number", flat=True).first()
        raise Stale(
            f"請求書 {old.number} は {newer} に差し替え済みです。新しいほうを開いて確認してください。"
        )
    issued_on = max(old.issued_on, date_of(now))
    number = _next_number(issued_on.year)
    Invoice.objects.filter(pk=old.pk).update(live=False)
    new = Invoice.objects.create(
        number=number,
        run=old.run,
        account=old.account,
        month=old.month,
        issued_on=issued_on,
        due_on=old.due_on,
        content=_content(old, number, issued_on),
        net=old.net,
        tax=old.tax,
        finalised_at=now,
        live=True,
        replaces=old,
        reason=reason,
        reissued_by=actor,
    )
    InvoiceLine.objects.bulk_create(_copies(old.lines.all(), new), batch_size=1000)
    return new


def _content(old: Invoice, number: str, issued_on: datetime.date) -> dict[str, Any]:
    dates = BillingDates(settled_on=issued_on, send_on=issued_on, due_on=old.due_on, because=())
    head = invoice_content.heads(account_ids=[old.account_id], month=Month.of(old.month), dates=dates)
    return {
        **old.content,
        **head[old.account_id],
        "rounding": old.content["rounding"],  # the sums were rounded so
        "number": number,
        "replaces": old.number,
        "contracts": _names_now(old),
    }


def _names_now(old: Invoice) -> dict[str, ContractName]:
    rows = old.lines.values_list("contract_id", "contract__number", "contract__customer__name").distinct()
    return {str(pk): ContractName(number=number or "", company=name) for pk, number, name in rows}


def _copies(lines: Iterable[InvoiceLine], new: Invoice) -> Iterator[InvoiceLine]:
    for line in lines:
        line.pk, line.invoice = None, new
        yield line


def _next_number(year: int) -> str:
    return f"{year}-{numbers.take(name=f'{numbers.INVOICE}-{year}'):07d}"
