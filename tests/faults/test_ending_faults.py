"""The job that ends contracts (§3) is killed between two of them: a real process, real commits."""

import datetime
import signal

import pytest
from django.utils import timezone

from accounts.models import Contract, OutgoingMail
from applications.models import Application
from applications.services import cancellation
from kmc_portal.demo.companies import Goal
from tests.faults import process
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import start_cancellation

pytestmark = pytest.mark.django_db(transaction=True)
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}

END = """
import datetime, os, signal
from django.utils import timezone
from applications.services import cancellation, mails
told, ended = mails.contract_ended, []
def and_die(**given):
    ended.append(given)
    told(**given)
    if len(ended) == 2:
        os.kill(os.getpid(), signal.SIGKILL)
mails.contract_ended = and_die
cancellation.end_due(now=timezone.now() + datetime.timedelta(days=150))
"""


def test_guide_3_killed_between_two_contracts_the_next_run_ends_the_rest_and_nothing_twice(
    case_at: CaseAt,
) -> None:
    for _ in range(3):
        change = start_cancellation(case_at(Goal.ACTIVE))
        change.attach(change.form("cancellation_form", **UNDERSTOOD))
        change.submit()
        change.accept()
        change.confirm()
        change.do(cancellation.fix, change.staff["approval"])
    killed = process.run(END)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Contract.objects.filter(state="ended").count() == 1  # the second one's transaction went with it
    assert Application.objects.filter(kind="cancellation", state="ending").count() == 2
    assert OutgoingMail.objects.filter(kind="contract_ended").count() == 1

    later = timezone.now() + datetime.timedelta(days=150)
    assert cancellation.end_due(now=later) == (2, 0)
    assert cancellation.end_due(now=later) == (0, 0)
    assert Contract.objects.filter(state="ended").count() == 3
    assert OutgoingMail.objects.filter(kind="contract_ended").count() == 3
