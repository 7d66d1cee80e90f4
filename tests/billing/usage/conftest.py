"""Files of delivery records by hand: `usage.file([row(…), …])`, `usage.take(path)`, `usage.reasons(outcome)`."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Contract
from accounts.rules.plans import Option, Plan
from accounts.services import files
from billing.models import DailyFact, UsageFile
from billing.services.usage import Outcome, import_file
from tests.fixtures.billing import COLUMNS, World

Fact = tuple[str, str, str, str, str, int, int]


class Usage:
    """One contract, with SMS長文 and every channel, in use from 2026-10-01 on; now is 2026-11-10."""

    def __init__(self, world: World, folder: Path) -> None:
        world.clock("2026-11-10 09:00")
        self.world, self.folder = world, folder
        self.contract = self.new_contract()
        self.number = self.contract.number or ""

    def new_contract(
        self,
        *,
        plan: Plan = Plan.SMS_PLUS_RCS,
        options: tuple[Option, ...] = (Option.LONG_SMS,),
        start: str = "2026-10-01",
        ends: str | None = None,
    ) -> Contract:
        return self.world.contract(plan=plan, options=options, start=start, ends=ends, assigned=False)

    def row(self, message_id: str = "m1", **other: str) -> dict[str, str]:
        usual = {
            "message_id": message_id,
            "contract_number": self.number,
            "account": "0120000000",
            "sent_at": "2026-10-15T12:00:00+09:00",
            "channel": "sms",
            "carrier": "docomo",
            "chars": "70",
        }
        return {**usual, **other}

    def file(
        self,
        rows: Iterable[dict[str, str]],
        name: str = "usage-20261015.csv",
        columns: Sequence[str] = COLUMNS,
    ) -> Path:
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return self.bytes(text.getvalue().encode(), name)

    def bytes(self, data: bytes, name: str = "usage-20261015.csv") -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def take(self, path: Path) -> Outcome:
        return import_file(path=path, name=path.name, actor=None, now=timezone.now())

    def take_rows(self, *rows: dict[str, str], name: str = "usage-20261015.csv") -> Outcome:
        return self.take(self.file(rows, name))

    def live(self, day: str = "2026-10-15", part: str = "") -> UsageFile:
        return UsageFile.objects.live().get(day=day, part=part)


def counts(file: UsageFile) -> tuple[int, int, int, int]:
    """rows, accepted, refused, duplicates"""
    return file.rows, file.accepted, file.refused, file.duplicates


def listed(file: UsageFile) -> list[dict[str, str]]:
    """The refused rows as the download has them."""
    if file.refusals is None:
        return []
    data = files.read(file.refusals)
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def reasons(file: UsageFile) -> dict[int, str]:
    return {int(row["行番号"]): row["理由"] for row in listed(file)}


def facts(file: UsageFile | None = None) -> list[Fact]:
    """(account, day, channel, carrier, contract, segments, messages) of one file, or the sums of all live ones."""
    rows = DailyFact.objects.filter(file=file) if file else DailyFact.objects.filter(file__replaced_at=None)
    found: dict[tuple[str, str, str, str, str, int], int] = {}
    for fact in rows.select_related("contract"):
        key = (
            fact.account,
            fact.day.isoformat(),
            fact.channel,
            fact.carrier,
            fact.contract.number or "",
            fact.segments,
        )
        found[key] = found.get(key, 0) + fact.messages
    return sorted((*key, messages) for key, messages in found.items())


@pytest.fixture
def usage(world: World, tmp_path: Path) -> Usage:
    return Usage(world, tmp_path)
