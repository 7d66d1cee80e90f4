"""送信メール and メール不達 in the admin: reading, sending again, stopping, taking in bounce reports."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import MailProblem, MailState, OutgoingMail
from accounts.rules.roles import StaffGroup
from tests.fixtures.people import make_staff
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db

LIST = "/admin/accounts/outgoingmail/"
REPORT = """\
From: MAILER-DAEMON@mx.example.jp
Subject: Undelivered Mail Returned to Sender
To: kmc-support@example.jp
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

failed
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp

Final-Recipient: rfc822; taro@example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown
--B--
"""
EVERY_GROUP = list(StaffGroup)


def mail(number: int = 1, state: MailState = MailState.FAILED, **more) -> OutgoingMail:
    values = {
        "kind": "accepted",
        "to": f"taro{number}@example.com",
        "to_name": "例示 太郎",
        "subject": f"【KMC】受付のお知らせ{number}",
        "body": "お世話になっております。\n⟦link⟧\n",
        "idempotency_key": f"test-{number}",
        "about": "application:A2026-00001",
        "state": state,
        "not_before": timezone.now(),
        "created_at": timezone.now(),
    }
    return OutgoingMail.objects.create(**(values | more))


def page_of(row: OutgoingMail) -> str:
    return f"{LIST}{row.pk}/change/"


def deed(row: OutgoingMail, name: str) -> str:
    return f"{LIST}{row.pk}/do/{name}/"


def rows_of(soup) -> list[str]:
    return [words(cell) for cell in soup.select("#result_list .field-subject_column")]


@pytest.mark.parametrize("group", EVERY_GROUP)
def test_every_group_reads_the_mails(desk, group):
    row = mail(customer=None)
    person = desk(make_staff("who@staff.example.jp", "誰か", group))
    assert rows_of(person.open(LIST)) == ["【KMC】受付のお知らせ1 受付受理 A2026-00001"]
    assert "【KMC】受付のお知らせ1" in words(person.open(page_of(row)).select_one(".kmc"))


def test_a_customer_does_not_reach_the_mails(client_for, customer_admin):
    response = client_for(customer_admin).get(LIST)
    assert response.status_code == 302 and response["Location"].startswith("/admin/login/")


def test_the_page_shows_the_mail_with_placeholders_and_why_it_failed(desk, viewer):
    row = mail(state=MailState.REFUSED, last_error="550 5.1.1 User unknown", attempts=1)
    MailProblem.objects.create(
        address=row.to, kind="refused", detail="550 no mailbox", mail=row, at=timezone.now()
    )
    page = desk(viewer).open(page_of(row))
    assert page.select_one(".kmc-pre").text == "お世話になっております。\n⟦link⟧\n"
    notes = [words(note) for note in page.select(".kmc-note-bad")]
    assert notes[0] == "届いていない理由： 550 5.1.1 User unknown"
    assert notes[1].startswith("送信先サーバが受け取りを拒否") and notes[1].endswith("550 no mailbox")
    assert page.select(".kmc-buttons") == []


def test_a_mail_that_waits_says_when_it_is_tried_again(desk, viewer):
    at = datetime.datetime(2026, 11, 24, 1, 30, tzinfo=datetime.UTC)
    row = mail(state=MailState.QUEUED, attempts=2, last_error="451 later", not_before=at)
    note = words(desk(viewer).open(page_of(row)).select_one(".kmc-note-bad"))
    assert note.endswith("2026/11/24 10:30 以降に自動で再試行します（これまで2回）。")


@pytest.mark.parametrize("who", ["reception", "operations"])
def test_a_mail_is_sent_again_to_a_corrected_address(desk, request, who):
    row = mail()
    person = desk(request.getfixturevalue(who))
    form = person.open(deed(row, "resend"))
    assert form.select_one("[name=to]")["value"] == "taro1@example.com"
    person.send(deed(row, "resend"), to="jiro@example.com")
    assert person.said == ["jiro@example.com にもう一度送ります。"]
    copy = row.resends.get()
    assert (copy.to, copy.body, copy.state, copy.created_by) == (
        "jiro@example.com",
        row.body,
        MailState.QUEUED,
        person.user,
    )
    assert "jiro@example.com" in words(person.open(page_of(row)))
    person.send(deed(row, "resend"), to="jiro@example.com")  # a second click
    assert person.said[-1] == ("再送したメールがまだ送信待ちです。結果が出てからもう一度再送してください。")
    assert row.resends.count() == 1


@pytest.mark.parametrize("who", ["approver", "billing_clerk", "viewer"])
def test_others_send_nothing_again_and_stop_nothing(desk, request, who):
    failed, waiting = mail(), mail(2, MailState.QUEUED)
    person = desk(request.getfixturevalue(who))
    assert person.send(deed(failed, "resend"), to=failed.to).status_code == 403
    assert person.send(deed(waiting, "cancel")).status_code == 403
    person.send(LIST, action="resend_selected", _selected_action=[failed.pk])
    assert OutgoingMail.objects.count() == 2
    waiting.refresh_from_db()
    assert waiting.state == MailState.QUEUED


def test_an_address_that_is_none_is_refused_in_place(desk, reception):
    row = mail()
    person = desk(reception)
    response = person.send(deed(row, "resend"), to="jiro@")
    assert response.status_code == 200
    assert "kmc-error" in response.content.decode() and row.resends.count() == 0


def test_a_personal_link_goes_to_nobody_else(desk, reception):
    row = mail(secrets={"link": {"make": "password_link", "user": reception.pk}})
    person = desk(reception)
    person.send(deed(row, "resend"), to="somebody@example.net")
    assert person.said[0].startswith("本人専用のリンクを含むため、別の宛先には再送できません。")
    assert row.resends.count() == 0


def test_a_waiting_mail_is_stopped_and_a_sent_one_is_not(desk, reception):
    waiting, sent = mail(1, MailState.QUEUED), mail(2, MailState.SENT)
    person = desk(reception)
    assert "送信を取り止める" in words(person.open(page_of(waiting)).select_one(".kmc-buttons"))
    person.send(deed(waiting, "cancel"))
    assert person.said == ["送信を取り止めました。"]
    person.send(deed(sent, "cancel"))
    assert person.said[-1:] == ["送信待ちではないため取り止められません（送信済）。"]
    waiting.refresh_from_db()
    assert waiting.state == MailState.CANCELLED


def test_failed_and_refused_mails_are_sent_again_at_once_and_only_once(desk, reception):
    rows = [mail(1, MailState.FAILED), mail(2, MailState.REFUSED), mail(3, MailState.SENT)]
    person = desk(reception)
    chosen = {"action": "resend_selected", "_selected_action": [row.pk for row in rows]}
    person.send(LIST, **chosen)
    assert person.said == [
        "2通をもう一度送ります。",
        "1通は、宛先拒否でも送信失敗でもないか、再送済みのため、送りませんでした。",
    ]
    person.send(LIST, **chosen)
    assert [row.resends.count() for row in rows] == [1, 1, 0]


def test_the_list_is_searched_and_narrowed(desk, viewer, customer):
    mail(1, MailState.FAILED, customer=customer)
    mail(2, MailState.SENT, about="application:A2026-00777")
    person = desk(viewer)

    def found(**query: str) -> list[str]:
        return [text.split()[0] for text in rows_of(person.open(LIST, **query))]

    first, second = "【KMC】受付のお知らせ1", "【KMC】受付のお知らせ2"
    assert found(q="あおぞら商店") == [first]
    assert found(q="taro2@example.com") == [second]
    assert found(q="A2026-00777") == [second]
    assert found(q="お知らせ1") == [first]
    assert found(state__exact="sent") == [second]
    assert found(trouble="yes") == [first]


def test_a_bounce_report_marks_the_address(desk, operations, viewer):
    person = desk(operations)
    response = person.send(
        f"{LIST}do/bounces/", reports=[SimpleUploadedFile("bounce.eml", REPORT.encode(), "message/rfc822")]
    )
    assert person.said == ["不達を記録しました：taro@example.com"]
    assert response["Location"] == "/admin/accounts/mailproblem/?open=yes"
    problem = MailProblem.objects.get()
    page = desk(viewer).open(f"/admin/accounts/mailproblem/{problem.pk}/change/")
    assert words(page.select_one(".kmc-company")) == "taro@example.com"
    listed = desk(viewer).open("/admin/accounts/mailproblem/", open="yes")
    assert words(listed.select_one("#result_list .field-state_column")) == "未解消"
    assert "取り込む" not in words(listed.select_one(".kmc-list-tools"))


def test_what_is_no_bounce_report_is_refused(desk, operations):
    person = desk(operations)
    person.send(f"{LIST}do/bounces/", reports=[SimpleUploadedFile("letter.eml", b"Subject: hello\n\nhello")])
    assert person.said == ["取り込めません。不達通知（multipart/report 形式のメール）ではありません。"]
    assert not MailProblem.objects.exists()


def test_viewing_takes_no_bounce_reports(desk, viewer):
    file = SimpleUploadedFile("bounce.eml", REPORT.encode(), "message/rfc822")
    assert desk(viewer).send(f"{LIST}do/bounces/", reports=[file]).status_code == 403
    assert not MailProblem.objects.exists()


def test_nothing_is_added_edited_or_deleted_by_django_s_own_pages(desk, superuser):
    row = mail()
    client = desk(superuser).client
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code in (302, 404)
    client.post(page_of(row), {"subject": "別の件名"})
    row.refresh_from_db()
    assert row.subject == "【KMC】受付のお知らせ1"
