"""Forms out, filled-in files in: real workbooks over HTTP, each fault with its sheet and cell."""

import datetime
import io
from collections.abc import Callable

import pytest
from django.conf import LazySettings
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image

from accounts.models import Customer, SalesPartner, User
from accounts.rules.plans import DeliveryMethod, Option, Plan
from applications.gateways import workbooks
from applications.gateways.workbooks import samples
from applications.models import Application
from applications.rules.forms import locate
from applications.services import drafts
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt, fresh
from tests.fixtures.people import PROFILE, record_nda
from tests.kmc_portal.portal.conftest import XLSX, Portal

PortalOf = Callable[[User], Portal]
NAME = PROFILE["name"]

pytestmark = pytest.mark.django_db


def _draft(user: User, plan: Plan = Plan.SMS, *options: Option) -> Application:
    assert user.customer is not None
    return drafts.start(
        customer=user.customer,
        plan=plan,
        options=options,
        delivery_method=DeliveryMethod.API,
        actor=user,
        now=timezone.now(),
    )


def _form(plan: Plan, *options: Option, **changes: object) -> bytes:
    values = samples.sample_values(plan, on=date_of(timezone.now()), company=NAME)
    values |= {f"option.{option.value}": option in options for option in plan.options}
    if Option.WEBHOOK not in options:
        values = {key: value for key, value in values.items() if "webhook" not in key}
    values |= changes  # type: ignore[arg-type]
    return workbooks.write_form(samples.form_for_plan(plan).code, values)


def _picture(width: int, height: int, kind: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(stream, kind)
    return stream.getvalue()


# --- forms out -----------------------------------------------------------------------------------


def test_the_form_to_download_already_holds_the_company_and_the_choice(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case = _draft(customer_admin, Plan.SMS_PLUS, Option.LONG_SMS)
    case.customer.sales_partner = SalesPartner.objects.create(name="つなぐ代理店", search_key="x")
    case.customer.save(update_fields=["sales_partner"])
    answer = portal_of(customer_admin).get("prefilled_form", case.pk, "application_plus")
    assert answer.headers["Content-Type"] == XLSX
    assert answer.headers["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    known = workbooks.read_form(answer.content).values
    assert known["company.name"] == "株式会社あおぞら商店"
    assert known["company.corporate_number"] == "8999999000001"
    assert known["company.address"] == "東京都千代田区千代田1-1"
    assert known["sales_partner.name"] == "つなぐ代理店"
    assert known["plan"] == "sms_plus"
    assert known["delivery_method"] == "api"
    assert known["option.long_sms"] is True
    assert known["option.webhook"] is False
    assert "applicant.name" not in known


def test_the_form_holds_what_was_written_into_an_earlier_upload(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.SMS), portal_of(customer_admin)
    portal.upload(case, ("a.xlsx", _form(Plan.SMS, **{"applicant.name": "山田 太郎"})))
    known = workbooks.read_form(portal.get("prefilled_form", case.pk, "application_sms").content).values
    assert known["applicant.name"] == "山田 太郎"
    assert known["desired_start_on"] == date_of(timezone.now()) + datetime.timedelta(days=60)
    assert known["global_ips"] == ["52.192.0.10", "52.192.1.0/28"]


def test_the_form_of_a_second_contract_holds_the_contacts_of_the_first(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    case = _draft(told.user, Plan.PLUS)
    answer = portal_of(told.user).get("prefilled_form", case.pk, "application_plus")
    known = workbooks.read_form(answer.content).values
    assert known["billing_contact.name"] == "経理 三郎"
    assert known["billing_contact.address"] == "東京都見本区見本1-2-3 見本ビル4階"
    assert known["payment_method"] == "invoice"
    assert known["plan"] == "plus"


def test_a_form_that_does_not_exist_is_not_found(portal_of: PortalOf, customer_admin: User) -> None:
    case = _draft(customer_admin)
    assert portal_of(customer_admin).get("prefilled_form", case.pk, "no_such_form").status_code == 404
    assert portal_of(customer_admin).get("blank_form", "no_such_form").status_code == 404


# --- files in ------------------------------------------------------------------------------------


def test_a_good_workbook_needs_no_typing_and_makes_the_draft_ready(
    portal_of: PortalOf, customer: Customer, customer_admin: User
) -> None:
    record_nda(customer)
    case, portal = _draft(customer_admin, Plan.SMS, Option.LONG_SMS), portal_of(customer_admin)
    portal.upload(case, ("申込書.xlsx", _form(Plan.SMS, Option.LONG_SMS)))
    assert portal.messages == ["1件のファイルを読み取りました。ファイルの中に直す点はありません。"]
    assert "書類はそろっています。内容をご確認のうえ、提出してください。" in portal.text
    assert "<button>お申し込みを提出する</button>" in portal.html


def test_every_fault_is_shown_with_its_sheet_and_cell_and_the_button_stays_shut(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.SMS, Option.LONG_SMS), portal_of(customer_admin)
    portal.upload(case, ("申込書.xlsx", samples.write_sample(Plan.SMS, good=False, company=NAME)))
    for form_key in ("applicant.email", "usage.consent_method", "global_ips", "network.static_declared"):
        sheet, cell = locate("application_sms", form_key)
        assert f'<span class="cell">{sheet}!{cell}</span>' in portal.html
    assert "「hanako@travel」はメールアドレスの形ではありません。" in portal.text
    assert "お申し込みを提出する</button>" in portal.html
    assert '<button disabled aria-describedby="submit-refusal">' in portal.html
    assert "まだ提出できません。" in portal.text


def test_warnings_stand_apart_and_do_not_stop_the_submission(
    portal_of: PortalOf, customer: Customer, customer_admin: User
) -> None:
    record_nda(customer)
    case, portal = _draft(customer_admin, Plan.SMS), portal_of(customer_admin)
    form = _form(
        Plan.SMS, **{"company.name": "株式会社よその会社", "plan_table.company_name": "株式会社よその会社"}
    )
    portal.upload(case, ("申込書.xlsx", form))
    assert "このままでも提出できます" in portal.text
    assert "企業名（株式会社よその会社）が、ご登録の企業名（株式会社あおぞら商店）と違います。" in portal.text
    assert "<button>お申し込みを提出する</button>" in portal.html


def test_a_form_that_says_otherwise_than_the_screen_is_a_fault_with_its_cell(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.SMS), portal_of(customer_admin)
    portal.upload(case, ("申込書.xlsx", _form(Plan.SMS, Option.LONG_SMS)))
    sheet, cell = locate("application_sms", "option.long_sms")
    assert f'<span class="cell">{sheet}!{cell}</span>' in portal.html
    assert "「SMS長文」が、申込書では「利用する」、画面では「利用しない」です。" in portal.text


def test_many_files_at_once_find_their_places_the_pictures_by_the_names_on_the_form(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.PLUS_RCS), portal_of(customer_admin)
    portal.upload(
        case,
        ("banner.png", _picture(1440, 448)),
        ("logo.png", _picture(224, 224)),
        ("icon.png", _picture(640, 640)),
        ("申込書.xlsx", _form(Plan.PLUS_RCS)),
    )
    assert portal.messages == ["4件のファイルを読み取りました。ファイルの中に直す点はありません。"]
    places = {row.slot: row.file.name for row in case.attachments.filter(replaced_at=None)}
    assert places == {
        "application_form": "申込書.xlsx",
        "icon": "icon.png",
        "logo": "logo.png",
        "banner": "banner.png",
    }


def test_a_picture_that_could_be_any_of_three_asks_for_its_own_field(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.PLUS_RCS), portal_of(customer_admin)
    portal.upload(case, ("photo.png", _picture(500, 500)))
    assert "photo.png：どの画像か判断できませんでした。" in portal.messages[0]
    portal.upload(case, ("photo.png", _picture(500, 500)), slot="icon")
    assert case.attachments.get().slot == "icon"


def test_guide_1_6_a_draft_with_nothing_attached_names_its_pictures_and_no_faults(
    portal_of: PortalOf, customer_admin: User
) -> None:
    draft = _draft(customer_admin, Plan.PLUS)
    portal = portal_of(customer_admin)
    portal.get("application", draft.pk)
    assert (
        "提出が必要な書類がそろっていません：サービス利用申込書 (+メッセージ)、アカウントパラメータ申込書、"
        "お申し込みチェックシート、サービス契約プラン表、+メッセージ公式アカウントのアイコン画像"
    ) in portal.text
    assert "直していただく点" not in portal.text


def test_a_picture_of_the_wrong_size_is_shown_with_both_sizes(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.PLUS_RCS), portal_of(customer_admin)
    portal.upload(case, ("logo.png", _picture(225, 224)), slot="logo")
    assert "画像の大きさは横224×縦224ピクセルにしてください（今は225×224）。" in portal.text


def test_one_bad_file_among_good_ones_attaches_none_and_says_which(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case, ("申込書.xlsx", _form(Plan.SMS)), ("memo.txt", b"hello"))
    assert "「memo.txt」は受け取れません。" in portal.messages[0]
    assert "ほかのファイルも、まだ添付していません。" in portal.messages[0]
    assert case.attachments.count() == 0


def test_a_workbook_that_is_none_of_ours_says_where_to_get_ours(
    portal_of: PortalOf, customer_admin: User
) -> None:
    from openpyxl import Workbook

    stream = io.BytesIO()
    Workbook().save(stream)
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case, ("見積.xlsx", stream.getvalue()))
    assert "当社の申込書ではないようです。申込書をダウンロードし" in portal.messages[0]


def test_no_file_is_a_clear_message(portal_of: PortalOf, customer_admin: User) -> None:
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case)
    assert portal.messages == ["ファイルが選ばれていません。"]


def test_a_file_over_the_limit_is_stopped_with_its_name_and_the_limit(
    portal_of: PortalOf, customer_admin: User, settings: LazySettings
) -> None:
    settings.MAX_UPLOAD_MIB = 1
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case, ("大きい.xlsx", b"x" * (1024 * 1024 + 1)))
    assert "「大きい.xlsx」は大きすぎるため受け取れませんでした（上限は1ファイル1MB）。" in portal.messages[0]
    assert case.attachments.count() == 0


def test_a_file_of_just_the_limit_is_looked_at(
    portal_of: PortalOf, customer_admin: User, settings: LazySettings
) -> None:
    settings.MAX_UPLOAD_MIB = 1
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case, ("大きい.xlsx", b"x" * (1024 * 1024)))
    assert "大きすぎる" not in portal.messages[0]


def test_an_upload_from_an_old_page_is_told_who_was_faster(
    portal_of: PortalOf, customer_admin: User, customer_member: User
) -> None:
    case = _draft(customer_admin)
    first, second = portal_of(customer_admin), portal_of(customer_member)
    version = first.shown_version(case)
    second.upload(case, ("申込書.xlsx", _form(Plan.SMS)))
    first.upload(case, ("別の申込書.xlsx", _form(Plan.SMS)), version=version)
    assert "空野 海 さんが「書類を添付」を行ったため" in first.messages[0]
    assert [row.file.name for row in case.attachments.filter(replaced_at=None)] == ["申込書.xlsx"]


def test_a_post_without_its_version_is_refused_and_not_guessed(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case, ("申込書.xlsx", _form(Plan.SMS)), version="x")
    assert portal.messages == ["画面の情報が足りません。画面を開き直して、もう一度操作してください。"]
    assert case.attachments.count() == 0


def test_a_file_can_be_fetched_back_taken_off_and_replaced(portal_of: PortalOf, customer_admin: User) -> None:
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    form = _form(Plan.SMS)
    portal.upload(case, ("申込書.xlsx", form))
    row = case.attachments.get()
    back = portal.get("attachment", case.pk, row.pk)
    assert back.content == form
    assert back.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachment" in back.headers["Content-Disposition"]
    portal.post("detach", case.pk, row.pk, data={"version": portal.shown_version(case)})
    assert portal.messages == ["書類を取り外しました。"]
    assert "未添付" in portal.text


def test_a_paper_that_the_new_choice_does_not_need_is_named(
    portal_of: PortalOf, customer_admin: User
) -> None:
    case, portal = _draft(customer_admin, Plan.SMS, Option.SMS_RESULT_NOTIFICATION), portal_of(customer_admin)
    portal.upload(case, ("別紙.xlsx", samples.write_sms_result_sample(company=NAME)))
    portal.post(
        "application_choice",
        case.pk,
        data={"version": portal.shown_version(case), "plan": "sms", "delivery_method": "api"},
    )
    assert "いまの選択では不要です" in portal.text


def test_extra_papers_can_be_added(portal_of: PortalOf, customer_admin: User) -> None:
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    portal.upload(case, ("補足.pdf", b"%PDF-1.4\n%%EOF\n"), slot="other")
    assert "補足.pdf" in portal.text


def test_what_customers_may_not_attach_is_refused(portal_of: PortalOf, customer_admin: User) -> None:
    case, portal = _draft(customer_admin), portal_of(customer_admin)
    mail = b"From: a@example.jp\r\nDate: Mon, 23 Nov 2026 10:00:00 +0900\r\nSubject: x\r\n\r\nhello\r\n"
    portal.upload(case, ("mail.eml", mail), slot="received_mail")
    assert portal.messages == ["受信メールを添付できるのは社内ユーザーだけです。"]


def test_nothing_is_attached_once_it_is_submitted(portal_of: PortalOf, case_at: CaseAt) -> None:
    told = case_at(Goal.SUBMITTED, Plan.SMS, days_ago=3)
    portal = portal_of(told.user)
    version = str(fresh(told.application).version)
    portal.upload(told.application, ("申込書.xlsx", _form(Plan.SMS)), version=version)
    assert "書類の添付は" in portal.messages[0]
    assert "files" not in reverse("portal:application", args=[told.application.pk])


def test_the_marked_workbook_is_the_customers_own_with_the_cell_commented(
    portal_of: PortalOf, case_at: CaseAt
) -> None:
    told = case_at(Goal.RETURNED, Plan.SMS)
    portal = portal_of(told.user)
    sheet, cell = locate("application_sms", "usage.consent_method")
    portal.get("application", told.application.pk)
    assert f'<span class="cell">{sheet}!{cell}</span>' in portal.html
    sent = told.application.submissions.get().files.get(slot="application_form")
    back = portal.get("marked_file", told.application.pk, 1, sent.pk)
    marked = load_workbook(io.BytesIO(back.content))[sheet][cell]
    assert "同意取得方法を、取得する画面や時点まで具体的にご記入ください。" in marked.comment.text
