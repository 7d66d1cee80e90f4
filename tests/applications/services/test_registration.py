"""What the forms say arrives in the contract, each value in its place (§1.3 step 4)."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Contract, NotificationEndpoint, SmsSender
from accounts.rules.plans import NotificationFunction, Option, Plan
from accounts.services import endpoints
from accounts.services.errors import Refused
from applications.services import comparison, registration, setup
from applications.services.facts import identifiers_missing, latest_submission
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import fresh

WEBHOOK = NotificationFunction.WEBHOOK


def test_guide_1_7_each_official_account_has_its_own_webhook(case_at) -> None:
    story = case_at(Goal.CONFIRMING, Plan.PLUS_RCS, Option.WEBHOOK, Option.TEST_ACCOUNT)
    case = fresh(story.application)
    rows = case.own_contract.endpoints.filter(function=WEBHOOK)
    domain = story.company.domain
    assert set(rows.values_list("channel", "for_test", "url")) == {
        ("plus", False, f"https://hooks.{domain}/plus"),
        ("rcs", False, f"https://hooks.{domain}/rcs"),
        ("plus", True, f"https://hooks-test.{domain}/plus"),
        ("rcs", True, f"https://hooks-test.{domain}/rcs"),
    }
    assert [str(row) for row in rows.filter(channel="rcs")] == [
        "Webhook通知（RCS）",
        "Webhook通知（RCS）（試験用）",
    ]
    assert comparison.differences(comparison.compare(case, date_of(timezone.now()))) == 0


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("0120000123", SmsSender.Kind.REGULAR),
        ("0005123456", SmsSender.Kind.COMMON),
        ("05000000123", SmsSender.Kind.NUMBER_050),
    ],
)
def test_guide_2_1_a_number_on_the_form_is_registered_under_its_own_kind(case_at, number, kind) -> None:
    story = case_at(Goal.IN_REVIEW, Plan.SMS, Option.TWO_WAY_SMS, Option.NUMBER_050)
    case = fresh(story.application)
    submission = latest_submission(case)
    submission.content["values"]["sms.sender_numbers"] = [number]
    now = timezone.now()
    registration.register(application=case, submission=submission, actor=story.staff["reception"], now=now)
    assert list(case.own_contract.sms_senders.values_list("kind", "number")) == [(kind, number)]


def test_guide_1_3_the_notice_waits_for_the_numbers_of_the_options(case_at) -> None:
    story = case_at(Goal.SETUP, Plan.SMS, Option.TWO_WAY_SMS, Option.NUMBER_050)
    case, operations, now = fresh(story.application), story.staff["operations"], timezone.now()
    assert identifiers_missing(case) == ("共通番号（双方向SMS）", "050番号")
    setup.set_senders(
        application_id=case.pk,
        version=case.version,
        numbers={SmsSender.Kind.COMMON: {"0005123456"}},
        actor=operations,
        now=now,
    )
    with pytest.raises(Refused, match="050番号"):
        setup.prepare_notice(application_id=case.pk, version=fresh(case).version, actor=operations, now=now)
    setup.set_senders(
        application_id=case.pk,
        version=fresh(case).version,
        numbers={SmsSender.Kind.NUMBER_050: {"05000000123"}},
        actor=operations,
        now=now,
    )
    assert identifiers_missing(fresh(case)) == ()


def test_a_function_given_up_and_asked_for_again_on_the_same_day_goes_on(case_at) -> None:
    contract: Contract = case_at(Goal.ACCEPTED, Plan.SMS).application.own_contract
    day = datetime.date(2026, 11, 24)
    key = (NotificationFunction.SMS_RESULT, "", False)
    wanted = {key: {"url": "https://sms.example.jp/r", "ready_on": None, "ready_at": None}}
    endpoints.set_endpoints(contract=contract, wanted=wanted, day=day, now=timezone.now())
    endpoints.set_endpoints(contract=contract, wanted={}, day=day, now=timezone.now())
    endpoints.set_endpoints(contract=contract, wanted=wanted, day=day, now=timezone.now())
    row = contract.endpoints.get()
    assert (row.since, row.until, row.url) == (day, None, "https://sms.example.jp/r")
    assert row.state == NotificationEndpoint.State.UNCHECKED


def test_a_function_given_up_yesterday_begins_anew(case_at) -> None:
    contract: Contract = case_at(Goal.ACCEPTED, Plan.SMS).application.own_contract
    key = (NotificationFunction.SMS_RESULT, "", False)
    wanted = {key: {"url": "https://sms.example.jp/r", "ready_on": None, "ready_at": None}}
    for day, asked in ((23, wanted), (24, {}), (25, wanted)):
        endpoints.set_endpoints(
            contract=contract, wanted=asked, day=datetime.date(2026, 11, day), now=timezone.now()
        )
    assert [
        (row.since.day, row.until and row.until.day) for row in contract.endpoints.order_by("period")
    ] == [
        (23, 23),
        (25, None),
    ]
