"""必要日数: of a new contract (§1.3–1.5) and of a change (§2.1b). The longest wins, each end by itself.

Business days are those of the office calendar; day 1 is the next business day (起算日) after the
submission of a new contract, or after 受付受理 of a change.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from accounts.rules.plans import Channel, Option, Plan
from applications.rules.changes import RULE_OF, ChangeItem, Days
from applications.rules.documents import OptionNotInPlan
from kmc_portal.lib.business_days import OFFICE, Calendar, japanese_date
from kmc_portal.lib.months import Month

T = TypeVar("T")


@dataclass(frozen=True)
class LeadTimes:
    """Lead times of a new contract; `sms` and `official` are settings (`replace(DEFAULT_LEAD_TIMES, …)`)."""

    sms: Days
    official: Days
    softbank_sender: Days
    two_way_sms: Days


DEFAULT_LEAD_TIMES = LeadTimes(
    sms=Days(6, 10),  # §1.3, ours
    official=Days(18, 18),  # §1.4, §1.5, ours
    softbank_sender=Days(12, 22),  # §1.3 ※3, §1.4 ※4, §1.5 ※4
    two_way_sms=Days(None, 28),  # §1.3 ※3: only the upper end is stated
)


@dataclass(frozen=True)
class NewContractDays:
    """How many business days a new contract takes, and which part of it decides each end."""

    earliest: int
    latest: int
    earliest_by: tuple[str, ...]
    latest_by: tuple[str, ...]
    because: tuple[str, ...]


def new_contract_days(
    plan: Plan, options: Collection[Option], lead_times: LeadTimes = DEFAULT_LEAD_TIMES
) -> NewContractDays:
    """§1.3–1.5: base time of the plan against the options; OptionNotInPlan."""
    for option in Option:
        if option in options and option not in plan.options:
            raise OptionNotInPlan(plan, option)
    official = bool(plan.channels & {Channel.PLUS, Channel.RCS})
    parts: list[tuple[str, Days]] = [(plan.label, lead_times.official if official else lead_times.sms)]
    if Option.SOFTBANK_SENDER in options:
        parts.append((Option.SOFTBANK_SENDER.label, lead_times.softbank_sender))
    if Option.TWO_WAY_SMS in options:
        parts.append((Option.TWO_WAY_SMS.label, lead_times.two_way_sms))
    earliest, earliest_by = _longest([(label, days.earliest) for label, days in parts])
    latest, latest_by = _longest([(label, days.latest) for label, days in parts])
    if earliest is None or latest is None:
        raise ValueError(f"{plan.label}の標準納期には最短と最長の両方が必要です。")
    because = [f"{label}: {days.label}（お申し込みから）" for label, days in parts]
    if len(parts) > 1:
        because.append(
            f"複数あるため最も長いものに合わせます（最短は{'、'.join(earliest_by)}、最長は{'、'.join(latest_by)}）。"
        )
    if lead_times == DEFAULT_LEAD_TIMES:
        because.append("納期の日数は既定値を使いました。")
    return NewContractDays(earliest, latest, earliest_by, latest_by, tuple(because))


def first_month_from(day: date) -> Month:
    """The first month that begins on or after that day."""
    return Month.of(day) if day.day == 1 else Month.of(day).plus(1)


@dataclass(frozen=True)
class ChangeLeadTime:
    """When a change is done. `earliest` and `latest` are None where no item states business days."""

    counts_from: date
    earliest: date | None
    latest: date | None
    applies_from_month: Month | None
    earliest_by: tuple[ChangeItem, ...]
    latest_by: tuple[ChangeItem, ...]
    because: tuple[str, ...]

    @property
    def in_force_from(self) -> date | None:
        """§2.1b (ours): where days and a month are both stated, the later holds, and then the 1st on or after it, for
        what holds from a month on never begins within one. None: nothing is stated."""
        month = self.applies_from_month
        if month is None or self.latest is None:
            return month.first_day if month else self.latest
        return max(month, first_month_from(self.latest)).first_day


class ItemsMissing(ValueError):
    """No item, or one item twice."""


def change_lead_time(
    items: Sequence[ChangeItem], accepted: date, calendar: Calendar = OFFICE
) -> ChangeLeadTime:
    """§2.1b: the window of a change accepted (受付受理) on that day in Japan."""
    if not items:
        raise ItemsMissing("変更項目を1つ以上指定してください。")
    if twice := [item for index, item in enumerate(items) if item in items[:index]]:
        raise ItemsMissing(f"変更項目「{twice[0]}」が二重に指定されています。")
    counts_from = calendar.next_business_day(accepted)
    stated = [(item, RULE_OF[item].days) for item in items]
    earliest, earliest_by = _longest([(item, days.earliest) for item, days in stated if days])
    latest, latest_by = _longest([(item, days.latest) for item, days in stated if days])
    month = Month.of(accepted).plus(1) if any(RULE_OF[item].next_month for item in items) else None
    first = None if earliest is None else calendar.add_business_days(accepted, earliest)
    last = None if latest is None else calendar.add_business_days(accepted, latest)

    because = [
        f"受付受理は{japanese_date(accepted)}、起算日（1営業日目）は翌営業日の{japanese_date(counts_from)}です。"
    ]
    because += [f"{item.label}: {RULE_OF[item].lead_time_label}" for item in items]
    if first and last:
        because.append(
            f"最も長い項目に合わせ、最短{earliest}営業日目は{japanese_date(first)}（{_labels(earliest_by)}）、"
            f"最長{latest}営業日目は{japanese_date(last)}（{_labels(latest_by)}）です。"
        )
    if month:
        because.append(f"翌月適用の項目があるため、受付受理の翌月（{month.label}）から適用します。")
        if last:
            because.append("営業日の期限と翌月適用の両方があるため、遅い方からの適用となります。")
    if last is None and month is None:
        because.append("必要日数の定めがない項目だけのため、完了日は示せません。")
    if last and calendar.is_forecast(last):
        because.append(f"{last.year}年の祝日は公表前の予測です。")
    return ChangeLeadTime(counts_from, first, last, month, earliest_by, latest_by, tuple(because))


def _longest(parts: list[tuple[T, int | None]]) -> tuple[int | None, tuple[T, ...]]:
    """The largest count that is stated, and every part that has it."""
    stated = [(part, days) for part, days in parts if days is not None]
    if not stated:
        return None, ()
    longest = max(days for _, days in stated)
    return longest, tuple(part for part, days in stated if days == longest)


def _labels(items: tuple[ChangeItem, ...]) -> str:
    return "、".join(item.label for item in items)
