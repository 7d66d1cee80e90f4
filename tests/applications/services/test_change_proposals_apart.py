"""§2.1b A new URL belongs to the change that asks for it: no other change drops, adopts or waits for it."""

import pytest
from django.utils import timezone

from accounts.models import NotificationEndpoint
from accounts.rules.plans import Option, Plan
from accounts.services.errors import Stale
from applications.change_story import changed_by_version
from applications.rules.changes import ChangeItem
from applications.services import change_facts, changes, closing, functions, review
from applications.services.facts import latest_submission
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.story import Story
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import Change, change_with

PARAMETERS = "parameter_change_form"
ONE = {"plus.webhook_url": "https://one.example.jp/hook"}
TWO = {"plus.webhook_url": "https://two.example.jp/hook"}
PURPOSE = {"usage.purpose": "予約の確認"}
WEBHOOK = ChangeItem.WEBHOOK_URL


@pytest.fixture
def story(case_at: CaseAt) -> Story:
    return case_at(Goal.ACTIVE, Plan.PLUS, Option.WEBHOOK)


def returned(story: Story) -> Change:
    """A change of the URL that came back and now asks for something else."""
    change = change_with(story, PARAMETERS, ONE, WEBHOOK)
    change.submit()
    reception = change.staff["reception"]
    change.do(review.take, reception)
    change.do(
        review.add_finding, reception, document="parameter_change", sheet="", cell="", text="ご確認ください。"
    )
    change.do(review.return_to_customer, reception)
    change.do(changes.choose_items, items=[ChangeItem.USAGE_PURPOSE])
    return change


def urls(change: Change) -> list[str]:
    return [row.url for row in change_facts.proposals(change.case)]


def test_guide_2_1b_a_change_that_asks_for_something_else_by_now_leaves_the_other_s_url_alone(
    story: Story,
) -> None:
    first = returned(story)
    second = change_with(story, PARAMETERS, TWO, WEBHOOK)
    second.submit()
    first.attach(first.form(PARAMETERS, **PURPOSE))
    first.submit()
    assert (urls(first), urls(second)) == ([], ["https://two.example.jp/hook"])
    second.accept()
    second.confirm()
    assert change_facts.not_ready(second.case) == ("Webhook通知（+メッセージ）の疎通確認OK",)


def test_guide_2_1b_a_withdrawn_change_leaves_no_url_whatever_it_asked_for_last(story: Story) -> None:
    change = returned(story)
    assert urls(change) == ["https://one.example.jp/hook"]
    change.do(closing.withdraw, reason="取りやめ")
    assert not change.contract.endpoints.proposed().exists()


def test_guide_1_9_a_mark_is_for_the_url_that_was_read(story: Story) -> None:
    change = change_with(story, PARAMETERS, ONE, WEBHOOK)
    change.submit()
    [row] = change_facts.proposals(change.case)
    functions.correct_url(
        endpoint_id=row.pk, shown=row.url, url=TWO["plus.webhook_url"], actor=change.user, now=timezone.now()
    )
    with pytest.raises(Stale, match="URLが変更されています"):
        change.do(
            functions.mark_function,
            change.staff["operations"],
            endpoint_id=row.pk,
            ok=True,
            note="電話で確認",
            shown=ONE["plus.webhook_url"],
        )
    row.refresh_from_db()
    assert row.state == NotificationEndpoint.State.UNCHECKED


def test_guide_2_1b_a_corrected_url_stands_in_the_table_of_what_changes(story: Story) -> None:
    change = change_with(story, PARAMETERS, ONE, WEBHOOK)
    change.submit()
    [row] = change_facts.proposals(change.case)
    functions.correct_url(
        endpoint_id=row.pk, shown=row.url, url=TWO["plus.webhook_url"], actor=change.user, now=timezone.now()
    )
    sent = latest_submission(change.case)
    assert sent is not None
    [changed] = changed_by_version(sent, [])
    [line] = changed.rows
    assert line.new == (
        "https://two.example.jp/hook（申込時は https://one.example.jp/hook、そのあと直したもの）"
    )
