"""Two people pressing the same button at the same moment: real threads, real commits, one wins."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AccountNotice, OutgoingMail, User
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services.errors import Refused, Stale
from applications.models import CarrierReview, Submission
from applications.services import carriers, closing, drafts, review, setup, submission
from kmc_portal.demo.companies import Goal
from tests.fixtures.cases import CaseAt, fresh

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run all calls in threads that start together; each result or Refused, in the calls' order. Other errors fail."""
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            gate.wait(timeout=20)
            return call()
        except Refused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(run, call) for call in calls]
    return [future.result() for future in futures]


def test_two_receptionists_begin_the_same_review_and_one_is_told_who_was_faster(case_at: CaseAt) -> None:
    told = case_at(Goal.SUBMITTED)
    version = told.application.version
    first, second = told.staff["reception"], told.staff["reception_2"]

    def take(actor: User) -> Callable[[], None]:
        return lambda: review.take(
            application_id=told.application.pk, version=version, actor=actor, now=timezone.now()
        )

    results = at_once(take(first), take(second))
    losers = [result for result in results if isinstance(result, Stale)]
    assert len(losers) == 1
    case = fresh(told.application)
    assert case.state == "in_review"
    assert case.assignee in (first, second)
    assert f"{case.assignee} さんが「内容確認を始める」を行ったため" in str(losers[0])
    assert case.events.filter(action="take").count() == 1


def test_one_returns_while_the_other_accepts_and_only_one_of_it_happens(case_at: CaseAt) -> None:
    told = case_at(Goal.IN_REVIEW)
    version = told.application.version
    before = OutgoingMail.objects.count()
    results = at_once(
        lambda: review.return_to_customer(
            application_id=told.application.pk,
            version=version,
            actor=told.staff["reception"],
            now=timezone.now(),
        ),
        lambda: closing.reject(
            application_id=told.application.pk,
            version=version,
            reason="用途が認められないため",
            actor=told.staff["reception_2"],
            now=timezone.now(),
        ),
    )
    assert sum(isinstance(result, Stale) for result in results) == 1
    assert fresh(told.application).state in ("returned", "rejected")
    assert OutgoingMail.objects.count() == before + 1


def test_guide_1_3_4_two_approvers_issue_one_notice(case_at: CaseAt) -> None:
    told = case_at(Goal.NOTICE)
    version = told.application.version
    second = User.objects.create_user("shounin2@kmc.example.jp", None, name="承認 ふたり", is_staff=True)
    second.groups.set(told.staff["approval"].groups.all())

    def issue(actor: User) -> Callable[[], AccountNotice]:
        return lambda: setup.issue_notice(
            application_id=told.application.pk, version=version, actor=actor, now=timezone.now()
        )

    results = at_once(issue(told.staff["approval"]), issue(second))
    assert sorted(type(result).__name__ for result in results) == ["AccountNotice", "Stale"]
    assert AccountNotice.objects.count() == 1
    assert OutgoingMail.objects.filter(kind="account_notice").count() == 1
    assert fresh(told.application).own_contract.state == "active"


def test_guide_1_3_2_a_double_click_submits_once(case_at: CaseAt) -> None:
    told = case_at(Goal.RETURNED, Plan.PLUS)
    uploads = [drafts.Upload(name="icon.png", data=_icon(), slot="icon")]
    drafts.attach(
        application_id=told.application.pk, version=None, uploads=uploads, actor=told.user, now=timezone.now()
    )
    case = fresh(told.application)
    editions = list(case.submissions.latest("version").consents.values_list("edition_id", flat=True))

    def submit() -> Submission:
        return submission.submit(
            application_id=case.pk,
            version=case.version,
            consented_editions=editions,
            actor=told.user,
            now=timezone.now(),
        )

    results = at_once(submit, submit)
    assert sorted(type(result).__name__ for result in results) == ["Stale", "Submission"]
    assert [row.version for row in case.submissions.order_by("version")] == [1, 2]


def test_guide_1_4_3_two_carriers_answered_at_once_lose_neither_and_one_is_asked_to_look_again(
    case_at: CaseAt,
) -> None:
    told = case_at(Goal.PARTLY_APPROVED, Plan.PLUS, Option.WEBHOOK)
    [waiting] = told.application.carrier_reviews.exclude(state="approved")
    version = told.application.version

    def approve() -> None:
        carriers.approve(
            application_id=told.application.pk,
            version=version,
            review_id=waiting.pk,
            actor=told.staff["operations"],
            now=timezone.now(),
        )

    results = at_once(approve, approve)
    assert sum(isinstance(result, Stale) for result in results) == 1
    assert CarrierReview.objects.get(pk=waiting.pk).state == "approved"
    assert told.application.events.filter(action="carrier_approve").count() == 3


def test_numbers_taken_at_once_have_no_gap_and_no_double(case_at: CaseAt) -> None:
    told = case_at(Goal.INVITED)
    user = told.user

    def begin() -> str:
        return drafts.start(
            customer=user.customer,
            plan=Plan.SMS,
            options=(),
            delivery_method=DeliveryMethod.API,
            actor=user,
            now=timezone.now(),
        ).number

    numbers = at_once(*[begin] * 6)
    assert sorted(number.split("-")[1] for number in numbers) == [
        "00001",
        "00002",
        "00003",
        "00004",
        "00005",
        "00006",
    ]


def _icon() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (300, 300), "navy").save(buffer, "PNG")
    return buffer.getvalue()
