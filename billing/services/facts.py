"""Read the daily facts as they counted at a moment, and which months changed between two."""

import datetime
from collections.abc import Collection
from typing import Any

from django.db import connection

from accounts.rules.plans import Channel
from accounts.services import test_accounts
from billing.rules.carriers import DeliveryCarrier
from billing.rules.rating import Usage
from kmc_portal.lib.months import Month

ContractMonthKey = tuple[int, Month]  # contract id, month

_COUNTS = "u.stored_at <= %(moment)s AND (u.replaced_at IS NULL OR u.replaced_at > %(moment)s)"
TEST_SENDERS = """
    LEFT JOIN unnest(%(test_contracts)s::bigint[], %(test_channels)s::text[], %(test_accounts)s::text[])
              AS test (contract, channel, account)
           ON test.contract = f.contract_id AND test.channel = f.channel AND test.account = f.account
"""
_USAGE = f"""
    SELECT f.contract_id, f.channel, f.carrier, f.segments, test.account IS NOT NULL, sum(f.messages)
      FROM billing_dailyfact f JOIN billing_usagefile u ON u.id = f.file_id {TEST_SENDERS}
     WHERE f.contract_id = ANY(%(contracts)s) AND f.day BETWEEN %(first)s AND %(last)s AND {_COUNTS}
     GROUP BY 1, 2, 3, 4, 5
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
        **test_senders(contract_ids),
    }
    for contract, channel, carrier, segments, for_test, messages in _rows(_USAGE, arguments):
        found.setdefault(contract, []).append(
            Usage(Channel(channel), DeliveryCarrier(carrier), segments, int(messages), for_test)
        )
    return {contract: tuple(rows) for contract, rows in found.items()}


def test_senders(contract_ids: Collection[int]) -> dict[str, list[Any]]:
    """The arguments of TEST_SENDERS: what the test accounts of these contracts send as (§2.0, §2.1a)."""
    senders = sorted(test_accounts.senders(contract_ids))
    return {
        "test_contracts": [sender.contract for sender in senders],
        "test_channels": [sender.channel for sender in senders],
        "test_accounts": [sender.identifier for sender in senders],
    }


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
