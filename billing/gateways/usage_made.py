"""Invented delivery records of any size for demos, tests and benches: realistic in mix, the same for the same seed.

Everything about a record follows from its number and the seed, so time grows with the rows and memory does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from billing.gateways.duck import connected, quoted
from billing.rules.segments import LENGTHS
from billing.rules.usage import COLUMNS, FileFormat


@dataclass(frozen=True)
class Sender:
    """What one contract sends: of its channels, and with long SMS where it may. `plus_test` and `rcs_test` are the
    identifiers of its test accounts (§2.0, §2.1a), "" where it has none: one message in `_TEST` comes from there."""

    number: str
    channels: tuple[str, ...]
    long_sms: bool
    plus_test: str = ""
    rcs_test: str = ""


_FORMATS = {
    FileFormat.CSV: "(FORMAT csv, HEADER true)",
    FileFormat.GZIP: "(FORMAT csv, HEADER true, COMPRESSION gzip)",
    FileFormat.PARQUET: "(FORMAT parquet, COMPRESSION zstd)",
}
_CARRIERS = ("docomo", "docomo", "docomo", "docomo", "au", "au", "au", "softbank", "softbank", "rakuten")
_CHANNELS = ("sms", "sms", "sms", "plus", "rcs")  # where the plan has them
_ACCOUNTS = 3  # of each contract and channel
_TEST = 20
_LATE = 50  # one record in so many was sent on the day before, unless the file is the first
_AGAIN = 2_000  # one record in so many is there twice
_FAULTS = (  # the columns that a faulty record gets something else in
    ("contract_number", "'ZZ0000000000'"),
    ("sent_at", "'2026/13/45 00:00'"),
    ("channel", "'fax'"),
    ("carrier", "NULL"),
    ("chars", "'0'"),
    ("message_id", "NULL"),
)


def write(
    *,
    target: Path,
    format: FileFormat,
    day: date,
    first: int,
    rows: int,
    senders: Sequence[Sender],
    seed: int,
    faults: float,
    late: bool,
    work: Path,
) -> None:
    """One day's file: records number `first` to `first + rows - 1` of all. `faults` of them (0–1) are refused or,
    with another fault, repeated; `late`: some were sent on the day before."""
    several = _record(seed, first, rows, len(senders), faults)
    with connected(work) as connection:
        connection.execute(
            "CREATE TABLE sender (place BIGINT, number VARCHAR, channels VARCHAR[], long_sms BOOLEAN,"
            " plus_test VARCHAR, rcs_test VARCHAR)"
        )
        connection.execute(
            "INSERT INTO sender SELECT unnest($places), unnest($numbers), unnest($channels::VARCHAR[][]), unnest($long),"
            " unnest($plus_tests), unnest($rcs_tests)",
            {
                "places": list(range(len(senders))),
                "numbers": [sender.number for sender in senders],
                "channels": [_mix(sender.channels) for sender in senders],
                "long": [sender.long_sms for sender in senders],
                "plus_tests": [sender.plus_test for sender in senders],
                "rcs_tests": [sender.rcs_test for sender in senders],
            },
        )
        connection.execute(
            f"""
            COPY (
                WITH record AS ({several}), chosen AS (
                    SELECT r.*, s.number, s.long_sms, s.plus_test, s.rcs_test, s.channels[1 + (r.d2 % len(s.channels))::BIGINT] AS channel,
                           {_choice("r.d3", _CARRIERS)} AS carrier
                      FROM record r JOIN sender s ON s.place = r.sender
                ), written AS (
                    SELECT n, bad,
                           format('m{{:04d}}{{:012d}}', {seed % 10_000}, id) AS message_id,
                           number AS contract_number,
                           CASE channel WHEN 'sms' THEN format('0120{{:06d}}', (hash(number) % 900000 + d4)::BIGINT)
                                        WHEN 'plus' THEN {_from_test("plus_test")} format('bot-{{}}-{{}}', number, d4) END
                                        ELSE {_from_test("rcs_test")} format('agent-{{}}-{{}}', number, d4) END END AS account,
                           strftime(TIMESTAMP '{day}' - CASE WHEN {"d5 % " + str(_LATE) + " = 0" if late else "false"}
                                                             THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END
                                    + to_seconds((d6 % 86400)::BIGINT), '%Y-%m-%dT%H:%M:%S+09:00') AS sent_at,
                           channel, carrier,
                           CASE WHEN channel <> 'sms' AND d7 % 2 = 0 THEN NULL
                                WHEN long_sms AND d7 % 10 < 3 THEN (71 + d8 % ({_shortest_limit()} - 70))::VARCHAR
                                ELSE (1 + d8 % 70)::VARCHAR END AS chars
                      FROM chosen
                )
                SELECT {", ".join(_faulty(column) for column in COLUMNS)} FROM written ORDER BY n
            ) TO {quoted(target)} {_FORMATS[format]}
            """
        )


def _record(seed: int, first: int, rows: int, senders: int, faults: float) -> str:
    """Numbers and dice. A repeated record takes all of them from the one before it."""
    dice = ", ".join(f"hash(id * 16 + {n} + {seed % 10_000} * 7919) AS d{n}" for n in range(2, 9) if n != 4)
    once_in = round(1 / faults) if faults else 0
    bad = f"CASE WHEN hash(n + {seed % 10_000}) % {once_in} = 0 THEN (hash(n * 3) % {len(_FAULTS)})::INTEGER ELSE -1 END"
    return f"""
        SELECT n, id, (hash(id * 16 + 1 + {seed % 10_000} * 7919) % {senders})::BIGINT AS sender, {dice},
               (hash(id * 16 + 4) % {_ACCOUNTS})::BIGINT AS d4, {bad if once_in else "-1"} AS bad
          FROM (SELECT range AS n, CASE WHEN range % {_AGAIN} = {_AGAIN - 1} THEN range - 1 ELSE range END AS id
                  FROM range({first}, {first + rows}))
    """


def _faulty(column: str) -> str:
    for place, (name, value) in enumerate(_FAULTS):
        if name == column:
            return f"CASE WHEN bad = {place} THEN {value} ELSE {column} END AS {column}"
    return column


def _from_test(identifier: str) -> str:
    return f"CASE WHEN {identifier} <> '' AND d7 % {_TEST} = 7 THEN {identifier} ELSE"


def _mix(channels: tuple[str, ...]) -> list[str]:
    return [channel for channel in _CHANNELS if channel in channels]


def _choice(dice: str, values: Sequence[str]) -> str:
    texts = ", ".join(quoted(value) for value in values)
    return f"[{texts}][1 + ({dice} % {len(values)})::BIGINT]"


def _shortest_limit() -> int:
    """A length that every carrier takes."""
    return min(length.limit for length in LENGTHS.values())
