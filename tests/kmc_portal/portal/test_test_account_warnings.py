"""Wherever a test account appears somebody is told that it costs and reaches real people (§2.0, §2.1a)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.rules.plans import Option, Plan
from accounts.services import notices
from kmc_portal.demo.companies import Goal
from tests.fixtures import pdf_text
from tests.fixtures.cases import CaseAt
from tests.fixtures.staff_pages import Desk, words
from tests.kmc_portal.portal.conftest import Portal

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db

OURS = "配信料がかかり、実際のエンドユーザーにも届きます。"
THEIRS = "試験用アカウントからの配信にも配信料がかかります。また、実際のお客様に届きます。"


@pytest.mark.parametrize("goal", [Goal.DRAFT, Goal.IN_REVIEW, Goal.CONFIRMING, Goal.SETUP, Goal.ACTIVE])
def test_guide_2_0_on_the_page_of_the_case_at_every_step(
    portal_of: PortalOf, case_at: CaseAt, desk: Callable[[User], Desk], goal: Goal
) -> None:
    told = case_at(goal, Plan.PLUS, Option.TEST_ACCOUNT)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert THEIRS in portal.text
    assert OURS in words(desk(told.staff["viewing"]).case(told.application))


def test_guide_2_0_where_the_registered_values_are_confirmed(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.CONFIRMING, Plan.PLUS, Option.TEST_ACCOUNT)
    portal = portal_of(told.user)
    portal.get("confirmation", told.application.pk)
    assert THEIRS in portal.text


def test_guide_2_0_on_the_page_of_the_contract_and_beside_its_notice(
    portal_of: PortalOf, case_at: CaseAt, desk: Callable[[User], Desk]
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.TEST_ACCOUNT)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    portal.get("contract", contract.pk)
    assert THEIRS in portal.text
    portal.get("downloads")
    assert THEIRS in portal.text
    page = reverse("admin:accounts_contract_change", args=[contract.pk])
    assert OURS in words(desk(told.staff["viewing"]).open(page))
    text = "".join(pdf_text.text(notices.pdf_bytes(notice=contract.notices.get())).split())
    assert "試験用アカウントからの配信も課金の対象です。" in text
    assert "そのままお客様の端末に届きます。" in text


def test_without_a_test_account_nobody_is_warned(
    portal_of: PortalOf, case_at: CaseAt, desk: Callable[[User], Desk]
) -> None:
    told: Any = case_at(Goal.ACTIVE, Plan.PLUS)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    for name, arguments in (
        ("application", [told.application.pk]),
        ("contract", [contract.pk]),
        ("downloads", []),
    ):
        portal.get(name, *arguments)
        assert THEIRS not in portal.text
    viewer = desk(told.staff["viewing"])
    assert OURS not in words(viewer.case(told.application))
    assert OURS not in words(viewer.open(reverse("admin:accounts_contract_change", args=[contract.pk])))
