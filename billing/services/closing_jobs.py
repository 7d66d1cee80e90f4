"""The month's close in the background: started by staff, or by the periodic jobs (§5.1). Safe twice, late, after a crash."""

import datetime

from accounts.models import User
from accounts.services.errors import Refused
from accounts.services.jobs import Report
from billing.models import BillingRun, OneOffCharge, UsageFile
from billing.services import closing, rating, verification
from billing.workflow import FINAL, RunAction, RunState
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

NAMES = {RunAction.PREVIEW: "締めの試算", RunAction.FINALISE: "締めの確定"}
TASKS = {
    RunAction.PREVIEW: "billing.tasks.preview_run",
    RunAction.FINALISE: "billing.tasks.finalise_run",
}


def preview(
    *, run_id: int, version: int | None, actor: User | None, now: datetime.datetime, report: Report
) -> str:
    run = closing.preview(run_id=run_id, version=version, actor=actor, now=now, report=report)
    return preview_result(run)


def preview_result(run: BillingRun) -> str:
    invoices = run.previews.filter(preview=run.preview).count()
    parked = parked_in(run)
    waiting = f"、保留した契約 {parked}件" if parked else ""
    return f"{run}：請求書 {invoices:,}通を試算しました{waiting}。"


def parked_in(run: BillingRun) -> int:
    """Contracts that the last preview left out."""
    return run.parked.filter(preview=run.preview).values("contract").distinct().count()


def finalise(
    *, run_id: int, version: int | None, actor: User | None, now: datetime.datetime, report: Report
) -> str:
    run = closing.finalise(run_id=run_id, version=version, actor=actor, now=now)
    return f"{run}：請求書 {run.invoices.count():,}通を確定しました。"


def verify(*, run_id: int, report: Report) -> str:
    """Derive every live invoice of the run again from the stored files; Refused where one differs or is missing."""
    run = BillingRun.objects.get(pk=run_id)
    rows = list(run.invoices.live().select_related("account").prefetch_related("lines").order_by("number"))
    found = verification.verify_all(run=run, invoices=rows, report=report)
    wrong = {row.number: found[row.pk] for row in rows if found[row.pk]}
    absent = verification.missing(run=run)
    if wrong or absent:
        first = [f"{number}：{differences[0]}" for number, differences in wrong.items()]
        raise Refused(
            "\n".join(
                [f"{len(rows):,}通のうち{len(wrong):,}通が再計算と違います。", *absent[:20], *first[:20]]
            )
        )
    return f"{run}：請求書 {len(rows):,}通が、保存されたファイルからの再計算と1円まで一致しました。"


def preview_due(*, now: datetime.datetime, report: Report) -> str:
    """Open last month's close, and preview it again where something came since the last preview of today."""
    month = Month.of(date_of(now)).plus(-1)
    run = BillingRun.objects.exclude(state__in=FINAL).order_by("month").first()
    if run is None:
        following = closing.next_month()
        if following is None:
            return "課金を開始した契約がまだありません。"
        run = closing.open_run(month=following)
    if Month.of(run.month) > month:
        return f"{run}はまだ終わっていません。"
    if run.state == RunState.APPROVED:
        return f"{run}は承認済みです。"
    if run.state == RunState.PREVIEWED and _is_fresh(run, now):
        return f"{run}の試算のあとに届いたものはありません。"
    return preview(run_id=run.pk, version=None, actor=None, now=now, report=report)


def settle_due(*, now: datetime.datetime, report: Report) -> str:
    """Make final what is approved and has reached its settlement day (精算確定日)."""
    said = []
    for run in BillingRun.objects.exclude(state__in=FINAL).order_by("month"):
        settled_on = rating.dates_of(Month.of(run.month)).settled_on
        if date_of(now) < settled_on:
            continue
        if run.state != RunState.APPROVED:
            said.append(
                f"{run}は精算確定日を迎えましたが、{run.get_state_display()}です。試算と承認を行ってください。"
            )
            break
        said.append(finalise(run_id=run.pk, version=None, actor=None, now=now, report=report))
    return "".join(said) or "確定する締めはありません。"


def _is_fresh(run: BillingRun, now: datetime.datetime) -> bool:
    assert run.stored_before is not None and run.previewed_at is not None, "a previewed run has its clocks"
    came_later = (
        UsageFile.objects.filter(stored_at__gt=run.stored_before).exists()
        or OneOffCharge.objects.filter(stored_at__gt=run.stored_before).exists()
    )
    return not came_later and date_of(run.previewed_at) == date_of(now)
