"""Deliveries from test accounts are charged like any other, and marked as 試験用 in the details (§2.0, §2.1a).

Every invoice here has a twin without the mark: the sums are the same to the yen.
"""

import io
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Contract, OfficialAccount
from accounts.rules.plans import Option, Plan
from accounts.services import contracts, files, test_accounts
from billing.models import Invoice, InvoiceLine
from billing.rules.prices import ChargeModel, PriceItem
from billing.services import invoices, usage_samples
from tests.fixtures import pdf_text
from tests.fixtures.billing import World, lines_of, price_list, row

pytestmark = pytest.mark.django_db

LIST = "/admin/billing/invoice/"
Part = tuple[str, str, int, str, bool]  # item, carrier, quantity, unit price, from a test account


def contract_of(world: World, *, bot: str = "bot-1", test: str = "bot-1-t") -> Contract:
    """+Message with a test account, in use from 1 October on."""
    contract = world.contract(plan=Plan.PLUS, options=(Option.TEST_ACCOUNT,))
    production = OfficialAccount.objects.create(contract=contract, channel="plus", identifier=bot)
    OfficialAccount.objects.create(contract=contract, channel="plus", production=production, identifier=test)
    return contract


def sent(
    world: World, contract: Contract, account: str, messages: int, *, day: str, carrier: str = "docomo"
) -> None:
    world.sent(contract, messages, day=day, channel="plus", carrier=carrier, chars="")
    for line in world.lines[-messages:]:
        line["account"] = account


def parts_of(invoice: Invoice) -> list[Part]:
    line = invoice.lines.get(kind="delivery")
    return [
        (one["item"], one["carrier"], one["quantity"], one["unit_price"], "for_test" in one)
        for one in line.details
    ]


def verified(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_invoice", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.fixture
def stage(world: World) -> World:
    world.clock("2026-10-01 09:00")
    return world


def priced(*rows: object) -> list[object]:
    return [
        *(one for one in price_list(monthly_base="1000", option_test_account="500") if one.item != "plus"),
        *rows,
    ]


FLAT = row(PriceItem.PLUS, "8.5")
GRADUATED = row(PriceItem.PLUS, (0, "10"), (100, "8"), (120, "5"), model=ChargeModel.GRADUATED)
VOLUME = row(PriceItem.PLUS, (0, "10"), (100, "8"), model=ChargeModel.VOLUME)


def closed(world: World, contract: Contract, from_test: str) -> Invoice:
    """October: 90 at docomo and 15 at au from production, 20 at docomo and 5 at au from `from_test`."""
    sent(world, contract, "bot-1", 90, day="2026-10-05")
    sent(world, contract, from_test, 20, day="2026-10-05")
    sent(world, contract, "bot-1", 15, day="2026-10-05", carrier="au")
    sent(world, contract, from_test, 5, day="2026-10-05", carrier="au")
    world.clock("2026-11-09 09:00")
    world.arrives("2026-10-05")
    [invoice] = world.close("2026-10").values()
    return invoice


def test_guide_2_0_deliveries_of_a_test_account_are_charged_alike_and_stand_apart(stage: World) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    invoice = closed(stage, contract, "bot-1-t")
    # 130 × 8.5 = 1,105; base 1,000; the option 500; 10 % of 2,605 = 260.5 → 260
    assert lines_of(invoice) == [
        (contract.number, "delivery", 1105),
        (contract.number, "base", 1000),
        (contract.number, "options", 500),
    ]
    assert (invoice.net, invoice.tax, invoice.total) == (2605, 260, 2865)
    assert parts_of(invoice) == [
        ("plus", "docomo", 90, "8.5000", False),
        ("plus", "docomo", 20, "8.5000", True),
        ("plus", "au", 15, "8.5000", False),
        ("plus", "au", 5, "8.5000", True),
    ]
    verified(invoice.number)


@pytest.mark.parametrize(
    ("price", "net", "parts"),
    [
        # 110 at docomo: 100 × 10, 10 × 8; 20 at au: 10 × 8, 10 × 5 → 1,000 + 80 + 80 + 50 = 1,210
        (
            GRADUATED,
            1210,
            [
                ("plus", "docomo", 90, "10.0000", False),
                ("plus", "docomo", 10, "10.0000", True),
                ("plus", "docomo", 10, "8.0000", True),
                ("plus", "au", 10, "8.0000", False),
                ("plus", "au", 5, "5.0000", False),
                ("plus", "au", 5, "5.0000", True),
            ],
        ),
        # 130 altogether: all at 8 → 1,040
        (
            VOLUME,
            1040,
            [
                ("plus", "docomo", 90, "8.0000", False),
                ("plus", "docomo", 20, "8.0000", True),
                ("plus", "au", 15, "8.0000", False),
                ("plus", "au", 5, "8.0000", True),
            ],
        ),
    ],
    ids=["graduated", "volume"],
)
def test_guide_2_0_test_deliveries_fill_the_tiers_with_the_others(
    stage: World, price: object, net: int, parts: list[Part]
) -> None:
    stage.prices(priced(price))
    invoice = closed(stage, contract_of(stage), "bot-1-t")
    assert invoice.lines.get(kind="delivery").net == net
    assert parts_of(invoice) == parts
    verified(invoice.number)


@pytest.mark.parametrize("price", [FLAT, GRADUATED, VOLUME], ids=["flat", "graduated", "volume"])
def test_guide_2_0_the_mark_changes_no_yen(stage: World, price: object) -> None:
    stage.prices(priced(price))
    with_mark, without = contract_of(stage), contract_of(stage, bot="bot-2", test="bot-2-t")
    for contract, account in ((with_mark, "bot-1-t"), (without, "elsewhere")):
        sent(stage, contract, "bot-1", 90, day="2026-10-05")
        sent(stage, contract, account, 20, day="2026-10-05")
        sent(stage, contract, account, 20, day="2026-10-05", carrier="au")
    stage.clock("2026-11-09 09:00")
    stage.arrives("2026-10-05")
    first, second = stage.close("2026-10").values()
    assert (first.net, first.tax) == (second.net, second.tax)
    assert any(part[4] for part in parts_of(first))
    assert not any("for_test" in part for line in second.lines.all() for part in line.details)
    verified("--month", "2026-10")


def test_guide_2_0_only_the_contract_s_own_test_account_of_the_channel_is_marked(stage: World) -> None:
    stage.prices(priced(FLAT))
    first, second = contract_of(stage), contract_of(stage, bot="bot-2", test="bot-2-t")
    sent(stage, first, "bot-2-t", 3, day="2026-10-05")  # another contract's
    sent(stage, second, "bot-2-t", 4, day="2026-10-05")
    stage.clock("2026-11-09 09:00")
    stage.arrives("2026-10-05")
    invoices_of = stage.close("2026-10")
    marked = {
        line.contract_id: "for_test" in line.details[0]
        for line in InvoiceLine.objects.filter(kind="delivery")
    }
    assert len(invoices_of) == 2
    assert marked == {first.pk: False, second.pk: True}


def test_late_test_deliveries_come_as_a_marked_difference(stage: World) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    october = closed(stage, contract, "bot-1-t")
    stage.clock("2026-11-15 09:00")
    sent(stage, contract, "bot-1-t", 7, day="2026-10-30")
    stage.arrives("2026-10-31")
    stage.clock("2026-12-07 09:00")
    [november] = stage.close("2026-11").values()
    [late] = november.lines.filter(kind="delivery")
    # 137 × 8.5 = 1,164.5 → 1,164, of which 1,105 were invoiced
    assert (late.usage_month.isoformat(), late.net) == ("2026-10-01", 59)
    assert [(one["quantity"], "for_test" in one) for one in late.details] == [(7, True)]
    verified(october.number, november.number)


def test_a_corrected_identifier_and_an_ended_account_keep_the_mark_of_what_was_sent(stage: World) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    invoice = closed(stage, contract, "bot-1-t")
    test = contract.official_accounts.get(identifier="bot-1-t")
    contracts.set_identifier(account_id=test.pk, identifier="bot-1-test")
    verified(invoice.number)
    assert {one.identifier for one in test_accounts.senders([contract.pk])} == {"bot-1-t", "bot-1-test"}


def test_mixed_up_identifiers_count_as_they_are_now(stage: World) -> None:
    """Entered the wrong way round and exchanged: production's messages carry no mark."""
    contract = contract_of(stage, bot="bot-b", test="bot-a")
    production = contract.official_accounts.get(production=None)
    test = contract.official_accounts.get(production=production)
    for account, identifier in ((test, "bot-x"), (production, "bot-a"), (test, "bot-b")):
        contracts.set_identifier(account_id=account.pk, identifier=identifier)
    assert {one.identifier for one in test_accounts.senders([contract.pk])} == {"bot-b", "bot-x"}


# where people see it ------------------------------------------------------------------------------


def test_guide_2_0_the_invoice_s_pdf_says_which_messages_were_tests(stage: World) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    text = pdf_text.text(files.read(invoices.pdf(invoice=closed(stage, contract, "bot-1-t"))))
    assert "+メッセージ（試験用）" in text
    assert "「（試験用）」は試験用アカウントからの配信で、ほかの配信と同じ単価で課金しています。" in "".join(
        text.split()
    )


def test_an_invoice_without_test_deliveries_does_not_speak_of_them(stage: World) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    text = pdf_text.text(files.read(invoices.pdf(invoice=closed(stage, contract, "bot-1"))))
    assert "（試験用）" not in text


def test_guide_2_0_staff_see_the_mark_and_the_warning_down_to_days_and_files(
    stage: World, desk: Callable, billing_clerk
) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    invoice = closed(stage, contract, "bot-1-t")
    person = desk(billing_clerk)
    page = person.open(f"{LIST}{invoice.pk}/change/")
    assert "試験用を含む" in page.select_one("#lines").get_text()
    position = invoice.lines.get(kind="delivery").position
    line = person.open(f"{LIST}{invoice.pk}/lines/{position}/")
    parts = line.select_one("#parts").get_text(" ", strip=True)
    assert (
        parts.count("試験用アカウントからの配信です。ほかの配信と同じく課金し、実際のお客様にも届きます") == 2
    )
    assert "実際のエンドユーザーにも届きます" in parts
    counted = [one.get_text(" ", strip=True) for one in line.select("#facts summary")]
    assert "+メッセージ配信料（1通） 試験用 NTTドコモ 1通課金：20件 × 1 ＝ 20通" in counted
    assert "+メッセージ配信料（1通） NTTドコモ 1通課金：90件 × 1 ＝ 90通" in counted
    assert not any("一致しません" in words for words in counted)


def test_guide_2_0_the_pages_of_delivery_records_tell_tests_apart(
    stage: World, desk: Callable, billing_clerk
) -> None:
    stage.prices(priced(FLAT))
    contract = contract_of(stage)
    closed(stage, contract, "bot-1-t")
    person = desk(billing_clerk)
    page = person.open("/admin/billing/usagefile/")
    link = page.select_one("#result_list .field-name_column a")["href"]
    page = person.open(link)
    rows = [one.get_text(" ", strip=True) for one in page.select("#summary tbody tr")]
    assert "+メッセージ 試験用 NTTドコモ 1通 20 20 1" in rows
    assert "+メッセージ NTTドコモ 1通 90 90 1" in rows
    assert "実際のエンドユーザーにも届きます" in page.select_one("#summary").get_text()
    assert "うち試験用 25件" in page.select_one("#contracts").get_text()
    month = person.open("/admin/billing/usagefile/calendar/", month="2026-10").get_text()
    assert "試験用アカウントからの配信 25件（1契約）を含みます。" in month
    assert (
        "試験用アカウントからの配信"
        not in person.open("/admin/billing/usagefile/calendar/", month="2026-11").get_text()
    )


def test_invented_records_come_from_the_test_account_too(stage: World, tmp_path) -> None:
    contract = contract_of(stage)
    call_command("make_usage", str(tmp_path), "--rows", "400", "--days", "2026-10-05", stdout=io.StringIO())
    [path] = tmp_path.iterdir()
    accounts = [line.split(",")[2] for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    assert 5 <= accounts.count("bot-1-t") <= 60  # one in twenty of 400
    [sender] = usage_samples.of_contracts(*2 * (contract.billing_start_on,))
    assert (sender.plus_test, sender.rcs_test) == ("bot-1-t", "")
