"""The second clock of the close: what was stored when a preview read, and what comes later.

A moment orders imports and previews: whatever is committed after a preview began carries a later moment, even where
two machines' clocks differ or an import takes long. So nothing falls between two closes, and nothing into both.
"""

import datetime

from django.db import connection
from django.db.models import Max

from billing.models import BillingRun, OneOffCharge, UsageFile

_LOCK = 0x4B4D43_01  # an advisory lock's number: imports share it, a preview that begins takes it alone
_NEXT = datetime.timedelta(microseconds=1)


def stored_at(now: datetime.datetime) -> datetime.datetime:
    """The moment for usage or charges stored in the caller's transaction: `now`, or just after the last preview."""
    _lock("pg_advisory_xact_lock_shared")
    latest = BillingRun.objects.aggregate(Max("reading_before"))["reading_before__max"]
    return now if latest is None else max(now, latest + _NEXT)


def hold_previews() -> None:
    """No preview begins until the caller's transaction, which changes what one is rated from, has ended."""
    _lock("pg_advisory_xact_lock_shared")


def reading_before(now: datetime.datetime) -> datetime.datetime:
    """The moment up to which a preview reads; the caller's transaction must write it to its run."""
    _lock("pg_advisory_xact_lock")
    stored = UsageFile.objects.aggregate(Max("stored_at"), Max("replaced_at"))
    charged = OneOffCharge.objects.aggregate(Max("stored_at"))
    return max([now, *(moment for moment in (*stored.values(), *charged.values()) if moment is not None)])


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [_LOCK])
