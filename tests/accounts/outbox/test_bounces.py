"""Bounced mails: reports as mail servers write them, and whatever else may come in instead."""

import datetime
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from accounts.models import MailProblem, OutgoingMail
from accounts.services import bounces, files, mail_delivery, outbox
from accounts.services.errors import Refused

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 1, 0, tzinfo=datetime.UTC)

POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: kmc-support@example.jp
Auto-Submitted: auto-replied
Message-Id: <20261124010203.ABCDEF@mx.example.jp>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B/1"

--B/1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mx.example.jp.

--B/1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp
X-Postfix-Queue-ID: ABCDEF
Arrival-Date: Tue, 24 Nov 2026 10:02:03 +0900 (JST)

Final-Recipient: rfc822; taro@example.com
Original-Recipient: rfc822;taro@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.com
Diagnostic-Code: smtp; 550 5.1.1 <taro@example.com>: Recipient address
    rejected: User unknown in virtual mailbox table

--B/1
Content-Description: Undelivered Message
Content-Type: message/rfc822

Message-ID: <mail-{pk}@kmc.example.jp>
From: kmc-support@example.jp
To: taro@example.com
Subject: test
Content-Type: text/plain; charset=utf-8

body
--B/1--
"""
# Only headers came back, and the recipient had forwarded the mail to a third address.
FORWARDED = """\
From: <postmaster@forward.example.net>
To: <kmc-support@example.jp>
Subject: Delivery Status Notification (Failure)
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=xx

--xx
Content-Type: text/plain; charset=iso-2022-jp

failed
--xx
Content-Type: message/delivery-status

Reporting-MTA: dns;forward.example.net

Final-Recipient: RFC822; <elsewhere@example.org>
Action: Failed
Status: 5.2.2

--xx
Content-Type: text/rfc822-headers

Received: from kmc.example.jp by forward.example.net
Message-ID:
 <mail-{pk}@kmc.example.jp>
Subject: test

--xx--
"""
TWO_OF_THREE = """\
From: MAILER-DAEMON@mx.example.jp
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=yy

--yy
Content-Type: text/plain

.
--yy
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp

Final-Recipient: rfc822; one@example.com
Action: failed
Status: 5.0.0

Final-Recipient: rfc822; two@example.com
Action: relayed
Status: 2.0.0

Final-Recipient: rfc822; three@example.com
Action: failed
Status: 5.4.4
Diagnostic-Code: X-Local; host not found

--yy--
"""
DELAYED = POSTFIX.replace("Action: failed", "Action: delayed")
OUT_OF_OFFICE = """\
From: taro@example.com
To: kmc-support@example.jp
Subject: Automatic reply
Auto-Submitted: auto-replied
Content-Type: text/plain; charset=utf-8

I am out of the office.
"""
READ_RECEIPT = """\
From: taro@example.com
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=zz

--zz
Content-Type: text/plain

read
--zz
Content-Type: message/disposition-notification

Final-Recipient: rfc822; taro@example.com
Disposition: manual-action/MDN-sent-manually; displayed

--zz--
"""
FORWARDED_BY_A_PERSON = """\
From: someone@example.net
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=ww

--ww
Content-Type: text/plain

Please see below.
--ww
Content-Type: message/rfc822

{report}
--ww--
"""


@pytest.fixture
def mail() -> OutgoingMail:
    return outbox.queue(
        kind="password_changed",
        to="taro@example.com",
        context={"user_name": "山田 太郎", "email": "taro@example.com"},
        idempotency_key="test",
        actor=None,
        now=NOW,
    )


def record(report: str) -> list[MailProblem]:
    return bounces.record(data=report.encode(), actor=None, now=NOW)


def test_a_report_marks_the_address_with_what_the_server_said(mail: OutgoingMail) -> None:
    [problem] = record(POSTFIX.format(pk=mail.pk))
    assert (problem.address, problem.kind, problem.mail, problem.at, problem.solved_at) == (
        "taro@example.com",
        MailProblem.Kind.BOUNCED,
        mail,
        NOW,
        None,
    )
    assert problem.detail == (
        "550 5.1.1 <taro@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
    )


def test_the_report_itself_is_kept(mail: OutgoingMail) -> None:
    [problem] = record(POSTFIX.format(pk=mail.pk))
    assert problem.report is not None
    assert files.read(problem.report) == POSTFIX.format(pk=mail.pk).encode()
    assert problem.report.confidential


def test_line_ends_of_the_wire_make_no_difference(mail: OutgoingMail) -> None:
    [problem] = record(POSTFIX.format(pk=mail.pk).replace("\n", "\r\n"))
    assert problem.mail == mail


def test_a_forwarded_mail_marks_the_address_that_we_wrote_to(mail: OutgoingMail) -> None:
    [problem] = record(FORWARDED.format(pk=mail.pk))
    assert (problem.address, problem.detail, problem.mail) == ("taro@example.com", "5.2.2", mail)


@pytest.mark.parametrize("number", ["999999", "abc", "", "9" * 400, "１２"])
def test_a_report_about_a_mail_that_is_none_of_ours_still_marks_its_address(number: str) -> None:
    [problem] = record(FORWARDED.format(pk=number))
    assert (problem.address, problem.mail) == ("elsewhere@example.org", None)


def test_of_several_recipients_only_those_that_failed_count() -> None:
    found = [(problem.address, problem.detail) for problem in record(TWO_OF_THREE)]
    assert found == [("one@example.com", "5.0.0"), ("three@example.com", "host not found")]


def test_the_same_report_twice_is_one_problem(mail: OutgoingMail) -> None:
    report = POSTFIX.format(pk=mail.pk)
    assert record(report) == record(report)
    assert MailProblem.objects.count() == 1


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (OUT_OF_OFFICE, "multipart/report 形式のメール"),
        (READ_RECEIPT, "配送状況の部分がありません"),
        (DELAYED, "遅延または配送完了"),
        (FORWARDED_BY_A_PERSON.format(report=POSTFIX), "multipart/report 形式のメール"),
        ("", "multipart/report 形式のメール"),
        ("not a mail at all", "multipart/report 形式のメール"),
        (POSTFIX.split("--B/1")[0], "multipart/report 形式のメール"),
        (POSTFIX.split("Final-Recipient")[0], "配送状況の部分がありません"),
        (POSTFIX.replace("taro@example.com", "nobody"), "宛先のアドレスがありません"),
    ],
    ids=[
        "out of office",
        "read receipt",
        "delay",
        "forwarded",
        "empty",
        "text",
        "no parts",
        "cut",
        "no address",
    ],
)
def test_anything_else_is_refused_and_nothing_is_written(what: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        record(what)
    assert not MailProblem.objects.exists()


def test_the_problem_stands_beside_the_contact_until_a_later_mail_gets_through(mail: OutgoingMail) -> None:
    mail_delivery.deliver(mail_id=mail.pk, now=NOW)
    [problem] = record(POSTFIX.format(pk=mail.pk))
    asked = ["TARO@example.com", "jiro@example.com"]
    assert bounces.open_problems(addresses=asked) == {"taro@example.com": problem}
    again = outbox.queue(
        kind="password_changed",
        to="taro@example.com",
        context={"user_name": "", "email": ""},
        idempotency_key="again",
        actor=None,
        now=NOW,
    )
    mail_delivery.deliver(mail_id=again.pk, now=NOW)
    assert bounces.open_problems(addresses=asked) == {}


def test_the_command_takes_in_files_and_says_what_it_found(
    mail: OutgoingMail, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "a.eml"
    report.write_text(POSTFIX.format(pk=mail.pk))
    call_command("import_bounces", str(report))
    assert f"{report}：taro@example.com 550 5.1.1" in capsys.readouterr().out
    assert MailProblem.objects.count() == 1


def test_the_command_goes_on_after_a_file_it_cannot_take_and_ends_with_1(
    mail: OutgoingMail, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, other, missing = tmp_path / "a.eml", tmp_path / "b.eml", tmp_path / "c.eml"
    report.write_text(POSTFIX.format(pk=mail.pk))
    other.write_text(OUT_OF_OFFICE)
    with pytest.raises(CommandError, match="2件のファイルを取り込めませんでした") as ended:
        call_command("import_bounces", str(missing), str(other), str(report))
    assert ended.value.returncode == 1
    said = capsys.readouterr().err
    assert f"{other}：取り込めません。不達通知" in said
    assert f"{missing}：" in said
    assert MailProblem.objects.count() == 1


def test_the_command_reads_standard_input_for_a_mail_server_s_pipe(
    mail: OutgoingMail, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Piped:
        buffer = io.BytesIO(POSTFIX.format(pk=mail.pk).encode())

    monkeypatch.setattr("sys.stdin", Piped())
    call_command("import_bounces", "-")
    assert MailProblem.objects.count() == 1


def test_the_command_without_files_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        _main("import_bounces")
    assert ended.value.code == 2


def _main(*arguments: str) -> Any:
    from django.core.management import ManagementUtility

    return ManagementUtility(["manage.py", *arguments]).execute()
