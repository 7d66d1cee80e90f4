"""§1.6: which documents are asked for, on the pages; the consents with their editions; who may read what."""

import pytest

from accounts.models import Customer, Download, MaterialEdition
from applications.models import Submission
from kmc_portal.demo.papers import material_pdf
from tests.guide.actors import CustomerBrowser, StaffBrowser
from tests.guide.conftest import PUBLISHED, Clock
from tests.guide.papers import APPLICATION, PARAMETERS, pictures, result_form, sample_form

COMMON = ["アカウントパラメータ申込書", "お申し込みチェックシート", "サービス契約プラン表"]
SMS = ["サービス利用申込書 (SMS)", *COMMON]
PLUS = ["サービス利用申込書 (+メッセージ)", *COMMON]
RCS = ["サービス利用申込書 (RCS)", *COMMON]
RESULT = ["【別紙】SMS結果通知先設定申込書"]
ICON = ["+メッセージ公式アカウントのアイコン画像"]
PICTURES = [*ICON, "RCS公式アカウントのロゴ画像", "RCS公式アカウントのバナー画像"]
NOTIFY, STORE = "sms_result_notification", "store_display"
LATER = "利用開始時に、リリースチェックリストもご提出いただきます。"

MATRIX = [
    # plan            options          at the time of contract    at the start of use
    ("sms",           (),              SMS,                       False),
    ("sms",           (NOTIFY,),       SMS + RESULT,              False),
    ("plus",          (),              PLUS + ICON,               False),
    ("plus",          (STORE,),        PLUS + ICON,               True),
    ("sms_plus",      (),              PLUS + ICON,               False),
    ("sms_plus",      (NOTIFY,),       PLUS + RESULT + ICON,      False),
    ("sms_plus",      (STORE,),        PLUS + ICON,               True),
    ("sms_plus",      (NOTIFY, STORE), PLUS + RESULT + ICON,      True),
    ("plus_rcs",      (),              RCS + PICTURES,            False),
    ("plus_rcs",      (STORE,),        RCS + PICTURES,            True),
    ("sms_plus_rcs",  (),              RCS + PICTURES,            False),
    ("sms_plus_rcs",  (NOTIFY,),       RCS + RESULT + PICTURES,   False),
    ("sms_plus_rcs",  (STORE,),        RCS + PICTURES,            True),
    ("sms_plus_rcs",  (NOTIFY, STORE), RCS + RESULT + PICTURES,   True),
]  # fmt: skip


def test_guide_1_6_the_page_names_exactly_the_documents_of_the_matrix(
    clock: Clock, sora: CustomerBrowser
) -> None:
    clock("2026-11-24 10:00")
    for plan, options, contract, start_of_use in MATRIX:
        text = sora.look_at_choice(plan, *options)
        shown = [line.get_text(strip=True) for line in sora.soup.select("#entails > ul > li")]
        assert (plan, options, shown) == (plan, options, contract)
        assert (LATER in text) == start_of_use, (plan, options)


@pytest.mark.parametrize(
    ("plan", "options", "contract"), [(plan, options, contract) for plan, options, contract, _ in MATRIX]
)
def test_guide_1_6_exactly_these_make_the_application_complete(
    clock: Clock, sora: CustomerBrowser, plan: str, options: tuple[str, ...], contract: list[str]
) -> None:
    clock("2026-11-24 10:00")
    sora.begin(plan, *options)
    missing = [name for name in contract if "画像" not in name]
    assert f"提出が必要な書類がそろっていません：{'、'.join(missing)}" in sora.text_of("#submit")
    files = [("申込書.xlsx", sample_form(plan, options=options)), *pictures(plan)]
    if NOTIFY in options:
        sora.upload(*files)
        assert "そろっていません：【別紙】SMS結果通知先設定申込書" in sora.text_of("#submit")
        files = [("別紙.xlsx", result_form())]
    sora.upload(*files)
    assert sora.has_button("お申し込みを提出する")
    sora.submit()
    assert "受け付けました" in sora.page.text
    reviewed = Submission.objects.get().reviews.order_by("pk")
    assert [row.get_document_display() for row in reviewed] == missing


def test_guide_1_6_the_form_and_the_choice_on_the_screen_must_agree(
    clock: Clock, sora: CustomerBrowser
) -> None:
    clock("2026-11-24 10:00")
    sora.begin("sms_plus")
    form = sample_form("sms_plus", options=(NOTIFY, STORE), plan="plus")
    sora.upload(("申込書.xlsx", form), *pictures("sms_plus"))
    places = [fault.split(" ")[0] for fault in sora.faults("サービス利用申込書（APIプラン）_+メッセージ")]
    assert f"{APPLICATION}!C58" in places  # the plan
    assert f"{PARAMETERS}!C33" in places  # SMS結果通知先
    assert not sora.has_button("お申し込みを提出する")


def test_guide_1_6_a_別紙_of_another_company_is_pointed_out(clock: Clock, sora: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    sora.begin("sms", NOTIFY)
    form = ("申込書.xlsx", sample_form("sms", options=(NOTIFY,)))
    sora.upload(form, ("別紙.xlsx", result_form(company="みどり工業株式会社")))
    shown = sora.text_of("【別紙】SMS結果通知先設定申込書（APIプラン）")
    assert "ご確認いただきたい点 1件" in shown
    assert "SMS結果通知先設定申込書!C6" in shown
    assert "みどり工業株式会社" in shown
    assert sora.has_button("お申し込みを提出する")  # a warning, not a wall
    sora.upload(("別紙.xlsx", result_form()))
    assert "ご確認いただきたい点" not in sora.text_of("【別紙】SMS結果通知先設定申込書（APIプラン）")


# consents ------------------------------------------------------------------------------------------


def publish(saburo: StaffBrowser, material: str, edition: str, on: str) -> None:
    saburo.open("/admin/accounts/materialedition/add/")
    file = (f"{material}.pdf", material_pdf("新しい版", edition, PUBLISHED))
    saburo.press("公開する", material=material, edition=edition, published_on=on, file=file)


def test_guide_1_6_consent_names_the_editions_of_the_day_and_who_gave_it_when(
    clock: Clock, sora: CustomerBrowser, saburo: StaffBrowser
) -> None:
    clock("2026-11-24 10:00")
    publish(saburo, "delivery_guideline", "2.1版", "2026-11-25")
    sora.begin("sms")
    sora.upload(("申込書.xlsx", sample_form("sms")))
    assert "サービス配信ガイドライン 2.0版" in sora.text_of("#submit")
    form = sora.form("お申し込みを提出する")
    yesterday = [tick.get("value") for tick in form.html.select("input[name=consent]")]

    clock("2026-11-25 10:00")  # the page of yesterday is still open; its consents are no longer today's
    sora.log_in()
    sora.go_to_case()
    assert "サービス配信ガイドライン 2.1版" in sora.text_of("#submit")
    version = sora.form("お申し込みを提出する")["version"].value
    token = sora.form("お申し込みを提出する")["csrfmiddlewaretoken"].value
    stale = {"csrfmiddlewaretoken": token, "version": version, "consent": yesterday}
    answer = sora.app.post(f"/portal/applications/{sora.case}/submit/", stale).follow()
    assert "同意が必要です：サービス配信ガイドライン 2.1版" in answer.text
    assert not Submission.objects.exists()

    sora.submit()
    consents = Submission.objects.get().consents.order_by("pk")
    assert [(str(row.edition), row.given_by, row.at.isoformat()) for row in consents] == [
        ("サービス利用規約 2.0版", "青空 花子", "2026-11-25T01:00:00+00:00"),
        ("サービス配信ガイドライン 2.1版", "青空 花子", "2026-11-25T01:00:00+00:00"),
        ("サービス利用手続きガイド（APIプラン） 2.0版", "青空 花子", "2026-11-25T01:00:00+00:00"),
    ]
    shown = sora.open(f"/portal/applications/{sora.case}/versions/1/")
    assert "サービス配信ガイドライン 2.1版" in shown


def test_guide_1_6_nobody_consents_to_a_guide_that_waits_for_the_守秘義務契約(
    clock: Clock, newcomer: CustomerBrowser, hanako: StaffBrowser, customer: Customer
) -> None:
    clock("2026-11-24 10:00")
    newcomer.begin("sms")
    newcomer.upload(("申込書.xlsx", sample_form("sms")))
    assert [
        tick.parent.text.split("（")[0].strip() for tick in newcomer.soup.select("input[name=consent]")
    ] == [
        "サービス利用規約 2.0版",
        "サービス配信ガイドライン 2.0版",
    ]
    why = (
        "守秘義務契約の締結がまだ登録されていないため、同意をいただく「サービス利用手続きガイド（APIプラン）」をお見せできません。"
        "担当営業またはお客様窓口へご連絡ください。登録後に提出できます（書類の準備は進められます）。"
    )
    assert newcomer.text_of("#submit-refusal") == f"まだ提出できません。{why}"
    assert not newcomer.has_button("お申し込みを提出する")
    assert why in newcomer.open("/portal/")

    every = [str(edition.pk) for edition in MaterialEdition.objects.all()]  # a forged post
    newcomer.go_to_case()
    form = newcomer.soup.select_one("#submit form")
    assert form is not None
    hidden = {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    answer = newcomer.app.post(str(form["action"]), {**hidden, "consent": every}).follow()
    assert why in answer.text
    assert not Submission.objects.exists()

    for_staff = "企業の画面の「パートナー・守秘義務契約」に締結日を登録してください。"
    assert for_staff in hanako.why_not(newcomer.case, "代理で申し込む")
    hanako.open(f"/admin/accounts/customer/{customer.pk}/change/")
    hanako.carry_out("パートナー・守秘義務契約", nda_concluded_on="2026-11-20")
    assert "受け付けました" in newcomer.submit()
    assert [str(row.edition) for row in Submission.objects.get().consents.order_by("pk")] == [
        "サービス利用規約 2.0版",
        "サービス配信ガイドライン 2.0版",
        "サービス利用手続きガイド（APIプラン） 2.0版",
    ]


# who may read what ---------------------------------------------------------------------------------


def materials_of(sora: CustomerBrowser) -> set[str]:
    """Names under 規約・ガイド, those that can be fetched with a ↓."""
    sora.open("/portal/downloads/")
    found = set()
    for line in sora.part("規約・ガイド").select("li"):
        name = line.select_one("a, span")
        assert name is not None
        found.add(("↓" if name.name == "a" else "") + name.get_text(strip=True))
    return found


OPEN = {"↓サービス利用規約", "↓サービス配信ガイドライン"}
CLOSED = {"サービス利用手続きガイド（APIプラン）", "API利用ガイド（APIプラン）", "API仕様書（APIプラン）"}


def test_guide_1_6_confidential_material_waits_for_the_守秘義務契約(
    clock: Clock, newcomer: CustomerBrowser, hanako: StaffBrowser, customer: Customer
) -> None:
    clock("2026-11-24 10:00")
    assert materials_of(newcomer) == OPEN | CLOSED
    assert "守秘義務契約の締結後にダウンロードできます" in newcomer.text
    hanako.open(f"/admin/accounts/customer/{customer.pk}/change/")
    hanako.carry_out("パートナー・守秘義務契約", nda_concluded_on="2026-11-20")
    assert materials_of(newcomer) == OPEN | {f"↓{name}" for name in CLOSED}
    assert newcomer.fetch("API仕様書（APIプラン）").startswith(b"%PDF")
    assert [(row.user.name, row.what) for row in Download.objects.all()] == [
        ("青空 花子", "API仕様書（APIプラン） 2.0版")
    ]


def test_guide_1_6_guides_are_offered_by_plan(clock: Clock, newcomer: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    newcomer.begin("sms")
    assert materials_of(newcomer) == OPEN | CLOSED
    newcomer.begin("plus")
    assert materials_of(newcomer) == OPEN | CLOSED | {"公式アカウント利用ガイド"}
    newcomer.begin("plus_rcs")
    assert materials_of(newcomer) == OPEN | CLOSED | {"公式アカウント利用ガイド", "【別紙】RCS.DTO定義"}


def test_guide_1_6_all_blank_forms_can_be_fetched(clock: Clock, sora: CustomerBrowser) -> None:
    clock("2026-11-24 10:00")
    sora.open("/portal/downloads/")
    forms = [link.get_text(strip=True) for link in sora.part("申込書（空の用紙）").select("a")]
    assert forms == [
        "サービス利用申込書（APIプラン）_SMS",
        "サービス利用申込書（APIプラン）_+メッセージ",
        "サービス利用申込書（APIプラン）_RCS",
        "【別紙】SMS結果通知先設定申込書（APIプラン）",
        "リリースチェックリスト（APIプラン）",
        "サービス利用変更申込書（APIプラン）",
        "アカウントパラメータ変更申込書（APIプラン）_SMS",
        "アカウントパラメータ変更申込書（APIプラン）_+メッセージ",
        "アカウントパラメータ変更申込書（APIプラン）_RCS",
        "アカウントパラメータ変更申込書（APIプラン）_利用区分変更_SMS・+メッセージ併用へ",
        "アカウントパラメータ変更申込書（APIプラン）_利用区分変更_SMS・+メッセージ・RCS併用へ",
        "解約申込書（APIプラン）",
    ]
    for form in forms:
        assert sora.fetch(form).startswith(b"PK")
