"""定期ジョブ and runs in the background: last and next run, progress, again after a failure."""

import datetime

import pytest
import time_machine
from django.utils import timezone

from accounts.models import JobRun
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db

SWEEP = "送信待ちメールの配信と滞留の回収"
NOW = datetime.datetime(2026, 11, 24, 1, 0, tzinfo=datetime.UTC)  # 10:00 in Japan
MINUTE = datetime.timedelta(minutes=1)


def job(**given) -> JobRun:
    return JobRun.objects.create(
        **{"name": SWEEP, "queued_at": NOW, "started_at": NOW, "beat_at": NOW, **given}
    )


def periodic(person, name: str = SWEEP) -> str:
    rows = person.open("/admin/jobs/").select("#periodic tbody tr")
    return next(words(row) for row in rows if name in words(row))


def test_a_periodic_job_stands_with_its_last_and_next_run_and_result(desk, viewer):
    with time_machine.travel(NOW, tick=False):
        person = desk(viewer)
    job(state="done", result="メール 3通の送信を試みました。", finished_at=NOW)
    with time_machine.travel(NOW, tick=False):
        assert periodic(person).endswith(
            "1分ごと 2026/11/24 10:00 完了 メール 3通の送信を試みました。 2026/11/24 10:01"
        )
    with time_machine.travel(NOW + 6 * MINUTE, tick=False):
        assert "予定を過ぎています" not in periodic(person)
    with time_machine.travel(NOW + 7 * MINUTE, tick=False):
        assert periodic(person).endswith("2026/11/24 10:01 予定を過ぎています")


def test_what_runs_shows_its_progress_and_what_died_is_marked(desk, viewer):
    with time_machine.travel(NOW, tick=False):
        person = desk(viewer)
    job(name="締めの試算", subject="2026年10月利用分", state="running", done=45, total=100)
    with time_machine.travel(NOW + 10 * MINUTE, tick=False):
        page = person.open("/admin/jobs/")
        assert "締めの試算 2026年10月利用分 実行中 45% 45 / 100（45%）" in words(page.select_one("#jobs-now"))
        assert page.select_one("#jobs-now")["hx-trigger"] == "every 3s"
        assert page.select_one("noscript meta[http-equiv=refresh]") is not None
    with time_machine.travel(NOW + 11 * MINUTE, tick=False):
        page = person.open("/admin/jobs/")
        assert "応答なし 10分以上応答がありません。" in words(page.select_one("#jobs-now"))
        assert not page.select_one("#jobs-now").has_attr("hx-get")


def test_runs_are_narrowed_by_name_and_turned_page_by_page(desk, viewer):
    person = desk(viewer)
    for number in range(51):
        job(state="done", result=f"{number}回目")
    job(name="締めの試算", state="done", result="試算しました。")
    page = person.open("/admin/jobs/")
    assert "52件" in words(page.select_one("#runs")) and "1 / 2ページ" in words(page.select_one(".kmc-pages"))
    assert "0回目" in words(person.open("/admin/jobs/", p="2").select_one("#runs"))
    narrowed = words(person.open("/admin/jobs/", name="締めの試算").select_one("#runs"))
    assert "1件" in narrowed and "50回目" not in narrowed


def test_a_failed_job_is_started_again_by_those_who_may(desk, viewer, billing_clerk):
    failed = job(
        name="締めの試算",
        subject="2026年10月利用分",
        state="failed",
        result="単価がありません。",
        task="billing.tasks.preview_run",
        arguments={"run_id": 1, "version": 0},
    )
    address = f"/admin/jobs/{failed.pk}/"
    reader, clerk = desk(viewer), desk(billing_clerk)
    page = reader.open(address)
    assert "単価がありません。" in words(page) and page.select_one("form[action$='again/']") is None
    assert reader.client.post(f"{address}again/").status_code == 403
    assert clerk.open(address).select_one("form[action$='again/']") is not None
    response = clerk.send(f"{address}again/")
    again = JobRun.objects.latest("pk")
    assert response["Location"] == f"/admin/jobs/{again.pk}/"
    assert (again.state, again.arguments, again.started_by) == (
        "queued",
        {"run_id": 1, "version": 0},
        billing_clerk,
    )
    clerk.send(f"/admin/jobs/{again.pk}/again/")
    assert clerk.said == ["この処理は開始待ちです。失敗したときだけ、もう一度始められます。"]


def test_a_page_that_watches_a_job_is_told_when_it_has_ended(desk, viewer):
    with time_machine.travel(NOW, tick=False):
        person = desk(viewer)
        running = job(name="配信実績の取込", subject="usage-20261001.csv", state="running")
        address = f"/admin/jobs/{running.pk}/"
        assert "HX-Refresh" not in person.client.get(address, headers={"HX-Request": "true"})
        JobRun.objects.filter(pk=running.pk).update(
            state="done", result="受入 9件", finished_at=timezone.now()
        )
        assert person.client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
        assert "受入 9件" in words(person.open(address))
        assert person.client.get("/admin/jobs/999999999/").status_code == 404


@pytest.mark.parametrize(
    ("given", "charged"),
    [
        ({"chars": "70"}, ["1通", "1通", "1通", "1通"]),
        ({"chars": "71"}, ["2通", "2通", "1通", "2通"]),
        ({"chars": "133"}, ["3通", "2通", "1通", "2通"]),
        ({"chars": "661"}, ["送信できません", "10通", "1通", "送信できません"]),
        ({"chars": "671"}, ["送信できません"] * 4),
        ({"chars": "0"}, ["送信できません"] * 4),
        ({"text": "あ" * 68 + "\r\n" + "い"}, ["1通", "1通", "1通", "1通"]),
        ({"text": "あ" * 69 + "😀"}, ["2通", "2通", "1通", "2通"]),
    ],
)
def test_guide_5_2_the_calculator_says_what_a_text_is_charged_as(desk, viewer, given, charged):
    """docomo, au, SoftBank, Rakuten; a line end counts once, 😀 twice."""
    from bs4 import BeautifulSoup

    response = desk(viewer).send("/admin/segments/", **given)
    page = BeautifulSoup(response.content, "html.parser")
    assert [words(row.select("td")[1]) for row in page.select("#answer tbody tr")] == charged


def test_the_calculator_asks_for_a_text_or_a_length(desk, viewer):
    response = desk(viewer).send("/admin/segments/")
    assert "本文か文字数のどちらかを入力してください。" in response.content.decode()
