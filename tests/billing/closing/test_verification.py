"""`verify_invoice` derives invoices again from the stored files, and finds what somebody bent."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from accounts.gateways import storage
from accounts.rules.plans import Plan
from billing.models import Invoice, UsageFile
from billing.rules.prices import ChargeModel, PriceItem, Scope
from billing.services import verification
from tests.fixtures.billing import World, price_list, row

pytestmark = pytest.mark.django_db


def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_invoice", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def differences(*arguments: str) -> str:
    """What the command prints when it ends with 1."""
    out = StringIO()
    with pytest.raises(CommandError) as end:
        call_command("verify_invoice", *arguments, stdout=out, stderr=StringIO())
    assert end.value.returncode == 1
    return out.getvalue()


def bend(sql: str) -> None:
    """Change what is frozen, as only a database administrator could."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = origin")


@pytest.fixture
def closed(world: World) -> World:
    """October: two contracts on shared tiers, a parked one; November: late and corrected records, the parked one priced."""
    world.clock("2026-10-01 09:00")
    tiers = row(PriceItem.SMS, (0, "3.3333"), (50, "2.5"), model=ChargeModel.GRADUATED, scope=Scope.ACCOUNT)
    left_out = (PriceItem.SMS, PriceItem.RCS)
    world.prices([*(one for one in price_list(monthly_base="1000") if one.item not in left_out), tiers])
    company = world.company()
    account = world.account(company)
    first, second = world.contract(company, account), world.contract(company, account)
    parked = world.contract(company, account, plan=Plan.PLUS_RCS, options=())
    ids = world.sent(first, 40, day="2026-10-14", chars=200)
    world.sent(second, 30, day="2026-10-14", carrier="softbank", chars=670)
    world.sent(parked, 5, day="2026-10-14", channel="rcs", chars="")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-14")
    with pytest.raises(CommandError):
        world.preview("2026-10")
    world.settle("2026-10")
    world.clock("2026-11-12 09:00")
    world.sent(
        first, day="2026-10-14", chars=200, ids=ids[:30]
    )  # ten were too many; the others are missing now
    world.arrives("2026-10-14")
    world.sent(second, 7, day="2026-10-31", carrier="au", chars=71)
    world.arrives("2026-11-12")
    world.prices([row(PriceItem.RCS, "5")], contract=parked, start="2026-10")
    world.clock("2026-12-10 09:00")
    world.close("2026-11")
    return world


def test_all_that_was_issued_agrees(closed: World) -> None:
    assert verify("--month", "2026-10") == "1通の請求書が再計算と一致しました。\n"
    assert verify("--month", "2026-11") == "1通の請求書が再計算と一致しました。\n"
    assert verify("2026-0000001", "2026-0000002") == "2通の請求書が再計算と一致しました。\n"


def test_a_bent_line_is_named_with_both_amounts(closed: World) -> None:
    bend(
        "UPDATE billing_invoiceline SET net = net + 1 WHERE kind = 'base' AND contract_id = (SELECT min(contract_id) FROM billing_invoiceline) AND usage_month = '2026-11-01'"
    )
    assert differences("2026-0000002") == (
        "2026-0000002：KMC000000001 2026年11月利用分「MessageCast/月額基本料」（10%）：請求書 1,001円、再計算 1,000円\n"
    )


def test_a_bent_quantity_under_the_same_yen_is_found(closed: World) -> None:
    bend(
        "UPDATE billing_invoiceline SET details = jsonb_set(details, '{0,quantity}', '2') WHERE kind = 'base' AND usage_month = '2026-11-01' AND contract_id = (SELECT min(contract_id) FROM billing_invoiceline)"
    )
    assert "金額は同じですが、内訳が違います" in differences("--month", "2026-11")


def test_bent_sums_are_found(closed: World) -> None:
    bend("UPDATE billing_invoice SET tax = tax + 10 WHERE number = '2026-0000001'")
    said = differences("2026-0000001")
    invoice = Invoice.objects.get(number="2026-0000001")
    assert said == f"2026-0000001：合計：請求書 {invoice.total:,}円、再計算 {invoice.total - 10:,}円\n"


def test_an_invoice_that_is_gone_is_missed_in_its_month(closed: World) -> None:
    """Its account is named, though no invoice is left that could differ; another one of the month agrees."""
    closed.clock("2026-12-20 09:00")
    other = closed.contract(start="2026-12-01", options=()).billing_assignments.get().account
    closed.clock("2027-01-12 09:00")
    closed.close("2026-12")
    assert verify("--month", "2026-12") == "2通の請求書が再計算と一致しました。\n"
    bend(
        f"DELETE FROM billing_invoiceline WHERE invoice_id IN (SELECT id FROM billing_invoice WHERE account_id = {other.pk});"
        f"DELETE FROM billing_invoice WHERE account_id = {other.pk}"
    )
    assert differences("--month", "2026-12") == f"請求先 {other}：請求書がありません\n"


def test_bent_facts_do_not_mislead_it_as_it_counts_the_files(closed: World) -> None:
    bend("UPDATE billing_dailyfact SET messages = messages + 1000")
    assert verify("--month", "2026-10") == "1通の請求書が再計算と一致しました。\n"


def test_a_lost_file_is_said_and_not_taken_for_agreement(closed: World) -> None:
    for file in UsageFile.objects.exclude(evidence=None):
        assert file.evidence is not None
        storage.delete(file.evidence.sha256)
    with pytest.raises(CommandError) as end:
        verify("--month", "2026-10")
    assert end.value.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "請求書番号か --month のどちらか一方を指定してください。"),
        (["--month", "2026-09"], "2026年9月利用分の請求書はありません。"),
        (["2026-9999999"], "請求書 2026-9999999 はありません。"),
        (["--month", "9月"], "年月は 2026-09 の形で指定してください（指定: '9月'）。"),
    ],
)
def test_what_cannot_be_verified_is_said(closed: World, arguments: list[str], said: str) -> None:
    with pytest.raises(CommandError) as end:
        verify(*arguments)
    assert (str(end.value), end.value.returncode) == (said, 2)


def test_one_invoice_by_itself_agrees(closed: World) -> None:
    assert [verification.verify(invoice=invoice) for invoice in Invoice.objects.all()] == [[], []]
