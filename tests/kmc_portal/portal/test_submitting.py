"""Submitting, being returned, submitting again, withdrawing: over HTTP, with the versions that stay."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.rules.plans import Option, Plan
from applications.models import Consent, Submission
from applications.services import closing, drafts
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.papers import application_uploads
from kmc_portal.demo.story import Story
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt, fresh
from tests.kmc_portal.portal.conftest import Portal, dense

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db


def _ready(case_at: CaseAt, plan: Plan = Plan.SMS, *options: Option) -> Story:
    """A draft whose papers are complete."""
    told = case_at(Goal.DRAFT, plan, *options)
    drafts.attach(
        application_id=told.application.pk,
        version=None,
        uploads=application_uploads(told.company, date_of(timezone.now())),
        actor=told.user,
        now=timezone.now(),
    )
    return told


def test_submitting_keeps_the_version_the_consents_and_writes_to_us(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = _ready(case_at)
    portal = portal_of(told.user)
    portal.submit(told.application)
    assert portal.messages == ["お申し込みの書類を受け取りました。控えのメールをお送りします。"]
    case = fresh(told.application)
    assert case.state == "submitted"
    assert case.submissions.get().version == 1
    consents = Consent.objects.filter(submission__application=case)
    assert [consent.edition.material for consent in consents] == [
        "terms",
        "delivery_guideline",
        "procedure_guide",
    ]
    assert {consent.user for consent in consents} == {told.user}
    assert "担当者が書類の確認を始めます。このままお待ちください。" in portal.text
    assert "お送りしたメール" in portal.text


def test_a_consent_that_is_missing_is_named_and_nothing_is_submitted(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = _ready(case_at)
    portal = portal_of(told.user)
    consents = portal.consents(told.application)
    assert len(consents) == 3
    version = portal.shown_version(told.application)
    portal.post("submit", told.application.pk, data={"version": version, "consent": consents[1:]})
    assert portal.messages == ["同意が必要です：サービス利用規約 2.0版"]
    assert Submission.objects.count() == 0


def test_the_post_refuses_by_the_same_predicate_as_the_button(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS)  # a faulty workbook
    portal = portal_of(told.user)
    consents = portal.consents(told.application)
    shown = portal.text
    version = portal.shown_version(told.application)
    portal.post("submit", told.application.pk, data={"version": version, "consent": consents})
    [message] = portal.messages
    assert "直していただく点が" in message
    assert f"まだ提出できません。 {message}" in shown or dense(f"まだ提出できません。{message}") in dense(
        shown
    )
    assert Submission.objects.count() == 0


def test_a_second_click_submits_nothing_twice_and_says_so_calmly(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = _ready(case_at)
    portal = portal_of(told.user)
    consents = portal.consents(told.application)
    data = {"version": portal.shown_version(told.application), "consent": consents}
    portal.post("submit", told.application.pk, data=data, follow=False)
    portal.post("submit", told.application.pk, data=data)
    assert "すでに受け付けています。二重には登録されていません。" in portal.messages
    assert Submission.objects.count() == 1


def test_a_colleague_who_was_faster_is_named(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = _ready(case_at)
    first = portal_of(told.user)
    second = portal_of(User.objects.get(customer=told.user.customer, customer_role="member"))
    data = {
        "consent": first.consents(told.application),
        "version": first.shown_version(told.application),
    }
    second.post("submit", told.application.pk, data=data)
    first.post("submit", told.application.pk, data=data)
    assert "企業 メンバー さんが「申し込む」を行ったため" in first.messages[0]


def test_guide_1_3_a_return_shows_the_findings_and_the_corrected_workbook_goes_in_as_the_next_version(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.RETURNED, Plan.SMS)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "修正をお願いした点（第1版）" in portal.text
    assert "同意取得方法を、取得する画面や時点まで具体的にご記入ください。" in portal.text
    assert "前回の提出から何も変わっていません。" in portal.text  # the button says so before it is pressed
    portal.submit(told.application)
    assert "前回の提出から何も変わっていません。" in portal.messages[0]
    portal.upload(told.application, ("直した申込書.xlsx", _corrected(told)))
    portal.submit(told.application)
    assert portal.messages == ["お申し込みの書類を受け取りました。控えのメールをお送りします。"]
    assert [row.version for row in told.application.submissions.order_by("version")] == [1, 2]
    portal.get("version", told.application.pk, 1)
    assert "提出した内容 第1版" in portal.text
    assert "サービス利用規約 2.0版" in portal.text
    assert "同意取得方法を、取得する画面や時点まで具体的にご記入ください。" in portal.text


def _corrected(told: Story) -> bytes:
    from applications.gateways.workbooks import write_form
    from kmc_portal.demo.papers import application_values

    values = application_values(told.company, date_of(timezone.now()))
    values["usage.consent_method"] = "会員登録の画面の最後で、配信に同意する欄にチェックをいただく"
    return write_form("application_sms", values)  # type: ignore[arg-type]


def test_what_staff_noted_but_did_not_send_yet_is_not_shown(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.IN_REVIEW, Plan.SMS)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "同意取得方法を、取得する画面や時点まで" not in portal.text
    portal.get("version", told.application.pk, 1)
    assert "同意取得方法を、取得する画面や時点まで" not in portal.text
    sent = told.application.submissions.get().files.get(slot="application_form")
    assert portal.get("marked_file", told.application.pk, 1, sent.pk).status_code == 404


def test_withdrawing_asks_for_a_reason_on_its_own_page_and_cannot_be_undone(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.SUBMITTED, Plan.SMS, days_ago=3)
    portal = portal_of(told.user)
    version = portal.shown_version(told.application, "withdraw")
    portal.post("withdraw", told.application.pk, data={"version": version, "reason": " "})
    assert "理由を入力してください。" in portal.text
    assert fresh(told.application).state == "submitted"
    portal.post("withdraw", told.application.pk, data={"version": version, "reason": "計画が変わったため"})
    assert fresh(told.application).state == "withdrawn"
    assert "計画が変わったため" in portal.text
    portal.get("withdraw", told.application.pk)
    assert "手続きは終わっているため、取り下げられません。" in portal.text


def test_a_stale_withdrawal_keeps_what_was_written(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.SUBMITTED, Plan.SMS, days_ago=3)
    portal = portal_of(told.user)
    version = portal.shown_version(told.application, "withdraw")
    case = fresh(told.application)
    closing.hold(
        application_id=case.pk,
        version=case.version,
        reason="登記の確認",
        actor=told.staff["reception"],
        now=timezone.now(),
    )
    portal.post("withdraw", case.pk, data={"version": version, "reason": "計画が変わったため"})
    assert portal.page.status_code == 422
    assert "「保留にする」を行ったため" in portal.text
    assert "計画が変わったため</textarea>" in portal.html
    assert fresh(case).state == "submitted"


def test_the_steps_stand_in_the_customers_words_and_without_carriers_where_none_are_asked(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.IN_REVIEW, Plan.SMS)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "全8段階のうち3段階目" in portal.text
    assert "お申し込み内容を確認しています （いまここ）" in portal.text
    assert "携帯キャリアの審査中" not in portal.text
    told = case_at(Goal.IN_REVIEW, Plan.PLUS)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "全9段階のうち3段階目" in portal.text
    assert "携帯キャリアの審査中 （これから）" in portal.text


def test_the_due_window_comes_with_its_explanation(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.SUBMITTED, Plan.SMS, days_ago=2)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "アカウント通知書の発行見込み" in portal.text
    assert "この日付の計算方法" in portal.text
    assert "SMSのみ: 6～10営業日（お申し込みから）" in portal.text
    assert "を1営業日目として数えます。" in portal.text


def test_the_home_page_says_what_is_asked_now_and_what_is_not(portal_of: PortalOf, case_at: CaseAt) -> None:
    for goal, plan, words in (
        (Goal.DRAFT, Plan.SMS, "書類をそろえて、お申し込みを提出してください"),
        (Goal.RETURNED, Plan.SMS, "書類の修正をお願いします"),
        (Goal.CONFIRMING, Plan.SMS, "登録内容をご確認ください"),
        (Goal.REMARKED, Plan.PLUS, "NTTドコモ（公式アカウント）の指摘に回答してください"),
        (Goal.IN_REVIEW, Plan.SMS, "いまお願いしたいことはありません。"),
    ):
        portal = portal_of(case_at(goal, plan).user)
        portal.get("home")
        assert words in portal.text


def test_a_hold_is_told_with_its_reason_and_internal_notes_are_not(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    from applications.services import review

    told = case_at(Goal.ON_HOLD, Plan.SMS)
    review.memo(
        application_id=told.application.pk,
        text="与信の確認を別途依頼",
        actor=told.staff["reception"],
        now=timezone.now(),
    )
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "いまは保留中です。理由：登記簿の変更手続きが終わるまで待ってほしいとのご連絡" in portal.text
    assert "与信の確認を別途依頼" not in portal.text
    assert "受付 はな" not in portal.text  # staff appear as the window
