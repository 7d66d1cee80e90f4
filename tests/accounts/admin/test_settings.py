"""設定値 and 会社休業日 in the admin."""

import datetime

import pytest

from accounts.models import CompanyClosingDay, Setting
from accounts.rules.roles import StaffGroup
from accounts.services import settings
from tests.fixtures.people import make_staff
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/setting/"
DAYS = "/admin/accounts/companyclosingday/"
MAY_CHANGE = ["approver", "operations"]
MAY_NOT = ["reception", "billing_clerk", "viewer"]


def page_of(key: str) -> str:
    return f"{LIST}{Setting.objects.get(key=key).pk}/change/"


def deed_of(key: str) -> str:
    return f"{LIST}{Setting.objects.get(key=key).pk}/do/change/"


def change(person, key: str, value: str) -> None:
    seen = person.open(deed_of(key)).select_one("[name=seen]")["value"]
    person.send(deed_of(key), value=value, seen=seen)


def test_the_list_names_every_value_with_its_chapter_and_hides_the_secret(desk, viewer):
    rows = desk(viewer).open(LIST).select("#result_list tbody tr")
    assert len(rows) == 32
    found = [[words(cell) for cell in row.select("th, td")] for row in rows]
    assert ["標準納期 SMSのみ（最短・営業日）", "6", "§1.3"] in found
    assert ["通知先に http:// を認める", "いいえ", "§1.9"] in found
    assert ["サポートサイトのパスワード", "••••••••", "§4.4"] in found


@pytest.mark.parametrize("who", MAY_CHANGE)
def test_a_number_is_changed_with_who_and_what_in_its_history(desk, request, who):
    person = desk(request.getfixturevalue(who))
    change(person, "lead_sms_latest", "12")
    assert person.said == ["「標準納期 SMSのみ（最長・営業日）」を変更しました。"]
    assert settings.get("lead_sms_latest") == 12
    newest = person.open(page_of("lead_sms_latest")).select(".kmc-table tbody tr")[0]
    assert [words(cell) for cell in newest.select("td")][1:] == [person.user.name, "変更", "値", "10", "12"]


@pytest.mark.parametrize("who", MAY_NOT)
def test_others_read_and_change_nothing(desk, request, who):
    person = desk(request.getfixturevalue(who))
    page = person.open(page_of("lead_sms_latest"))
    assert "変更する" not in words(page.select_one(".kmc-card"))
    assert person.send(deed_of("lead_sms_latest"), value="12").status_code == 403
    assert settings.get("lead_sms_latest") == 10


@pytest.mark.parametrize(
    ("key", "typed", "kept"),
    [
        ("lead_sms_earliest", "1", 1),
        ("http_endpoints_allowed", "yes", True),
        ("system_urls", "API https://a.example.jp/\r\n\r\n 画面 https://b.example.jp/ ",
         ["API https://a.example.jp/", "画面 https://b.example.jp/"]),
        ("issuer_name", "例示運営株式会社", "例示運営株式会社"),
    ],
)  # fmt: skip
def test_each_kind_of_value_is_kept_as_what_it_is(desk, operations, key, typed, kept):
    person = desk(operations)
    change(person, key, typed)
    assert settings.get(key) == kept


@pytest.mark.parametrize(
    ("key", "typed"),
    [("lead_sms_earliest", "0"), ("lead_sms_earliest", "六"), ("lead_sms_earliest", ""),
     ("http_endpoints_allowed", "maybe"), ("issuer_name", "   ")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_on_the_form(desk, operations, key, typed):
    before = settings.get(key)
    person = desk(operations)
    seen = person.open(deed_of(key)).select_one("[name=seen]")["value"]
    response = person.send(deed_of(key), value=typed, seen=seen)
    assert response.status_code == 200 and "kmc-error" in response.content.decode()
    assert settings.get(key) == before


def test_the_secret_is_shown_nowhere_and_can_be_replaced(desk, operations):
    person = desk(operations)
    path = deed_of("support_site_password").replace("/change/", "/change_and_tell/")
    seen = person.open(path).select_one("[name=seen]")["value"]
    mail = {"mail_subject": "件名", "mail_body": "パスワード：⟦support_site_password⟧"}
    person.send(path, value="fresh-pass-phrase", seen=seen, **mail)
    assert settings.get("support_site_password") == "fresh-pass-phrase"
    for page in [person.open(one) for one in (LIST, page_of("support_site_password"), path)]:
        assert "demo-password" not in str(page) and "fresh-pass-phrase" not in str(page)


def test_of_two_who_change_one_value_the_second_is_told_who_was_faster(desk, operations, approver):
    slow, fast = desk(operations), desk(approver)
    seen = slow.open(deed_of("lead_sms_latest")).select_one("[name=seen]")["value"]
    change(fast, "lead_sms_latest", "11")
    response = slow.send(deed_of("lead_sms_latest"), value="14", seen=seen)
    assert slow.said[0].startswith("承認 一郎 さんが先に内容を変更したため")
    assert 'value="14"' in response.content.decode()
    assert settings.get("lead_sms_latest") == 11


# 会社休業日 --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", MAY_CHANGE)
def test_a_closing_day_moves_the_office_calendar_until_it_is_taken_back(desk, request, who):
    person = desk(request.getfixturevalue(who))
    founding = datetime.date(2026, 6, 1)  # a Monday
    assert settings.office().is_business_day(founding)
    person.send(f"{DAYS}add/", day="2026-06-01", name="創立記念日")
    assert person.said == ["2026年6月1日（月）を会社休業日にしました。納期の日数に数えません。"]
    assert not settings.office().is_business_day(founding)
    day = CompanyClosingDay.objects.get()
    assert "2026年6月1日（月）" in words(person.open(DAYS).select_one("#result_list"))
    assert "創立記念日" in words(person.open(f"{DAYS}{day.pk}/change/"))
    person.send(f"{DAYS}{day.pk}/do/remove/")
    assert person.said == ["2026年6月1日（月）の会社休業日を取り消しました。"]
    assert settings.office().is_business_day(founding)


@pytest.mark.parametrize("who", MAY_NOT)
def test_others_register_and_remove_no_closing_day(desk, request, who):
    day = CompanyClosingDay.objects.create(day=datetime.date(2026, 6, 1), name="創立記念日")
    person = desk(request.getfixturevalue(who))
    assert person.client.get(f"{DAYS}add/").status_code == 403
    assert person.send(f"{DAYS}add/", day="2026-06-02", name="臨時休業").status_code == 403
    assert person.send(f"{DAYS}{day.pk}/do/remove/").status_code == 403
    assert [row.day for row in CompanyClosingDay.objects.all()] == [datetime.date(2026, 6, 1)]


def test_a_day_is_closed_once(desk, operations):
    CompanyClosingDay.objects.create(day=datetime.date(2026, 6, 1), name="創立記念日")
    person = desk(operations)
    person.send(f"{DAYS}add/", day="2026-06-01", name="もう一度")
    assert person.said == ["2026年6月1日（月）は登録済みです。"]


@pytest.mark.parametrize("group", list(StaffGroup))
def test_every_group_reads_settings_and_closing_days(desk, group):
    person = desk(make_staff("who@staff.example.jp", "誰か", group))
    person.open(LIST)
    person.open(DAYS)
    person.open(page_of("issuer_name"))
