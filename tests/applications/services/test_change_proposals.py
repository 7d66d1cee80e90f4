"""§2.1b New URLs of changes: each belongs to its own change, and goes when the change no longer asks for it."""

from django.utils import timezone

from accounts.rules.plans import Option, Plan
from applications.rules.changes import ChangeItem
from applications.services import changes, closing, functions, review
from applications.services.facts import latest_submission
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import Change, change_with

PARAMETERS = "parameter_change_form"
BOTH = (Option.SMS_RESULT_NOTIFICATION, Option.WEBHOOK)
RESULT = {"result.url": "https://new.example.jp/result"}
HOOK = {"plus.webhook_url": "https://new.example.jp/hook"}


def urls_of(change: Change) -> list[str]:
    return [row.url for row in functions.endpoints_of(change.case, date_of(timezone.now()))]


def test_guide_2_1b_two_changes_keep_their_new_urls_apart(case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS_PLUS, *BOTH)
    one = change_with(told, PARAMETERS, RESULT, ChangeItem.SMS_RESULT_URL)
    one.submit()
    other = change_with(told, PARAMETERS, HOOK, ChangeItem.WEBHOOK_URL)
    other.submit()
    assert (urls_of(one), urls_of(other)) == ([RESULT["result.url"]], [HOOK["plus.webhook_url"]])
    assert functions.case_of(functions.endpoints_of(one.case, date_of(timezone.now())).get()) == one.case
    one.do(closing.withdraw, reason="中止")
    assert (urls_of(one), urls_of(other)) == ([], [HOOK["plus.webhook_url"]])


def test_guide_2_1b_a_rejected_change_proposes_nothing_more(case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK)
    change = change_with(told, PARAMETERS, HOOK, ChangeItem.WEBHOOK_URL)
    change.submit()
    change.do(closing.reject, told.staff["reception"], reason="お受けできません")
    assert not change.contract.endpoints.proposed().exists()


def test_guide_2_1b_an_item_that_is_given_up_takes_its_url_along(case_at: CaseAt) -> None:
    told = case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK)
    items = (ChangeItem.WEBHOOK_URL, ChangeItem.USAGE_PURPOSE)
    change = change_with(told, PARAMETERS, {**HOOK, "usage.monthly_volume": 30000}, *items)
    change.submit()
    reception = told.staff["reception"]
    change.do(review.take, reception)
    submission = latest_submission(change.case)
    assert submission is not None
    document = submission.reviews.get().document
    change.do(
        review.add_finding, reception, document=document, sheet="", cell="", text="URLは次回にしてください。"
    )
    change.do(review.return_to_customer, reception, note="")
    assert urls_of(change) == [HOOK["plus.webhook_url"]]
    change.do(changes.choose_items, items=[ChangeItem.USAGE_PURPOSE])
    change.attach(change.form(PARAMETERS, **{"usage.monthly_volume": 30000}))
    change.submit()
    assert not change.contract.endpoints.proposed().exists()
