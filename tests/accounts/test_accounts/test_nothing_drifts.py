"""A test account is read from its production account, on every day and in every setting: nothing of it can drift."""

import dataclasses
import datetime
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import Contract, OfficialAccount, OfficialAccountProfile, StoredFile
from accounts.models.periods import from_day
from accounts.rules.plans import Channel, Option, Plan
from accounts.services import contracts, files, notices, official_accounts
from accounts.services.official_accounts import Reading
from accounts.services.periods import put_in_force
from kmc_portal.demo.companies import Goal
from kmc_portal.lib.jst import date_of
from tests.fixtures.cases import CaseAt

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)

# Every field of a profile, with a value that no production account of these tests has. A new field belongs here.
OTHER_VALUES: dict[str, Any] = {
    "name": "別の名前",
    "description": "別の説明",
    "color": "#123456",
    "icon": "a file",
    "banner": "a file",
    "phone": "03-0000-7777",
    "phone_label": "別の窓口",
    "email": "other@example.jp",
    "email_label": "別のメール",
    "website": "https://other.example.jp/",
    "website_label": "別のサイト",
    "privacy_url": "https://other.example.jp/privacy",
    "terms_url": "https://other.example.jp/terms",
    "use_case": "PROMOTIONAL",
    "billing_category": "conversational",
    "behaviour": {"menu_1": "別のボタン"},
}


@pytest.fixture
def contract(case_at: CaseAt) -> Contract:
    """In use, with +Message and RCS and their test accounts."""
    told = case_at(Goal.ACTIVE, Plan.PLUS_RCS, Option.TEST_ACCOUNT, days_ago=60)
    found: Contract = told.application.own_contract
    return found


@pytest.fixture
def other_picture(contract: Contract) -> StoredFile:
    return files.keep_checked(
        name="other.png", data=b"\x89PNG other", content_type="image/png", customer=contract.customer,
        actor=None, now=timezone.now(),
    )  # fmt: skip


def pair(contract: Contract, channel: Channel, day: datetime.date) -> tuple[Reading, Reading]:
    """Production and test account on that day."""
    production, test = (
        row for row in official_accounts.readings(contract, day) if row.account.channel == channel
    )
    return production, test


def settings_of(reading: Reading) -> dict[str, Any]:
    """Everything that is set for an account, but its name."""
    assert reading.profile is not None
    found = {name: getattr(reading.profile, name) for name in OTHER_VALUES if name != "name"}
    return {**found, "shown_since": reading.shown_since}


def same_but_for_the_name(contract: Contract, day: datetime.date) -> None:
    for channel in (Channel.PLUS, Channel.RCS):
        production, test = pair(contract, channel, day)
        assert (production.is_test, test.is_test) == (False, True)
        assert settings_of(test) == settings_of(production)
        assert test.name == f"{production.name}TEST"


def test_guide_2_0_nothing_of_an_official_account_but_its_identifier_is_its_own() -> None:
    """A new column of the tables has to be put here: as the account's own, or as read from production."""
    of_account = {field.name for field in OfficialAccount._meta.concrete_fields}
    own, place, derived = (
        {"id", "identifier"},
        {"contract", "channel", "production"},
        {"shown_in_store_since"},
    )
    assert of_account == own | place | derived
    of_profile = {field.name for field in OfficialAccountProfile._meta.concrete_fields}
    assert of_profile == {"id", "account", "period"} | set(OTHER_VALUES)
    assert {field.name for field in dataclasses.fields(Reading)} == {
        "account", "name", "profile", "shown_since", "in_use",
    }  # fmt: skip


@pytest.mark.parametrize("channel", [Channel.PLUS, Channel.RCS])
@pytest.mark.parametrize("field", OTHER_VALUES)
def test_guide_2_0_whatever_changes_for_production_holds_for_the_test_account_from_the_same_day(
    contract: Contract, other_picture: StoredFile, field: str, channel: Channel
) -> None:
    today = date_of(timezone.now())
    tomorrow = today + ONE_DAY
    value = other_picture if OTHER_VALUES[field] == "a file" else OTHER_VALUES[field]
    production, before = pair(contract, channel, today)
    _, changed = put_in_force(
        model=OfficialAccountProfile, key={"account": production.account}, values={field: value}, day=tomorrow
    )
    assert changed
    assert pair(contract, channel, today)[1] == before
    later = pair(contract, channel, tomorrow)[1]
    if field == "name":
        assert later.name == "別の名前TEST"
    else:
        assert getattr(later.profile, field) == value
        assert later.name == before.name
    same_but_for_the_name(contract, today)
    same_but_for_the_name(contract, tomorrow)


def test_guide_2_0_store_display_of_production_is_the_test_account_s(contract: Contract) -> None:
    today = date_of(timezone.now())
    assert [row.shown_since for row in official_accounts.readings(contract, today)] == [None] * 4
    contracts.show_in_store(contract=contract, day=today)
    assert [row.shown_since for row in official_accounts.readings(contract, today)] == [today] * 4
    displays = [
        row["store_display"]
        for row in notices.draft_content(contract=contract, day=today)["official_accounts"]
    ]
    assert displays == ["表示"] * 4
    of_tests = OfficialAccount.objects.filter(production__isnull=False)
    assert [row.shown_in_store_since for row in of_tests] == [None, None]


@pytest.mark.parametrize("seed", range(3))
def test_guide_2_0_however_production_changes_the_test_account_is_the_same_on_every_day(
    contract: Contract, other_picture: StoredFile, seed: int
) -> None:
    dice = random.Random(seed)
    today = date_of(timezone.now())
    days = [today + datetime.timedelta(days=n) for n in range(12)]
    for number in range(10):
        account = contract.official_accounts.get(channel=dice.choice(["plus", "rcs"]), production=None)
        values: dict[str, Any] = {}
        for field in dice.sample(sorted(OTHER_VALUES), dice.randint(1, 4)):
            kind = OTHER_VALUES[field]
            if kind == "a file":
                values[field] = dice.choice([None, other_picture])
            else:
                values[field] = {"menu_1": str(number)} if field == "behaviour" else f"値{number}"
        put_in_force(
            model=OfficialAccountProfile, key={"account": account}, values=values, day=dice.choice(days)
        )
        for day in days:
            same_but_for_the_name(contract, day)


# what the database refuses ------------------------------------------------------------------------


def refused(write: Callable[[], object]) -> str:
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        write()
    return str(refusal.value)


def test_guide_2_0_the_database_refuses_settings_of_a_test_account_s_own(contract: Contract) -> None:
    test = contract.official_accounts.get(channel="plus", production__isnull=False)
    production = contract.official_accounts.get(channel="plus", production=None)
    period = from_day(date_of(timezone.now()))
    words = refused(lambda: test.profiles.create(name="勝手な名前", period=period))
    assert "a test account has no profile of its own" in words
    row = production.profiles.get()
    words = refused(lambda: OfficialAccountProfile.objects.filter(pk=row.pk).update(account=test))
    assert "a test account has no profile of its own" in words
    words = refused(
        lambda: OfficialAccount.objects.filter(pk=test.pk).update(shown_in_store_since="2026-11-24")
    )
    assert "official_account_of_a_test_is_derived" in words


def test_guide_2_0_a_test_account_stays_with_the_production_account_of_its_contract_and_channel(
    case_at: CaseAt, contract: Contract
) -> None:
    other: Contract = case_at(Goal.ACTIVE, Plan.PLUS_RCS, days_ago=60).application.own_contract
    plus = other.official_accounts.get(channel="plus")
    test = contract.official_accounts.get(channel="plus", production__isnull=False)
    for wrong in (
        {"contract": contract, "channel": "plus", "production": plus},  # of another contract
        {"contract": other, "channel": "rcs", "production": plus},  # of another channel
        {"contract": contract, "channel": "plus", "production": test},  # of a test account
    ):
        words = refused(lambda wrong=wrong: OfficialAccount.objects.create(**wrong))  # type: ignore[misc]
        assert "belongs to a production account" in words
    rows = OfficialAccount.objects.filter(pk=test.pk)
    for field, value in (("contract", other), ("channel", "rcs"), ("production", plus), ("production", None)):
        refused(lambda field=field, value=value: rows.update(**{field: value}))  # type: ignore[misc]


def test_an_account_that_had_an_identifier_is_never_deleted(contract: Contract) -> None:
    test = contract.official_accounts.get(channel="rcs", production__isnull=False)
    assert test.identifier
    words = refused(test.delete)
    assert "Cannot delete rows from accounts_officialaccount" in words
    assert contract.official_accounts.count() == 4
