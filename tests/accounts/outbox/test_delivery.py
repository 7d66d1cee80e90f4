"""Claim, commit, send, mark: over real SMTP, with every answer a server may give."""

import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from accounts.models import JobRun, MailProblem, MailState, OutgoingMail, User
from accounts.services import announcements, mail_delivery, mail_parts, outbox
from tests.fixtures.smtp import FakeSmtp

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 1, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)


def queue(**more: Any) -> OutgoingMail:
    wanted: dict[str, Any] = {
        "kind": "password_changed",
        "to": "taro@example.com",
        "to_name": "山田 太郎",
        "context": {"user_name": "山田 太郎", "email": "taro@example.com"},
        "idempotency_key": f"test-{OutgoingMail.objects.count()}",
        "actor": None,
        "now": NOW,
    }
    return outbox.queue(**{**wanted, **more})


def deliver(mail: OutgoingMail, now: datetime.datetime = NOW) -> OutgoingMail:
    mail_delivery.deliver(mail_id=mail.pk, now=now)
    mail.refresh_from_db()
    return mail


def test_a_mail_arrives_as_japanese_text_with_sender_name_and_message_id(smtp: FakeSmtp) -> None:
    mail = deliver(queue())
    assert (mail.state, mail.attempts, mail.sent_at, mail.last_error) == (MailState.SENT, 1, NOW, "")
    [message] = smtp.received
    assert message["Subject"].strip() == "【KMC】パスワードが設定されました"
    assert message["To"] == "山田 太郎 <taro@example.com>"
    assert message["From"] == "KMCお客様窓口 <kmc-support@example.jp>"
    assert message["Message-ID"] == f"<mail-{mail.pk}@kmc.example.jp>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "text/plain"
    assert "パスワードが設定（変更）されました" in message.get_content()
    assert smtp.envelopes == [("kmc-support@example.jp", ["taro@example.com"])]


@pytest.mark.parametrize("name", ['山田 "太郎", 部長', "A&B <商店>", "a@b", "名" * 80])
def test_any_name_stands_before_the_address(smtp: FakeSmtp, name: str) -> None:
    deliver(queue(to_name=name))
    [message] = smtp.received
    [address] = message["To"].addresses
    assert (address.display_name, address.addr_spec) == (name, "taro@example.com")


def test_a_refused_address_is_given_up_at_once_and_shown_as_a_problem(smtp: FakeSmtp) -> None:
    smtp.answers["RCPT"] = "550 5.1.1 No such user"
    mail = deliver(queue())
    assert (mail.state, mail.last_error) == (MailState.REFUSED, "550 5.1.1 No such user")
    problem = MailProblem.objects.get()
    assert (problem.address, problem.kind, problem.mail, problem.at, problem.solved_at) == (
        "taro@example.com",
        MailProblem.Kind.REFUSED,
        mail,
        NOW,
        None,
    )


def test_a_refusal_that_comes_after_the_data_counts_as_well(smtp: FakeSmtp) -> None:
    smtp.answers["DATA"] = "550 5.1.1 Recipient rejected"
    assert deliver(queue()).state == MailState.REFUSED
    assert MailProblem.objects.get().detail == "550 5.1.1 Recipient rejected"


@pytest.mark.parametrize(
    ("command", "answer"),
    [("MAIL", "550 Sender rejected"), ("DATA", "554 5.7.1 Looks like spam"), ("DATA", "552 Too big")],
)
def test_a_refusal_of_the_mail_itself_is_final_but_says_nothing_against_the_address(
    smtp: FakeSmtp, command: str, answer: str
) -> None:
    smtp.answers[command] = answer
    mail = deliver(queue())
    assert (mail.state, mail.last_error) == (MailState.FAILED, answer)
    assert not MailProblem.objects.exists()


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("MAIL", "451 Try later"),
        ("RCPT", "450 4.2.1 Greylisted"),
        ("RCPT", "451 Try later"),
        ("DATA", "452 Full"),
    ],
)
def test_a_temporary_refusal_is_tried_again_a_minute_later(smtp: FakeSmtp, command: str, answer: str) -> None:
    smtp.answers[command] = answer
    mail = deliver(queue())
    assert (mail.state, mail.last_error, mail.not_before) == (MailState.QUEUED, answer, NOW + MINUTE)
    assert not MailProblem.objects.exists()
    smtp.answers.clear()
    assert deliver(mail, NOW + MINUTE - datetime.timedelta(seconds=1)).state == MailState.QUEUED
    assert deliver(mail, NOW + MINUTE).state == MailState.SENT
    [message] = smtp.received
    assert message["Message-ID"] == f"<mail-{mail.pk}@kmc.example.jp>"


@pytest.mark.parametrize("end", ["hang", "drop"])
@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_server_that_hangs_or_hangs_up_is_tried_again(smtp: FakeSmtp, command: str, end: str) -> None:
    smtp.answers[command] = end
    mail = deliver(queue())
    assert (mail.state, mail.not_before) == (MailState.QUEUED, NOW + MINUTE)
    assert mail.last_error != ""
    assert not MailProblem.objects.exists()


def test_a_server_that_is_not_there_is_tried_again(smtp: FakeSmtp, settings: Any) -> None:
    settings.EMAIL_PORT = 9  # discard: nobody listens
    mail = deliver(queue())
    assert mail.state == MailState.QUEUED
    assert mail.last_error.startswith("ConnectionRefusedError")


def test_it_backs_off_and_gives_up_after_eight_tries(smtp: FakeSmtp) -> None:
    smtp.answers["RCPT"] = "451 Try later"
    mail, now, waits = queue(), NOW, []
    for _ in range(7):
        deliver(mail, now)
        waits.append((mail.not_before - now) // MINUTE)
        now = mail.not_before
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    deliver(mail, now)
    assert (mail.state, mail.attempts) == (MailState.FAILED, 8)


def test_no_wait_is_longer_than_four_hours() -> None:
    assert mail_delivery.back_off(8) == datetime.timedelta(minutes=128)
    assert mail_delivery.back_off(9) == datetime.timedelta(hours=4)
    assert mail_delivery.back_off(30) == datetime.timedelta(hours=4)


def test_a_later_mail_that_gets_through_solves_the_problem_of_its_address_alone(smtp: FakeSmtp) -> None:
    smtp.answers["RCPT"] = "550 No such user"
    deliver(queue())
    deliver(queue(to="jiro@example.com"))
    smtp.answers.clear()
    deliver(queue(to="TARO@example.com"), NOW + MINUTE)
    solved = dict(MailProblem.objects.values_list("address", "solved_at"))
    assert solved == {"taro@example.com": NOW + MINUTE, "jiro@example.com": None}


def test_a_sweep_sends_what_is_due_oldest_first_and_counts_it(smtp: FakeSmtp) -> None:
    queue(to="second@example.com", now=NOW)
    queue(to="first@example.com", now=NOW - MINUTE)
    queue(to="later@example.com", now=NOW + MINUTE)
    assert mail_delivery.sweep(clock=lambda: NOW) == 2
    assert [to for _, [to] in smtp.envelopes] == ["first@example.com", "second@example.com"]
    assert mail_delivery.sweep(clock=lambda: NOW) == 0


def test_a_claim_is_left_alone_for_ten_minutes_and_then_taken_over(smtp: FakeSmtp) -> None:
    mail = queue()
    OutgoingMail.objects.update(state=MailState.CLAIMED, claimed_at=NOW, attempts=1)
    assert mail_delivery.sweep(clock=lambda: NOW + 10 * MINUTE) == 0
    assert mail_delivery.sweep(clock=lambda: NOW + 10 * MINUTE + datetime.timedelta(seconds=1)) == 1
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (MailState.SENT, 2)


def test_the_claims_of_a_long_sweep_carry_the_time_of_each_mail(smtp: FakeSmtp) -> None:
    """With one time for all, the last of many slow mails would look abandoned while it is being sent."""
    queue(to="a@example.com")
    queue(to="b@example.com")
    times: Iterator[datetime.datetime] = iter([NOW, NOW, NOW + 11 * MINUTE])
    mail_delivery.sweep(clock=lambda: next(times))
    assert list(OutgoingMail.objects.order_by("to").values_list("claimed_at", flat=True)) == [
        NOW,
        NOW + 11 * MINUTE,
    ]


def test_a_mail_whose_worker_always_dies_is_given_up(smtp: FakeSmtp) -> None:
    mail = queue()
    OutgoingMail.objects.update(state=MailState.CLAIMED, claimed_at=NOW, attempts=8)
    assert mail_delivery.sweep(clock=lambda: NOW + 11 * MINUTE) == 0
    mail.refresh_from_db()
    assert mail.state == MailState.FAILED
    assert smtp.received == []


def test_who_lost_the_claim_can_no_longer_mark_the_mail(smtp: FakeSmtp) -> None:
    """A stalled worker's late failure must not put a mail back that another has sent."""
    mail = queue()

    def swept_and_sent_by_another() -> None:
        OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.SENT, attempts=2)

    real = mail_delivery._message

    def slow(*args: Any) -> Any:
        swept_and_sent_by_another()
        return real(*args)

    smtp.answers["RCPT"] = "451 Try later"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mail_delivery, "_message", slow)
        deliver(mail)
    assert (mail.state, mail.last_error) == (MailState.SENT, "")


def test_one_mail_that_cannot_be_made_does_not_stop_the_others(
    smtp: FakeSmtp, caplog: pytest.LogCaptureFixture
) -> None:
    broken = queue(attachments=[{"kind": "account_notice", "id": 999_999}])
    queue(to="jiro@example.com")
    assert mail_delivery.sweep(clock=lambda: NOW) == 2
    assert [to for _, [to] in smtp.envelopes] == ["jiro@example.com"]
    broken.refresh_from_db()
    assert (broken.state, broken.last_error) == (MailState.QUEUED, "メールを作成できません（DoesNotExist）")
    assert f"mail {broken.pk} (password_changed) cannot be made: DoesNotExist" in caplog.text


def test_attachments_are_made_at_delivery(smtp: FakeSmtp, monkeypatch: pytest.MonkeyPatch) -> None:
    made = ("アカウント通知書_K000012-01.pdf", b"%PDF-1.7 test", "application/pdf")
    monkeypatch.setitem(mail_parts._ATTACHMENTS, "account_notice", lambda recipe: made)
    mail = deliver(queue(attachments=[{"kind": "account_notice", "id": 12}]))
    assert mail.attachments == [{"kind": "account_notice", "id": 12}]
    [attached] = list(smtp.received[0].iter_attachments())
    assert (attached.get_filename(), attached.get_content(), attached.get_content_type()) == made


def test_secrets_are_in_the_mail_and_nowhere_else(
    smtp: FakeSmtp, customer_admin: User, caplog: pytest.LogCaptureFixture
) -> None:
    link = {"link": {"make": "password_link", "user": customer_admin.pk}}
    mail = deliver(queue(kind="password_reset", secrets=link))
    body = smtp.received[0].get_content()
    [line] = [
        line
        for line in body.splitlines()
        if line.startswith("http://localhost:8000/account/password/reset/key/")
    ]
    token = line.rstrip("/").rpartition("-")[2]
    assert len(token) > 20
    assert mail.body.count("⟦link⟧") == 1
    row = OutgoingMail.objects.filter(pk=mail.pk).values().get()
    assert token not in repr(row)
    assert token not in caplog.text


def test_the_support_site_s_password_is_that_of_the_moment_of_sending(
    smtp: FakeSmtp, superuser: User
) -> None:
    text = outbox.MailText(subject="件名", body="パスワード：⟦support_site_password⟧")
    mail = queue(secrets={"support_site_password": {"make": "support_site_password"}}, edited=text)
    announcements.change_support_password(password="changed-just-now", actor=superuser, now=timezone.now())
    deliver(mail)
    assert smtp.received[0].get_content().strip() == "パスワード：changed-just-now"
    assert "changed-just-now" not in mail.body


@pytest.mark.parametrize(("answer", "state"), [("451 {}", MailState.QUEUED), ("554 {}", MailState.FAILED)])
def test_a_server_that_quotes_the_link_does_not_bring_it_into_the_row(
    smtp: FakeSmtp, customer_admin: User, answer: str, state: MailState, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = "http://localhost:8000/account/password/reset/key/1-abc/"
    monkeypatch.setitem(mail_parts._SECRETS, "password_link", lambda recipe: made)
    smtp.answers["DATA"] = answer.format(f"URL {made} is listed")
    mail = deliver(queue(kind="password_reset", secrets={"link": {"make": "password_link", "user": 1}}))
    assert mail.state == state
    assert mail.last_error.endswith("URL ⟦link⟧ is listed")


def test_without_a_mail_server_mails_are_files_in_the_data_folder(settings: Any, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "not yet there" / "mail")
    mail = deliver(queue())
    assert mail.state == MailState.SENT
    [file] = (tmp_path / "not yet there" / "mail").iterdir()
    assert f"Message-ID: <mail-{mail.pk}@kmc.example.jp>" in file.read_text()


def test_the_demo_writes_its_mails_below_the_data_folder() -> None:
    from kmc_portal import settings as ours

    assert Path(ours.EMAIL_FILE_PATH) == ours.DATA_FOLDER / "mail"
    assert ours.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend"


def test_the_tasks_deliver_one_mail_and_sweep_the_rest() -> None:
    from accounts import tasks

    first, second = queue(now=timezone.now()), queue(to="jiro@example.com", now=timezone.now())
    tasks.deliver_mail(first.pk)
    assert [message.to for message in django_mail.outbox] == [
        ["=?utf-8?b?5bGx55SwIOWkqumDjg==?= <taro@example.com>"]
    ]
    tasks.sweep_outbox()
    assert JobRun.objects.get().result == "メール 1通の送信を試みました。"
    second.refresh_from_db()
    assert second.state == MailState.SENT
    tasks.deliver_mail(first.pk)
    assert len(django_mail.outbox) == 2


def test_celery_knows_the_tasks_by_the_names_that_are_asked_for() -> None:
    from kmc_portal.celery import PERIODIC_JOBS, app

    app.loader.import_default_modules()
    assert {"accounts.tasks.deliver_mail", *(task for task, _ in PERIODIC_JOBS.values())} <= set(app.tasks)
    assert PERIODIC_JOBS["送信待ちメールの配信と滞留の回収"] == ("accounts.tasks.sweep_outbox", 60)
