"""What a file of delivery records must look like, and what is at fault with a record (docs/usage.md)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from accounts.rules.plans import Channel
from billing.rules.segments import SHORT_LIMIT
from kmc_portal.lib.business_days import FIRST_YEAR
from kmc_portal.lib.choices import Labelled

COLUMNS = ("message_id", "contract_number", "account", "sent_at", "channel", "carrier", "chars")
OLDEST = timedelta(days=400)  # before the file's day

_NAME = re.compile(
    r"usage-([0-9]{4})([0-9]{2})([0-9]{2})(?:-([A-Za-z0-9][A-Za-z0-9_-]{0,19}))?\.(csv|csv\.gz|parquet)"
)


class FileFormat(Labelled):
    CSV = "csv", "CSV"
    GZIP = "csv.gz", "CSV（gzip圧縮）"
    PARQUET = "parquet", "Parquet"


class Slot(NamedTuple):
    """Of each there is one live file. Slots are ordered: where two files have a message id, the earlier slot has it."""

    day: date
    part: str


def read_name(name: str) -> tuple[Slot, FileFormat]:
    """`usage-20261001.csv`, `usage-20261001-2.csv.gz`; ValueError (Japanese) for anything else."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise ValueError(
            "ファイル名は usage-YYYYMMDD.csv、usage-YYYYMMDD-区分.csv の形にしてください"
            "（拡張子は .csv、.csv.gz、.parquet、区分は英数字・ハイフン・下線で20文字まで）。"
        )
    year, month, day, part, extension = found.groups()
    try:
        slot = Slot(date(int(year), int(month), int(day)), part or "")
        if slot.day.year < FIRST_YEAR:
            raise ValueError
    except ValueError:
        raise ValueError(f"ファイル名の日付 {year}{month}{day} は存在しません。") from None
    return slot, FileFormat(extension)


class Fault(Labelled):
    """Why a record is refused. The order is kept: stored files hold the faults by their place here (`bit`)."""

    COLUMN_COUNT = "column_count", f"列の数が{len(COLUMNS)}列ではありません"
    QUOTING = "quoting", '引用符（"）の使い方が正しくありません'
    MESSAGE_ID_MISSING = "message_id_missing", "message_id がありません"
    MESSAGE_ID_UNREADABLE = "message_id_unreadable", "message_id は半角英数記号で64文字までです"
    CONTRACT_MISSING = "contract_missing", "contract_number がありません"
    CONTRACT_UNKNOWN = "contract_unknown", "contract_number の契約がありません"
    NOT_STARTED = "not_started", "配信日に契約の利用が始まっていません"  # §5.1
    ENDED = "ended", "配信日に契約が終了しています"  # §3
    ACCOUNT_MISSING = "account_missing", "account がありません"
    ACCOUNT_UNREADABLE = "account_unreadable", "account は半角英数記号で64文字までです"
    SENT_AT_MISSING = "sent_at_missing", "sent_at がありません"
    SENT_AT_UNREADABLE = "sent_at_unreadable", "sent_at は 2026-10-01T09:00:00+09:00 の形で書いてください"
    AFTER_FILE = "after_file", "配信日がファイルの対象日より後です"
    TOO_OLD = "too_old", f"配信日がファイルの対象日の{OLDEST.days}日より前です"
    CHANNEL_MISSING = "channel_missing", "channel がありません"
    CHANNEL_UNKNOWN = "channel_unknown", "channel は sms、plus、rcs のどれかです"
    CHANNEL_NOT_IN_PLAN = "channel_not_in_plan", "配信日の契約プランにないチャネルです"  # §1.1
    CARRIER_MISSING = "carrier_missing", "carrier がありません"
    CARRIER_UNKNOWN = "carrier_unknown", "carrier は docomo、au、softbank、rakuten のどれかです"
    CHARS_MISSING = "chars_missing", "SMSの chars がありません"
    CHARS_UNREADABLE = "chars_unreadable", "chars は文字数を半角数字で書いてください"
    NO_TEXT = "no_text", "SMSの文字数が0です"  # §5.2
    TOO_LONG = "too_long", "SMSの文字数がキャリアの上限を超えています"  # §5.2
    LONG_WITHOUT_OPTION = (
        "long_without_option",
        f"SMS長文オプションがないのに{SHORT_LIMIT}文字を超えています",
    )  # §1.3
    DIFFERS_IN_FILE = "differs_in_file", "同じ message_id で内容の違う行が、このファイルの前の行にあります"
    DIFFERS_FROM_ACCEPTED = (
        "differs_from_accepted",
        "同じ message_id で内容の違う記録が、先の対象日・区分のファイルにあります",
    )

    @property
    def bit(self) -> int:
        return 1 << list(Fault).index(self)


def faults_of(bits: int) -> tuple[Fault, ...]:
    return tuple(fault for place, fault in enumerate(Fault) if bits >> place & 1)


@dataclass(frozen=True)
class Period:
    """Both days included; None is open."""

    first: date | None
    last: date | None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class KnownContract:
    """What a record is held against. `starts` is the billing start (§5.1), `ends` the last day of use (§3)."""

    number: str
    id: int
    starts: date | None
    ends: date | None
    channels: Sequence[tuple[Period, frozenset[Channel]]]
    long_sms: Sequence[Period]


class Span(NamedTuple):
    """From `first` to `last` a contract's records have these faults (bits), by channel; `long_sms` over 70 characters."""

    first: date
    last: date
    sms: int
    long_sms: int
    plus: int
    rcs: int


def spans(contract: KnownContract) -> Iterator[Span]:
    """All days, without gap or overlap; what is judged the same stands together."""
    current: Span | None = None
    starts = sorted(_changes(contract))
    for place, first in enumerate(starts):
        last = starts[place + 1] - timedelta(days=1) if place + 1 < len(starts) else date.max
        judged = _judged(contract, first)
        if current is not None and current[2:] == judged:
            current = current._replace(last=last)
        else:
            if current is not None:
                yield current
            current = Span(first, last, *judged)
    if current is not None:
        yield current


def faults_on(
    contract: KnownContract, day: date, channel: Channel, *, long: bool = False
) -> tuple[Fault, ...]:
    """What the contract does not allow on that day; `long`: an SMS of more than 70 characters."""
    if contract.starts is None or day < contract.starts:
        return (Fault.NOT_STARTED,)
    if contract.ends is not None and day > contract.ends:
        return (Fault.ENDED,)
    if not any(channel in channels for period, channels in contract.channels if period.holds(day)):
        return (Fault.CHANNEL_NOT_IN_PLAN,)
    if long and not any(period.holds(day) for period in contract.long_sms):
        return (Fault.LONG_WITHOUT_OPTION,)
    return ()


def _judged(contract: KnownContract, day: date) -> tuple[int, int, int, int]:
    asked = ((Channel.SMS, False), (Channel.SMS, True), (Channel.PLUS, False), (Channel.RCS, False))
    sms, long_sms, plus, rcs = (
        sum(fault.bit for fault in faults_on(contract, day, channel, long=long)) for channel, long in asked
    )
    return sms, long_sms, plus, rcs


def _changes(contract: KnownContract) -> set[date]:
    """The days on which something may become different, and the first of all days."""
    periods = [
        Period(contract.starts, contract.ends),
        *(row[0] for row in contract.channels),
        *contract.long_sms,
    ]
    found = {date.min}
    for period in periods:
        if period.first is not None:
            found.add(period.first)
        if period.last is not None and period.last < date.max:
            found.add(period.last + timedelta(days=1))
    return found
