"""Taking in a file of delivery records, against a bare DuckDB script that reads it, removes duplicates, groups, and
writes the same Parquet. Each in a process of its own, whose peak memory is told; `KMC_BENCH_ROWS` for another size."""

import datetime
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from django.db import connection

from tests.bench import Bench

CONTRACTS = 500
DAY = datetime.date(2026, 10, 15)
FAULTS = 0.001
ROOT = Path(__file__).parent.parent.parent

_STAGE = """
    INSERT INTO accounts_customer (number, name, search_key, created_at)
         VALUES ('C888888', '見本株式会社', '見本', now());
    INSERT INTO accounts_contract (number, customer_id, state, billing_start_on, created_at)
         SELECT 'K' || lpad(n::text, 9, '0'), (SELECT id FROM accounts_customer WHERE number = 'C888888'),
                'active', '2026-01-01', now() FROM generate_series(1, {count}) n;
    INSERT INTO accounts_contractterms (contract_id, period, plan, delivery_method, payment_method, usage_purpose,
                                        consent_method, monthly_volume)
         SELECT id, '[2026-01-01,)', 'sms_plus_rcs', 'api', 'invoice', '見本', '見本', 1
           FROM accounts_contract WHERE number LIKE 'K0000%';
    INSERT INTO accounts_contractoption (contract_id, period, option)
         SELECT id, '[2026-01-01,)', 'long_sms' FROM accounts_contract WHERE number LIKE 'K0000%';
"""
_OURS = """
import django, sys, time
django.setup()
from pathlib import Path
from django.utils import timezone
from billing.services import usage
path = Path(sys.argv[1])
start = time.perf_counter()
file = usage.import_file(path=path, name=path.name, actor=None, now=timezone.now()).file
took = time.perf_counter() - start
assert file.rows == int(sys.argv[2]) and file.accepted > 0.99 * file.rows, (file.rows, file.accepted)
"""
_MAKE = f"""
import django, sys
django.setup()
from django.core.management import call_command
folder, rows, day = sys.argv[1:]
call_command("make_usage", folder, rows=int(rows), days=day, invented={CONTRACTS}, faults={FAULTS}, verbosity=0,
             seed=int(rows) % 9_999)
"""
# What somebody would write who trusts the file: the first row of each id, in the same columns and the same compression.
_FLOOR = """
import duckdb, os, sys, tempfile, time
path, names = sys.argv[1], "message_id contract_number account sent_at channel carrier chars".split()
start = time.perf_counter()
with tempfile.TemporaryDirectory() as work, duckdb.connect(config={
    "memory_limit": "1GiB", "temp_directory": work + "/spilled", "threads": os.cpu_count()
}) as connection:
    connection.execute("SET enable_progress_bar = false")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    connection.execute(f'''
        COPY (
            SELECT row, message_id, contract_number, account, sent_at, sent_at::DATE AS day, channel, carrier, chars,
                   CASE WHEN channel <> 'sms' OR chars <= 70 OR carrier = 'softbank' THEN 1
                        WHEN carrier = 'docomo' THEN ceil(chars / 66) ELSE ceil(chars / 67) END::UTINYINT AS segments
              FROM (SELECT * REPLACE (try_cast(replace(sent_at, '+09:00', '') AS TIMESTAMP) AS sent_at,
                                      try_cast(chars AS INTEGER) AS chars)
                      FROM (SELECT row_number() OVER () + 1 AS row, *
                              FROM read_csv('{path}', header = true, auto_detect = false, delim = ',', quote = '',
                                            escape = '', columns = {{{columns}}}))
                   QUALIFY row_number() OVER (PARTITION BY message_id ORDER BY row) = 1)
        ) TO '{work}/evidence.parquet' (FORMAT parquet, COMPRESSION zstd)''')
    connection.execute(f'''
        COPY (SELECT contract_number, account, day, channel, carrier, segments, count(*)
                FROM read_parquet('{work}/evidence.parquet') GROUP BY ALL) TO '{work}/facts.csv' ''')
    took = time.perf_counter() - start
"""
_TOLD = """
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(took, used.ru_maxrss / 1024, used.ru_utime + used.ru_stime)
"""


def run(small: bool) -> Bench:
    """10,000,000 records, and a tenth of them for how it grows."""
    rows = int(os.environ.get("KMC_BENCH_ROWS", "100000" if small else "10000000"))
    _stage()
    with tempfile.TemporaryDirectory(prefix="kmc-bench-") as folder:
        tenth = _measured(Path(folder, "tenth"), rows // 10, DAY - datetime.timedelta(days=20))
        whole = _measured(Path(folder, "whole"), rows, DAY)
    (floor, floor_memory, floor_cpu), (ours, memory, cpu) = whole
    growth = ours / tenth[1][0]
    detail = (
        f"{rows:,} records, peak {memory:,.0f} MiB (floor {floor_memory:,.0f}), CPU {cpu:.1f} s (floor {floor_cpu:.1f});"
        f" {rows // 10:,}: {tenth[1][0]:.2f} s against {tenth[0][0]:.2f} s, {growth:.1f} × the time for 10 × the rows"
    )
    return Bench("usage_import", floor, ours, detail)


Figures = tuple[float, float, float]  # seconds, peak MiB, CPU seconds


def _measured(folder: Path, rows: int, day: datetime.date) -> tuple[Figures, Figures]:
    """(floor, ours)"""
    _run(
        _MAKE, [str(folder), str(rows), day.isoformat()]
    )  # in its own process: a child's peak begins with ours
    [path] = folder.iterdir()
    floor, ours = _process(_FLOOR, [str(path)]), _process(_OURS, [str(path), str(rows)])
    path.unlink()
    return floor, ours


def _process(code: str, arguments: Sequence[str]) -> Figures:
    seconds, memory, cpu = (float(figure) for figure in _run(code + _TOLD, arguments).split())
    return seconds, memory, cpu


def _run(code: str, arguments: Sequence[str]) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout


def _stage() -> None:
    with connection.cursor() as cursor:
        cursor.execute(_STAGE.format(count=CONTRACTS))
