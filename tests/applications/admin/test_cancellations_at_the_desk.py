"""Cancellations at the staff's desk (§3): from the mail to the decision by a second person, by HTTP.

The cut-off of December 2026 is Thursday the 10th.
"""

import datetime

import pytest
from bs4 import BeautifulSoup
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import OutgoingMail, User
from accounts.rules.plans import Plan
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import cancellation
from billing.services import prices
from kmc_portal.demo import papers
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.months import Month
from tests.fixtures.billing import price_list
from tests.fixtures.changes import Change, start_cancellation, start_change
from tests.fixtures.staff_pages import mail_on, words

pytestmark = pytest.mark.django_db
START = "/admin/applications/application/do/start_cancellation/"
LIST = "/admin/applications/application/"
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}


@pytest.fixture
def in_use(now_is, case_at, billing_clerk: User):
    prices.publish(
        contract=None,
        name="標準",
        start=Month(2026, 1),
        rows=price_list(cancellation_fee="30000"),
        note="",
        actor=billing_clerk,
        now=timezone.now(),
    )
    story = case_at(Goal.ACTIVE, Plan.SMS)
    now_is("2026-12-14 10:00")  # a Monday, after the cut-off
    return story


def soup(response) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")


def handed_in(story) -> Change:
    change = start_cancellation(story)
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    return change


def to_decide(story) -> Change:
    change = handed_in(story)
    change.accept()
    change.confirm()
    return change


# registered from a mail ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "last", "effective"),
    [
        (
            "2026-12-10T23:59",
            "2027年1月 （2027年1月31日（日）まで利用できます）",
            "2027年2月ご利用分から解約",
        ),
        (
            "2026-12-11T00:00",
            "2027年2月 （2027年2月28日（日）まで利用できます）",
            "2027年3月ご利用分から解約",
        ),
    ],
)
def test_guide_3_2_staff_see_last_month_and_fee_by_the_time_of_the_mail_before_anything_is_made(
    in_use, desk, received: str, last: str, effective: str
) -> None:
    person = desk(in_use.staff["reception"])
    number = in_use.application.own_contract.number
    shown = soup(person.send(START, contract=number, mail_received_at=received))
    text = words(shown.select_one(".kmc-card"))
    assert last in text and effective in text
    assert "2026年12月10日（木）" in text
    assert "30,000円（税抜） 税込では約33,000円" in text
    assert not Application.objects.filter(kind="cancellation").exists()


def test_guide_3_2_what_came_by_mail_is_registered_with_it_and_counts_by_it(in_use, desk) -> None:
    person = desk(in_use.staff["reception"])
    contract = in_use.application.own_contract
    draft = start_cancellation(in_use)
    form = draft.form("cancellation_form", **UNDERSTOOD)
    Application.objects.filter(pk=draft.application.pk).update(state="withdrawn")
    mail = papers.received_mail(in_use.company, "解約申込の送付", datetime.date(2026, 12, 10))
    person.send(
        START,
        contract=contract.number,
        mail_received_at="2026-12-10T23:59",
        checked="yes",
        uploads=[SimpleUploadedFile("受信.eml", mail), SimpleUploadedFile("解約.xlsx", form)],
    )
    made = Application.objects.get(kind="cancellation", state="draft")
    assert person.said == [f"解約申込 {made.number} を作成しました。内容を確認して申し込んでください。"]
    subject, body = mail_on(person.case_deed(made, "submit"))
    person.do(made, "submit", mail_subject=subject, mail_body=body)
    made.refresh_from_db()
    assert (made.state, made.last_month) == ("submitted", datetime.date(2027, 1, 1))


def test_guide_3_a_second_cancellation_is_refused_with_the_number_of_the_first(in_use, desk) -> None:
    first = start_cancellation(in_use)
    person = desk(in_use.staff["reception"])
    number = in_use.application.own_contract.number
    person.send(START, contract=number, mail_received_at="2026-12-14T09:00")
    assert person.said == [f"解約申込 {first.case.number} が手続き中です。"]


def test_guide_3_changes_under_way_are_named_before_a_cancellation_is_registered(in_use, desk) -> None:
    change = start_change(in_use, ChangeItem.COMPANY)
    person = desk(in_use.staff["reception"])
    number = in_use.application.own_contract.number
    text = words(soup(person.send(START, contract=number, mail_received_at="2026-12-14T09:00")))
    assert "適用できるのは2027年2月28日までです" in text.replace("（日）", "")
    assert change.case.number in text


# the case's page ------------------------------------------------------------------------------------


def test_guide_3_2_the_page_shows_cut_off_last_month_and_fee_after_submitting(in_use, desk) -> None:
    change = handed_in(in_use)
    text = words(desk(in_use.staff["viewing"]).case(change.application).select_one("#cancellation"))
    assert "2027年2月 （2027年2月28日（日）まで利用できます）" in text
    assert "2026年12月14日（月）の申込として数えます" in text
    assert "2026年12月の締切は2026年12月10日（木）です。" in text
    assert "30,000円（税抜）" in text and "最終利用月を変更する" not in text


def test_guide_3_2_another_last_month_is_decided_with_its_reason(in_use, desk) -> None:
    change = handed_in(in_use)
    person = desk(in_use.staff["approval"])
    page = person.case_deed(change.application, "set_last_month")
    months = [option["value"] for option in page.select("[name=month] option")]
    assert (months[0], months[-1], len(months)) == ("2026-12", "2028-12", 25)
    assert page.select_one("[name=month] option[selected]")["value"] == "2027-02"
    person.do(change.application, "set_last_month", month="2027-01", reason="事故で届かなかったため")
    text = words(person.case(change.application).select_one("#cancellation"))
    assert "2027年1月 （2027年1月31日（日）まで利用できます）" in text
    assert "2027年1月：事故で届かなかったため" in text
    assert "2027年1月利用分に計上" in text


def test_guide_3_a_second_person_confirms_it_with_a_mail_and_nobody_takes_it_back(in_use, desk) -> None:
    change = to_decide(in_use)
    approval = desk(in_use.staff["approval"])
    page = approval.case_deed(change.application, "fix_cancellation")
    assert "2027年2月28日（日）まで利用できます" in words(page)
    _, body = mail_on(page)
    assert "2027年2月28日" in body
    approval.do(
        change.application, "fix_cancellation", mail_subject="ご解約について", mail_body=body + "担当より"
    )
    assert (change.case.state, change.contract.ends_on) == ("ending", datetime.date(2027, 2, 28))
    sent = OutgoingMail.objects.get(kind="cancellation_fixed")
    assert sent.subject == "ご解約について" and "担当より" in sent.body
    shown = approval.case(change.application)
    assert "2027年2月28日（日）で終了します。" in words(shown.select_one("#cancellation"))
    assert "2027年2月28日（日）付けで計上済み" in words(shown.select_one("#cancellation"))
    assert "契約の終了を待っています" in words(shown.select_one(".kmc-steps"))
    assert not shown.select('.kmc-steps a[href*="withdraw"], .kmc-steps a[href*="set_last_month"]')


def test_guide_3_who_accepted_it_reads_why_somebody_else_confirms(in_use, desk) -> None:
    change = handed_in(in_use)
    system = in_use.staff["system"]
    change.staff = {**change.staff, "reception": system}
    change.accept()
    change.confirm()
    steps = words(desk(system).case(change.application).select_one(".kmc-steps"))
    assert "ご自身が受付受理した解約は確定できません。別の承認者に依頼してください。" in steps


def test_guide_3_it_is_reopened_with_a_reason(in_use, desk) -> None:
    change = to_decide(in_use)
    person = desk(in_use.staff["reception"])
    refused = person.do(change.application, "reopen_cancellation", reason="")
    assert "内容確認に戻す理由を入力してください" in words(soup(refused))
    person.do(change.application, "reopen_cancellation", reason="手数料を確かめるため")
    assert change.case.state == "in_review"


def test_guide_3_what_is_decided_stands_in_its_queue_by_the_day_of_its_end(
    now_is, case_at, in_use, desk
) -> None:
    first, second = to_decide(in_use), to_decide(case_at(Goal.ACTIVE, Plan.SMS))
    first.do(
        cancellation.set_last_month, first.staff["approval"], month=Month(2027, 6), reason="お客様のご希望"
    )
    person = desk(in_use.staff["approval"])

    def listed(queue: str) -> list[str]:
        page = person.open(LIST, queue=queue)
        return [
            words(row.select_one("th, .field-number_column")) for row in page.select("#result_list tbody tr")
        ]

    assert set(listed("final_approval")) == {first.case.number, second.case.number}
    for change in (first, second):
        change.do(cancellation.fix, change.staff["approval"])
    assert listed("final_approval") == []
    assert listed("ending") == [second.case.number, first.case.number]  # February before June
    rows = words(person.open(LIST, queue="ending").select_one("#result_list"))
    assert "2月28日（日）で終了" in rows and "6月30日（水）で終了" in rows


def test_guide_3_a_cancellation_is_begun_from_the_contracts_page_until_it_is_decided(in_use, desk) -> None:
    person = desk(in_use.staff["reception"])
    contract = in_use.application.own_contract
    page = f"/admin/accounts/contract/{contract.pk}/change/"
    links = {link.get_text() for link in person.open(page).select('.kmc-side a[href*="/do/start_"]')}
    assert links == {"変更申込を登録する", "解約申込を登録する"}
    change = to_decide(in_use)
    change.do(cancellation.fix, change.staff["approval"])
    links = {link.get_text() for link in person.open(page).select('.kmc-side a[href*="/do/start_"]')}
    assert links == {"変更申込を登録する"}
    assert not desk(in_use.staff["viewing"]).open(page).select('.kmc-side a[href*="/do/start_"]')


@pytest.mark.parametrize(
    ("received", "said"),
    [("0001-01-01T00:00", "1年より前になっています"), ("9999-12-31T23:59", "未来になっています")],
)
def test_guide_3_a_time_at_which_no_mail_came_is_told(in_use, desk, received: str, said: str):
    person = desk(in_use.staff["reception"])
    number = in_use.application.own_contract.number
    assert said in words(soup(person.send(START, contract=number, mail_received_at=received)))


def test_a_number_that_is_none_is_told(in_use, desk):
    person = desk(in_use.staff["reception"])
    answer = person.send(START.replace("cancellation", "change"), contract="K\0", items="company")
    assert answer.status_code == 200  # the form once more, with what is wrong
    assert not Application.objects.filter(kind="change").exists()
