"""契約プランの一覧 and 定期ジョブ: pages of the rules and of the table of jobs."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import MailState, OutgoingMail
from accounts.rules.roles import StaffGroup
from accounts.services import settings
from tests.fixtures.people import make_staff
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db


def lines(page) -> dict[str, list[str]]:
    """{first words of a row's head: its cells, in the order of the plans}"""
    return {
        str(row.th.find(string=True)).strip(): [words(cell) for cell in row.select("td")]
        for row in page.select("tbody tr")
        if row.select("td")
    }


@pytest.mark.parametrize("group", list(StaffGroup))
def test_every_group_reads_plans_and_jobs(desk, group):
    person = desk(make_staff("who@staff.example.jp", "誰か", group))
    person.open("/admin/plans/")
    person.open("/admin/jobs/")


@pytest.mark.parametrize("path", ["/admin/plans/", "/admin/jobs/"])
def test_customers_and_strangers_are_sent_to_the_login(client, client_for, customer_admin, path):
    for browser in (client, client_for(customer_admin)):
        assert browser.get(path)["Location"].startswith("/admin/login/")


def test_the_pages_only_read(desk, superuser):
    assert desk(superuser).client.post("/admin/plans/").status_code == 405
    assert desk(superuser).client.post("/admin/jobs/").status_code == 405


def test_guide_1_1_and_1_6_the_table_says_what_each_plan_has_and_hands_in(desk, viewer):
    page = desk(viewer).open("/admin/plans/")
    assert [words(head) for head in page.select("thead th")] == [
        "項目", "SMSのみ", "+メッセージのみ", "SMS/+メッセージ併用", "+メッセージ/RCS併用", "SMS/+メッセージ/RCS併用",
    ]  # fmt: skip
    found = lines(page)
    assert found["SMS"] == ["○", "—", "○", "—", "○"]
    assert found["RCS"] == ["—", "—", "—", "○", "○"]
    assert found["SMS長文"] == ["○", "—", "○", "—", "○"]
    assert found["ストア表示"] == ["—", "○", "○", "○", "○"]
    assert found["サービス利用申込書 (+メッセージ)"] == ["—", "○", "○", "—", "—"]
    assert found["サービス契約プラン表"] == ["○", "○", "○", "○", "○"]
    assert found["【別紙】SMS結果通知先設定申込書"] == ["○", "—", "○", "—", "○"]
    assert found["リリースチェックリスト"] == ["—", "○", "○", "○", "○"]


def test_guide_1_3_lead_times_follow_the_settings(desk, viewer, operations):
    person = desk(viewer)
    found = lines(person.open("/admin/plans/"))
    assert found["標準納期"] == ["6〜10営業日", "18営業日", "18営業日", "18営業日", "18営業日"]
    softbank = "SoftBank送信元表示番号 を申し込む場合"
    assert found[softbank] == ["12〜22営業日", "—", "18〜22営業日", "—", "18〜22営業日"]
    two_way = "双方向SMS / 共通番号 を申し込む場合"
    assert found[two_way] == ["6〜28営業日", "—", "18〜28営業日", "—", "18〜28営業日"]
    settings.change(key="lead_sms_latest", value=13, actor=operations)
    settings.change(key="lead_sms_earliest", value=13, actor=operations)
    found = lines(person.open("/admin/plans/"))
    assert found["標準納期"][0] == "13営業日"
    assert found[softbank][0] == "13〜22営業日"


def test_the_jobs_stand_with_their_intervals(desk, viewer):
    rows = [words(row) for row in desk(viewer).open("/admin/jobs/").select("#periodic tbody tr")]
    assert (
        "送信待ちメールの配信と滞留の回収 accounts.tasks.sweep_outbox 1分ごと まだありません — 起動後1分ごと"
        in rows
    )
    assert (
        "どこからも参照されないファイルの掃除 accounts.tasks.sweep_files 1日ごと まだありません — 起動後1日ごと"
        in rows
    )


def test_mails_that_are_late_are_pointed_out(desk, viewer):
    person = desk(viewer)
    assert person.open("/admin/jobs/").select(".kmc-note-warn") == []
    at = datetime.datetime(2026, 1, 5, 0, 30, tzinfo=datetime.UTC)
    OutgoingMail.objects.create(
        kind="accepted",
        to="taro@example.com",
        subject="件名",
        body="本文",
        idempotency_key="late",
        state=MailState.QUEUED,
        not_before=at,
        created_at=timezone.now(),
    )
    page = person.open("/admin/jobs/")
    assert "最も古いものは 2026/01/05 09:30" in words(page.select_one(".kmc-note-warn"))
    assert "送信待ちのメール： 1通" in words(page.select_one(".kmc"))
