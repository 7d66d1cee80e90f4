"""Choosing a plan and beginning an application, over HTTP."""

from collections.abc import Callable

import pytest
from django.urls import reverse

from accounts.models import User
from applications.models import Application
from tests.fixtures.people import PASSWORD
from tests.kmc_portal.portal.conftest import Portal, dense

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db


def _begin(portal: Portal, plan: str, *options: str, method: str = "api") -> None:
    portal.post("application_new", data={"plan": plan, "delivery_method": method, "options": list(options)})


def test_all_five_plans_are_offered_and_explained(portal_of: PortalOf, customer_member: User) -> None:
    portal = portal_of(customer_member)
    portal.get("application_new")
    for plan in (
        "SMSのみ",
        "+メッセージのみ",
        "SMS/+メッセージ併用",
        "+メッセージ/RCS併用",
        "SMS/+メッセージ/RCS併用",
    ):
        assert plan in portal.text
    assert "プランを選ぶと、選べるオプションと必要な書類を表示します。" in portal.text


@pytest.mark.parametrize(
    ("plan", "offered", "not_offered"),
    [
        (
            "sms",
            ["SMS結果通知", "双方向SMS / 共通番号", "050番号", "SMS長文"],
            ["Webhook", "ストア表示", "試験用アカウント"],
        ),
        ("plus", ["Webhook", "ストア表示", "試験用アカウント"], ["SMS結果通知", "050番号", "SMS長文"]),
        ("sms_plus_rcs", ["SMS結果通知", "050番号", "Webhook", "ストア表示", "試験用アカウント"], []),
    ],
)
def test_choosing_a_plan_shows_the_options_it_may_have(
    portal_of: PortalOf, customer_member: User, plan: str, offered: list[str], not_offered: list[str]
) -> None:
    portal = portal_of(customer_member)
    portal.get("application_new", query={"plan": plan})
    options = portal.html.partition("で選べるもの")[2].partition("</fieldset>")[0]
    for label in offered:
        assert f"<span>{label}</span>" in options
    for label in not_offered:
        assert f"<span>{label}</span>" not in options


def test_guide_1_6_the_documents_of_a_choice_are_shown_before_anything_is_created(
    portal_of: PortalOf, customer_member: User
) -> None:
    portal = portal_of(customer_member)
    portal.get("application_new", query={"plan": "sms", "options": ["sms_result_notification"]})
    for document in (
        "サービス利用申込書 (SMS)",
        "アカウントパラメータ申込書",
        "お申し込みチェックシート",
        "サービス契約プラン表",
        "【別紙】SMS結果通知先設定申込書",
    ):
        assert document in portal.text
    assert "リリースチェックリスト" not in portal.text
    portal.get("application_new", query={"plan": "plus", "options": ["store_display"]})
    assert "サービス利用申込書 (+メッセージ)" in portal.text
    assert "+メッセージ公式アカウントのアイコン画像" in portal.text
    assert "利用開始時に、リリースチェックリストもご提出いただきます。" in portal.text
    assert Application.objects.count() == 0


def test_guide_1_3_the_lead_time_of_a_choice_is_shown_with_its_explanation(
    portal_of: PortalOf, customer_member: User
) -> None:
    portal = portal_of(customer_member)
    portal.get("application_new", query={"plan": "sms"})
    assert "6～10営業日" in dense(portal.text)
    portal.get("application_new", query={"plan": "sms", "options": ["softbank_sender"]})
    assert "12～22営業日" in dense(portal.text)
    portal.get("application_new", query={"plan": "plus"})
    assert "標準の納期：お申し込みの翌営業日から数えて18営業日" in dense(portal.text)


def test_guide_2_0_a_test_account_is_said_to_be_charged_and_to_reach_real_people(
    portal_of: PortalOf, customer_member: User
) -> None:
    portal = portal_of(customer_member)
    portal.get("application_new", query={"plan": "plus", "options": ["test_account"]})
    assert "試験用アカウントからの配信も有料です。また、実際のお客様に届きます。" in portal.text


@pytest.mark.parametrize("who", ["customer_admin", "customer_member"])
def test_administrators_and_members_alike_begin_an_application(
    portal_of: PortalOf, request: pytest.FixtureRequest, who: str
) -> None:
    user: User = request.getfixturevalue(who)
    portal = portal_of(user)
    _begin(portal, "sms_plus", "long_sms", "webhook")
    made = Application.objects.get()
    assert (made.plan, made.options, made.state) == ("sms_plus", ["long_sms", "webhook"], "draft")
    assert (made.customer, made.created_by) == (user.customer, user)
    assert made.number in portal.text
    assert portal.messages == ["お申し込みを作成しました。書類をそろえて提出してください。"]


def test_guide_1_1_an_application_for_the_submission_portal_is_refused_clearly(
    portal_of: PortalOf, customer_member: User
) -> None:
    portal = portal_of(customer_member)
    _begin(portal, "sms", "long_sms", method="portal")
    assert portal.page.status_code == 422
    assert "入稿ポータルでのお申し込みは、この窓口ではお受けできません。" in portal.text
    assert Application.objects.count() == 0
    # nothing that was chosen is lost
    assert '<input type="radio" name="plan" value="sms" required checked>' in portal.html
    assert '<input type="checkbox" name="options" value="long_sms" checked>' in portal.html


def test_an_option_that_the_plan_cannot_have_is_refused_by_the_server(
    portal_of: PortalOf, customer_member: User
) -> None:
    portal = portal_of(customer_member)
    _begin(portal, "sms", "webhook")
    assert portal.page.status_code == 422
    assert "「Webhook」はSMSのみでは選べません。" in portal.text
    assert Application.objects.count() == 0


def test_no_plan_is_a_clear_fault(portal_of: PortalOf, customer_member: User) -> None:
    portal = portal_of(customer_member)
    portal.post("application_new", data={"delivery_method": "api"})
    assert "契約プランを選んでください。" in portal.text


def test_a_plan_nobody_knows_is_refused(portal_of: PortalOf, customer_member: User) -> None:
    portal = portal_of(customer_member)
    _begin(portal, "telegraph")
    assert portal.page.status_code == 422
    assert Application.objects.count() == 0


def test_the_choice_of_a_draft_can_be_changed_and_a_stale_change_is_told_who_was_faster(
    portal_of: PortalOf, customer_admin: User, customer_member: User
) -> None:
    first, second = portal_of(customer_admin), portal_of(customer_member)
    _begin(first, "sms")
    case = Application.objects.get()
    version = first.shown_version(case)
    second.post(
        "application_choice", case.pk, data={"version": version, "plan": "plus", "delivery_method": "api"}
    )
    first.post(
        "application_choice",
        case.pk,
        data={"version": version, "plan": "sms", "delivery_method": "api", "options": ["long_sms"]},
    )
    assert first.page.status_code == 422
    assert "空野 海 さんが「プラン・オプションを選択」を行ったため" in first.text
    assert (
        '<input type="checkbox" name="options" value="long_sms" checked>' in first.html
    )  # what was ticked stays
    case.refresh_from_db()
    assert (case.plan, case.options) == ("plus", [])


def test_a_prospect_who_logs_in_sees_where_to_begin(
    client: object, portal_of: PortalOf, customer_admin: User
) -> None:
    from django.test import Client

    browser = Client()
    answer = browser.post(
        reverse("account_login"), {"login": customer_admin.email, "password": PASSWORD}, follow=True
    )
    page = answer.content.decode()
    assert "からご契約プランをお選びください。" in page
    assert reverse("portal:application_new") in page
