"""The cockpit of a month's close: everything that one looks at before pressing a button."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.deeds import Doing
from accounts.admin.tones import job_rows
from accounts.models import JobRun
from accounts.rules.plans import Channel
from accounts.services import jobs
from accounts.services.history import changes
from billing.admin import run_deeds, run_figures, usage_figures
from billing.models import BillingRun, Invoice
from billing.services import bundles, closing_jobs, rating, sending
from billing.workflow import FINAL, RunState
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

TONES: dict[str, str] = {
    RunState.OPEN: "ours",
    RunState.PREVIEWED: "theirs",
    RunState.APPROVED: "carriers",
    RunState.FINALISED: "good",
    RunState.SENT: "good",
}
SHOWN = 10  # rows of a comparison; the rest stands on a page of its own
PARKED_PER_PAGE = 50
LEAST_SWING = 10_000  # yen: smaller differences to last month are everyday
PERIODIC = ("billing.tasks.preview_due", "billing.tasks.settle_due", "billing.tasks.send_invoices")
MENDS = (  # a word of the reason, where to mend it
    ("料金表", "billing_pricelist_changelist", "料金表を見る"),
    ("請求先情報", "billing_billingaccount_changelist", "請求先を見る"),
    ("請求先", "billing_billingaccount_changelist", "請求先を割り当てる"),
)


def run_context(request: HttpRequest, run: BillingRun, doing: Doing) -> dict[str, Any]:
    month, today = Month.of(run.month), date_of(doing.now)
    dates = rating.dates_of(month)
    final = run.state in FINAL
    running = job_rows(_jobs(run), doing.now)
    days = usage_figures.days_of(month, today, run.stored_before if final else None)
    swings, swing_count = run_figures.swings(run, least=LEAST_SWING, limit=SHOWN)
    return {
        "run": run,
        "tone": TONES[run.state],
        "line": line(run),
        "is_final": final,
        "steps": run_deeds.buttons(doing),
        "dates": dates,
        "not_final_reason": run_deeds.not_final(doing),
        "month_ends": month.last_day,
        "jobs": running,
        "poll": any(row["live"] for row in running),
        "totals": run_figures.totals(run) if run.preview or final else None,
        "last_totals": _last_totals(month),
        "days": days,
        "bars": usage_figures.bars(days),
        "channels": [(channel.value, channel.label) for channel in Channel],
        "missing": [row for row in days if row.missing],
        "gaps": usage_figures.carrier_gaps(days),
        "refusing": [(file, row.day) for row in days for file in row.files if file.refused],
        **_parked(request, run),
        "swings": swings,
        "swing_count": swing_count,
        "least_swing": LEAST_SWING,
        "has_last_month": run_figures.has_last_month(run),
        **_against_last_preview(run, final),
        **(_invoices(run) if final else {}),
        "late": usage_figures.stored_since(run.stored_before, Month.of(run.month))
        if run.stored_before and not final
        else None,
        "changes": changes([run], limit=30),
    }


def line(run: BillingRun) -> list[dict[str, str]]:
    """The states in their order, for the line at the top."""
    order = list(RunState)
    place = order.index(RunState(run.state))
    return [
        {"label": state.label, "state": "done" if index < place else "now" if index == place else "todo"}
        for index, state in enumerate(order)
    ]


def _jobs(run: BillingRun) -> list[JobRun]:
    periodic = Q(name__in=[jobs.periodic_name(task) for task in PERIODIC], state=JobRun.State.RUNNING)
    rows = JobRun.objects.filter(Q(subject=str(run)) | periodic).select_related("started_by")
    return list(rows.order_by("-pk")[:8])


def _last_totals(month: Month) -> run_figures.Totals | None:
    last = BillingRun.objects.filter(month=month.plus(-1).first_day, state__in=FINAL).first()
    return run_figures.totals(last) if last else None


def _parked(request: HttpRequest, run: BillingRun) -> dict[str, Any]:
    rows = run.parked.filter(preview=run.preview).select_related("contract__customer")
    page = Paginator(rows.order_by("contract__number", "usage_month"), PARKED_PER_PAGE).get_page(
        request.GET.get("p")
    )
    return {
        "parked_page": page,
        "parked": [(row, _mends(row.reason)) for row in page.object_list],
        "parked_contracts": closing_jobs.parked_in(run),
    }


def _mends(reason: str) -> tuple[str, str] | None:
    for word, name, label in MENDS:
        if word in reason:
            return reverse(f"admin:{name}"), label
    return None


def _against_last_preview(run: BillingRun, final: bool) -> dict[str, Any]:
    if final or run.preview < 2:
        return {"changed": [], "changed_count": 0, "has_earlier_preview": False}
    changed, count = run_figures.changed_by_preview(run, limit=SHOWN)
    return {"changed": changed, "changed_count": count, "has_earlier_preview": True}


def _invoices(run: BillingRun) -> dict[str, Any]:
    live = Invoice.objects.live().filter(run=run)
    first, last = live.order_by("number").first(), live.order_by("-number").first()
    return {
        "first_invoice": first,
        "last_invoice": last,
        "to_send": live.filter(sending=None).count(),
        "sent": live.exclude(sending=None).count(),
        "without_pdf": live.filter(pdf=None).count(),
        "undelivered": live.filter(sending__mail__state__in=["refused", "failed"]).count(),
        "replaced": Invoice.objects.filter(run=run, live=False).count(),
        "send_on": sending.sending_date(run),
        "on_paper": bundles.to_print(run).count(),
        "bundles": list(run.bundles.select_related("file", "made_by").order_by("-pk")[:5]),
    }
