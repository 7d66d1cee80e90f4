"""資料の版 in the admin: the current edition is marked, the next one is published, files are fetched."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import Download, MaterialCode, MaterialEdition
from accounts.rules.roles import StaffGroup
from accounts.services import materials
from kmc_portal.demo.papers import material_pdf
from kmc_portal.lib.jst import date_of
from tests.fixtures.people import make_staff
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/materialedition/"


def today() -> datetime.date:
    return date_of(timezone.now())


def publish(edition: str, days: int, material: MaterialCode = MaterialCode.TERMS) -> MaterialEdition:
    day = today() + datetime.timedelta(days=days)
    return materials.publish(
        material=material,
        edition=edition,
        published_on=day,
        name=f"{edition}.pdf",
        data=material_pdf(material.label, edition, day),
        actor=None,
        now=timezone.now(),
    )


def given(**changed):
    day = today()
    pdf = material_pdf("規約", "2.1版", day)
    values = {
        "material": "terms",
        "edition": "2.1版",
        "published_on": day.isoformat(),
        "file": SimpleUploadedFile("規約_2.1版.pdf", pdf, "application/pdf"),
    }
    return values | changed


def test_the_current_edition_of_each_material_is_marked(desk, viewer):
    publish("1.0版", -60)
    publish("2.0版", 0)
    publish("3.0版", 1)
    publish("1.0版", -5, MaterialCode.API_GUIDE)
    rows = desk(viewer).open(LIST).select("#result_list tbody tr")
    found = [
        tuple(
            words(row.select_one(f".field-{name}")) for name in ("material", "edition_column", "now_column")
        )
        for row in rows
    ]
    assert found == [
        ("サービス利用規約", "3.0版", "公開前"),
        ("サービス利用規約", "2.0版", "現在の版"),
        ("サービス利用規約", "1.0版", "以前の版"),
        ("API利用ガイド（APIプラン）", "1.0版", "現在の版"),
    ]


def test_operations_publish_the_next_edition(desk, operations):
    publish("2.0版", -60)
    person = desk(operations)
    person.open(f"{LIST}add/")
    person.send(f"{LIST}add/", **given())
    assert person.said == ["サービス利用規約 2.1版 を公開しました。"]
    [current] = MaterialEdition.objects.current(today())
    assert (current.edition, current.file.name, current.file.uploaded_by) == (
        "2.1版",
        "規約_2.1版.pdf",
        operations,
    )


@pytest.mark.parametrize("group", [group for group in StaffGroup if group is not StaffGroup.OPERATIONS])
def test_other_groups_read_and_do_not_publish(desk, group):
    edition = publish("2.0版", 0)
    person = desk(make_staff("who@staff.example.jp", "誰か", group))
    page = person.open(f"{LIST}{edition.pk}/change/")
    assert words(page.select_one(".kmc-company")) == "サービス利用規約 2.0版"
    assert person.client.get(f"{LIST}add/").status_code == 403
    assert person.send(f"{LIST}add/", **given()).status_code == 403
    assert MaterialEdition.objects.count() == 1


def test_an_edition_is_published_once(desk, operations):
    publish("2.1版", -1)
    person = desk(operations)
    person.send(f"{LIST}add/", **given())
    assert person.said == ["サービス利用規約の2.1版は公開済みです。版の名前を変えてください。"]
    assert MaterialEdition.objects.count() == 1


def test_only_pdf_and_workbooks_are_published(desk, operations):
    person = desk(operations)
    response = person.send(f"{LIST}add/", **given(file=SimpleUploadedFile("規約.pdf", b"<html></html>")))
    assert response.status_code == 200 and len(person.said) == 1
    assert not MaterialEdition.objects.exists()


def test_what_is_missing_is_said_beside_its_field(desk, operations):
    page = desk(operations).send(f"{LIST}add/").content.decode()
    for text in (
        "資料を選んでください。",
        "版の名前を入力してください。",
        "公開日を入力してください。",
        "ファイルを選んでください。",
    ):
        assert text in page


def test_a_confidential_material_is_fetched_with_a_line_in_the_log(desk, viewer):
    edition = publish("1.0版", 0, MaterialCode.API_SPECIFICATION)
    response = desk(viewer).client.get(f"{LIST}{edition.pk}/file/")
    assert response.content.startswith(b"%PDF")
    assert response["X-Content-Type-Options"] == "nosniff"
    noted = Download.objects.get()
    assert (noted.user, noted.file, noted.what) == (
        viewer,
        edition.file,
        "API仕様書（APIプラン） 1.0版 1.0版.pdf",
    )
