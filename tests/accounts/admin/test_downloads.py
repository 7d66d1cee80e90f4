"""ダウンロード記録: read only, searched, narrowed by day."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Download
from accounts.rules.roles import StaffGroup
from kmc_portal.lib.jst import date_of, start_of
from tests.fixtures.people import make_staff
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/download/"


@pytest.fixture
def log(viewer, customer_admin):
    """Today's first moment in Japan, the moment before it, and a month ago."""
    midnight = start_of(date_of(timezone.now()))
    for user, what, at in (
        (viewer, "今日の一覧CSV", midnight),
        (customer_admin, "昨日の通知書", midnight - datetime.timedelta(seconds=1)),
        (customer_admin, "先月の通知書", midnight - datetime.timedelta(days=31)),
    ):
        Download.objects.create(user=user, what=what, ip="198.20.0.7", at=at)


def found(person, **query: str) -> list[str]:
    return [words(cell) for cell in person.open(LIST, **query).select("#result_list .field-what")]


@pytest.mark.parametrize("group", list(StaffGroup))
def test_every_group_reads_the_log(desk, log, group):
    person = desk(make_staff("who@staff.example.jp", "誰か", group))
    assert found(person) == ["今日の一覧CSV", "昨日の通知書", "先月の通知書"]


def test_the_log_is_searched_and_narrowed(desk, log, viewer):
    person = desk(viewer)
    assert found(person, q="通知書") == ["昨日の通知書", "先月の通知書"]
    assert found(person, q="青空") == ["昨日の通知書", "先月の通知書"]
    assert found(person, days="1") == ["今日の一覧CSV"]
    assert found(person, days="31") == ["今日の一覧CSV", "昨日の通知書"]
    assert found(person, whose="staff") == ["今日の一覧CSV"]
    assert found(person, whose="customers") == ["昨日の通知書", "先月の通知書"]
    day = date_of(timezone.now())
    one_day = {"at__year": str(day.year), "at__month": str(day.month), "at__day": str(day.day)}
    assert found(person, **one_day) == ["今日の一覧CSV"]


def test_a_line_tells_who_what_and_from_where(desk, log, viewer):
    line = Download.objects.get(what="昨日の通知書")
    page = words(desk(viewer).open(f"{LIST}{line.pk}/change/").select_one(".kmc"))
    assert "青空 花子（株式会社あおぞら商店） admin@aozora.example.com" in page and "198.20.0.7" in page


def test_nobody_adds_changes_or_deletes_a_line(desk, log, superuser):
    client = desk(superuser).client
    line = Download.objects.get(what="昨日の通知書")
    assert client.get(f"{LIST}add/").status_code == 403
    client.post(f"{LIST}{line.pk}/change/", {"what": "別のこと"})
    client.post(f"{LIST}{line.pk}/delete/", {"post": "yes"})
    line.refresh_from_db()
    assert line.what == "昨日の通知書"
