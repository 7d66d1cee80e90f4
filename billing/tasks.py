"""Background jobs of this app. Each is safe to run twice, late, or after a crash."""

from celery import shared_task
from django.utils import timezone

from accounts.models import User
from accounts.services.errors import Refused
from accounts.services.jobs import Report, periodic, started
from billing.services import bundles, closing_jobs, invoices, sending, usage, usage_inbox
from billing.workflow import RunAction

# delivery records ---------------------------------------------------------------------------------


@periodic
def import_inbox(*, report: Report) -> str:
    result = usage_inbox.import_all(now=timezone.now(), report=report)
    if result.refused:
        raise Refused(result.said)
    return result.said


@started("配信実績の取込", needs=usage.RIGHT)
def import_usage(*, actor: User, report: Report, stored_file_id: int, name: str) -> str:
    return usage.import_stored(
        stored_file_id=stored_file_id, name=name, actor=actor, now=timezone.now(), report=report
    )


# the month's close --------------------------------------------------------------------------------


@periodic
def preview_due(*, report: Report) -> str:
    return closing_jobs.preview_due(now=timezone.now(), report=report)


@periodic
def settle_due(*, report: Report) -> str:
    return closing_jobs.settle_due(now=timezone.now(), report=report)


@started(closing_jobs.NAMES[RunAction.PREVIEW], needs="billing.change_billingrun")
def preview_run(*, actor: User, report: Report, run_id: int, version: int | None) -> str:
    return closing_jobs.preview(
        run_id=run_id, version=version, actor=actor, now=timezone.now(), report=report
    )


@started(closing_jobs.NAMES[RunAction.FINALISE], needs="billing.change_billingrun")
def finalise_run(*, actor: User, report: Report, run_id: int, version: int | None) -> str:
    return closing_jobs.finalise(
        run_id=run_id, version=version, actor=actor, now=timezone.now(), report=report
    )


@started("請求書の検算", needs="billing.change_billingrun")
def verify_run(*, actor: User, report: Report, run_id: int) -> str:
    return closing_jobs.verify(run_id=run_id, report=report)


# invoices: documents, sending, printing --------------------------------------------------------------


@shared_task
def make_invoice_pdfs(invoice_ids: list[int]) -> None:
    """Help for whoever makes a run's PDFs; that one looks after what is left."""
    invoices.make_pdfs(invoice_ids=invoice_ids, wait=False)


@periodic
def render_invoices(*, report: Report) -> str:
    return invoices.make_due_pdfs(report=report)


@periodic
def send_invoices(*, report: Report) -> str:
    return sending.send_due(now=timezone.now(), report=report)


@started("請求書の送付（画面から）", needs="billing.change_billingrun")
def send_run(*, actor: User, report: Report, run_id: int) -> str:
    sent = sending.send_run(run_id=run_id, actor=actor, now=timezone.now(), report=report)
    return f"{sent:,}通を送付しました。"


@started("印刷用PDFの作成", needs=bundles.MAY)
def make_print_bundle(*, actor: User, report: Report, run_id: int) -> str:
    made = bundles.make(run_id=run_id, actor=actor, now=timezone.now(), report=report)
    return f"{made.invoices:,}通をまとめました。"
