"""Send a month's invoices (§5.1 請求書発送日): by mail to the 請求先, and from then on in the portal.

Each invoice goes in a transaction of its own, with its mail in the outbox and its `InvoiceSending`: whatever stops
the job, the next one goes on with those that have none.
"""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import outbox
from accounts.services.errors import NotAllowed, Refused
from accounts.services.jobs import Report, nothing_to_report
from accounts.services.outbox import MailText
from billing.models import BillingProfile, BillingRun, Invoice, InvoicePdf, InvoiceSending
from billing.rules.invoice_document import Content
from billing.services import closing, invoices, rating
from billing.workflow import FINAL, RunAction, RunState
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of, in_japan
from kmc_portal.lib.months import Month
from kmc_portal.lib.yen import yen

FROM_HOUR = 9  # o'clock in Japan: by itself nothing is sent at night


def send_run(
    *, run_id: int, actor: User | None, now: datetime.datetime, report: Report = nothing_to_report
) -> int:
    """Send what is live, due to be sent and not sent yet; returns how many went. `actor` None is the periodic job.

    The run is sent when nothing is left. Of a run that is sent already, replacements go out. Refused before the
    sending date; and at the end, with what is to be done, where some could not be sent while the others were.
    """
    run = BillingRun.objects.get(pk=run_id)
    if reason := refusal(run, actor, now):
        raise reason
    faults = invoices.make_all_pdfs(run_id=run.pk)
    waiting = list(_waiting(run, now).values_list("pk", flat=True))
    sent = 0
    for done, pk in enumerate(waiting, start=1):
        try:
            sent += _send(pk, actor, now)
        except Refused as fault:
            faults.append(str(fault))
        report(done, len(waiting))
    _mark_sent(run.pk, now)
    if faults:
        raise Refused(
            f"{sent:,}通を送付しました。次の請求書は送付できていません：{' '.join(dict.fromkeys(faults))}"
        )
    return sent


def refusal(run: BillingRun, actor: User | None, now: datetime.datetime) -> Refused | None:
    """Why this run cannot be sent by this person just now (for buttons, too), or None."""
    if reason := closing.refusal(run, RunAction.SEND, actor):
        return NotAllowed(reason) if run.state in FINAL else Refused(reason)
    send_on = sending_date(run)
    if date_of(now) < send_on:
        return Refused(f"発送日（{japanese_date(send_on)}）より前には送付できません。")
    return None


def sending_date(run: BillingRun) -> datetime.date:
    """The day that its invoices carry; for a run without any, the day that the rule gives."""
    first = run.invoices.order_by("issued_on").values_list("issued_on", flat=True).first()
    return first or rating.dates_of(Month.of(run.month)).send_on


def send_due(*, now: datetime.datetime, report: Report) -> str:
    """The periodic job: every final run on and after its sending date, and replacements of sent ones. "" if none."""
    if in_japan(now).hour < FROM_HOUR:
        return ""
    said, faults = [], []
    for run in BillingRun.objects.filter(state__in=FINAL).order_by("month"):
        if run.state == RunState.SENT and not _waiting(run, now).exists():
            continue
        if date_of(now) < sending_date(run):
            continue
        try:
            sent = send_run(run_id=run.pk, actor=None, now=now, report=report)
        except Refused as fault:
            faults.append(f"{run}：{fault}")
        else:
            said.append(f"{run}：{sent:,}通を送付しました。")
    if faults:
        raise Refused("".join([*said, *faults]))
    return "".join(said)


def compose(invoice: Invoice) -> MailText:
    """The mail as it goes out, shown before it does."""
    return outbox.compose("invoice", _context(invoice))


def _waiting(run: BillingRun, now: datetime.datetime) -> Any:
    rows = Invoice.objects.live().filter(run=run, sending=None, issued_on__lte=date_of(now))
    return rows.order_by("number")


@transaction.atomic
def _send(invoice_id: int, actor: User | None, now: datetime.datetime) -> int:
    """1 where it went now, 0 where somebody else was faster, it was replaced, or its PDF is missing (told before)."""
    invoice = Invoice.objects.select_for_update(no_key=True).get(pk=invoice_id)
    made = InvoicePdf.objects.filter(invoice=invoice).first()
    if not invoice.live or made is None or InvoiceSending.objects.filter(invoice=invoice).exists():
        return 0
    account = invoice.account
    profile = BillingProfile.objects.as_of(date_of(now)).filter(account=account).first()
    if profile is None:
        raise Refused(
            f"請求書 {invoice.number}：請求先 {account.number} に、いま適用される請求先情報がありません。"
            "請求先情報を登録してから、もう一度送付してください。"
        )
    mail = outbox.queue(
        kind="invoice",
        to=profile.email,
        to_name=profile.name,
        context=_context(invoice),
        attachments=[{"kind": "stored_file", "id": made.file_id}],
        idempotency_key=f"invoice-{invoice.pk}",
        customer=account.customer,
        about=f"invoice:{invoice.number}",
        actor=actor,
        now=now,
    )
    InvoiceSending.objects.create(invoice=invoice, mail=mail, sent_at=now)
    return 1


@transaction.atomic
def _mark_sent(run_id: int, now: datetime.datetime) -> None:
    run = BillingRun.objects.select_for_update().get(pk=run_id)
    left = Invoice.objects.live().filter(run=run, sending=None).exists()
    if run.state == RunState.SENT or left:
        return
    run.state, run.sent_at, run.version = RunState.SENT, now, run.version + 1
    run.save(update_fields=["state", "sent_at", "version"])


def _context(invoice: Invoice) -> dict[str, Any]:
    content: Content = invoice.content
    month = Month.of(invoice.month)
    return {
        "company": content["recipient"]["name"],
        "contact_name": "",
        "department": content["recipient"]["department"],
        "month": month.label,
        "number": invoice.number,
        "issued_on": invoice.issued_on,
        "due_on": invoice.due_on,
        "total": yen(invoice.total),
        "method": content["payment"]["method"],
        "nothing_to_pay": invoice.total <= 0,
        "replaces": content["replaces"],
        "in_portal": invoice.account.customer_id is not None,
    }
