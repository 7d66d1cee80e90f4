"""Whatever the files hold and whenever they come: the same facts, every row accounted for, nothing twice."""

import itertools
import random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.models import DailyFact, UsageFile
from billing.services import verification
from kmc_portal.lib.months import Month
from tests.billing.usage.conftest import Usage, facts, listed

pytestmark = pytest.mark.django_db

RECORD = st.fixed_dictionaries(
    {
        "message_id": st.sampled_from("abcdef"),
        "sent_at": st.sampled_from(["2026-10-14T10:00:00", "2026-10-15T10:00:00", "2026-10-16T10:00:00"]),
        "chars": st.sampled_from(["70", "71", "0"]),
        "channel": st.sampled_from(["sms", "sms", "rcs"]),
    }
)
NAMES = ("usage-20261014.csv", "usage-20261015.csv", "usage-20261015-2.csv", "usage-20261016.csv")
FILES = st.tuples(*[st.lists(RECORD, max_size=6)] * len(NAMES))
FEW = settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))


class Undone(Exception):
    """To leave a transaction with nothing kept."""


def outcome(usage: Usage, order: Any, earlier: bool = False) -> Any:
    """The facts after these files came in this order, and what became of each file; then all of it is undone."""
    found: Any = None
    try:
        with transaction.atomic():
            for name, rows in order:
                usage.take_rows(*(usage.row(**row) for row in rows), name=name)
            _check(usage)
            live = UsageFile.objects.live().order_by("day", "part")
            found = (
                facts(),
                [(file.name, file.rows, file.accepted, file.refused, file.duplicates) for file in live],
                [listed(file) for file in live],
            )
            raise Undone
    except Undone:
        return found


def _check(usage: Usage) -> None:
    for file in UsageFile.objects.all():
        assert file.rows == file.accepted + file.refused + file.duplicates
        assert file.accepted == sum(DailyFact.objects.filter(file=file).values_list("messages", flat=True))
    derived = verification.usage_from_files([usage.contract.pk], Month(2026, 10), timezone.now())
    assert sum(row.messages for rows in derived.values() for row in rows) == sum(row[-1] for row in facts())


@FEW
@given(files=FILES, seed=st.randoms(use_true_random=False))
def test_the_order_of_the_files_does_not_matter(usage: Usage, files: Any, seed: random.Random) -> None:
    order = list(zip(NAMES, files, strict=True))
    shuffled = seed.sample(order, len(order))
    assert outcome(usage, order) == outcome(usage, shuffled)


@FEW
@given(files=FILES, first=FILES, seed=st.randoms(use_true_random=False))
def test_what_was_there_before_a_correction_leaves_no_trace(
    usage: Usage, files: Any, first: Any, seed: random.Random
) -> None:
    final = list(zip(NAMES, files, strict=True))
    before = list(zip(NAMES, first, strict=True))
    corrections = seed.sample(final, len(final))
    assert outcome(usage, [*before, *corrections]) == outcome(usage, final)


@FEW
@given(files=FILES)
def test_the_same_files_again_change_nothing(usage: Usage, files: Any) -> None:
    order = list(zip(NAMES, files, strict=True))
    with transaction.atomic():
        for name, rows in itertools.chain(order, order):
            usage.take_rows(*(usage.row(**row) for row in rows), name=name)
        editions = UsageFile.objects.count()
        for name, rows in order:
            assert not usage.take_rows(*(usage.row(**row) for row in rows), name=name).changed
        assert UsageFile.objects.count() == editions
        transaction.set_rollback(True)
