"""締め (§5.1): open a month, preview it, have a second person approve, make it final. The table: billing/workflow.py.

A preview is written in pieces under a new count; only when it is whole does the run point to it. Finalising copies
the approved preview, as it stands, into invoices: set-based, in one transaction, with gapless numbers.
"""

import datetime
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Min

from accounts.models import Contract, ContractState, User
from accounts.services import numbers
from accounts.services.errors import NotAllowed, Refused, Stale
from accounts.services.jobs import Report, nothing_to_report
from billing.models import BillingRun, ParkedContract, PreviewInvoice, PreviewLine
from billing.rules.invoice import Line, remark
from billing.rules.invoice_document import Content, ContractName, Head, TaxRow, rate_text
from billing.rules.rating import Parked
from billing.rules.tax import Rounding, TaxedSum, tax_by_rate
from billing.services import clock, invoice_content, rating
from billing.workflow import FINAL, TRANSITIONS, RunAction, RunState
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

BATCH = 500  # accounts that are rated and written together
KEPT_PREVIEWS = 2  # the last, and the one it is compared with
_PREVIEW_LOCK = 0x4B4D43_02  # an advisory lock's number, with the run's id

Item = TypeVar("Item")


@transaction.atomic
def open_run(*, month: Month) -> BillingRun:
    """The month's run, made where there is none. Months are closed one after the other, from the first use on."""
    run = BillingRun.objects.filter(month=month.first_day).first()
    if run is not None:
        return run
    following = next_month()
    if following is None:
        raise Refused("課金を開始した契約がまだないため、締めは作成できません。")
    if month != following and BillingRun.objects.exists():
        raise Refused(f"{month.label}の締めは作成できません。次に締める月は{following.label}です。")
    if month != following:
        raise Refused(
            f"課金を開始した最初の月は{following.label}です。{following.label}の締めから始めてください。"
        )
    return BillingRun.objects.get_or_create(month=month.first_day)[0]


def next_month() -> Month | None:
    """The month after the last close; the first of all is the one in which charging began."""
    last = BillingRun.objects.order_by("-month").first()
    return Month.of(last.month).plus(1) if last is not None else first_month()


def first_month() -> Month | None:
    """The month in which the first contract of all began to be charged."""
    started = Contract.objects.filter(state__in=[ContractState.ACTIVE, ContractState.ENDED])
    first = started.aggregate(day=Min("billing_start_on"))["day"]
    return Month.of(first) if first else None


def preview(
    *,
    run_id: int,
    actor: User | None,
    now: datetime.datetime,
    version: int | None = None,
    report: Report = nothing_to_report,
) -> BillingRun:
    """Rate the month anew; what is parked waits, the rest goes on. `actor` None is the periodic job."""
    with _alone(run_id):
        _drop_rows(BillingRun.objects.get(pk=run_id))
        run, moment = _begin(run_id, version, actor, now)
        close = rating.close_of(Month.of(run.month), moment)
        count = run.preview + 1
        accounts = close.accounts
        _note_parked(run, count, close.homeless)
        report(0, len(accounts))
        done = 0
        for batch in _batches(accounts, BATCH):
            _write(run, count, close, batch)
            done += len(batch)
            report(done, len(accounts))
        run = _end(run, count, close, actor, now)
        _drop_rows(run)
        return run


@transaction.atomic
def approve(*, run_id: int, version: int, actor: User, now: datetime.datetime) -> BillingRun:
    """A second person says yes to the preview as it stands."""
    run = _lock(run_id, version)
    _guard(run, RunAction.APPROVE, actor)
    run.approved_by, run.approved_at = actor, now
    return _to(run, RunState.APPROVED, "approved_by", "approved_at")


@transaction.atomic
def take_back(*, run_id: int, version: int, actor: User, now: datetime.datetime) -> BillingRun:
    """Undo an approval, so that the month can be previewed again."""
    run = _lock(run_id, version)
    _guard(run, RunAction.TAKE_BACK, actor)
    run.approved_by = run.approved_at = None
    return _to(run, RunState.PREVIEWED, "approved_by", "approved_at")


@transaction.atomic
def finalise(
    *, run_id: int, actor: User | None, now: datetime.datetime, version: int | None = None
) -> BillingRun:
    """Make the approved preview final: invoices with numbers, frozen. A run that is final already stays as it is."""
    run = _lock(run_id, None)
    if run.state in FINAL:
        return run
    _same_version(run, version)
    _guard(run, RunAction.FINALISE, actor)
    if reason := too_early(run, RunAction.FINALISE, now):
        raise Refused(reason)
    _copy_preview(run, now)
    run.finalised_at = now
    return _to(run, RunState.FINALISED, "finalised_at")


# preview ------------------------------------------------------------------------------------------


@contextmanager
def _alone(run_id: int) -> Iterator[None]:
    """One preview of a run at a time; the lock goes with the connection when the process dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [_PREVIEW_LOCK, run_id])
        if not cursor.fetchone()[0]:
            raise Refused("この月の試算は、いま実行中です。終わるまでお待ちください。")
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [_PREVIEW_LOCK, run_id])


@transaction.atomic
def _begin(
    run_id: int, version: int | None, actor: User | None, now: datetime.datetime
) -> tuple[BillingRun, datetime.datetime]:
    moment = clock.reading_before(now)  # before the run's row, in the order of who changes prices
    run = _lock(run_id, version)
    _guard(run, RunAction.PREVIEW, actor)
    if reason := too_early(run, RunAction.PREVIEW, now):
        raise Refused(reason)
    run.reading_before = moment
    run.save(update_fields=["reading_before"])
    return run, moment


@transaction.atomic
def _drop_rows(run: BillingRun) -> None:
    """Rows of a preview that did not end, and of old ones; of final months all but the heads are copies."""
    for model in (PreviewLine, PreviewInvoice, ParkedContract):
        of_run = model._default_manager.filter(**{_path(model, "run"): run})
        for stale in ({"gt": run.preview}, {"lt": run.preview + 1 - KEPT_PREVIEWS}):
            for lookup, value in stale.items():
                of_run.filter(**{f"{_path(model, 'preview')}__{lookup}": value})._raw_delete(of_run.db)
    PreviewLine.objects.filter(invoice__run__state__in=FINAL)._raw_delete("default")


def _path(model: type, name: str) -> str:
    return f"invoice__{name}" if model is PreviewLine else name


@transaction.atomic
def _write(run: BillingRun, count: int, close: rating.Close, account_ids: list[int]) -> None:
    bills = rating.bills(close, account_ids)
    due = {pk: bill for pk, bill in bills.items() if bill.is_due}
    heads = invoice_content.heads(account_ids=list(due), month=close.month, dates=close.dates)
    _note_parked(run, count, [parked for bill in bills.values() for parked in bill.parked])
    invoices, lines = [], []
    for pk, bill in due.items():
        head = heads[pk]
        taxes = tax_by_rate(((line.key.rate, line.net) for line in bill.lines), Rounding(head["rounding"]))
        said = content(head, bill, taxes)
        invoice = PreviewInvoice(
            run=run, preview=count, account_id=pk, content=said, net=said["net"], tax=said["tax"]
        )
        invoices.append(invoice)
        lines += [_row(invoice, place, line, close.month) for place, line in enumerate(bill.lines, start=1)]
    PreviewInvoice.objects.bulk_create(invoices, batch_size=1000)
    PreviewLine.objects.bulk_create(lines, batch_size=2000)


def content(head: Head, bill: rating.Bill, taxes: list[TaxedSum]) -> Content:
    """The head with what only rating knows: sums per rate, and the contracts with their names as they are now."""
    used = {line.key.contract for line in bill.lines}
    return Content(
        **head,
        taxes=[TaxRow(rate=rate_text(one.rate), net=one.net, tax=one.tax, total=one.total) for one in taxes],
        net=sum(one.net for one in taxes),
        tax=sum(one.tax for one in taxes),
        total=sum(one.total for one in taxes),
        contracts={
            str(pk): ContractName(number=contract.number or "", company=contract.customer.name)
            for pk, contract in bill.contracts.items()
            if pk in used
        },
    )


def _row(invoice: PreviewInvoice, place: int, line: Line, month: Month) -> PreviewLine:
    return PreviewLine(
        invoice=invoice,
        position=place,
        contract_id=line.key.contract,
        usage_month=line.key.month.first_day,
        kind=line.key.kind,
        tax_rate=line.key.rate,
        net=line.net,
        remark=remark(line, month),
        details=[detail.as_json() for detail in line.details],
    )


def _note_parked(run: BillingRun, count: int, parked: Iterable[Parked]) -> None:
    ParkedContract.objects.bulk_create(
        ParkedContract(
            run=run,
            preview=count,
            contract_id=one.contract,
            usage_month=one.month.first_day,
            reason=one.reason,
        )
        for one in parked
    )


@transaction.atomic
def _end(
    run: BillingRun, count: int, close: rating.Close, actor: User | None, now: datetime.datetime
) -> BillingRun:
    run = _lock(run.pk, run.version)
    run.preview, run.stored_before = count, close.moment
    run.previewed_by, run.previewed_at = actor, now
    return _to(run, RunState.PREVIEWED, "preview", "stored_before", "previewed_by", "previewed_at")


# finalise -----------------------------------------------------------------------------------------

_INVOICES = """
    INSERT INTO billing_invoice
           (number, run_id, account_id, month, issued_on, due_on, content, net, tax, finalised_at, live)
    SELECT numbered.number, %(run)s, numbered.account_id, %(month)s,
           (numbered.content->>'issued_on')::date, (numbered.content->>'due_on')::date,
           numbered.content || jsonb_build_object('number', numbered.number),
           numbered.net, numbered.tax, %(now)s, true
      FROM (SELECT p.*, %(year)s || '-' ||
                   lpad((%(first)s - 1 + row_number() OVER (ORDER BY a.number))::text, 7, '0') AS number
              FROM billing_previewinvoice p JOIN billing_billingaccount a ON a.id = p.account_id
             WHERE p.run_id = %(run)s AND p.preview = %(preview)s) numbered
     ORDER BY numbered.number
"""
_LINES = """
    INSERT INTO billing_invoiceline
           (invoice_id, position, contract_id, usage_month, kind, tax_rate, net, remark, details)
    SELECT i.id, l.position, l.contract_id, l.usage_month, l.kind, l.tax_rate, l.net, l.remark, l.details
      FROM billing_previewline l
      JOIN billing_previewinvoice p ON p.id = l.invoice_id
      JOIN billing_invoice i ON i.run_id = p.run_id AND i.account_id = p.account_id AND i.live
     WHERE p.run_id = %(run)s AND p.preview = %(preview)s
"""


def _copy_preview(run: BillingRun, now: datetime.datetime) -> None:
    previewed = PreviewInvoice.objects.filter(run=run, preview=run.preview)
    issued_on = previewed.values_list("content__issued_on", flat=True).first()  # the same on all of them
    if issued_on is None:
        return
    year = issued_on[:4]
    arguments = {
        "run": run.pk,
        "preview": run.preview,
        "month": run.month,
        "now": now,
        "year": year,
        "first": numbers.take(name=f"{numbers.INVOICE}-{year}", count=previewed.count()),
    }
    with connection.cursor() as cursor:
        cursor.execute(_INVOICES, arguments)
        cursor.execute(_LINES, arguments)


# the table ----------------------------------------------------------------------------------------


def refusal(run: BillingRun, action: RunAction, actor: User | None) -> str | None:
    """Why this step is not possible (for buttons, too), or None. `actor` None is the periodic job."""
    row = TRANSITIONS[action]
    if run.state not in row.sources:
        allowed = "・".join(state.label for state in RunState if state in row.sources)
        return f"「{action.label}」は{allowed}のときに行えます（いまは{run.get_state_display()}）。"
    if actor is None:
        return None if row.jobs else f"「{action.label}」には担当者が必要です。"
    if action is RunAction.APPROVE and run.previewed_by_id == actor.pk:
        return "ご自身が試算した締めは承認できません。別の方に承認を依頼してください。"
    if actor.is_active and actor.is_superuser:
        return None
    names = [group.value for group in row.groups]
    if not (actor.is_active and actor.is_staff and actor.groups.filter(name__in=names).exists()):
        return f"「{action.label}」を行えるのは{'・'.join(sorted(names))}のグループです。"
    return None


def too_early(run: BillingRun, action: RunAction, now: datetime.datetime) -> str | None:
    """What the calendar, or an earlier month, has against it (for buttons, too), or None."""
    month = Month.of(run.month)
    if action is RunAction.PREVIEW:
        if date_of(now) <= month.last_day:
            return f"{month.label}はまだ終わっていません。翌月に入ってから試算してください。"
        if not _previous_is_final(run):
            return "前の月の締めが確定していません。先に確定してから試算してください。"
    if action is RunAction.FINALISE:
        dates = rating.dates_of(month)
        if date_of(now) < dates.settled_on:
            return (
                f"精算確定日（{japanese_date(dates.settled_on)}）より前には確定できません。{dates.because[0]}"
            )
        if not _previous_is_final(run):
            return "前の月の締めが確定していません。先に確定してください。"
    return None


def _guard(run: BillingRun, action: RunAction, actor: User | None) -> None:
    if reason := refusal(run, action, actor):
        raise NotAllowed(reason) if run.state in TRANSITIONS[action].sources else Refused(reason)


def _lock(run_id: int, version: int | None) -> BillingRun:
    run = BillingRun.objects.select_for_update().get(pk=run_id)
    _same_version(run, version)
    return run


def _same_version(run: BillingRun, version: int | None) -> None:
    if version is not None and run.version != version:
        raise Stale(
            f"ほかの操作で締めの状態が変わりました（いまは{run.get_state_display()}）。"
            "画面を開き直して、内容を確認してください。"
        )


def _to(run: BillingRun, state: RunState, *fields: str) -> BillingRun:
    run.state = state
    run.version += 1
    run.save(update_fields=["state", "version", *fields])
    return run


def _previous_is_final(run: BillingRun) -> bool:
    return not BillingRun.objects.filter(month__lt=run.month).exclude(state__in=FINAL).exists()


def _batches(items: list[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
