"""One PDF of a month's invoices for the printing house: 請求書払い only, in the order of their numbers."""

import datetime
import hashlib
import io
from collections.abc import Iterable

from django.db.models import QuerySet
from pypdf import PdfReader, PdfWriter

from accounts.gateways import storage
from accounts.models import User
from accounts.rules.plans import PaymentMethod
from accounts.services import files
from accounts.services.errors import Refused
from accounts.services.jobs import Report, nothing_to_report
from accounts.services.rights import need
from billing.models import BillingRun, Invoice, PrintBundle
from billing.services import invoices
from billing.workflow import FINAL

MAY, WHAT = "billing.change_invoice", "印刷用PDFを作成する"


def make(
    *, run_id: int, actor: User, now: datetime.datetime, report: Report = nothing_to_report
) -> PrintBundle:
    """The bundle of the run's live invoices; the same invoices give the same bytes, and then the bundle there is.

    Every invoice begins on an odd page, for printing on both sides. Refused where the run is not final, has none to
    print, or one cannot be printed.
    """
    need(actor, MAY, WHAT)
    run = BillingRun.objects.get(pk=run_id)
    if run.state not in FINAL:
        raise Refused("締めが確定していないため、印刷用PDFを作成できません。確定してから作成してください。")
    if faults := invoices.make_all_pdfs(run_id=run.pk):
        raise Refused("印字できない請求書があるため、作成を中止しました。" + " ".join(faults))
    printed = list(to_print(run).select_related("pdf__file"))
    if not printed:
        raise Refused("請求書払いの請求書がないため、印刷するものはありません。")
    data = _merged(printed, report)
    same = PrintBundle.objects.filter(run=run, file__sha256=hashlib.sha256(data).hexdigest()).first()
    if same is not None:
        return same
    file = files.keep_checked(
        name=f"請求書_{run.month:%Y-%m}_印刷用.pdf",
        data=data,
        content_type="application/pdf",
        customer=None,
        actor=actor,
        now=now,
    )
    return PrintBundle.objects.create(run=run, file=file, invoices=len(printed), made_at=now, made_by=actor)


def to_print(run: BillingRun) -> QuerySet[Invoice]:
    """The run's live invoices that go on paper."""
    rows = Invoice.objects.live().filter(run=run, content__payment__method=PaymentMethod.INVOICE.value)
    return rows.order_by("number")


def _merged(printed: Iterable[Invoice], report: Report) -> bytes:
    printed = list(printed)
    writer = PdfWriter()
    for done, invoice in enumerate(printed, start=1):
        if len(writer.pages) % 2:
            writer.add_blank_page()
        with storage.open(invoice.pdf.file.sha256) as content:
            writer.append(PdfReader(io.BytesIO(content.read())), import_outline=False)
        report(done, len(printed))
    merged = io.BytesIO()
    writer.write(merged)
    return merged.getvalue()
