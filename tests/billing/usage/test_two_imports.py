"""Imports at the same moment: real threads, real commits."""

import pytest
from django.utils import timezone

from billing.models import UsageFile
from billing.services.usage import Outcome, import_file
from tests.billing.usage.conftest import Usage, counts, facts
from tests.concurrency.test_two_at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_file_taken_in_twice_at_once_is_there_once(usage: Usage) -> None:
    path = usage.file([usage.row("a"), usage.row("b", chars="0")])
    results = at_once(*[lambda: usage.take(path)] * 3)
    assert sorted(result.changed for result in results) == [False, False, True]
    assert (UsageFile.objects.count(), facts()[0][-1]) == (1, 1)


def test_two_files_with_the_same_records_at_once_charge_them_once(usage: Usage) -> None:
    paths = [
        usage.file([usage.row("a"), usage.row("b")], "usage-20261015.csv"),
        usage.file([usage.row("b"), usage.row("c")], "usage-20261016.csv"),
        usage.file([usage.row("c"), usage.row("a", chars="71")], "usage-20261017.csv"),
    ]

    def take(number: int) -> Outcome:
        return import_file(path=paths[number], name=paths[number].name, actor=None, now=timezone.now())

    at_once(lambda: take(2), lambda: take(1), lambda: take(0))
    live = UsageFile.objects.live().order_by("day")
    assert [counts(file) for file in live] == [(2, 2, 0, 0), (2, 1, 0, 1), (2, 0, 1, 1)]
    assert sum(row[-1] for row in facts()) == 3


def test_two_corrections_at_once_follow_each_other(usage: Usage) -> None:
    usage.take_rows(usage.row("a"))
    folders = [usage.folder / "first", usage.folder / "second"]
    paths = []
    for folder, ids in zip(folders, ("bc", "de"), strict=True):
        folder.mkdir()
        usage.folder = folder
        paths.append(usage.file([usage.row(one) for one in ids]))
    results = at_once(*[lambda path=path: usage.take(path) for path in paths])  # type: ignore[misc]
    assert [result.changed for result in results] == [True, True]
    assert UsageFile.objects.live().count() == 1
    assert (UsageFile.objects.count(), facts()[0][-1]) == (3, 2)
    assert UsageFile.objects.filter(replaces=None).count() == 1
