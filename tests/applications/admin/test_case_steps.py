"""The buttons of a case, pressed as each group: possible or refused, the mail before it goes, two people at once."""

import re

import pytest
from bs4 import BeautifulSoup
from django.utils import timezone

from accounts.models import OutgoingMail
from accounts.rules.plans import Option, Plan
from accounts.services import materials
from applications.gateways.workbooks import write_form
from applications.models import DocumentReview
from applications.services import drafts, submission
from applications.workflow import State
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.papers import application_values
from kmc_portal.lib.jst import date_of
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db


def test_reception_sees_the_next_step_as_a_button_and_others_with_the_reason(case_at, desk):
    story = case_at(Goal.SETUP, Plan.SMS)
    page = desk(story.staff["reception"]).case(story.application)
    steps = page.select_one(".kmc-steps")
    assert steps.select_one("button[disabled]").text == "通知書の承認を依頼する"
    assert "この操作は「運用」の担当者が行います。" in words(steps)
    own = desk(story.staff["operations"]).case(story.application).select_one(".kmc-steps")
    assert own.select_one("a.kmc-button-main").text == "通知書の承認を依頼する"


def test_accepting_is_refused_with_the_names_of_documents_that_are_not_accepted_yet(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "take")
    assert person.said == ["内容確認を始めました。"]
    text = words(person.case(story.application).select_one(".kmc-steps"))
    assert "まだ受理していない書類があります：サービス利用申込書 (SMS)、アカウントパラメータ申込書" in text


def test_what_the_customer_objects_to_stands_on_top_until_the_case_is_accepted_again(case_at, desk):
    story = case_at(Goal.CONFIRMING, Plan.SMS)
    person = desk(story.staff["reception"])
    assert "お客様からの異議" not in words(person.case(story.application).select_one(".kmc-head"))
    person.do(story.application, "object", reason="請求先の部署が違います")
    head = words(person.case(story.application).select_one(".kmc-head"))
    assert "お客様からの異議" in head and "請求先の部署が違います" in head
    subject, body = mail_on(person.case_deed(story.application, "accept"))
    person.do(story.application, "accept", mail_subject=subject, mail_body=body)
    assert "お客様からの異議" not in words(person.case(story.application).select_one(".kmc-head"))


def test_the_mail_is_shown_before_acceptance_and_the_edited_text_is_what_is_sent(case_at, desk, mailbox):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "take")
    person.do(story.application, "accept_all")
    page = person.case_deed(story.application, "accept")
    subject, body = mail_on(page)
    assert "お申し込みを受け付けました" in subject
    assert "例示 次郎 様 <jiro@case1.example.jp>" in words(page.select_one(".kmc-to"))
    mailbox.deliver()
    person.do(
        story.application,
        "accept",
        mail_subject="書き換えた件名",
        mail_body=body.replace("お申し込み", "ご依頼"),
    )
    assert person.said == ["受付受理にしました。提出された内容を登録しました。"]
    [sent] = mailbox.deliver()
    assert sent.subject == "書き換えた件名" and "<jiro@case1.example.jp>" in sent.to[0]
    assert "ご依頼" in sent.body and "お申し込み" not in sent.body
    story.application.refresh_from_db()
    assert story.application.state == State.ACCEPTED


def test_nothing_happens_before_the_mail_was_seen(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "take")
    person.do(story.application, "accept_all")
    response = person.do(story.application, "accept")
    assert response.status_code == 200 and "このメールを送ります" in response.content.decode()
    story.application.refresh_from_db()
    assert story.application.state == State.IN_REVIEW


def test_the_note_of_a_return_stands_in_the_mail_that_is_shown_next(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    first = person.case_deed(story.application, "return")
    assert first.select_one("button.kmc-button-main").text == "次へ：送るメールを確かめる"
    shown = person.do(story.application, "return", note="月末までにお願いします。").content.decode()
    assert "月末までにお願いします。" in shown and "直していただきたい点が1件" in shown
    person.do(
        story.application,
        "return",
        note="月末までにお願いします。",
        mail_subject="書類の修正のお願い",
        mail_body="直してください。",
    )
    mail = OutgoingMail.objects.filter(kind="returned").get()
    assert (mail.subject, mail.body) == ("書類の修正のお願い", "直してください。\n")
    story.application.refresh_from_db()
    assert story.application.state == State.RETURNED


def test_an_old_page_is_told_who_did_what_and_changes_nothing(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception_2"])
    seen = person.case(story.application)
    version = seen.select_one(".kmc-document form input[name=version]")["value"]
    desk(story.staff["reception"]).do(story.application, "accept_document", document="check_sheet")
    person.do(story.application, "accept_document", document="plan_table", version=version)
    [said] = person.said
    assert re.search(r"に 受付 はな さんが「書類を受理」を行ったため、この操作は反映されませんでした。", said)
    states = dict(
        DocumentReview.objects.filter(submission__application=story.application).values_list(
            "document", "state"
        )
    )
    assert (states["check_sheet"], states["plan_table"]) == ("accepted", "pending")


def test_what_was_typed_stays_on_the_page_when_somebody_was_faster(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception_2"])
    old = story.application.version
    desk(story.staff["reception"]).do(story.application, "memo", text="確認中です")
    response = person.do(story.application, "hold", version=old, reason="登記の変更を待つ")
    text = response.content.decode()
    assert response.status_code == 200
    assert "登記の変更を待つ" in text and "この操作は反映されませんでした" in text
    story.application.refresh_from_db()
    assert story.application.hold_reason == ""
    assert f'name="version" value="{story.application.version}"' in text


def test_a_finding_is_anchored_to_the_cell_where_the_value_stands(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    page = person.case_deed(
        story.application, "add_finding", document="account_parameters", place="usage.purpose"
    )
    assert page.select_one("#id_place option[selected]").text.startswith("アカウントパラメータ申込書!C6")
    ready = [option["value"] for option in page.select("#id_ready option")][1]
    person.do(
        story.application, "add_finding", document="account_parameters", place="usage.purpose", ready=ready
    )
    finding = story.application.submissions.get().findings.order_by("-pk").first()
    assert (finding.sheet, finding.cell, finding.text) == ("アカウントパラメータ申込書", "C6", ready)
    assert f"アカウントパラメータ申込書!C6 {ready}" in words(person.case(story.application))


def test_a_finding_without_words_is_asked_for_again(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    response = desk(story.staff["reception"]).do(story.application, "add_finding", document="check_sheet")
    assert "文面を選ぶか、不備の内容を入力してください。" in response.content.decode()


def test_a_finding_taken_back_leaves_the_document_unchecked(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    finding = story.application.submissions.get().findings.get()
    person.do(story.application, "remove_finding", finding=finding.pk)
    assert person.said == ["不備を取り消しました。"]
    review = story.application.submissions.get().reviews.get(document="account_parameters")
    assert review.get_state_display() == "未確認"


def test_a_carriers_remark_goes_to_the_customer_with_its_text(case_at, desk):
    story = case_at(Goal.PARTLY_APPROVED, Plan.PLUS)
    person = desk(story.staff["operations"])
    review = story.application.carrier_reviews.get(carrier="softbank")
    shown = person.do(story.application, "carrier_remark", review=review.pk, text="説明文を直してください。")
    assert "説明文を直してください。" in shown.content.decode() and "ソフトバンク" in shown.content.decode()
    person.do(
        story.application,
        "carrier_remark",
        review=review.pk,
        text="説明文を直してください。",
        mail_subject="指摘",
        mail_body="本文",
    )
    review.refresh_from_db()
    assert review.get_state_display() == "指摘あり"
    assert OutgoingMail.objects.filter(kind="carrier_remarked", subject="指摘").count() == 1


def test_guide_1_9_ng_shows_its_mail_and_ok_sends_none(case_at, desk):
    story = case_at(Goal.SETUP, Plan.SMS, Option.SMS_RESULT_NOTIFICATION)
    person = desk(story.staff["operations"])
    endpoint = story.application.contract.endpoints.get()
    shown = person.do(story.application, "function_ng", endpoint=endpoint.pk, note="応答 200、930 ms")
    assert "応答 200、930 ms" in shown.content.decode() and "このメールを送ります" in shown.content.decode()
    endpoint.refresh_from_db()
    assert endpoint.state == "unchecked"
    person.do(
        story.application,
        "function_ng",
        endpoint=endpoint.pk,
        note="応答 200、930 ms",
        mail_subject="NGでした",
        mail_body="本文",
    )
    person.do(story.application, "function_ok", endpoint=endpoint.pk, note="応答 200、180 ms")
    endpoint.refresh_from_db()
    assert endpoint.state == "ok"
    assert list(OutgoingMail.objects.filter(kind="function_failed").values_list("subject", flat=True)) == [
        "NGでした"
    ]


def test_identifiers_are_entered_for_test_accounts_too(case_at, desk):
    story = case_at(Goal.SETUP, Plan.PLUS, Option.TEST_ACCOUNT)
    person = desk(story.staff["operations"])
    page = person.case(story.application)
    fields = [field["name"] for field in page.select("#setup input[type=text]")]
    assert len(fields) == 2
    assert "試験用アカウントにご注意ください。" in words(page.select_one("#setup"))
    assert "試験1号TEST" in words(page.select_one("#setup"))
    person.do(story.application, "set_identifiers", **dict(zip(fields, ["bot-1", "bot-1-test"], strict=True)))
    accounts = story.application.contract.official_accounts.order_by("pk")
    assert [account.identifier for account in accounts] == ["bot-1", "bot-1-test"]


def test_a_sender_number_that_may_not_send_is_refused_by_name(case_at, desk):
    story = case_at(Goal.SETUP, Plan.SMS)
    person = desk(story.staff["operations"])
    answer = person.do(story.application, "set_senders", numbers_regular="09000001234\n0120000456")
    text = words(BeautifulSoup(answer.content, "html.parser"))
    assert "09000001234: 携帯電話番号は送信元にできません。" in text
    assert "0120000456" in text  # what was typed is there to be corrected
    person.do(story.application, "set_senders", numbers_regular="0120-000-123\n")
    assert list(story.application.contract.sms_senders.open_ended().values_list("number", flat=True)) == [
        "0120000123"
    ]


def test_numbers_of_every_kind_are_saved_together_and_a_wrong_one_holds_all(case_at, desk):
    story = case_at(Goal.SETUP, Plan.SMS, Option.TWO_WAY_SMS, Option.NUMBER_050)
    person = desk(story.staff["operations"])
    fields = [area["name"] for area in person.case(story.application).select("#setup form textarea")]
    assert {"numbers_common", "numbers_number_050"} <= set(fields)
    senders = story.application.contract.sms_senders
    before = list(senders.open_ended().values_list("kind", "number"))
    person.do(story.application, "set_senders", numbers_common="0005123456", numbers_number_050="12")
    assert list(senders.open_ended().values_list("kind", "number")) == before
    person.do(story.application, "set_senders", numbers_common="0005123456", numbers_number_050="05000000123")
    assert person.said == ["SMS送信元表示番号を保存しました。"]
    now = set(senders.open_ended().values_list("kind", "number"))
    assert now == {*before, ("common", "0005123456"), ("number_050", "05000000123")}


def test_identifiers_that_are_refused_stay_typed(case_at, desk):
    story = case_at(Goal.SETUP, Plan.PLUS, Option.TEST_ACCOUNT)
    person = desk(story.staff["operations"])
    fields = [field["name"] for field in person.case(story.application).select("#setup input[type=text]")]
    same = dict.fromkeys(fields, "bot-same")
    answer = person.do(story.application, "set_identifiers", **same)
    page = BeautifulSoup(answer.content, "html.parser")
    assert "botId bot-same は別のアカウントで使われています。" in words(page)
    assert [page.select_one(f"[name={name}]")["value"] for name in fields] == ["bot-same", "bot-same"]


def test_guide_1_3_the_notice_is_looked_at_as_a_draft_and_issued_by_a_second_person(case_at, desk):
    story = case_at(Goal.NOTICE, Plan.SMS)
    who_prepared = desk(story.staff["operations"])
    assert "承認" in words(who_prepared.case(story.application).select_one(".kmc-why"))
    approver = desk(story.staff["approval"])
    page = approver.case_deed(story.application, "issue_notice")
    assert page.select_one(".kmc-draft-mark").text == "未発行の下書き"
    pdf = approver.client.get(f"/admin/applications/application/{story.application.pk}/notice/")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert story.application.contract.notices.count() == 0
    subject, body = mail_on(page)
    approver.do(story.application, "issue_notice", mail_subject=subject, mail_body=body)
    notice = story.application.contract.notices.get()
    assert (notice.prepared_by, notice.approved_by) == (story.staff["operations"], story.staff["approval"])
    issued = approver.client.get(
        f"/admin/applications/application/{story.application.pk}/notice/{notice.pk}/"
    )
    assert issued.content.startswith(b"%PDF")


def test_the_placeholder_of_a_secret_must_stay_in_the_mail(case_at, desk):
    story = case_at(Goal.NOTICE, Plan.SMS)
    approver = desk(story.staff["approval"])
    approver.do(story.application, "issue_notice", mail_subject="通知書", mail_body="パスワードなし")
    assert "⟦support_site_password⟧" in approver.said[0]
    assert story.application.contract.notices.count() == 0


def test_holding_and_resuming_are_one_change_each_in_the_history(case_at, desk):
    story = case_at(Goal.SUBMITTED)
    person, history = desk(story.staff["reception"]), story.application.history
    before = history.count()
    person.do(story.application, "hold", reason="登記の変更を待つ")
    assert (history.count(), history.latest("pgh_id").hold_reason) == (before + 1, "登記の変更を待つ")
    person.do(story.application, "resume")
    assert (history.count(), history.latest("pgh_id").hold_reason) == (before + 2, "")


def test_hold_and_resume_with_the_reason_on_the_page(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "hold", reason="登記の変更を待つ")
    page = words(person.case(story.application))
    assert "保留の理由： 登記の変更を待つ" in page
    person.do(story.application, "resume")
    story.application.refresh_from_db()
    assert not story.application.on_hold


def test_a_case_is_taken_handed_on_and_put_back(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "assign_to_me")
    person.do(story.application, "hand_on", to=story.staff["reception_2"].pk)
    story.application.refresh_from_db()
    assert story.application.assignee == story.staff["reception_2"]
    person.do(story.application, "put_back")
    story.application.refresh_from_db()
    assert story.application.assignee is None


def test_a_case_is_not_handed_to_somebody_who_can_do_nothing_with_it(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    page = person.case_deed(story.application, "hand_on")
    names = {option.text for option in page.select("select[name=to] option[value]:not([value=''])")}
    assert names == {"受付 はな", "受付 まこと", "運用 つかさ", "承認 あきら", "システム 管理者"}
    person.do(story.application, "hand_on", to=story.staff["viewing"].pk)
    story.application.refresh_from_db()
    assert story.application.assignee is None


def _submit_again(story, answers):
    """The customer's own workbook with other answers, as their next version."""
    now = timezone.now()
    values = application_values(story.company, date_of(now), good=True) | answers
    upload = drafts.Upload(name="直した申込書.xlsx", data=write_form("application_sms", values))
    case = {"application_id": story.application.pk, "actor": story.user, "now": now}
    drafts.attach(**case, version=None, uploads=[upload])
    editions = [edition.pk for edition in materials.to_consent(day=date_of(now))]
    story.application.refresh_from_db()
    submission.submit(**case, version=story.application.version, consented_editions=editions)


def test_guide_1_3_a_resubmission_shows_what_was_asked_beside_what_stands_there_now(case_at, desk):
    story = case_at(Goal.SUBMITTED, Plan.SMS)
    person = desk(story.staff["reception"])
    person.do(story.application, "take")
    finding = {"document": "account_parameters", "sheet": "アカウントパラメータ申込書"}
    person.do(
        story.application, "add_finding", **finding, cell="ｃ６", text="どなたに送るかもお書きください。"
    )
    person.do(story.application, "add_finding", **finding, cell="C7", text="画面名もお書きください。")
    shown = person.do(story.application, "return", note="")
    subject, body = mail_on(BeautifulSoup(shown.content, "html.parser"))
    assert "アカウントパラメータ申込書!C6" in body
    person.do(story.application, "return", note="", mail_subject=subject, mail_body=body)
    _submit_again(story, {"usage.purpose": "会員の方への予約確認"})
    asked = person.case(story.application).select_one(".kmc-asked")
    assert words(asked.h4) == "第1版で修正をお願いした点 2件"
    first, second = asked.select("li")
    assert "どなたに送るかもお書きください。" in words(first) and "→ 会員の方への予約確認" in words(first)
    assert "この欄に変更あり" in words(first)
    assert "画面名もお書きください。" in words(second) and "この欄に変更なし" in words(second)


def test_the_demos_resubmission_answers_what_was_asked(case_at, desk):
    story = case_at(Goal.RESUBMITTED, Plan.SMS_PLUS)
    asked = desk(story.staff["reception"]).case(story.application).select_one(".kmc-asked")
    assert "この欄に変更あり" in words(asked) and "この欄に変更なし" not in words(asked)


@pytest.mark.parametrize("group", ["viewing", "billing"])
def test_who_may_only_look_sees_everything_and_changes_nothing(case_at, desk, group):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    person = desk(story.staff[group])
    page = person.case(story.application)
    assert page.select(".kmc-steps a.kmc-button") == []
    assert page.select(".kmc-main form") == []
    before = story.application.version
    for deed, values in (
        ("accept_all", {}),
        ("add_finding", {"document": "check_sheet", "text": "x"}),
        ("hold", {"reason": "x"}),
        ("withdraw", {"reason": "x"}),
        ("memo", {"text": "x"}),
        ("assign_to_me", {}),
        ("return", {"note": "", "mail_subject": "x", "mail_body": "x"}),
    ):
        assert person.do(story.application, deed, **values).status_code == 403, deed
    story.application.refresh_from_db()
    assert story.application.version == before


def test_a_customer_gets_none_of_the_admins_pages(case_at, desk):
    story = case_at(Goal.IN_REVIEW, Plan.SMS)
    client = desk(story.user).client
    for path in (
        "/admin/",
        "/admin/applications/application/",
        f"/admin/applications/application/{story.application.pk}/change/",
        f"/admin/applications/application/{story.application.pk}/do/hold/",
    ):
        assert client.get(path).status_code in (302, 403), path
