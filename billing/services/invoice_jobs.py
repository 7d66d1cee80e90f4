"""Invoices in the background: sending and the printing house's PDF, started by staff or by the periodic jobs (§5.1)."""

import datetime

from celery import current_app
from django.db import transaction

from accounts.models import JobRun, User
from accounts.services import jobs
from accounts.services.errors import Refused
from accounts.services.jobs import Report
from accounts.services.rights import need
from billing.models import BillingRun
from billing.services import bundles, invoices, rating, sending

PDFS, SENDING, BUNDLE = "請求書PDFの作成", "請求書の送付", "印刷用PDFの作成"


def queue_sending(*, run: BillingRun, actor: User, now: datetime.datetime) -> JobRun:
    """Let a worker send the run; refused at once where it cannot be sent."""
    if reason := sending.refusal(run, actor, now):
        raise reason
    return _queue(SENDING, "billing.tasks.send_run", run, actor, now)


def queue_bundle(*, run: BillingRun, actor: User, now: datetime.datetime) -> JobRun:
    """Let a worker make the PDF for the printing house."""
    need(actor, bundles.MAY, bundles.WHAT)
    return _queue(BUNDLE, "billing.tasks.make_print_bundle", run, actor, now)


def _queue(name: str, task: str, run: BillingRun, actor: User, now: datetime.datetime) -> JobRun:
    job = jobs.queue(name=name, subject=str(run), actor=actor, now=now)
    arguments = [run.pk, actor.pk, job.pk]
    transaction.on_commit(lambda: current_app.send_task(task, args=arguments, retry=False), robust=True)
    return job


def send(*, run_id: int, actor: User | None, now: datetime.datetime, report: Report) -> str:
    sent = sending.send_run(run_id=run_id, actor=actor, now=now, report=report)
    return f"{sent:,}通を送付しました。"


def bundle(*, run_id: int, actor: User, now: datetime.datetime, report: Report) -> str:
    made = bundles.make(run_id=run_id, actor=actor, now=now, report=report)
    return f"{made.invoices:,}通をまとめました。"


def pdfs_due(*, report: Report) -> str:
    """The PDFs that finalising and replacing left to make."""
    runs = BillingRun.objects.filter(
        state__in=rating.FINAL, invoices__live=True, invoices__pdf=None
    ).distinct()
    made = 0
    faults: list[str] = []
    for run in runs.order_by("month"):
        before = len(invoices.without_pdf(run_id=run.pk))
        faults += invoices.make_all_pdfs(run_id=run.pk, report=report)
        made += before - len(invoices.without_pdf(run_id=run.pk))
    if faults:
        raise Refused(f"{made:,}通を作成しました。次の請求書は作成できていません：{' '.join(faults)}")
    return f"{made:,}通を作成しました。" if made else "作成する請求書PDFはありません。"
