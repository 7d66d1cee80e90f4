"""The time line of a contract: what came into force on which day, what was before, and why (§2.1b, §3).

Rows say what; applications say why. What no application asked for was entered by somebody: the history knows who.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q

from accounts.models import Contract, ContractState
from accounts.rules.plans import Option
from accounts.services.history import editors
from applications.contract_story.lanes import OF_THE_STAFF, About, Lane, Line, lanes
from applications.models import Application, CaseEvent
from applications.rules.changes import ChangeItem
from applications.services.change_facts import OF_THE_ACCOUNT, items_of
from applications.workflow import Action, Kind, State
from billing.models import PriceList
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of

OF_THE_COMPANY = sorted(item.value for item in {ChangeItem.COMPANY, *OF_THE_ACCOUNT})
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Reason:
    """`application` None: nothing was applied for. `who` is for staff alone."""

    words: str
    application: Application | None = None
    who: str = ""


@dataclass(frozen=True)
class Entry:
    """Something that is new from `day` on."""

    day: datetime.date
    about: About
    title: str
    lines: tuple[Line, ...] = ()
    reasons: tuple[Reason, ...] = ()
    note: str = ""
    turns: bool = True  # what is in force differs from the day before


def timeline(contract: Contract) -> list[Entry]:
    """Newest first, what is planned above all. Days before the contract was registered have none."""
    found = lanes(contract)
    registered = first_day(found)
    why = _Why(contract, found)
    entries = [
        entry
        for lane in found
        for entry in _of(lane, why)
        if registered is not None and entry.day >= registered
    ]
    entries += [*_of_contract(contract, why), *_of_notices(contract), *_of_store(contract, why)]
    order = list(About)
    return sorted(_merged(entries), key=lambda one: (-one.day.toordinal(), order.index(one.about)))


def for_the_customer(entries: Iterable[Entry]) -> list[Entry]:
    """Without what is the staff's alone: contract prices, and who of them entered something."""
    return [
        replace(entry, reasons=tuple(replace(reason, who="") for reason in entry.reasons))
        for entry in entries
        if entry.about not in OF_THE_STAFF
    ]


def first_day(found: Iterable[Lane]) -> datetime.date | None:
    """The day from which something of the contract itself is registered."""
    days = [row.since for lane in found if lane.about is About.TERMS for row in lane.rows]
    return min(days, default=None)


def turning_days(entries: Iterable[Entry]) -> list[datetime.date]:
    """The days on which what is in force changes, in order."""
    return sorted({entry.day for entry in entries if entry.turns})


# why ----------------------------------------------------------------------------------------------


class _Why:
    """Finds the applications and the people behind what is new; all it needs is fetched once."""

    def __init__(self, contract: Contract, found: Sequence[Lane]) -> None:
        self.contract = contract
        own = Application.objects.filter(
            Q(contract=contract)
            # what is the company's may have been changed by way of another contract
            | Q(customer=contract.customer_id, kind=Kind.CHANGE, items__overlap=OF_THE_COMPANY)
        )
        self.applications = list(own.exclude(state=State.DRAFT).order_by("pk"))
        self.changes: dict[datetime.date, list[Application]] = defaultdict(list)
        for row in self.applications:
            if row.kind == Kind.CHANGE and row.state == State.COMPLETED and row.in_force_on:
                self.changes[row.in_force_on].append(row)
        self.new = next((row for row in self.applications if row.kind == Kind.NEW), None)
        self.cancellation = next(
            (
                row
                for row in reversed(self.applications)
                if row.kind == Kind.CANCELLATION and row.state in (State.ENDING, State.COMPLETED)
            ),
            None,
        )
        self.accepted_on = self._accepted_on()
        self.editors = editors(row for lane in found for row in lane.rows)

    def _accepted_on(self) -> set[datetime.date]:
        if self.new is None:
            return set()
        events = CaseEvent.objects.filter(application=self.new, action=Action.ACCEPT.value)
        return {date_of(event.at) for event in events}

    def of(self, lane: Lane, day: datetime.date) -> tuple[Reason, ...]:
        asked = [row for row in self.changes[day] if lane.items & set(items_of(row))]
        if asked:
            return tuple(of_application(row) for row in asked)
        if self.cancellation and self.contract.ends_on and day == self.contract.ends_on + ONE_DAY:
            return (of_application(self.cancellation),)
        if self._comes_with_the_contract(lane, day) and self.new:
            return (of_application(self.new),)
        return (self._entered(lane, day),)

    def _comes_with_the_contract(self, lane: Lane, day: datetime.date) -> bool:
        if lane.about is About.COMPANY:
            return day in self.accepted_on
        begun = self.contract.billing_start_on
        return begun is None or day <= begun

    def _entered(self, lane: Lane, day: datetime.date) -> Reason:
        """Whoever wrote the row that begins, or ended the one that does not go on."""
        begun, ended = lane.on(day), lane.on(day - ONE_DAY)
        user = self.editors.began(begun) if begun else self.editors.ended(ended) if ended else None
        if isinstance(begun, PriceList):  # a list is never changed: it says itself who published it
            user = begun.published_by
        words = (
            "試験用アカウントのお申し込み・終了" if _is_test_option(begun or ended) else "社内の登録・訂正"
        )
        if user is None:
            return Reason(words)
        if not user.is_staff:
            words = "お客様のお申し込み"
        return Reason(words, who=str(user))


def of_application(row: Application) -> Reason:
    return Reason(f"{row.get_kind_display()} {row.number}", application=row)


def _is_test_option(row: object) -> bool:
    return getattr(row, "option", None) == Option.TEST_ACCOUNT


# what ---------------------------------------------------------------------------------------------


def _of(lane: Lane, why: _Why) -> Iterator[Entry]:
    for day in lane.turns():
        if lines := lane.lines(day):
            yield Entry(day, lane.about, lane.title, lines, why.of(lane, day))


def _of_contract(contract: Contract, why: _Why) -> Iterator[Entry]:
    if contract.billing_start_on:
        reasons = (of_application(why.new),) if why.new else ()
        yield Entry(contract.billing_start_on, About.CONTRACT, "利用開始・課金開始", reasons=reasons)
    if contract.ends_on:
        reasons = (of_application(why.cancellation),) if why.cancellation else ()
        ended = contract.state == ContractState.ENDED
        yield Entry(
            contract.ends_on + ONE_DAY,
            About.CONTRACT,
            "契約の終了" if ended else "契約の終了（予定）",
            reasons=reasons,
            note=f"最後のご利用日は{japanese_date(contract.ends_on)}です。",
        )


def _of_notices(contract: Contract) -> Iterator[Entry]:
    for notice in contract.notices.select_related("approved_by"):
        yield Entry(
            notice.issued_on,
            About.NOTICES,
            f"アカウント通知書 {notice.number} を発行",
            reasons=(Reason(notice.reason or "初版", who=str(notice.approved_by)),),
            turns=False,
        )


def _of_store(contract: Contract, why: _Why) -> Iterator[Entry]:
    for account in contract.official_accounts.exclude(shown_in_store_since=None):
        day = account.shown_in_store_since
        assert day is not None, "the others are excluded"
        asked = (
            of_application(row)
            for row in why.applications
            if row.kind == Kind.RELEASE and row.closed_at and date_of(row.closed_at) == day
        )
        line = Line("ストア表示", "非表示", "表示")
        title = f"{account.get_channel_display()}公式アカウント"
        yield Entry(day, About.ACCOUNTS, title, (line,), tuple(asked))


def _merged(entries: Iterable[Entry]) -> Iterator[Entry]:
    """What is about the same thing, on the same day, for the same reason stands together."""
    together: dict[tuple[object, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        together[(entry.day, entry.about, entry.title, entry.reasons, entry.note)].append(entry)
    for same in together.values():
        yield replace(same[0], lines=tuple(line for entry in same for line in entry.lines))
