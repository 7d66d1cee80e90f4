"""Usage as an import leaves it, without the import: the pages are what is meant here."""

import datetime
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from django.utils import timezone

from accounts.models import Contract, StoredFile
from accounts.services import files
from billing.models import DailyFact, UsageFile
from billing.rules.carriers import DeliveryCarrier
from billing.rules.segments import range_of
from billing.services import clock

Counted = tuple[Contract, str, str, int, int]  # contract, channel, carrier, segments, messages
Arrives = Callable[..., UsageFile]

REFUSED_HEADER = "行番号,理由,message_id,contract_number"


def _kept(name: str, data: bytes, content_type: str) -> StoredFile:
    return files.keep_checked(
        name=name, data=data, content_type=content_type, customer=None, actor=None, now=timezone.now()
    )


def _parquet(folder: Path, day: datetime.date, counted: Sequence[Counted]) -> bytes:
    """A row per message, as an import keeps them (docs/usage.md)."""
    path = folder / "evidence.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE kept (accepted BOOL, day DATE, contract_number TEXT, account TEXT, channel TEXT,"
            " carrier TEXT, chars INT)"
        )
        for contract, channel, carrier, segments, messages in counted:
            chars = range_of(DeliveryCarrier(carrier), segments)[0] if channel == "sms" else None
            connection.execute(
                "INSERT INTO kept SELECT true, $1, $2, '0120000000', $3, $4, $5 FROM range($6)",
                [day, contract.number, channel, carrier, chars, messages],
            )
        connection.execute(f"COPY kept TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


@pytest.fixture
def arrives(tmp_path: Path) -> Arrives:
    """`arrives("2026-10-05", [(contract, "sms", "docomo", 1, 100)], refused=["3,契約がありません。,m3,X"])`"""

    def store(
        day: str,
        counted: Sequence[Counted],
        *,
        part: str = "",
        refused: Sequence[str] = (),
        duplicates: int = 0,
        replaces: UsageFile | None = None,
    ) -> UsageFile:
        on = datetime.date.fromisoformat(day)
        moment = clock.stored_at(timezone.now())
        accepted = sum(messages for *_, messages in counted)
        if replaces is not None:
            UsageFile.objects.filter(pk=replaces.pk).update(replaced_at=moment)
        more: dict[str, Any] = {}
        if refused:
            text = "\r\n".join((REFUSED_HEADER, *refused)) + "\r\n"
            more["refusals"] = _kept("refused.csv", f"\ufeff{text}".encode(), "text/csv")
        file = UsageFile.objects.create(
            name=f"usage-{on:%Y%m%d}{f'-{part}' if part else ''}.csv",
            day=on,
            part=part,
            sha256=f"{UsageFile.objects.count():064x}",
            size=accepted * 60,
            rows=accepted + len(refused) + duplicates,
            accepted=accepted,
            refused=len(refused),
            duplicates=duplicates,
            first_day=on if counted else None,
            last_day=on if counted else None,
            evidence=_kept(
                "evidence.parquet", _parquet(tmp_path, on, counted), "application/vnd.apache.parquet"
            ),
            stored_at=moment,
            replaces=replaces,
            **more,
        )
        DailyFact.objects.bulk_create(
            DailyFact(
                file=file,
                contract=contract,
                account="0120000000",
                day=on,
                channel=channel,
                carrier=carrier,
                segments=segments,
                messages=messages,
            )
            for contract, channel, carrier, segments, messages in counted
        )
        return file

    return store
