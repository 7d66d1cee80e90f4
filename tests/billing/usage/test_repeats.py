"""A message id is charged once: within a file, between files, and after a file was corrected."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import StoredFile
from billing.models import UsageFile
from billing.services import verification
from kmc_portal.lib.months import Month
from tests.billing.usage.conftest import Usage, counts, facts, reasons

pytestmark = pytest.mark.django_db

IN_FILE = "同じ message_id で内容の違う行が、このファイルの前の行にあります"
ELSEWHERE = "同じ message_id で内容の違う記録が、先の対象日・区分のファイルにあります"
NEXT = "usage-20261016.csv"


def charged(usage: Usage) -> int:
    """Messages that count now; the stored files say the same."""
    total = sum(row[-1] for row in facts())
    derived = verification.usage_from_files([usage.contract.pk], Month(2026, 10), timezone.now())
    assert sum(row.messages for rows in derived.values() for row in rows) == total
    return total


def test_the_same_record_twice_in_a_file_counts_once_and_is_no_fault(usage: Usage) -> None:
    again = {"sent_at": "2026-10-15T03:00:00Z"}  # the same moment in other words
    file = usage.take_rows(usage.row("a"), usage.row("b"), usage.row("a"), usage.row("a", **again)).file
    assert (counts(file), file.duplicates_of, reasons(file)) == ((4, 2, 0, 2), {}, {})
    assert charged(usage) == 2


def test_another_record_under_the_same_id_is_refused_and_the_first_stays(usage: Usage) -> None:
    file = usage.take_rows(usage.row("a", chars="70"), usage.row("a", chars="71")).file
    assert (counts(file), reasons(file)) == ((2, 1, 1, 0), {3: IN_FILE})
    assert facts(file)[0][-2:] == (1, 1)


def test_a_refused_row_does_not_keep_its_id_from_the_next(usage: Usage) -> None:
    file = usage.take_rows(usage.row("a", chars="0"), usage.row("a", chars="70")).file
    assert counts(file) == (2, 1, 1, 0)
    assert list(reasons(file)) == [2]


def test_the_same_file_twice_changes_nothing(usage: Usage) -> None:
    first = usage.take_rows(usage.row("a"), usage.row("b", chars="0"))
    stored = StoredFile.objects.count()
    second = usage.take_rows(usage.row("a"), usage.row("b", chars="0"))
    assert (first.changed, second.changed) == (True, False)
    assert first.file == second.file
    assert (UsageFile.objects.count(), StoredFile.objects.count(), charged(usage)) == (1, stored, 1)


def test_the_same_file_in_another_form_replaces_it_with_the_same_facts(usage: Usage) -> None:
    usage.take_rows(usage.row("a"))
    usage.take(usage.bytes(b"\xef\xbb\xbf" + usage.file([usage.row("a")]).read_bytes()))
    assert (UsageFile.objects.count(), charged(usage)) == (2, 1)


def test_a_corrected_file_replaces_its_predecessor_and_both_stay(usage: Usage) -> None:
    old = usage.take_rows(usage.row("a"), usage.row("b")).file
    before = timezone.now()
    usage.world.clock("2026-11-11 09:00")
    new = usage.take_rows(usage.row("a", carrier="au"), usage.row("c"), usage.row("d")).file
    old.refresh_from_db()
    assert (new.replaces, old.replaced_at, new.stored_at) == (old, timezone.now(), timezone.now())
    assert charged(usage) == 3
    assert [file.pk for file in UsageFile.objects.as_of(before)] == [old.pk]
    assert [file.pk for file in UsageFile.objects.as_of(timezone.now())] == [new.pk]
    assert old.facts.count() == 1


def test_parts_of_a_day_stand_beside_each_other(usage: Usage) -> None:
    usage.take_rows(usage.row("a"))
    usage.take_rows(usage.row("b"), name="usage-20261015-2.csv")
    assert charged(usage) == 2
    assert UsageFile.objects.live().count() == 2


def test_a_record_that_an_earlier_file_has_is_a_duplicate_in_the_later_one(usage: Usage) -> None:
    first = usage.take_rows(usage.row("a"), usage.row("b")).file
    later = usage.take_rows(usage.row("b"), usage.row("c"), name=NEXT).file
    assert (counts(later), later.duplicates_of) == ((2, 1, 0, 1), {str(first.pk): 1})
    assert charged(usage) == 3


def test_another_record_under_an_accepted_id_is_refused_in_the_later_file(usage: Usage) -> None:
    usage.take_rows(usage.row("a"))
    later = usage.take_rows(usage.row("a", chars="71"), name=NEXT).file
    assert (counts(later), reasons(later)) == ((1, 0, 1, 0), {2: ELSEWHERE})
    assert charged(usage) == 1


def test_the_earlier_day_has_the_id_even_when_its_file_comes_late(usage: Usage) -> None:
    later = usage.take_rows(usage.row("a", chars="71"), usage.row("b"), name=NEXT).file
    earlier = usage.take_rows(usage.row("a", chars="70")).file
    later.refresh_from_db()
    anew = usage.live("2026-10-16")
    assert (anew.replaces, later.replaced_at, anew.sha256) == (later, timezone.now(), later.sha256)
    assert (counts(earlier), counts(anew), reasons(anew)) == ((1, 1, 0, 0), (2, 1, 1, 0), {2: ELSEWHERE})
    assert [row[-2:] for row in facts()] == [(1, 2)]
    assert charged(usage) == 2


def test_rows_dropped_for_a_predecessor_count_again_when_its_correction_has_them_no_more(
    usage: Usage,
) -> None:
    usage.take_rows(usage.row("a"), usage.row("b"), usage.row("c"))
    dropped = usage.take_rows(usage.row("a"), usage.row("b", chars="71"), usage.row("d"), name=NEXT).file
    assert counts(dropped) == (3, 1, 1, 1)
    usage.take_rows(usage.row("c"))
    anew = usage.live("2026-10-16")
    assert (counts(anew), anew.duplicates_of, reasons(anew), anew.refusals) == ((3, 3, 0, 0), {}, {}, None)
    assert charged(usage) == 4


def test_what_a_file_gives_up_goes_to_the_next_in_line_and_no_further(usage: Usage) -> None:
    usage.take_rows(usage.row("a"))
    usage.take_rows(usage.row("a"), name="usage-20261016.csv")
    usage.take_rows(usage.row("a"), name="usage-20261017.csv")
    usage.take_rows(usage.row("x"))
    assert [usage.live(f"2026-10-{day}").accepted for day in (15, 16, 17)] == [1, 1, 0]
    assert charged(usage) == 2
    assert usage.live("2026-10-17").replaces is None  # nothing about it changed


def test_a_correction_stored_at_the_same_moment_as_a_preview_belongs_to_the_next(usage: Usage) -> None:
    from billing.models import BillingRun

    moment = timezone.now() + datetime.timedelta(hours=1)
    BillingRun.objects.create(month=datetime.date(2026, 10, 1), reading_before=moment)
    file = usage.take_rows(usage.row("a")).file
    assert file.stored_at == moment + datetime.timedelta(microseconds=1)
