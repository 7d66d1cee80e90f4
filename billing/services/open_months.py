"""Who changes prices, accounts or addresses changes what closes read: approved months stand, previews are made again."""

from django.db import connection

from accounts.services.errors import Refused
from billing.models import BillingRun
from billing.services import clock
from billing.workflow import FINAL, RunState
from kmc_portal.lib.months import Month

_STANDARD_PRICES = 0x4B4D43_03  # an advisory lock's number; 01 and 02 are taken by clock.py and usage.py


def take(*, since: Month, what: str, even_final: bool = False) -> None:
    """Let the caller's transaction change what is rated from `since` on; `what`: 「料金表を登録」.

    Refused where a month from then on is approved or final. `even_final`: the caller knows that nothing of a final
    month was invoiced for what it changes. A preview from then on is outdated: its run is open again.
    """
    clock.hold_previews()
    for run in BillingRun.objects.select_for_update().filter(month__gte=since.first_day).order_by("month"):
        if run.state == RunState.APPROVED:
            raise Refused(
                f"{run}の締めは承認済みのため、{what}できません。"
                "締めの承認を取り消してから、もう一度操作してください。"
            )
        if run.state in FINAL and not even_final:
            raise Refused(
                f"{run}の請求は確定しているため、{what}できません。"
                f"{last_final().plus(1).label}以降を指定してください。"
            )
        if run.reading_before is not None and run.state not in FINAL:
            run.state = RunState.OPEN
            run.version += 1
            run.save(update_fields=["state", "version"])


def last_final() -> Month:
    """The last month whose invoices are final; the caller knows that there is one."""
    run = BillingRun.objects.filter(state__in=FINAL).latest("month")
    return Month.of(run.month)


def lock_standard_prices() -> None:
    """One change of the standard prices at a time, until the caller's transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_STANDARD_PRICES])
