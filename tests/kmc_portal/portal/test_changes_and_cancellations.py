"""The pages of changes and cancellations (§2.1b, §3): what they say at the edges; the stories are in tests/guide/."""

from collections.abc import Callable

import pytest

from accounts.models import User
from accounts.rules.plans import Option, Plan
from applications.rules.changes import ChangeItem
from kmc_portal.demo.companies import Goal
from tests.fixtures.cases import CaseAt
from tests.fixtures.changes import change_with, start_cancellation, start_change
from tests.guide.papers import picture
from tests.kmc_portal.portal.conftest import Portal, dense

PortalOf = Callable[[User], Portal]
PARAMETERS = "parameter_change_form"
_I = ChangeItem


def test_items_cannot_be_chosen_anew_after_submission(case_at: CaseAt, portal_of: PortalOf) -> None:
    cells = {"usage.monthly_volume": 30000}
    change = change_with(case_at(Goal.ACTIVE, Plan.SMS), PARAMETERS, cells, _I.USAGE_PURPOSE)
    change.submit()
    portal = portal_of(change.user)
    portal.get("change_items", change.application.pk)
    assert portal.messages == ["いまの状態では、変更する項目を選び直せません。"]


def test_choosing_anew_from_an_old_page_is_refused_and_keeps_the_choice(
    case_at: CaseAt, portal_of: PortalOf
) -> None:
    change = start_change(case_at(Goal.ACTIVE, Plan.SMS), _I.COMPANY)
    portal = portal_of(change.user)
    old = portal.shown_version(change.application, on="change_items")
    change.attach(change.form("service_change_form"))
    data = {"version": old, "items": ["global_ip"], "seen": "global_ip"}
    portal.post("change_items", change.application.pk, data=data)
    assert portal.page.status_code == 422
    assert "この操作は反映されませんでした" in portal.text
    assert change.case.items == ["company"]


@pytest.mark.parametrize("items", [[], ["nonsense"], ["plan_plus_to_sms_plus"]])
def test_a_choice_that_cannot_be_makes_nothing(
    case_at: CaseAt, portal_of: PortalOf, items: list[str]
) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    portal = portal_of(told.user)
    data = {"items": items, "seen": ",".join(items)}
    portal.post("change_new", told.application.own_contract.pk, data=data)
    assert portal.page.status_code == 422
    assert not told.user.customer.applications.filter(kind="change").exists()


def test_a_contract_that_is_not_in_use_offers_neither(case_at: CaseAt, portal_of: PortalOf) -> None:
    told = case_at(Goal.SETUP, Plan.SMS)
    contract = told.application.own_contract
    portal = portal_of(told.user)
    portal.get("contract", contract.pk)
    assert "変更を申し込む" not in portal.text and "解約を申し込む" not in portal.text
    assert portal.get("change_new", contract.pk).status_code == 409
    assert "利用中の契約だけが対象です" in portal.text
    portal.get("cancellation_new", contract.pk)
    assert "利用中の契約だけが対象です" in portal.text
    assert "解約申込を作成する" not in portal.text


def test_a_form_of_another_procedure_is_refused_with_its_name(case_at: CaseAt, portal_of: PortalOf) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    change = start_change(told, _I.COMPANY)
    cancelled = start_cancellation(told)
    portal = portal_of(told.user)
    portal.upload(cancelled.application, ("変更.xlsx", change.form("service_change_form")))
    assert "この手続きでは使いません" in portal.messages[0]


def test_a_picture_of_an_account_in_use_comes_only_where_it_changes(
    case_at: CaseAt, portal_of: PortalOf
) -> None:
    change = start_change(case_at(Goal.ACTIVE, Plan.PLUS), _I.OFFICIAL_ACCOUNT)
    change.attach(change.form(PARAMETERS))
    portal = portal_of(change.user)
    portal.get("application", change.application.pk)
    assert "変える場合だけ" in portal.text and "未添付" not in portal.text
    change.attach(picture(640, 640), name="icon.png", slot="icon")
    portal.get("application", change.application.pk)
    assert "添付の画像（icon.png）" in portal.text
    assert "現在の登録と同じです" not in portal.text  # the picture alone is a change
    change.submit()
    portal.get("version", change.application.pk, 1)
    assert "変更前と変更後" in portal.text and "添付の画像（icon.png）" in portal.text


def test_an_option_that_is_given_up_costs_nothing(case_at: CaseAt, portal_of: PortalOf) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS, Option.TWO_WAY_SMS)
    cells = {"option.two_way_sms": "利用しない", "sms.mo_url": None, "sms.sender_numbers.1": "0120000777"}
    change = change_with(told, PARAMETERS, cells, _I.TWO_WAY_SMS, _I.SENDER_NUMBER)
    portal = portal_of(told.user)
    portal.get("application", change.application.pk)
    assert "利用する場合にかかります" in portal.text
    change.submit()
    portal.get("application", change.application.pk)
    assert "オプションをやめるため、かかりません" in portal.text


def test_the_list_names_what_changes(case_at: CaseAt, portal_of: PortalOf) -> None:
    told = case_at(Goal.ACTIVE, Plan.SMS)
    start_change(told, _I.COMPANY, _I.GLOBAL_IP)
    portal = portal_of(told.user)
    portal.get("applications")
    assert "企業情報、アクセス可能グローバルIPアドレス" in dense(portal.text)


def test_colleagues_of_another_company_see_no_change_of_ours(case_at: CaseAt, portal_of: PortalOf) -> None:
    change = start_change(case_at(Goal.ACTIVE, Plan.SMS), _I.COMPANY)
    portal = portal_of(case_at(Goal.ACTIVE, Plan.SMS).user)
    portal.get("applications")
    assert change.application.number not in portal.text
    assert portal.get("change_items", change.application.pk).status_code == 404
