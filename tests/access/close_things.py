"""What the table of the close names: runs in their states, a previewed invoice, a usage file, a job that failed."""

import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from accounts.models import JobRun, StoredFile
from accounts.services import files
from billing.models import BillingRun, Invoice, PreviewInvoice, PreviewLine, PrintBundle, UsageFile
from billing.workflow import RunState
from tests.fixtures.invoices import invoice_for

if TYPE_CHECKING:
    from tests.access.stage import Stage

NOW = timezone.now


def run_approved(stage: "Stage") -> int:
    now = NOW()
    run = BillingRun.objects.create(
        month=datetime.date(2025, 5, 1),
        state=RunState.APPROVED,
        preview=1,
        stored_before=now,
        reading_before=now,
        previewed_at=now,
        approved_at=now,
        approved_by=stage.staff["approval"],
    )
    return run.pk


def previewed_invoice(stage: "Stage") -> int:
    """The lines of an invoice, as they stood before it was final."""
    invoice = Invoice.objects.get(pk=stage.value("sent_invoice"))
    run = BillingRun.objects.get(pk=stage.value("run_approved"))
    made = PreviewInvoice.objects.create(
        run=run, preview=1, account=invoice.account, content=invoice.content, net=invoice.net, tax=invoice.tax
    )
    [line] = invoice.lines.all()
    PreviewLine.objects.create(
        invoice=made,
        position=1,
        contract_id=line.contract_id,
        usage_month=run.month,
        kind=line.kind,
        tax_rate=line.tax_rate,
        net=line.net,
        details=line.details,
    )
    return made.pk


def run_final(stage: "Stage") -> int:
    contract = stage.case("active").own_contract
    assert contract is not None
    run = invoice_for(contract, "2026-08", sent=False, approved_by=stage.staff["approval"]).run
    BillingRun.objects.filter(pk=run.pk).update(state=RunState.FINALISED)
    return run.pk


def run_previewed(stage: "Stage") -> int:
    run = BillingRun.objects.create(
        month=datetime.date(2025, 6, 1), state=RunState.PREVIEWED, preview=1, stored_before=NOW(), previewed_at=NOW()
    )  # fmt: skip
    return run.pk


def run_open(stage: "Stage") -> int:
    """Before all others, so that no month before it is open."""
    return BillingRun.objects.create(month=datetime.date(2025, 1, 1)).pk


def _kept(name: str) -> StoredFile:
    return files.keep_checked(
        name=name, data=b"1,2\r\n", content_type="text/csv", customer=None, actor=None, now=NOW()
    )


def bundle(stage: "Stage") -> int:
    run = BillingRun.objects.get(pk=stage.value("run_final"))
    return PrintBundle.objects.create(run=run, file=_kept("bundle.pdf"), invoices=1, made_at=NOW()).pk


def usage_file(stage: "Stage") -> int:
    file = UsageFile.objects.create(
        name="usage-20260801.csv",
        day=datetime.date(2026, 8, 1),
        sha256="0" * 64,
        size=1,
        rows=1,
        accepted=0,
        refused=1,
        duplicates=0,
        evidence=_kept("evidence.parquet"),
        refusals=_kept("refused.csv"),
        stored_at=NOW(),
    )
    return file.pk


def failed_job(stage: "Stage") -> int:
    job = JobRun.objects.create(
        name="配信実績の取込",
        subject="usage-20260801.csv",
        state=JobRun.State.FAILED,
        task="billing.tasks.import_usage",
        arguments={"stored_file_id": 1, "name": "usage-20260801.csv"},
        queued_at=NOW(),
    )
    return job.pk
