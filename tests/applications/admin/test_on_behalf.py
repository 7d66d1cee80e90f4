"""A case on a customer's behalf: what came by mail is registered, attached, consented to and submitted by staff."""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import OutgoingMail
from accounts.rules.plans import Option, Plan
from applications.models import Application, Consent
from kmc_portal.demo import papers
from kmc_portal.demo.companies import Company, Goal
from kmc_portal.lib.jst import in_japan
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db
ADD = "/admin/applications/application/add/"


def files_of(company: Company, today: datetime.date, *, good: bool = True) -> list[SimpleUploadedFile]:
    uploads = papers.application_uploads(company, today, good=good)
    mail = papers.received_mail(company, "申込書の送付", today)
    return [
        SimpleUploadedFile("申込.eml", mail),
        *(SimpleUploadedFile(one.name, one.data) for one in uploads),
    ]


@pytest.fixture
def invited(case_at):
    return case_at(Goal.INVITED, Plan.SMS)


def register(person, story, received: str, files: list[SimpleUploadedFile], *options: str):
    customer = story.user.customer
    return person.send(
        ADD,
        customer=customer.pk,
        mail_received_at=received,
        plan="sms",
        options=list(options),
        delivery_method="api",
        uploads=files,
    )


def test_mail_and_forms_become_a_case_that_counts_from_the_mail(invited, desk):
    person = desk(invited.staff["reception"])
    now = timezone.now()
    received = in_japan(now) - datetime.timedelta(hours=3)
    files = files_of(invited.company, received.date())
    response = register(person, invited, received.strftime("%Y-%m-%dT%H:%M"), files)
    application = Application.objects.get()
    assert response["Location"] == f"/admin/applications/application/{application.pk}/change/"
    assert application.get_received_by_display() == "メール"
    assert sorted(application.attachments.values_list("slot", flat=True)) == [
        "application_form",
        "received_mail",
    ]
    page = person.case_deed(application, "submit")
    boxes = [box["value"] for box in page.select("[name=consent]")]
    assert len(boxes) == 3
    shown = person.do(application, "submit", consent=boxes)
    assert "例示 次郎 様 &lt;jiro@case1.example.jp&gt;" in shown.content.decode()
    person.do(
        application, "submit", consent=boxes, mail_subject="お預かりしました", mail_body="受け取りました。"
    )
    application.refresh_from_db()
    assert application.state == "submitted"
    assert in_japan(application.submitted_at).strftime("%Y-%m-%dT%H:%M") == received.strftime(
        "%Y-%m-%dT%H:%M"
    )
    assert Consent.objects.filter(user=person.user, given_by="見本 花子").count() == 3
    assert OutgoingMail.objects.get(kind="submission_received").subject == "お預かりしました"


def test_the_submission_says_which_consents_are_missing(invited, desk):
    person = desk(invited.staff["reception"])
    received = in_japan(timezone.now()) - datetime.timedelta(hours=3)
    register(person, invited, received.strftime("%Y-%m-%dT%H:%M"), files_of(invited.company, received.date()))
    application = Application.objects.get()
    subject, body = mail_on(_soup(person.do(application, "submit", consent=[])))
    person.do(application, "submit", consent=[], mail_subject=subject, mail_body=body)
    assert person.said == [
        "同意が必要です：サービス利用規約 2.0版、サービス配信ガイドライン 2.0版、サービス利用手続きガイド（APIプラン） 2.0版"
    ]
    application.refresh_from_db()
    assert application.state == "draft"


def test_faulty_forms_are_listed_and_cannot_be_submitted(invited, desk):
    person = desk(invited.staff["reception"])
    received = in_japan(timezone.now()) - datetime.timedelta(hours=3)
    files = files_of(invited.company, received.date(), good=False)
    register(person, invited, received.strftime("%Y-%m-%dT%H:%M"), files)
    application = Application.objects.get()
    page = person.case(application)
    assert "申込書に直していただく点が" in words(page.select_one(".kmc-steps"))
    assert page.select(".kmc-faults li")


def test_a_mail_from_the_future_is_refused_and_the_form_keeps_its_answers(invited, desk):
    person = desk(invited.staff["reception"])
    later = in_japan(timezone.now()) + datetime.timedelta(hours=1)
    response = register(
        person, invited, later.strftime("%Y-%m-%dT%H:%M"), files_of(invited.company, later.date())
    )
    assert "メールの受信日時が未来になっています。" in person.said[0]
    assert response.status_code == 200
    assert not Application.objects.exists()


def test_an_option_that_the_plan_cannot_have_is_refused_on_the_form(invited, desk):
    person = desk(invited.staff["reception"])
    received = in_japan(timezone.now()) - datetime.timedelta(hours=3)
    response = register(
        person,
        invited,
        received.strftime("%Y-%m-%dT%H:%M"),
        files_of(invited.company, received.date()),
        Option.WEBHOOK,
    )
    assert "「Webhook」はSMSのみでは選べません。" in response.content.decode()
    assert not Application.objects.exists()


def test_a_file_that_cannot_be_read_leaves_the_case_with_a_word_about_it(invited, desk):
    person = desk(invited.staff["reception"])
    received = in_japan(timezone.now()) - datetime.timedelta(hours=3)
    broken = [SimpleUploadedFile("申込書.xlsx", b"no workbook at all")]
    register(person, invited, received.strftime("%Y-%m-%dT%H:%M"), broken)
    application = Application.objects.get()
    assert f"申込 {application.number} を作成しましたが、書類は添付できませんでした。" in person.said[0]


def test_viewers_and_operations_cannot_register_a_case(invited, desk):
    for group in ("viewing", "billing", "operations", "approval"):
        assert desk(invited.staff[group]).client.get(ADD).status_code == 403, group


def test_files_are_attached_and_taken_off_a_draft(case_at, desk):
    story = case_at(Goal.DRAFT, Plan.SMS)
    person = desk(story.staff["reception"])
    good = papers.application_uploads(story.company, story.at.date())[0]
    person.do(story.application, "attach", uploads=[SimpleUploadedFile(good.name, good.data)])
    assert person.said == ["1件の書類を添付しました。"]
    assert "問題なし" in words(person.case(story.application).select_one(".kmc-papers"))
    attachment = story.application.attachments.get(replaced_at=None)
    person.do(story.application, "detach", attachment=attachment.pk)
    assert "書類はまだ添付されていません。" in words(person.case(story.application).select_one("#draft"))


def test_plan_and_options_are_chosen_anew(case_at, desk):
    story = case_at(Goal.DRAFT, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "choose", plan="sms_plus", options=["webhook"], delivery_method="api")
    story.application.refresh_from_db()
    assert (story.application.plan, story.application.options) == ("sms_plus", ["webhook"])


def test_guide_1_4_a_release_is_started_from_the_contract(case_at, desk):
    story = case_at(Goal.ACTIVE, Plan.PLUS, Option.STORE_DISPLAY)
    person = desk(story.staff["reception"])
    contract = story.application.contract
    page = person.open(f"/admin/accounts/contract/{contract.pk}/change/")
    link = next(a for a in page.select("aside a") if "ストア表示の申請" in a.text)
    assert person.client.get(link["href"]).status_code == 200
    person.send("/admin/applications/application/do/start_release/", contract=contract.pk)
    release = Application.objects.get(kind="release")
    assert release.contract == contract
    person.send("/admin/applications/application/do/start_release/", contract=contract.pk)
    assert person.said[-1] == "この契約には手続き中のストア表示申請があります。"


def _soup(response):

    return BeautifulSoup(response.content, "html.parser")
