"""Test accounts of a contract in use: asked for, refused with what to do, given identifiers, ended (§2.0, §2.1a)."""

import datetime
from typing import Any
from unittest.mock import Mock

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from accounts.models import Contract, OutgoingMail, User
from accounts.rules.plans import Channel, Option, Plan
from accounts.rules.roles import CustomerRole
from accounts.services import endpoints, notice_requests, official_accounts, settings, test_accounts
from accounts.services.errors import NotAllowed, Refused
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.story import Story
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt
from tests.fixtures.people import make_customer_user

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)


def in_use(case_at: CaseAt, *options: Option, plan: Plan = Plan.PLUS_RCS) -> tuple[Story, Contract]:
    told = case_at(Goal.ACTIVE, plan, *options, days_ago=60)
    return told, told.application.own_contract


def ask(contract: Contract, actor: User, urls: dict[Channel, str] | None = None) -> list[Any]:
    return test_accounts.add(contract=contract, webhook_urls=urls or {}, actor=actor, now=timezone.now())


def rename(contract: Contract, channel: str, name: str) -> None:
    contract.official_accounts.get(channel=channel, production=None).profiles.update(name=name)


def names(contract: Contract) -> list[str]:
    return [row.name for row in official_accounts.readings(contract, date_of(timezone.now())) if row.is_test]


# asked for ----------------------------------------------------------------------------------------


def test_guide_2_0_a_test_account_for_every_official_account_from_today_on(case_at: CaseAt) -> None:
    told, contract = in_use(case_at)
    today = date_of(timezone.now())
    assert [row.channel for row in ask(contract, told.user)] == ["plus", "rcs"]
    assert names(contract) == ["試験1号TEST", "試験1号TEST"]
    option = contract.options.get(option=Option.TEST_ACCOUNT)
    assert (option.since, option.until) == (today, None)
    assert contract.endpoints.count() == 0
    assert not official_accounts.has_test_accounts(contract, today - ONE_DAY)


def test_guide_2_0_its_own_webhook_waits_for_its_check(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, Option.WEBHOOK)
    ask(contract, told.user, {Channel.RCS: " https://hooks.case1.example.jp/rcs-test ", Channel.PLUS: ""})
    [row] = contract.endpoints.filter(for_test=True)
    assert (row.function, row.channel, row.url, row.state) == (
        "webhook",
        "rcs",
        "https://hooks.case1.example.jp/rcs-test",
        "unchecked",
    )
    assert row in contract.endpoints.as_of(date_of(timezone.now()))


def test_the_account_contact_gets_a_mail_that_it_was_received(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, Option.WEBHOOK)
    ask(contract, told.user, {Channel.PLUS: "https://hooks.case1.example.jp/plus-test"})
    mail = OutgoingMail.objects.get(kind="test_account_received")
    assert (mail.to, mail.to_name, mail.about) == (
        "jiro@case1.example.jp",
        "例示 次郎",
        f"contract:{contract.number}",
    )
    assert (
        "+メッセージ：試験1号TEST\n　Webhook URL：https://hooks.case1.example.jp/plus-test\nRCS：試験1号TEST\n"
        in mail.body
    )
    assert "配信料がかかります" in mail.body


@pytest.mark.parametrize("group", ["reception", "approval", "operations"])
def test_staff_who_may_change_contracts_ask_for_the_customer(case_at: CaseAt, group: str) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.staff[group])
    assert names(contract) == ["試験1号TEST"]


@pytest.mark.parametrize("group", ["billing", "viewing"])
def test_other_staff_may_not(case_at: CaseAt, group: str) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    with pytest.raises(NotAllowed):
        ask(contract, told.staff[group])
    assert names(contract) == []


def test_nobody_asks_for_another_company_s_contract(case_at: CaseAt, other_customer_admin: User) -> None:
    _, contract = in_use(case_at, plan=Plan.PLUS)
    with pytest.raises(NotAllowed):
        ask(contract, other_customer_admin)
    member = make_customer_user(contract.customer, "new@case1.example.jp", "新人", CustomerRole.MEMBER)
    assert len(ask(contract, member)) == 1


def test_guide_2_0_nobody_has_two(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.user)
    with pytest.raises(Refused, match="この契約には、すでに試験用アカウントがあります。"):
        ask(contract, told.user)
    assert contract.official_accounts.count() == 2
    assert OutgoingMail.objects.filter(kind="test_account_received").count() == 1


def test_guide_2_0_a_plan_without_official_accounts_has_none(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.SMS)
    with pytest.raises(Refused, match="\\+メッセージまたはRCSの公式アカウントがある契約"):
        ask(contract, told.user)


def test_guide_2_0_before_the_contract_is_in_use_it_is_chosen_in_the_application(case_at: CaseAt) -> None:
    told = case_at(Goal.SETUP, Plan.PLUS)
    with pytest.raises(Refused, match="利用中の契約でお申し込みいただけます"):
        ask(told.application.own_contract, told.user)


@pytest.mark.parametrize(
    ("channel", "length", "fits"),
    [("rcs", 36, True), ("rcs", 37, False), ("plus", 16, True), ("plus", 17, False)],  # 40 and 20, less TEST
)
def test_guide_2_1a_a_name_without_room_for_TEST_has_to_be_changed_first(
    case_at: CaseAt, channel: str, length: int, fits: bool
) -> None:
    told, contract = in_use(case_at)
    rename(contract, channel, "あ" * length)
    if fits:
        ask(contract, told.user)
        assert "あ" * length + "TEST" in names(contract)
        return
    with pytest.raises(Refused) as refusal:
        ask(contract, told.user)
    most, least = {"rcs": (40, 36), "plus": (20, 16)}[channel]
    assert f"{length}文字のため" in str(refusal.value)
    assert f"上限の{most}文字を超えます。" in str(refusal.value)
    assert f"{least}文字以内にする変更をお申し込みください。" in str(refusal.value)
    assert names(contract) == [] and not contract.options.filter(option=Option.TEST_ACCOUNT).exists()


@pytest.mark.parametrize(("length", "fits"), [(8, True), (9, False)])
def test_guide_2_0_the_limit_of_plus_message_is_a_setting(case_at: CaseAt, length: int, fits: bool) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    settings.change(key="plus_name_max", value=12, actor=told.staff["system"])
    rename(contract, "plus", "あ" * length)
    if fits:
        ask(contract, told.user)
        assert names(contract) == ["ああああああああTEST"]
    else:
        with pytest.raises(Refused, match="8文字以内にする変更"):
            ask(contract, told.user)


def test_guide_2_1a_a_name_that_is_planned_needs_room_as_well(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    row = contract.official_accounts.get().profiles.get()
    tomorrow = date_of(timezone.now()) + ONE_DAY
    row.period = DateRange(row.since, tomorrow)
    row.save(update_fields=["period"])
    contract.official_accounts.get().profiles.create(name="あ" * 17, period=DateRange(tomorrow, None))
    with pytest.raises(Refused, match="17文字のため"):
        ask(contract, told.user)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://abc123.execute-api.ap-northeast-1.amazonaws.com/hook", "カスタムドメイン"),
        ("http://hooks.case1.example.jp/test", "https"),
        ("https://198.20.0.9/test", "IP"),
        ("https://user:secret@hooks.case1.example.jp/test", "ユーザー"),
    ],
)
def test_guide_1_9_its_own_webhook_url_is_refused_with_its_reason(
    case_at: CaseAt, url: str, words: str
) -> None:
    told, contract = in_use(case_at, Option.WEBHOOK, plan=Plan.PLUS)
    with pytest.raises(Refused) as refusal:
        ask(contract, told.user, {Channel.PLUS: url})
    assert str(refusal.value).startswith("+メッセージの試験用Webhook URL：")
    assert words in str(refusal.value)
    assert names(contract) == [] and not contract.endpoints.filter(for_test=True).exists()


def test_guide_2_0_without_the_webhook_option_there_is_no_url_of_its_own(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    with pytest.raises(Refused, match="Webhookオプションがないため"):
        ask(contract, told.user, {Channel.PLUS: "https://hooks.case1.example.jp/test"})
    with pytest.raises(Refused, match="この契約にないチャネル"):
        ask(contract, told.user, {Channel.RCS: "https://hooks.case1.example.jp/test"})


# identifiers --------------------------------------------------------------------------------------


def enter(contract: Contract, actor: User, *texts: str) -> test_accounts.Entered:
    accounts = contract.official_accounts.filter(production__isnull=False).order_by("channel")
    return test_accounts.set_identifiers(
        contract_id=contract.pk,
        identifiers={account.pk: text for account, text in zip(accounts, texts, strict=True)},
        actor=actor,
        now=timezone.now(),
    )


def test_guide_2_0_with_the_last_identifier_a_new_notice_is_asked_for(case_at: CaseAt) -> None:
    told, contract = in_use(case_at)
    ask(contract, told.user)
    waiting = Contract.objects.filter(test_accounts.waiting())
    assert list(waiting) == [contract]
    operations = told.staff["operations"]
    assert enter(contract, operations, "bot-t", "") == test_accounts.Entered(1, notice_requested=False)
    assert not contract.notice_requests.exists()
    assert enter(contract, operations, "bot-t", "agent-t") == test_accounts.Entered(0, notice_requested=True)
    request = contract.notice_requests.get()
    assert (request.reason, request.requested_by) == ("試験用アカウントの追加", operations)
    assert list(waiting.all()) == []
    notice = notice_requests.approve(request_id=request.pk, actor=told.staff["approval"], now=timezone.now())
    rows = [(row["name"], row["identifier"], row["is_test"]) for row in notice.content["official_accounts"]]
    assert rows[1] == ("試験1号TEST", "bot-t", True)
    assert rows[3] == ("試験1号TEST", "agent-t", True)
    assert "試験用アカウント" in notice.content["options"]


def test_a_notice_that_waits_already_is_not_asked_for_twice(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.user)
    operations = told.staff["operations"]
    notice_requests.request(
        contract_id=contract.pk, reason="番号の追加", actor=operations, now=timezone.now()
    )
    assert enter(contract, operations, "bot-t") == test_accounts.Entered(0, notice_requested=False)
    assert contract.notice_requests.get().reason == "番号の追加"


def test_an_identifier_entered_again_asks_for_nothing(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.user)
    operations = told.staff["operations"]
    enter(contract, operations, "bot-t")
    notice_requests.send_back(
        request_id=contract.notice_requests.get().pk, answer="今は不要", actor=operations, now=timezone.now()
    )
    assert not enter(contract, operations, "bot-t").notice_requested
    assert enter(contract, operations, "bot-t2").notice_requested


def test_what_a_crash_left_out_is_asked_for_at_the_next_press(
    case_at: CaseAt, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.user)
    operations = told.staff["operations"]
    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(notice_requests, "request", Mock(side_effect=KeyboardInterrupt))
        enter(contract, operations, "bot-t")
    assert not contract.notice_requests.exists()
    assert enter(contract, operations, "bot-t").notice_requested


def test_an_identifier_of_another_account_and_an_empty_one_are_refused(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.user)
    operations = told.staff["operations"]
    taken = contract.official_accounts.get(production=None).identifier
    with pytest.raises(Refused, match="別のアカウントで使われています"):
        enter(contract, operations, taken)
    enter(contract, operations, "bot-t")
    with pytest.raises(Refused, match="空にはできません"):
        enter(contract, operations, " ")


@pytest.mark.parametrize("group", ["reception", "approval", "billing", "viewing"])
def test_only_operations_enter_identifiers(case_at: CaseAt, group: str) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    ask(contract, told.user)
    with pytest.raises(NotAllowed):
        enter(contract, told.staff[group], "bot-t")


def test_only_test_accounts_of_a_contract_in_use_are_entered_here(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    operations = told.staff["operations"]
    production = contract.official_accounts.get()
    with pytest.raises(Refused, match="この契約の試験用アカウントではありません"):
        test_accounts.set_identifiers(
            contract_id=contract.pk, identifiers={production.pk: "x"}, actor=operations, now=timezone.now()
        )
    before = case_at(Goal.SETUP, Plan.PLUS, Option.TEST_ACCOUNT).application.own_contract
    with pytest.raises(Refused, match="申込の画面の「アカウント設定」"):
        enter(before, operations, "bot-x")


# the end ------------------------------------------------------------------------------------------


def test_guide_2_0_it_ends_with_its_option_and_its_webhook_and_stays_on_record(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, Option.WEBHOOK)
    ask(contract, told.user, {Channel.PLUS: "https://hooks.case1.example.jp/plus-test"})
    enter(contract, told.staff["operations"], "bot-t", "")
    proposed = endpoints.propose(
        contract=contract, function="webhook", channel="rcs", for_test=True,  # type: ignore[arg-type]
        url="https://hooks.case1.example.jp/rcs-test",
    )  # fmt: skip
    today = date_of(timezone.now())
    assert (
        test_accounts.end(contract_id=contract.pk, actor=told.staff["operations"], now=timezone.now())
        == today
    )
    assert contract.options.get(option=Option.TEST_ACCOUNT).until == today
    assert contract.endpoints.get(for_test=True, channel="plus").until == today
    proposed.refresh_from_db()
    assert proposed.closed_at is not None
    assert contract.endpoints.as_of(today).filter(for_test=False).count() == 2  # production's go on
    tests = contract.official_accounts.filter(production__isnull=False)
    assert [row.identifier for row in tests] == ["bot-t"]  # the other never had one
    tomorrow = today + ONE_DAY
    assert [row.is_test for row in official_accounts.readings(contract, today)] == [False, True, False]
    assert [row.is_test for row in official_accounts.readings(contract, tomorrow)] == [False, False]
    [ended] = [row for row in official_accounts.readings(contract, tomorrow, also_ended=True) if row.is_test]
    assert (ended.name, ended.in_use) == ("試験1号TEST", False)
    assert list(Contract.objects.filter(test_accounts.waiting())) == []


def test_guide_2_0_after_its_end_it_may_be_asked_for_again_from_the_next_day(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, plan=Plan.PLUS)
    operations, now = told.staff["operations"], timezone.now()
    ask(contract, told.user)
    enter(contract, operations, "bot-t")
    test_accounts.end(contract_id=contract.pk, actor=operations, now=now)
    with pytest.raises(Refused, match="まで利用中です。その翌日からお申し込みいただけます。"):
        ask(contract, told.user)
    with pytest.raises(Refused, match="終了できる試験用アカウントはありません"):
        test_accounts.end(contract_id=contract.pk, actor=operations, now=now)
    [again] = test_accounts.add(contract=contract, webhook_urls={}, actor=told.user, now=now + ONE_DAY)
    assert again.identifier == "bot-t"  # the same account goes on
    assert contract.options.filter(option=Option.TEST_ACCOUNT).count() == 2


def test_customers_and_viewers_end_nothing(case_at: CaseAt) -> None:
    told, contract = in_use(case_at, Option.TEST_ACCOUNT, plan=Plan.PLUS)
    for actor in (told.user, told.staff["viewing"], told.staff["billing"]):
        with pytest.raises(NotAllowed):
            test_accounts.end(contract_id=contract.pk, actor=actor, now=timezone.now())
