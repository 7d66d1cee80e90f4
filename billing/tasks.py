"""Background jobs of this app. Each is safe to run twice, late, or after a crash."""

from collections.abc import Callable
from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from accounts.models import User
from accounts.services import jobs
from accounts.services.errors import Refused
from accounts.services.jobs import Report
from billing.models import BillingRun
from billing.services import invoice_jobs, invoices, sending


def _run(
    name: str,
    work: Callable[[Report], str],
    *,
    subject: str = "",
    job_id: int | None = None,
    actor: User | None = None,
) -> None:
    """A refusal is told in the job's row, and is no fault of the worker."""
    with suppress(Refused):
        jobs.run(name=name, work=work, subject=subject, job_id=job_id, actor=actor)


@shared_task
def make_invoice_pdfs(invoice_ids: list[int]) -> None:
    """Help for whoever makes a run's PDFs; that one looks after what is left."""
    invoices.make_pdfs(invoice_ids=invoice_ids, wait=False)


@shared_task
def render_invoices() -> None:
    _run(invoice_jobs.PDFS, lambda report: invoice_jobs.pdfs_due(report=report))


@shared_task
def send_invoices() -> None:
    _run(invoice_jobs.SENDING, lambda report: sending.send_due(now=timezone.now(), report=report))


@shared_task
def send_run(run_id: int, actor_id: int, job_id: int) -> None:
    actor = User.objects.get(pk=actor_id)
    _run(
        invoice_jobs.SENDING,
        lambda report: invoice_jobs.send(run_id=run_id, actor=actor, now=timezone.now(), report=report),
        subject=str(BillingRun.objects.get(pk=run_id)),
        job_id=job_id,
    )


@shared_task
def make_print_bundle(run_id: int, actor_id: int, job_id: int) -> None:
    actor = User.objects.get(pk=actor_id)
    _run(
        invoice_jobs.BUNDLE,
        lambda report: invoice_jobs.bundle(run_id=run_id, actor=actor, now=timezone.now(), report=report),
        subject=str(BillingRun.objects.get(pk=run_id)),
        job_id=job_id,
    )
