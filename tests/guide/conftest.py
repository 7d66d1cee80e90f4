"""The stage of the stories: a clock that the story sets, our people, the materials that are published."""

import datetime
import functools
from collections.abc import Iterator

import pytest
import time_machine

from accounts.models import MaterialCode, User
from accounts.services import materials
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.papers import material_pdf
from tests.fixtures.cases import CaseAt
from tests.fixtures.people import PASSWORD, record_nda
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.changing import InUse, Tale

PUBLISHED = datetime.date(2025, 6, 27)


class Clock:
    """`clock("2026-11-24 10:00")` makes it that time in Japan. It stands still until the next call."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def __call__(self, japan_time: str) -> datetime.datetime:
        now = datetime.datetime.fromisoformat(f"{japan_time}:00+09:00")
        self._traveller.move_to(now, tick=False)
        return now


@pytest.fixture
def clock() -> Iterator[Clock]:
    start = datetime.datetime.fromisoformat("2026-11-20T09:00:00+09:00")
    with time_machine.travel(start, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def published(clock: Clock, db: None) -> None:
    """Edition 2.0版 of everything, in force since 2025-06-27."""
    now = clock("2026-11-20 09:00")
    for code in MaterialCode:
        materials.publish(
            material=code,
            edition="2.0版",
            published_on=PUBLISHED,
            name=f"{code.value}.pdf",
            data=_pdf(code.label),
            actor=None,
            now=now,
        )


@functools.cache
def _pdf(title: str) -> bytes:
    return material_pdf(title, "2.0版", PUBLISHED)


@pytest.fixture
def sora(published: None, customer_admin: User) -> CustomerBrowser:
    """The administrator of 株式会社あおぞら商店, whose password is set and whose 守秘義務契約 is recorded."""
    assert customer_admin.customer is not None
    record_nda(customer_admin.customer)
    return CustomerBrowser(customer_admin.email, PASSWORD)


@pytest.fixture
def newcomer(published: None, customer_admin: User) -> CustomerBrowser:
    """The same person before the 守秘義務契約."""
    return CustomerBrowser(customer_admin.email, PASSWORD)


@pytest.fixture
def hanako(clock: Clock, reception: User) -> StaffBrowser:
    """受付."""
    return StaffBrowser(reception.email, PASSWORD)


@pytest.fixture
def jiro(clock: Clock, other_reception: User) -> StaffBrowser:
    """受付, a colleague."""
    return StaffBrowser(other_reception.email, PASSWORD)


@pytest.fixture
def saburo(clock: Clock, operations: User) -> StaffBrowser:
    """運用."""
    return StaffBrowser(operations.email, PASSWORD)


@pytest.fixture
def ichiro(clock: Clock, approver: User) -> StaffBrowser:
    """承認."""
    return StaffBrowser(approver.email, PASSWORD)


@pytest.fixture
def in_use(clock: Clock, case_at: CaseAt) -> InUse:
    """`in_use(Plan.SMS, Option.TWO_WAY_SMS)`: a contract in use since October 2026."""
    return lambda plan, *options: Tale(case_at(Goal.ACTIVE, plan, *options, days_ago=60))
