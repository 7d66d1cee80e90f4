"""Buttons pressed out of order, without the version, or for what is not there (yet)."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from kmc_portal.demo.companies import Goal
from tests.fixtures.cases import CaseAt, fresh


@pytest.fixture
def root(superuser: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(superuser)


def _press(client: Client, pk: int, deed: str, **form: object) -> str:
    answer = client.post(reverse("admin:applications_application_do", args=[pk, deed]), form, follow=True)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_button_without_the_version_of_its_page_changes_nothing(case_at: CaseAt, root: Client) -> None:
    case = case_at(Goal.SUBMITTED).application
    for version in ({}, {"version": "abc"}, {"version": "-1"}, {"version": "9" * 30}):
        assert "画面の情報が足りません" in _press(root, case.pk, "take", **version)
    assert fresh(case).state == "submitted"
    _press(root, case.pk, "take", version=case.version)
    assert fresh(case).state == "in_review"


@pytest.mark.parametrize(
    "deed", ["issue_notice", "accept", "return", "request_confirmation", "show_in_store", "reject"]
)
def test_a_step_with_a_mail_that_comes_too_early_is_refused_in_words(
    case_at: CaseAt, root: Client, deed: str
) -> None:
    """A draft has no contract to write the notice's mail from."""
    case = case_at(Goal.DRAFT).application
    for form in ({}, {"mail_subject": "件名", "mail_body": "書き直した本文"}):
        page = _press(root, case.pk, deed, version=case.version, note="x", reason="x", **form)
        assert "できません" in page
    assert "書き直した本文" in page
    assert (fresh(case).state, fresh(case).version) == ("draft", case.version)


def test_a_notice_is_not_issued_again_for_a_contract_without_one(case_at: CaseAt, root: Client) -> None:
    """Before 受付受理 there is nothing to draw the draft on the page from, whatever the form says."""
    contract = case_at(Goal.IN_REVIEW).application.own_contract
    for deed, words in (
        ("request_notice", "利用中の契約だけが対象です"),
        ("approve_notice", "承認待ちの再発行依頼はありません"),
        ("send_back_notice", "承認待ちの再発行依頼はありません"),
    ):
        address = reverse("admin:accounts_contract_do", args=[contract.pk, deed])
        for form in ({}, {"reason": "x", "answer": "x"}, {"mail_subject": "件名", "mail_body": "本文"}):
            answer = root.post(address, form, follow=True)
            assert answer.status_code == 200
            page = answer.content.decode()
            assert words in page or "入力してください" in page, (deed, form)
    assert not contract.notices.exists()


def test_a_draft_has_no_endpoint_to_answer_for(
    case_at: CaseAt, root: Client, client_for: Callable[[User], Client]
) -> None:
    told = case_at(Goal.DRAFT)
    case = told.application
    answer = client_for(told.user).post(
        reverse("portal:function_ready", args=[case.pk, 1]),
        {"version": case.version, "function-1-when": "now"},
    )
    assert answer.status_code == 422
    for deed in ("function_ready", "function_ok", "function_ng"):
        page = _press(root, case.pk, deed, version=case.version, endpoint="9" * 20, note="応答なし")
        assert "この申込の通知先ではありません" in page, deed
