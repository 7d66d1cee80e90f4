"""Dates, reports and workbooks made to break whoever reads them."""

import datetime
import io
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import User
from applications.models import Application
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.papers import application_uploads, received_mail
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt

REPORT = b"""From: MAILER-DAEMON@example.net
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; example.net

Final-Recipient: rfc822; %s
Action: failed
Diagnostic-Code: smtp; %s

--b--
"""


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "1970-01-01T09:00", "9999-12-31T23:59"])
def test_a_mail_cannot_have_come_in_another_age(
    moment: str, case_at: CaseAt, client_for: Callable[[User], Client]
) -> None:
    told = case_at(Goal.DRAFT)
    before = Application.objects.count()
    mail = received_mail(told.company, "Application", date_of(told.now))
    form = {
        "customer": told.application.customer_id,
        "mail_received_at": moment,
        "plan": "sms",
        "delivery_method": "api",
        "uploads": SimpleUploadedFile("mail.eml", mail),
    }
    answer = client_for(told.staff["reception"]).post(reverse("admin:applications_application_add"), form)
    assert answer.status_code == 200
    assert "受信日時" in answer.content.decode()
    assert Application.objects.count() == before


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "令和八年"])
def test_days_out_of_any_calendar_leave_every_page_standing(
    day: str, case_at: CaseAt, superuser: User, client_for: Callable[[User], Client]
) -> None:
    told = case_at(Goal.ACTIVE)
    client = client_for(superuser)
    contract = told.application.own_contract
    assert (
        client.post(reverse("admin:accounts_companyclosingday_add"), {"day": day, "name": "休み"}).status_code
        < 400
    )
    customer = reverse("admin:accounts_customer_do", args=[contract.customer_id, "terms"])
    assert client.post(customer, {"nda_concluded_on": day}).status_code < 400
    pdf = SimpleUploadedFile("a.pdf", b"%PDF-1.4\n%%EOF\n")
    edition = {"material": "terms", "edition": "x", "published_on": day, "file": pdf}
    assert client.post(reverse("admin:accounts_materialedition_add"), edition).status_code < 400
    for address in (
        "/admin/",
        reverse("admin:accounts_contract_change", args=[contract.pk]) + f"?on={day}",
        reverse("admin:accounts_customer_change", args=[contract.customer_id]),
        reverse("admin:accounts_customer_changelist"),
        reverse("admin:accounts_companyclosingday_changelist"),
        reverse("admin:accounts_materialedition_changelist"),
        reverse("admin:applications_application_changelist"),
        reverse("admin:applications_application_change", args=[told.application.pk]),
    ):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n--b--",
        REPORT % (b"a" * 400 + b"@example.com", b"550 no"),
        REPORT % (b"=?utf-8?q?a=00b?=@example.com", b"550 a\0b"),
        REPORT % (b"\xff\xfe@example.com", b"550 \xff\xfe\x00"),
        REPORT % (b"<script>alert(1)</script>@example.com", b"550 <script>alert(1)</script>"),
        REPORT.replace(b"boundary=b", b"boundary=\xff") % (b"a@example.com", b"550"),
        b"Content-Type: message/rfc822\n\n" * 300 + b"x",
    ],
)
def test_a_hostile_report_of_a_bounce_is_answered_in_words(
    data: bytes, superuser: User, client_for: Callable[[User], Client]
) -> None:
    client = client_for(superuser)
    address = reverse("admin:accounts_outgoingmail_list_do", args=["bounces"])
    answer = client.post(address, {"reports": SimpleUploadedFile("report.eml", data)}, follow=True)
    assert answer.status_code == 200
    for page in (answer, client.get(reverse("admin:accounts_mailproblem_changelist"))):
        assert page.status_code == 200
        assert "<script>alert(1)" not in page.content.decode()


@pytest.mark.parametrize(
    "value",
    [
        1e308 * 10,
        -1e308 * 10,
        "\u202e\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
        "_x0000_",
        "_xD800_",
        "=1+1",
        "+1",
        "@SUM(1)",
        "<script>alert(1)</script>",
        "あ" * 30000,
        True,
        datetime.datetime(1900, 1, 1),
        datetime.time(1),
    ],
)
def test_no_value_of_a_cell_breaks_upload_or_page(
    value: object, case_at: CaseAt, client_for: Callable[[User], Client]
) -> None:
    told = case_at(Goal.DRAFT)
    upload = application_uploads(told.company, date_of(told.now))[0]
    book = load_workbook(io.BytesIO(upload.data))
    for sheet in book.worksheets:
        if sheet.sheet_state != "visible":
            continue
        for row in sheet.iter_rows(min_row=3, max_row=60, min_col=3, max_col=4):
            for cell in row:
                if cell.value is not None and not isinstance(cell, type(None)):
                    try:
                        cell.value = value
                    except AttributeError:  # hidden by a merged area
                        continue
    stream = io.BytesIO()
    book.save(stream)
    client = client_for(told.user)
    address = reverse("portal:application", args=[told.application.pk])
    form = {"version": told.application.version, "files": SimpleUploadedFile(upload.name, stream.getvalue())}
    answer = client.post(reverse("portal:attach", args=[told.application.pk]), form, follow=True)
    assert answer.status_code == 200
    for page in (
        client.get(address),
        client.get(reverse("portal:prefilled_form", args=[told.application.pk, "application_sms"])),
        client_for(told.staff["reception"]).get(
            reverse("admin:applications_application_change", args=[told.application.pk])
        ),
    ):
        assert page.status_code == 200
        assert b"<script>alert(1)" not in page.content
