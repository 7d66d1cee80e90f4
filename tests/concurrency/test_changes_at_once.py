"""Two changes of one contract at the same moment (§2.1b, §3): real threads, real commits, one wins."""

import datetime
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.rules.plans import Plan
from accounts.services.errors import Refused, Stale
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import cancellation, change_completion, changes, closing
from applications.workflow import State
from billing.models import OneOffCharge
from billing.services import prices
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.concurrency.test_two_at_once import at_once
from tests.fixtures.billing import price_list
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import Change, change_with, start_cancellation

pytestmark = pytest.mark.django_db(transaction=True)
_I = ChangeItem
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}


def starting(change_of: Any, *items: ChangeItem) -> Any:
    contract = change_of.application.own_contract
    return lambda: changes.start(contract=contract, items=items, actor=change_of.user, now=timezone.now())


def test_guide_2_1b_two_changes_of_one_item_are_begun_and_one_is_told_the_others_number(
    case_at: CaseAt,
) -> None:
    story = case_at(Goal.ACTIVE, Plan.SMS)
    results = at_once(
        starting(story, _I.COMPANY),
        starting(story, _I.COMPANY, _I.GLOBAL_IP),
        starting(story, _I.SENDER_NUMBER),
    )
    made = list(Application.objects.filter(kind="change"))
    refused = [result for result in results if isinstance(result, Refused)]
    assert len(refused) == 1
    assert len(made) == 2
    first = next(row for row in made if "company" in row.items)
    assert f"変更申込 {first.number}" in str(refused[0])


def finishing(change: Change, who: str) -> Any:
    case = change.case
    return lambda: change_completion.approve(
        application_id=case.pk, version=case.version, actor=change.staff[who], now=timezone.now()
    )


def test_guide_2_1b_two_approvers_complete_one_change_and_it_is_charged_once(
    case_at: CaseAt, billing_clerk: User
) -> None:
    now = timezone.now()
    rows = price_list(change_fee="15000")
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=rows,
        note="",
        actor=billing_clerk,
        now=now,
    )
    cells = {"plus.description": "発送のお知らせをお届けします。"}
    change = change_with(case_at(Goal.ACTIVE, Plan.PLUS), "parameter_change_form", cells, _I.OFFICIAL_ACCOUNT)
    change.to_setup()
    change.do(change_completion.prepare, change.staff["operations"])
    results = at_once(finishing(change, "approval"), finishing(change, "system"))
    assert sum(isinstance(result, Stale) for result in results) == 1
    assert change.case.state == State.COMPLETED
    assert OneOffCharge.objects.filter(kind="change_fee").count() == 1
    assert OutgoingMail.objects.filter(kind="change_completed").count() == 1
    account = change.contract.official_accounts.get()
    assert account.profiles.open_ended().get().description == "発送のお知らせをお届けします。"


def test_guide_2_1b_two_changes_of_different_items_are_completed_and_both_hold(case_at: CaseAt) -> None:
    """Both write the contract's terms."""
    story = case_at(Goal.ACTIVE, Plan.SMS)
    usage = change_with(
        story, "parameter_change_form", {"usage.purpose": "配送の連絡に使います"}, _I.USAGE_PURPOSE
    )
    people = change_with(
        story, "service_change_form", {"account_contact.name": "新任 あおい"}, _I.ACCOUNT_CONTACT
    )
    usage.to_setup()
    people.to_setup()

    def complete(change: Change) -> Any:
        case = change.case
        return lambda: change_completion.complete(
            application_id=case.pk,
            version=case.version,
            actor=change.staff["operations"],
            now=timezone.now(),
        )

    results = at_once(complete(usage), complete(people))
    assert not [result for result in results if isinstance(result, Exception)]
    today = date_of(timezone.now())
    assert usage.contract.terms_as_of(today).usage_purpose == "配送の連絡に使います"
    assert people.contract.contacts.as_of(today).get(role="account").name == "新任 あおい"


def test_guide_3_a_withdrawal_meets_the_decision_and_only_one_of_it_happens(case_at: CaseAt) -> None:
    change = start_cancellation(case_at(Goal.ACTIVE, Plan.SMS))
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    change.accept()
    change.confirm()
    case = change.case
    results = at_once(
        lambda: cancellation.fix(
            application_id=case.pk,
            version=case.version,
            actor=change.staff["approval"],
            now=timezone.now(),
        ),
        lambda: closing.withdraw(
            application_id=case.pk,
            version=case.version,
            reason="続けるため",
            actor=change.user,
            now=timezone.now(),
        ),
    )
    assert sum(isinstance(result, Stale) for result in results) == 1
    assert (change.case.state, change.contract.ends_on is None) in (("ending", False), ("withdrawn", True))


def test_guide_3_two_jobs_end_a_contract_once(case_at: CaseAt) -> None:
    change = start_cancellation(case_at(Goal.ACTIVE, Plan.SMS))
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    change.accept()
    change.confirm()
    change.do(cancellation.fix, change.staff["approval"])
    later = timezone.now() + datetime.timedelta(days=150)
    results = at_once(lambda: cancellation.end_due(now=later), lambda: cancellation.end_due(now=later))
    assert sorted(results) == [(0, 0), (1, 0)]
    assert change.contract.state == "ended"
    assert OutgoingMail.objects.filter(kind="contract_ended").count() == 1
