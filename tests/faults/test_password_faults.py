"""A new password of the support site (§4.4) whose process is killed between the mails: a real process, real commits."""

import signal

import pytest
from django.utils import timezone

from accounts.models import OutgoingMail
from accounts.rules.roles import StaffGroup
from accounts.services import announcements, settings
from kmc_portal.demo.companies import Goal
from tests.faults import process
from tests.fixtures.cases import CaseAt
from tests.fixtures.mail import Mailbox
from tests.fixtures.people import make_staff

pytestmark = pytest.mark.django_db(transaction=True)

CHANGE = """
import os, signal
from django.utils import timezone
from accounts.models import User
from accounts.services import announcements, outbox
marked, letters = outbox._marked, []
def and_die(body, marks):
    letters.append(marks)
    if len(letters) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return marked(body, marks)
outbox._marked = and_die
announcements.change_support_password(
    password="fresh-pass-phrase", actor=User.objects.get(email="operations@staff.example.jp"), now=timezone.now())
"""


def test_guide_4_4_killed_among_the_mails_the_old_password_holds_and_the_next_try_tells_everybody_once(
    case_at: CaseAt, mailbox: Mailbox
) -> None:
    for _ in range(2):
        case_at(Goal.ACTIVE)
    mailbox.deliver()
    settings.ensure_defaults()
    actor = make_staff("operations@staff.example.jp", "運用 三郎", StaffGroup.OPERATIONS)
    killed = process.run(CHANGE)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert settings.get("support_site_password") == "demo-password"
    assert not OutgoingMail.objects.filter(kind=announcements.KIND).exists()

    told = announcements.change_support_password(
        password="fresh-pass-phrase", actor=actor, now=timezone.now()
    )
    assert told == 2
    assert ["fresh-pass-phrase" in mail.body for mail in mailbox.deliver()] == [True, True]
    assert announcements.tell(actor=actor, now=timezone.now()) == 0
