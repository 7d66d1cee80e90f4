"""Imports whose process, connection or database dies: nothing is kept of them, and the next run makes it whole."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import StoredFile
from billing.models import DailyFact, UsageFile
from billing.services import usage as service
from billing.services import usage_inbox
from kmc_portal.embedded import addresses, servers
from tests.billing.usage.conftest import Usage, facts
from tests.faults import process

DIE = """
import os, signal
from billing.gateways import usage_files
from billing.services import usage, usage_inbox
from django.utils import timezone
def after(module, name):
    real = getattr(module, name)
    def died(*args, **named):
        real(*args, **named)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(module, name, died)
def before(module, name):
    setattr(module, name, lambda *args, **named: os.kill(os.getpid(), signal.SIGKILL))
POINT
usage_inbox.import_all(now=timezone.now())
"""
# Where it dies, and whether the file is stored by then.
POINTS = {
    "while judging": ("before(usage_files, 'judge')", False),
    "after the evidence reached the store": ("before(usage, '_store')", False),
    "in the transaction, before the first row": ("before(usage, '_store_one')", False),
    "in the transaction, after facts were copied": ("after(usage, '_store_one')", False),
    "after the commit, before the file was moved": ("before(usage_inbox, '_move')", True),
}


@pytest.fixture
def usage(world: Any, tmp_path: Path) -> Usage:
    return Usage(world, tmp_path)


@pytest.fixture
def inbox(usage: Usage, settings: Any) -> Path:
    """With a file of two records, of which one is refused, last written long ago."""
    inbox = usage.folder / "inbox"
    inbox.mkdir()
    settings.USAGE_INBOX = str(inbox)
    path = usage.file([usage.row("a"), usage.row("b", chars="0")]).rename(inbox / "usage-20261015.csv")
    os.utime(path, (0, 0))
    return inbox


def stored() -> tuple[int, int, int]:
    return UsageFile.objects.count(), DailyFact.objects.count(), StoredFile.objects.count()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_a_process_killed_at_any_point_leaves_nothing_or_all_and_the_next_run_heals(
    usage: Usage, inbox: Path, point: str
) -> None:
    how, kept = POINTS[point]
    died = process.run(DIE.replace("POINT", how), USAGE_INBOX=str(inbox), TMPDIR=str(usage.folder))
    assert died.returncode == -signal.SIGKILL, died.stderr
    assert stored() == ((1, 1, 2) if kept else (0, 0, 0))
    assert (inbox / "usage-20261015.csv").exists()

    [(_, outcome)] = usage_inbox.import_all(now=timezone.now()).taken
    assert outcome.changed is not kept
    assert stored() == (1, 1, 2)
    assert facts()[0][-1] == 1
    assert not (inbox / "usage-20261015.csv").exists()
    assert (inbox / "done" / "usage-20261015.csv").exists()


@pytest.mark.django_db(transaction=True)
def test_a_connection_lost_in_the_transaction_keeps_nothing_and_the_file_waits(
    usage: Usage, inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = service._store_one

    def cut_off(*args: Any) -> UsageFile:
        row = real(*args)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            [pid] = cursor.fetchone()
        url = addresses.database_url(Path(os.environ["KMC_TEST_STACK"]))
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [pid])
        return row

    monkeypatch.setattr(service, "_store_one", cut_off)
    with pytest.raises(OperationalError):
        usage_inbox.import_all(now=timezone.now())
    connection.close()
    monkeypatch.undo()
    assert stored() == (0, 0, 0)
    assert len(usage_inbox.import_all(now=timezone.now()).taken) == 1
    assert stored() == (1, 1, 2)


SET_STAGE = """
import datetime
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.db.backends.postgresql.psycopg_any import DateRange
from accounts.models import Contract, ContractTerms, Customer
customer = Customer.objects.create(number="C900001", name="見本株式会社", search_key="見本")
day = datetime.date(2026, 10, 1)
contract = Contract.objects.create(number="K900001", customer=customer, state="active", billing_start_on=day)
ContractTerms.objects.create(contract=contract, plan="sms", delivery_method="api", payment_method="invoice",
    usage_purpose="予約", consent_method="申込", monthly_volume=1, period=DateRange(day, None))
"""
IMPORT = """
import os, signal
from pathlib import Path
from billing.models import DailyFact, UsageFile
from billing.services import usage
from django.utils import timezone
real = usage._store_one
def struck(*args):
    row = real(*args)
    os.kill(POSTGRES, signal.SIGQUIT)  # ends at once, as in a crash
    return row
if POSTGRES:
    usage._store_one = struck
else:
    print(UsageFile.objects.count(), DailyFact.objects.count())
path = Path(FILE)
usage.import_file(path=path, name=path.name, actor=None, now=timezone.now())
print(UsageFile.objects.count(), DailyFact.objects.count())
"""


def test_a_database_that_dies_during_the_import_has_nothing_of_it_when_it_comes_back(tmp_path: Path) -> None:
    header = "message_id,contract_number,account,sent_at,channel,carrier,chars"
    path = tmp_path / "usage-20261015.csv"
    path.write_text(f"{header}\na,K900001,0120000000,2026-10-15T12:00:00,sms,au,70\n", encoding="utf-8")

    def run(code: str) -> "tuple[int, str, str]":
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "kmc_portal.settings",
            "DATABASE_URL": addresses.database_url(tmp_path / "stack"),
            "KMC_DEMO": "on",
        }
        done = subprocess.run(
            [sys.executable, "-c", process.SET_UP + code],
            cwd=process.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        return done.returncode, done.stdout, done.stderr

    importing = IMPORT.replace("FILE", repr(str(path)))
    with servers.locked(tmp_path / "stack", "test") as folder:
        with servers.running(folder, valkey=False, throw_away=True):
            code, _, error = run(SET_STAGE)
            assert code == 0, error
            code, _, error = run(importing.replace("POSTGRES", str(folder.running["postgres"].pid)))
            assert code == 1
            assert "OperationalError" in error
            folder.running["postgres"].wait(timeout=process.PATIENCE)
        with servers.running(folder, valkey=False, throw_away=True):
            code, said, error = run(importing.replace("POSTGRES", "0"))
            assert code == 0, error
            assert said.split("\n") == ["0 0", "1 1", ""]
