"""Make files of invented delivery records for the contracts that there are, or for invented numbers."""

import shutil
import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from accounts.rules.plans import Channel
from accounts.services import test_accounts
from accounts.services.errors import Refused
from billing.gateways import usage_made
from billing.gateways.usage_made import Sender
from billing.rules.usage import FileFormat, KnownContract
from billing.services import usage_context


def invented(count: int) -> list[Sender]:
    """Senders that are nobody's, for sizes that no demo has."""
    every = tuple(channel.value for channel in Channel)
    return [Sender(f"K{number:09d}", every, True) for number in range(1, count + 1)]


def of_contracts(first: date, last: date, numbers: Collection[str] = ()) -> list[Sender]:
    """The contracts in use on all of these days (or those of `numbers`), with what their plan allows throughout."""
    found = [
        contract for contract in usage_context.known_contracts() if not numbers or contract.number in numbers
    ]
    if missing := sorted(set(numbers) - {contract.number for contract in found}):
        raise Refused(f"ご利用番号 {'、'.join(missing)} の契約はありません。")
    tests = {
        (one.contract, one.channel): one.identifier
        for one in sorted(test_accounts.senders([contract.id for contract in found]))
    }
    senders = [
        replace(
            sender,
            plus_test=tests.get((contract.id, Channel.PLUS.value), ""),
            rcs_test=tests.get((contract.id, Channel.RCS.value), ""),
        )
        for contract in found
        if (sender := _sender(contract, first, last))
    ]
    if not senders:
        raise Refused(
            "この期間を通して利用中の契約がありません。--days を変えるか、--invented で架空の契約を使ってください。"
        )
    return senders


def make(
    *,
    folder: Path,
    days: Sequence[date],
    rows: int,
    senders: Sequence[Sender],
    seed: int,
    faults: float,
    format: FileFormat,
    said: Callable[[Path, int], None],
) -> None:
    """`rows` records over the days, a file for each, in `folder`. A file is there whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    first = 0
    with tempfile.TemporaryDirectory(prefix="kmc-made-") as work:
        for place, day in enumerate(days):
            count = rows * (place + 1) // len(days) - first
            target = folder / f"usage-{day:%Y%m%d}.{format}"
            growing = target.with_name(f"{target.name}.part")
            usage_made.write(
                target=growing,
                format=format,
                day=day,
                first=first,
                rows=count,
                senders=senders,
                seed=seed,
                faults=faults,
                late=place > 0,
                work=Path(work),
            )
            shutil.move(growing, target)
            said(target, count)
            first += count


def _sender(contract: KnownContract, first: date, last: date) -> Sender | None:
    if (
        contract.starts is None
        or contract.starts > first
        or (contract.ends is not None and contract.ends < last)
    ):
        return None
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    common = frozenset(Channel)
    for day in days:
        plans = [channels for period, channels in contract.channels if period.holds(day)]
        common &= plans[0] if plans else frozenset()
    if not common:
        return None
    long_sms = all(any(period.holds(day) for period in contract.long_sms) for day in days)
    return Sender(contract.number, tuple(channel.value for channel in Channel if channel in common), long_sms)
