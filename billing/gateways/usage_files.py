"""Delivery records with DuckDB: judge every row of a file, settle who has a message id, count, and keep the evidence.

The evidence is one Parquet file with a row for every row of the source:
    row, message_id, contract_number, account, sent_at (Japan time), day, channel, carrier, chars, segments
    faults          bits of billing/rules/usage.py Fault; 0 = none
    duplicate_of    the same record stands: 0 in an earlier row, n in the file that the caller numbered n; null = nowhere
    accepted        no fault and no duplicate: what is charged
    sent_at_text, chars_text, line      as they stood in the source, for refused rows
A *candidate* is a row without fault of its own and not repeated within its file; which candidates are accepted depends
on the files before it (`settle`), and can be settled again from the evidence alone.
"""

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from billing.gateways import usage_source
from billing.gateways.duck import connected, quoted
from billing.gateways.usage_source import Source, UnreadableFile, prepare
from billing.rules.carriers import DeliveryCarrier
from billing.rules.segments import LENGTHS, SHORT_LIMIT, charged_segments
from billing.rules.usage import COLUMNS, OLDEST, Fault, KnownContract, faults_of, spans
from kmc_portal.lib.csv_text import BOM, safe_cell

__all__ = [
    "Counts",
    "Other",
    "Source",
    "UnreadableFile",
    "counts",
    "facts",
    "judge",
    "prepare",
    "refusals",
    "settle",
]

LONGEST_CELL = 32_000  # characters of a refused value; a cell of Excel holds 32,767
BATCH = 10_000  # rows that leave DuckDB at once
REFUSALS_HEADER = ("行番号", "理由", *COLUMNS, "元の行")

_ZONED = "(?:Z|[+-](?:0[0-9]|1[0-4]):?[0-5][0-9])"
_LOCAL = "(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,6})?"
_CONTENT = "contract_number, account, sent_at, channel, carrier, chars"
_VISIBLE = "'[!-~]{1,64}'"
_CARRIERS = ", ".join(quoted(carrier.value) for carrier in DeliveryCarrier)
_BY_CONTRACT = f"""
    CASE channel WHEN 'sms' THEN CASE WHEN chars > {SHORT_LIMIT} THEN long_sms ELSE sms END
                 WHEN 'plus' THEN plus WHEN 'rcs' THEN rcs
                 ELSE sms & {Fault.NOT_STARTED.bit | Fault.ENDED.bit} END
"""
# Nearly every row, told quickly; what is not fine is asked for each fault. (A null here is not fine.)
_FINE = f"""
    day <= file_day AND day >= file_day - {OLDEST.days} AND carrier IN ({_CARRIERS})
    AND CASE channel WHEN 'sms' THEN segments IS NOT NULL
                     WHEN 'plus' THEN chars_text IS NULL OR chars IS NOT NULL
                     WHEN 'rcs' THEN chars_text IS NULL OR chars IS NOT NULL ELSE false END
    AND {_BY_CONTRACT} = 0
    AND regexp_full_match(message_id, {_VISIBLE}) AND regexp_full_match(account, {_VISIBLE})
"""
_LATER = Fault.DIFFERS_FROM_ACCEPTED.bit  # the one fault that other files decide


class Other(NamedTuple):
    """The evidence of another file, by the caller's number (1 or more)."""

    id: int
    path: Path


@dataclass(frozen=True)
class Counts:
    """What became of a file's rows. `first_day` and `last_day` are the candidates'."""

    rows: int
    accepted: int
    refused: int
    duplicates: int
    duplicates_of: dict[int, int]
    first_day: date | None
    last_day: date | None


# one file by itself -------------------------------------------------------------------------------


def judge(
    source: Source,
    *,
    day: date,
    contracts: Iterable[KnownContract],
    work: Path,
    target: Path,
    said: Callable[[int], None] = lambda step: None,
) -> None:
    """Write the evidence as if there were no other files. Raises UnreadableFile. `said(1…4)` tells how far it is."""
    with connected(work) as connection:
        usage_source.load(connection, source, work)
        said(1)
        _tables(connection, contracts, work)
        connection.execute(
            "CREATE TABLE ids AS SELECT id FROM (SELECT hash(message_id) AS id FROM raw WHERE message_id IS NOT NULL)"
            " GROUP BY id HAVING count(*) > 1"
        )
        said(2)
        connection.execute(
            f"""
            CREATE TABLE repeated AS
            SELECT row, same FROM (
                SELECT row, row_number() OVER again AS place,
                       first_value(struct_pack({_CONTENT})) OVER again = struct_pack({_CONTENT}) AS same
                  FROM ({_judged("(SELECT raw.* FROM raw SEMI JOIN ids ON hash(raw.message_id) = ids.id)", day)})
                 WHERE faults = 0
                WINDOW again AS (PARTITION BY message_id ORDER BY row)
            ) WHERE place > 1
            """
        )
        said(3)
        connection.execute(
            f"""
            COPY (
                SELECT j.row, j.message_id, j.contract_number, j.account, j.sent_at, j.day, j.channel, j.carrier,
                       j.chars, CASE WHEN j.faults = 0 THEN j.segments END AS segments,
                       j.faults | CASE WHEN r.same THEN 0 WHEN NOT r.same THEN {Fault.DIFFERS_IN_FILE.bit} ELSE 0 END
                           AS faults,
                       CASE WHEN r.same THEN 0::BIGINT END AS duplicate_of,
                       j.faults = 0 AND r.row IS NULL AS accepted,
                       CASE WHEN j.faults <> 0 OR NOT r.same THEN j.sent_at_text END AS sent_at_text,
                       CASE WHEN j.faults <> 0 OR NOT r.same THEN j.chars_text END AS chars_text,
                       j.line
                  FROM ({_judged("raw", day)}) j LEFT JOIN repeated r ON r.row = j.row
            ) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)
            """
        )
        said(4)


def _tables(connection: duckdb.DuckDBPyConnection, contracts: Iterable[KnownContract], work: Path) -> None:
    """The rules as tables: what each contract may send when, and what each length is charged as (§5.2)."""
    known = work / "contracts.csv"
    with known.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        for contract in contracts:
            for span in spans(contract):
                writer.writerow((contract.number, *span))
    connection.execute(
        f"""
        CREATE TABLE contract AS SELECT * FROM read_csv({quoted(known)}, header = false, auto_detect = false,
            delim = ',', quote = '"', escape = '"',
            columns = {{'number': 'VARCHAR', 'first': 'DATE', 'last': 'DATE',
                        'sms': 'INTEGER', 'long_sms': 'INTEGER', 'plus': 'INTEGER', 'rcs': 'INTEGER'}})
        """
    )
    charged = [
        (carrier.value, chars, charged_segments(carrier, chars))
        for carrier, length in LENGTHS.items()
        for chars in range(1, length.limit + 1)
    ]
    connection.execute("CREATE TABLE charged (carrier VARCHAR, chars INTEGER, segments INTEGER)")
    connection.execute(
        "INSERT INTO charged SELECT unnest($carriers), unnest($chars), unnest($segments)",
        {
            "carriers": [row[0] for row in charged],
            "chars": [row[1] for row in charged],
            "segments": [row[2] for row in charged],
        },
    )


def _judged(source: str, day: date) -> str:
    """SQL: the rows of `source` (as the view `raw`) with their values read and their faults."""
    faults = " + ".join(
        f"CASE WHEN {condition} THEN {fault.bit} ELSE 0 END" for fault, condition in _CONDITIONS
    )
    return f"""
        SELECT row, message_id, contract_number, account, sent_at, day, channel, carrier, chars,
               CASE WHEN channel = 'sms' THEN segments ELSE 1 END::UTINYINT AS segments,
               CASE WHEN {_FINE} THEN 0 WHEN broken <> 0 THEN broken
                    ELSE {faults} + CASE WHEN contract_unknown OR day IS NULL THEN 0 ELSE {_BY_CONTRACT} END
               END AS faults,
               sent_at_text, chars_text, line
          FROM (
            SELECT r.*, r.sent_at::DATE AS day, DATE '{day}' AS file_day, c.number IS NULL AS contract_unknown,
                   c.sms, c.long_sms, c.plus, c.rcs, s.segments
              FROM (
                SELECT row, message_id, contract_number, account, channel, carrier, broken, line,
                       sent_at AS sent_at_text, chars AS chars_text,
                       CASE WHEN regexp_full_match(sent_at, '{_LOCAL}(?:[+]09:00)?')
                            THEN try_cast(replace(sent_at, '+09:00', '') AS TIMESTAMP)
                            WHEN regexp_full_match(sent_at, '{_LOCAL}{_ZONED}')
                            THEN try_cast(sent_at AS TIMESTAMPTZ) AT TIME ZONE 'Asia/Tokyo' END AS sent_at,
                       CASE WHEN regexp_full_match(chars, '[0-9]{{1,6}}') THEN try_cast(chars AS INTEGER) END AS chars
                  FROM {source}
              ) r
              LEFT JOIN contract c ON c.number = r.contract_number
                                  AND coalesce(r.sent_at::DATE, DATE '{day}') BETWEEN c.first AND c.last
              LEFT JOIN charged s ON s.carrier = r.carrier AND s.chars = r.chars
          )
    """


_SMS = "coalesce(channel = 'sms', false)"
_CONDITIONS: list[tuple[Fault, str]] = [  # when a row has which fault, besides what its contract says
    (Fault.MESSAGE_ID_MISSING, "message_id IS NULL"),
    (Fault.MESSAGE_ID_UNREADABLE, f"NOT regexp_full_match(message_id, {_VISIBLE})"),
    (Fault.CONTRACT_MISSING, "contract_number IS NULL"),
    (Fault.CONTRACT_UNKNOWN, "contract_number IS NOT NULL AND contract_unknown"),
    (Fault.ACCOUNT_MISSING, "account IS NULL"),
    (Fault.ACCOUNT_UNREADABLE, f"NOT regexp_full_match(account, {_VISIBLE})"),
    (Fault.SENT_AT_MISSING, "sent_at_text IS NULL"),
    (Fault.SENT_AT_UNREADABLE, "sent_at_text IS NOT NULL AND sent_at IS NULL"),
    (Fault.AFTER_FILE, "day > file_day"),
    (Fault.TOO_OLD, f"day < file_day - {OLDEST.days}"),
    (Fault.CHANNEL_MISSING, "channel IS NULL"),
    (Fault.CHANNEL_UNKNOWN, "channel NOT IN ('sms', 'plus', 'rcs')"),
    (Fault.CARRIER_MISSING, "carrier IS NULL"),
    (Fault.CARRIER_UNKNOWN, f"carrier NOT IN ({_CARRIERS})"),
    (Fault.CHARS_MISSING, f"{_SMS} AND chars_text IS NULL"),
    (Fault.CHARS_UNREADABLE, "chars_text IS NOT NULL AND chars IS NULL"),
    (Fault.NO_TEXT, f"{_SMS} AND chars = 0"),
    (Fault.TOO_LONG, f"{_SMS} AND chars > 0 AND carrier IN ({_CARRIERS}) AND segments IS NULL"),
]


# among the other files ----------------------------------------------------------------------------


def settle(evidence: Path, earlier: Sequence[Other], *, work: Path, target: Path) -> bool:
    """Hold a file against those before it: a message id that one of them has accepted is theirs.

    The same record again is a duplicate, another one a fault. True where that is something else than the evidence
    says already: then `target` is the new evidence. `earlier` in the order of the slots.
    """
    with connected(work) as connection:
        connection.execute(
            f"CREATE VIEW own AS SELECT *, faults & ~{_LATER} = 0 AND coalesce(duplicate_of, 1) <> 0 AS candidate"
            f" FROM read_parquet({quoted(evidence)})"
        )
        _taken(connection, earlier)
        connection.execute(
            f"""
            CREATE TABLE settled AS
            SELECT o.row, t.id, struct_pack({_of("o")}) = struct_pack({_of("t")}) AS same
              FROM own o JOIN (SELECT * FROM taken QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY place) = 1) t
                ON t.message_id = o.message_id
             WHERE o.candidate
            """
        )
        [(changed,)] = connection.execute(
            f"""
            SELECT EXISTS (
                SELECT 1
                  FROM (SELECT row, faults & {_LATER} = 0 AS same FROM own
                         WHERE duplicate_of > 0 OR faults & {_LATER} <> 0) w
                  FULL JOIN settled s ON s.row = w.row
                 WHERE w.same IS DISTINCT FROM s.same)
            """
        ).fetchall()
        if not changed:
            return False
        connection.execute(
            f"""
            COPY (
                SELECT o.* EXCLUDE (candidate) REPLACE (
                           o.faults & ~{_LATER} | CASE WHEN NOT s.same THEN {_LATER} ELSE 0 END AS faults,
                           CASE WHEN s.same THEN s.id WHEN o.duplicate_of = 0 THEN 0 END AS duplicate_of,
                           o.candidate AND s.row IS NULL AS accepted)
                  FROM own o LEFT JOIN settled s ON s.row = o.row
            ) TO {quoted(target)} (FORMAT parquet, COMPRESSION zstd)
            """
        )
    return True


def _taken(connection: duckdb.DuckDBPyConnection, earlier: Sequence[Other]) -> None:
    """The table `taken`: what the files before have accepted under ids that ours has, too."""
    connection.execute("CREATE TABLE ids AS SELECT hash(message_id) AS id FROM own WHERE candidate")
    connection.execute(
        f"CREATE TABLE taken AS SELECT 0 AS place, 0::BIGINT AS id, message_id, {_CONTENT} FROM own LIMIT 0"
    )
    for place, other in enumerate(earlier):
        connection.execute(
            f"""
            INSERT INTO taken
            SELECT {place}, {other.id}, message_id, {_CONTENT}
              FROM read_parquet({quoted(other.path)}) o SEMI JOIN ids ON hash(o.message_id) = ids.id
             WHERE accepted
            """
        )


def _of(table: str) -> str:
    return ", ".join(f"{table}.{column.strip()}" for column in _CONTENT.split(","))


# reading the evidence -----------------------------------------------------------------------------


def counts(evidence: Path, *, work: Path) -> Counts:
    with connected(work) as connection:
        source = f"read_parquet({quoted(evidence)})"
        [(rows, accepted, refused, duplicates, first, last)] = connection.execute(
            f"""
            SELECT count(*), count(*) FILTER (accepted), count(*) FILTER (faults <> 0),
                   count(*) FILTER (duplicate_of IS NOT NULL),
                   min(day) FILTER (faults & ~{_LATER} = 0), max(day) FILTER (faults & ~{_LATER} = 0)
              FROM {source}
            """
        ).fetchall()
        of = connection.execute(
            f"SELECT duplicate_of, count(*) FROM {source} WHERE duplicate_of > 0 GROUP BY 1 ORDER BY 1"
        ).fetchall()
    return Counts(rows, accepted, refused, duplicates, dict(of), first, last)


def facts(evidence: Path, ids: Mapping[str, int], *, work: Path, target: Path) -> None:
    """Write the daily facts as CSV without header: contract's id (from `ids`, by number), account, day, channel,
    carrier, segments, messages."""
    with connected(work) as connection:
        connection.execute("CREATE TABLE contract (number VARCHAR, id BIGINT)")
        connection.execute(
            "INSERT INTO contract SELECT unnest($numbers), unnest($ids)",
            {"numbers": list(ids), "ids": list(ids.values())},
        )
        connection.execute(
            f"""
            COPY (
                SELECT c.id, f.* EXCLUDE (contract_number)
                  FROM (SELECT contract_number, account, day, channel, carrier, segments, count(*) AS messages
                          FROM read_parquet({quoted(evidence)}) WHERE accepted GROUP BY ALL) f
                  JOIN contract c ON c.number = f.contract_number
                 ORDER BY ALL
            ) TO {quoted(target)} (FORMAT csv, HEADER false)
            """
        )


def refusals(evidence: Path, *, work: Path, target: Path) -> None:
    """Write the refused rows for people (and Excel): the row's number, every reason, the values as they stood."""
    with connected(work) as connection, target.open("w", encoding="utf-8", newline="") as file:
        file.write(BOM)
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(REFUSALS_HEADER)
        found = connection.execute(
            f"""
            SELECT row, faults, message_id, contract_number, account, coalesce(sent_at_text, sent_at::VARCHAR),
                   channel, carrier, coalesce(chars_text, chars::VARCHAR), line
              FROM read_parquet({quoted(evidence)}) WHERE faults <> 0 ORDER BY row
            """
        )
        while rows := found.fetchmany(BATCH):
            writer.writerows(_refused(row) for row in rows)


def _refused(row: tuple[Any, ...]) -> list[str]:
    number, bits, *values = row
    reasons = " / ".join(fault.label for fault in faults_of(bits))
    return [str(number), reasons, *(safe_cell(_cut(value)) for value in values)]


def _cut(value: str | None) -> str | None:
    return value if value is None or len(value) <= LONGEST_CELL else f"{value[:LONGEST_CELL]}…"
