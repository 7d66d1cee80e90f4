"""Count again from the stored Parquet files what an invoice was made of."""

import tempfile
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb

from billing.gateways.duck import connected


class Unreadable(Exception):
    """A stored file is not what was put there; for staff."""


class Sent(NamedTuple):
    """So many messages of one length; `chars` None where the length does not count.

    `account` is the sender where it was asked for, else "".
    """

    contract_number: str
    channel: str
    carrier: str
    chars: int | None
    account: str
    messages: int


def sent(
    paths: Sequence[Path],
    contract_numbers: Collection[str],
    first: date,
    last: date,
    accounts: Collection[str] = (),
) -> list[Sent]:
    """The accepted records of these contracts from `first` to `last`, both included; those of `accounts` apart."""
    if not paths or not contract_numbers:
        return []
    try:
        return _sent(paths, contract_numbers, first, last, accounts)
    except duckdb.Error as error:
        raise Unreadable(str(error).splitlines()[0]) from error


def _sent(
    paths: Sequence[Path],
    contract_numbers: Collection[str],
    first: date,
    last: date,
    accounts: Collection[str],
) -> list[Sent]:
    with tempfile.TemporaryDirectory(prefix="kmc-counted-") as work, connected(Path(work)) as connection:
        rows = connection.execute(
            """
            SELECT contract_number, channel, carrier, chars,
                   CASE WHEN account IN (SELECT unnest($accounts::VARCHAR[])) THEN account ELSE '' END, count(*)
              FROM read_parquet($paths)
             WHERE accepted AND day BETWEEN $first AND $last AND contract_number IN (SELECT unnest($numbers))
             GROUP BY ALL
            """,
            {
                "paths": [str(path) for path in paths],
                "first": first,
                "last": last,
                "numbers": list(contract_numbers),
                "accounts": list(accounts),
            },
        ).fetchall()
    return [Sent(*row) for row in rows]
