"""配信実績 in the admin: files, what was refused, the calendar of a month, uploads in the background."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Download, JobRun
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/usagefile/"


@pytest.fixture
def files(world, arrives):
    """1 October with two refused rows, corrected since; 2 October in two parts; nothing on the 3rd."""
    world.clock("2026-10-06 09:00")
    world.prices(sms="10")
    contract = world.contract(start="2026-10-01")
    first = arrives(
        "2026-10-01",
        [(contract, "sms", "docomo", 1, 5), (contract, "plus", "au", 1, 4)],
        refused=["3,契約がありません。,m3,KMC000000999", "9,文字数が上限を超えています。,m9,KMC000000001"],
        duplicates=1,
    )
    corrected = arrives("2026-10-01", [(contract, "sms", "docomo", 2, 7)], replaces=first)
    second = arrives(
        "2026-10-02", [(contract, "sms", "docomo", 1, 10)], part="a", refused=["2,日付が違います。,m2,X"]
    )
    arrives("2026-10-02", [(contract, "sms", "docomo", 1, 20)], part="b")
    return {"contract": contract, "first": first, "corrected": corrected, "second": second}


def rows(person, **query: str) -> list[str]:
    return [words(cell) for cell in person.open(LIST, **query).select("#result_list .field-name_column")]


def test_the_list_is_narrowed_by_month_and_by_refusals(files, desk, viewer):
    person = desk(viewer)
    assert len(rows(person)) == 4
    assert rows(person, refused="yes") == ["usage-20261002-a.csv", "usage-20261001.csv"]
    assert rows(person, refused="open") == ["usage-20261002-a.csv"]
    assert rows(person, standing="replaced") == ["usage-20261001.csv"]
    assert len(rows(person, month="2026-10")) == 4
    assert rows(person, month="2026-09") == []
    assert person.client.get(f"{LIST}?month=october").status_code == 302


def test_a_file_says_what_it_held_what_was_refused_and_what_replaced_it(files, desk, viewer):
    page = desk(viewer).open(f"{LIST}{files['first'].pk}/change/")
    assert "行数 12 受入 9 拒否 2 重複 1" in words(page.select_one("#rows"))
    assert "SMS NTTドコモ 1通 5 5 1 +メッセージ au 1通 4 4 1" in words(page.select_one("#summary"))
    refused = words(page.select_one("#refused"))
    assert "行番号 理由" in refused and "9 文字数が上限を超えています。 m9 KMC000000001" in refused
    assert "に差し替えられました" in words(page)
    assert f"{LIST}{files['corrected'].pk}/change/" in str(page)
    assert words(page.select_one("#contracts")).endswith("9件")
    segments = words(desk(viewer).open(f"{LIST}{files['corrected'].pk}/change/").select_one("#summary"))
    assert "SMS NTTドコモ 2通 7 14 1" in segments


def test_refused_rows_are_fetched_by_all_and_accepted_ones_by_billing_alone(
    files, desk, viewer, billing_clerk
):
    address = f"{LIST}{files['first'].pk}/"
    person = desk(viewer)
    response = person.client.get(f"{address}refused/")
    assert b"".join(response.streaming_content).decode("utf-8-sig").splitlines()[1].startswith("3,契約")
    assert Download.objects.get().what == "配信実績の拒否した行 refused.csv"
    assert person.client.get(f"{address}evidence/").status_code == 403
    assert "受け入れた行は「請求」の担当者だけ" in words(person.open(f"{address}change/"))
    response = desk(billing_clerk).client.get(f"{address}evidence/")
    assert b"".join(response.streaming_content).startswith(b"PAR1")
    assert Download.objects.count() == 2


def test_the_calendar_shows_files_refusals_and_missing_days(files, desk, viewer):
    """On the 6th, files up to the 4th should be there: the 3rd and the 4th are missing, the 5th is not yet."""
    page = desk(viewer).open(f"{LIST}calendar/", month="2026-10")
    assert [words(cell) for cell in page.select(".is-missing") if cell.name == "td"] == ["3 未着", "4 未着"]
    second = next(cell for cell in page.select(".kmc-calendar td") if words(cell).startswith("2 "))
    assert words(second) == "2 10 行（a） 拒否 1 20 行（b）"
    assert words(page.select_one("details tbody tr")) == "2026年10月1日（木） 7 0 0 7"
    assert desk(viewer).client.get(f"{LIST}calendar/", {"month": "2026-13"}).status_code == 404


def test_an_upload_is_taken_in_the_background_and_can_be_found_again(world, desk, billing_clerk):
    person = desk(billing_clerk)
    data = b"message_id,contract_number,account,sent_at,channel,carrier,chars\r\n"
    response = person.send(
        f"{LIST}do/upload/", uploads=SimpleUploadedFile("usage-20261001.csv", data, "text/csv")
    )
    job = JobRun.objects.get()
    assert response["Location"] == f"/admin/jobs/{job.pk}/"
    assert (job.name, job.subject, job.state) == ("配信実績の取込", "usage-20261001.csv", "queued")
    assert "順番を待っています。" in words(person.open(f"/admin/jobs/{job.pk}/"))
    assert "usage-20261001.csv" in words(person.open(LIST))


def test_a_file_with_a_wrong_name_is_refused_at_once_and_the_others_go_on(world, desk, billing_clerk):
    person = desk(billing_clerk)
    person.send(f"{LIST}do/upload/", uploads=SimpleUploadedFile("october.csv", b"x", "text/csv"))
    assert "october.csv" in person.said[0] and not JobRun.objects.exists()
    both = [SimpleUploadedFile(name, b"x", "text/csv") for name in ("october.csv", "usage-20261001.csv")]
    person.send(f"{LIST}do/upload/", uploads=both)
    assert "october.csv" in person.said[0]
    assert person.said[1] == "1件のファイルの取込を始めました。この画面を閉じても処理は続きます。"
    assert JobRun.objects.get().subject == "usage-20261001.csv"
