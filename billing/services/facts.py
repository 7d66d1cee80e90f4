"""Read the daily facts as they counted at a moment, and which months changed between two."""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import connection

from accounts.rules.plans import Channel
from billing.rules.carriers import DeliveryCarrier
from billing.rules.rating import Usage
from kmc_portal.lib.months import Month

ContractMonthKey = tuple[int, Month]  # contract id, month

_COUNTS = "u.stored_at <= %(moment)s AND (u.replaced_at IS NULL OR u.replaced_at > %(moment)s)"
_USAGE = f"""
    SELECT f.contract_id, f.channel, f.carrier, f.segments, sum(f.messages)
      FROM billing_dailyfact f JOIN billing_usagefile u ON u.id = f.file_id
     WHERE f.contract_id = ANY(%(contracts)s) AND f.day BETWEEN %(first)s AND %(last)s AND {_COUNTS}
     GROUP BY 1, 2, 3, 4
"""
_CHANGED = """
    SELECT DISTINCT f.contract_id, date_trunc('month', f.day)::date
      FROM billing_dailyfact f JOIN billing_usagefile u ON u.id = f.file_id
     WHERE f.day < %(first)s AND (
           (u.stored_at > %(after)s AND u.stored_at <= %(moment)s)
        OR (u.replaced_at > %(after)s AND u.replaced_at <= %(moment)s))
    UNION
    SELECT contract_id, date_trunc('month', charged_on)::date
      FROM billing_oneoffcharge
     WHERE charged_on < %(first)s AND stored_at > %(after)s AND stored_at <= %(moment)s
"""

_CHARGED = f"""
    SELECT f.contract_id
      FROM billing_dailyfact f JOIN billing_usagefile u ON u.id = f.file_id
     WHERE f.contract_id = ANY(%(contracts)s) AND f.day BETWEEN %(first)s AND %(last)s AND {_COUNTS}
    UNION
    SELECT contract_id
      FROM billing_oneoffcharge
     WHERE contract_id = ANY(%(contracts)s) AND charged_on BETWEEN %(first)s AND %(last)s
       AND stored_at <= %(moment)s
"""


def usage(
    contract_ids: Collection[int], month: Month, moment: datetime.datetime
) -> dict[int, tuple[Usage, ...]]:
    """The month's usage of these contracts as it counted at `moment`."""
    found: dict[int, list[Usage]] = {}
    arguments = {
        "contracts": list(contract_ids),
        "first": month.first_day,
        "last": month.last_day,
        "moment": moment,
    }
    for contract, channel, carrier, segments, messages in _rows(_USAGE, arguments):
        found.setdefault(contract, []).append(
            Usage(Channel(channel), DeliveryCarrier(carrier), segments, int(messages))
        )
    return {contract: tuple(rows) for contract, rows in found.items()}


def changed(
    *, before: Month, after: datetime.datetime | None, moment: datetime.datetime
) -> set[ContractMonthKey]:
    """Months before `before` for which usage or one-off charges came, or were replaced, after one close's moment
    (None: ever) and by the next one's."""
    beginning = datetime.datetime.min.replace(tzinfo=datetime.UTC)
    arguments = {"first": before.first_day, "after": after or beginning, "moment": moment}
    return {(contract, Month.of(first)) for contract, first in _rows(_CHANGED, arguments)}


def charged(contract_ids: Collection[int], month: Month, moment: datetime.datetime) -> set[int]:
    """Those of these contracts that have usage or one-off charges in the month, as it counted at `moment`."""
    arguments = {
        "contracts": list(contract_ids),
        "first": month.first_day,
        "last": month.last_day,
        "moment": moment,
    }
    return {contract for (contract,) in _rows(_CHARGED, arguments)}


def _rows(sql: str, arguments: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return cursor.fetchall()
