"""What the company has and what it may fetch: contracts, notices, materials, the way to the store."""

from collections.abc import Callable
from unittest import mock

import pytest

from accounts.gateways import storage
from accounts.models import Download, MaterialEdition, User
from accounts.rules.plans import Option, Plan
from applications.gateways import workbooks
from applications.gateways.workbooks import samples
from applications.models import Application
from applications.rules.forms import locate
from kmc_portal.demo.companies import Goal
from tests.fixtures.cases import CaseAt, fresh
from tests.kmc_portal.portal.conftest import Portal, dense

PortalOf = Callable[[User], Portal]

pytestmark = pytest.mark.django_db


def test_guide_1_3_an_active_contract_shows_its_terms_and_the_notice_as_a_logged_pdf(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS, Option.LONG_SMS)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    portal.get("contract", contract.pk)
    for words in (
        contract.number,
        "SMSのみ",
        "SMS長文",
        "請求書払い",
        "52.192.1.0/28",
        "経理 三郎",
        "（アカウント通知書の発行日）",
        f"アカウント通知書 {contract.number}-01 （第1版、PDF）",
    ):
        assert str(words) in portal.text
    notice = contract.notices.get()
    pdf = portal.get("notice", notice.pk)
    assert pdf.content.startswith(b"%PDF-")
    assert pdf.headers["Content-Type"] == "application/pdf"
    assert pdf.headers["Content-Disposition"].startswith("attachment;")
    assert pdf.headers["X-Content-Type-Options"] == "nosniff"
    log = Download.objects.get()
    assert (log.user, log.what) == (told.user, f"アカウント通知書 {notice.number}")


def test_guide_2_0_a_test_account_is_warned_of_wherever_it_is_shown(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS_RCS, Option.TEST_ACCOUNT, days_ago=60)
    portal = portal_of(told.user)
    portal.get("contract", told.application.own_contract.pk)
    assert "試験1号TEST" in portal.text
    assert "試験用アカウントからの配信にも配信料がかかります。また、実際のお客様に届きます。" in portal.text
    assert portal.text.count("試験用（有料・実際に届きます）") == 2


def test_a_contract_without_a_test_account_has_no_warning(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, days_ago=60)
    portal = portal_of(told.user)
    portal.get("contract", told.application.own_contract.pk)
    assert "配信料がかかります" not in portal.text and "試験用（" not in portal.text


def test_before_acceptance_there_is_no_contract_to_see(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.IN_REVIEW, Plan.SMS)
    portal = portal_of(told.user)
    portal.get("contracts")
    assert "ご契約はまだありません。" in portal.text
    assert portal.get("contract", fresh(told.application).own_contract.pk).status_code == 404


def test_a_contract_that_came_to_nothing_is_not_shown(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.REJECTED, Plan.SMS)
    portal = portal_of(told.user)
    portal.get("contracts")
    assert "ご契約はまだありません。" in portal.text
    portal.get("application", told.application.pk)
    assert "お受けできませんでした" in portal.text
    assert "配信ガイドラインで認められない用途のため" in portal.text


# --- ストア表示 ----------------------------------------------------------------------------------


def test_guide_1_4_the_release_checklist_is_downloaded_uploaded_and_submitted_from_the_contract(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.STORE_DISPLAY, days_ago=60)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    portal.get("home")
    assert "ストア表示を始めるにはリリースチェックリストをご提出ください" in portal.text
    portal.post("start_release", contract.pk)
    case = Application.objects.get(kind="release")
    assert case.number in portal.text
    form = portal.get("prefilled_form", case.pk, "release_checklist")
    known = workbooks.read_form(form.content).values
    assert known["company.name"] == "試験1号株式会社"
    assert known["release.account_name"] == "試験1号"
    portal.upload(case, ("checklist.xlsx", samples.write_release_sample(company="試験1号株式会社")))
    assert portal.consents(case) == []
    portal.submit(case)
    assert portal.messages == ["お申し込みの書類を受け取りました。控えのメールをお送りします。"]
    assert fresh(case).state == "submitted"
    portal.get("contract", contract.pk)
    assert f"ストア表示申請 {case.number} を手続き中です（受付待ち）。" in portal.text
    portal.post("start_release", contract.pk)
    assert "この契約には手続き中のストア表示申請があります。" in portal.messages[0]


def test_guide_1_4_a_checklist_with_an_open_item_names_its_cell(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.STORE_DISPLAY, days_ago=60)
    portal = portal_of(told.user)
    portal.post("start_release", told.application.own_contract.pk)
    case = Application.objects.get(kind="release")
    portal.upload(
        case, ("checklist.xlsx", samples.write_release_sample(good=False, company="試験1号株式会社"))
    )
    sheet, cell = locate("release_checklist", "release.check.2")
    assert f"{sheet}!{cell}" in portal.text
    assert "まだ提出できません。" in portal.text


def test_guide_1_4_without_the_option_there_is_nothing_to_apply_for(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, days_ago=60)
    portal = portal_of(told.user)
    portal.get("contract", told.application.own_contract.pk)
    assert "ストア表示を申請する" not in portal.text
    portal.post("start_release", told.application.own_contract.pk)
    assert "この契約にはストア表示オプションがありません。" in portal.messages[0]


# --- 資料 ----------------------------------------------------------------------------------------


def test_materials_come_by_edition_and_the_confidential_ones_are_logged(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.DRAFT, Plan.PLUS)
    portal = portal_of(told.user)
    portal.get("downloads")
    assert "サービス利用規約 2.0版" in portal.text
    assert "公式アカウント利用ガイド" in portal.text
    assert "RCS.DTO定義" not in portal.text
    terms = MaterialEdition.objects.get(material="terms")
    guide = MaterialEdition.objects.get(material="procedure_guide")
    assert portal.get("material", terms.pk).content.startswith(b"%PDF-")
    assert Download.objects.count() == 0
    assert portal.get("material", guide.pk).content.startswith(b"%PDF-")
    assert [row.what for row in Download.objects.all()] == ["サービス利用手続きガイド（APIプラン） 2.0版"]


def test_materials_of_plans_the_company_does_not_have_are_not_found(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    portal = portal_of(case_at(Goal.DRAFT, Plan.SMS).user)
    for code in ("official_account_guide", "rcs_dto"):
        edition = MaterialEdition.objects.get(material=code)
        assert portal.get("material", edition.pk).status_code == 404


def test_without_the_non_disclosure_agreement_the_reason_stands_in_place_of_the_link(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS)
    customer = told.user.customer
    assert customer is not None
    customer.nda_concluded_on = None
    customer.save(update_fields=["nda_concluded_on"])
    portal = portal_of(told.user)
    portal.get("downloads")
    assert "守秘義務契約の締結後にダウンロードできます。" in portal.text
    guide = MaterialEdition.objects.get(material="api_specification")
    portal.get("material", guide.pk)
    assert "API仕様書（APIプラン） 2.0版：守秘義務契約の締結後にダウンロードできます。" in portal.messages[0]
    assert Download.objects.count() == 0


@pytest.mark.parametrize(
    "code",
    ["application_sms", "application_plus", "application_rcs", "sms_result_destination", "release_checklist"],
)
def test_every_form_can_be_had_blank(portal_of: PortalOf, customer_member: User, code: str) -> None:
    portal = portal_of(customer_member)
    form = portal.get("blank_form", code)
    assert workbooks.read_form(form.content).form_code == code
    portal.get("downloads")
    assert dense("申込書（空の用紙）") in dense(portal.text)


def test_the_notices_mail_is_shown_without_its_secret(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    portal = portal_of(told.user)
    portal.get("application", told.application.pk)
    assert "アカウント通知書" in portal.text.partition("お送りしたメール")[2]
    assert "（お送りしたメールに記載）" in portal.text
    assert "support_site_password" not in portal.html


def test_a_store_that_does_not_answer_is_told_without_a_trace(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS)
    row = told.application.attachments.get(slot="application_form")
    with mock.patch.object(
        storage, "open", side_effect=storage.StoreUnavailable("ファイルの保管場所が応答しません。")
    ):
        portal = portal_of(told.user)
        portal.get("attachment", told.application.pk, row.pk)
    assert portal.page.status_code == 409
    assert "ファイルの保管場所が応答しません。" in portal.text
