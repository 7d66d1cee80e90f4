"""一時費用: charged once, with a reason, within the contract's time (§5.1)."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Contract, User
from accounts.services.errors import NotAllowed, Refused
from billing.models import BillingRun, OneOffCharge
from billing.rules.tax import TaxCategory
from billing.services import charges
from kmc_portal.lib.jst import date_of
from tests.fixtures.billing import World
from tests.fixtures.staff_pages import Desk, words

pytestmark = pytest.mark.django_db

LIST = "/admin/billing/oneoffcharge/"


@pytest.fixture
def contract(world: World) -> Contract:
    """In use from 2026-10-15 to 2027-03-31."""
    world.clock("2026-11-20 10:00")
    return world.contract(start="2026-10-15", ends="2027-03-31")


def charge(contract: Contract, **given: Any) -> OneOffCharge:
    values = {
        "kind": "change_fee",
        "key": "change-1",
        "reason": "公式アカウント設定の変更 A2026-00012",
        "charged_on": datetime.date(2026, 11, 20),
        "actor": None,
        "now": timezone.now(),
        **given,
    }
    return charges.charge_once(contract=contract, **values)


def test_the_same_charge_again_is_the_one_that_was_stored(contract: Contract) -> None:
    first = charge(contract)
    assert charge(contract) == first
    assert OneOffCharge.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "cancellation_fee"},
        {"reason": "別の理由"},
        {"charged_on": datetime.date(2026, 11, 21)},
        {"amount": 500},
        {"amount": 500, "tax": TaxCategory.REDUCED},
    ],
)
def test_another_charge_under_the_same_key_is_refused(contract: Contract, other: dict[str, Any]) -> None:
    charge(contract)
    with pytest.raises(Refused, match="同じ鍵で登録済みです。内容が異なるため"):
        charge(contract, **other)
    assert OneOffCharge.objects.count() == 1


def test_another_contracts_charge_under_the_same_key_is_refused(contract: Contract, world: World) -> None:
    charge(contract)
    with pytest.raises(Refused, match="同じ鍵"):
        charge(world.contract())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"reason": "　"}, "理由を入力"),
        ({"reason": "あ" * 201}, "200文字以内"),
        ({"kind": "sms"}, "項目を選んで"),
        ({"kind": "other"}, "0円以外の金額"),
        ({"kind": "other", "amount": 0}, "0円以外の金額"),
        ({"kind": "change_fee", "amount": -1}, "0円以上"),
        ({"kind": "other", "amount": 100_000_001}, "100,000,000円以内"),
    ],
)
def test_a_charge_at_fault_is_refused(contract: Contract, given: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        charge(contract, **given)
    assert not OneOffCharge.objects.exists()


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2026-10-14", "課金開始日（2026年10月15日"),
        ("2026-10-15", ""),
        ("2027-03-31", ""),
        ("2027-04-01", "2027年3月31日.*で終了しています"),
    ],
)
def test_guide_5_1_a_charge_falls_between_the_billing_start_and_the_last_day_of_the_last_month(
    contract: Contract, day: str, said: str
) -> None:
    on = datetime.date.fromisoformat(day)
    if said:
        with pytest.raises(Refused, match=said):
            charge(contract, kind="cancellation_fee", charged_on=on)
    else:
        assert charge(contract, kind="cancellation_fee", charged_on=on).charged_on == on


def test_guide_5_1_nothing_is_charged_before_the_notice(world: World) -> None:
    with pytest.raises(Refused, match="まだ課金が始まっていません"):
        charge(Contract.objects.create(customer=world.company()))


def test_a_charge_that_comes_while_a_preview_reads_counts_after_it(contract: Contract) -> None:
    read = timezone.now() + datetime.timedelta(hours=1)  # another machine's clock
    BillingRun.objects.create(month=datetime.date(2026, 10, 1), reading_before=read)
    assert charge(contract).stored_at > read


def test_a_charge_is_kept_for_good(contract: Contract) -> None:
    made = charge(contract, kind="other", amount=-500)
    made.amount = 1
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        made.save()
    with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
        made.delete()


# as staff enter it ----------------------------------------------------------------------------------


def entered(contract: Contract, **given: str) -> dict[str, str]:
    return {
        "contract": contract.number or "",
        "kind": "other",
        "amount": "12000",
        "tax": "standard",
        "charged_on": "2026-11-20",
        "reason": "操作説明会の費用",
        "token": "form-1",
        **given,
    }


def test_staff_enter_a_charge_and_pressing_twice_charges_once(
    contract: Contract, desk: Callable[[User], Desk], billing_clerk: User
) -> None:
    at = desk(billing_clerk)
    at.send(f"{LIST}add/", **entered(contract))
    at.send(f"{LIST}add/", **entered(contract))
    [made] = OneOffCharge.objects.all()
    assert (made.kind, made.amount, made.tax, made.charged_by) == ("other", 12000, "standard", billing_clerk)
    assert "2026年11月利用分として登録しました" in at.said[0]
    assert "12,000円" in words(at.open(LIST, q=contract.number or ""))
    text = words(at.open(f"{LIST}{made.pk}/change/"))
    assert "操作説明会の費用" in text and "未請求" in text


def test_every_form_has_its_own_token(desk: Callable[[User], Desk], billing_clerk: User) -> None:
    at = desk(billing_clerk)
    tokens = {at.open(f"{LIST}add/").select_one("[name=token]")["value"] for _ in range(3)}  # type: ignore[index]
    assert len(tokens) == 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"contract": "KMC999999999"}, "KMC999999999 の契約はありません"),
        ({"kind": "other", "amount": ""}, "0円以外の金額"),
        ({"reason": ""}, "理由を入力してください"),
        ({"charged_on": "2026-10-14"}, "課金開始日"),
        ({"charged_on": "2062-11-20"}, "今日から1年以内"),
    ],
)
def test_what_cannot_be_charged_is_said_on_the_page_and_stays_in_the_form(
    contract: Contract,
    desk: Callable[[User], Desk],
    billing_clerk: User,
    given: dict[str, str],
    said: str,
) -> None:
    at = desk(billing_clerk)
    shown = at.send(f"{LIST}add/", **{**entered(contract), **given})
    assert shown.status_code == 200
    assert said in shown.content.decode() or said in " ".join(at.said)
    assert not OneOffCharge.objects.exists()


@pytest.mark.parametrize("who", ["viewer", "reception", "approver", "operations"])
def test_only_the_billing_group_enters_charges(
    who: str, contract: Contract, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(NotAllowed, match="一時費用を登録する権限がありません"):
        charges.enter(
            contract=contract,
            kind="change_fee",
            token="1",
            reason="変更",
            charged_on=date_of(timezone.now()),
            actor=request.getfixturevalue(who),
            now=timezone.now(),
        )
