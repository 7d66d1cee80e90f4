"""Whatever comes when: three months of random files, late, corrected and repeated, always add up and can be verified."""

import random
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models import Sum

from billing.models import BillingRun, Invoice, InvoiceLine
from tests.fixtures.billing import World

pytestmark = pytest.mark.django_db

UNIT_PRICE = 3
CLOSES = (("2026-10", "2026-11-10"), ("2026-11", "2026-12-10"), ("2026-12", "2027-01-12"))
# characters → charged messages at docomo (§5.2)
LENGTHS = {1: 1, 70: 1, 71: 2, 132: 2, 133: 3, 660: 10}


class Year:
    """What was sent, by file: day of the file → message id → (contract, month of use, charged messages)."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self.dice = world, random.Random(seed)
        company = world.company()
        account = world.account(company)
        self.contracts = [world.contract(company, account).number or "" for _ in range(3)]
        self.files: dict[str, dict[str, tuple[str, str, int]]] = {}

    def arrives(self, day: str, months: list[str]) -> None:
        """A new or corrected file of that day with records of these months."""
        rows: dict[str, tuple[str, str, int]] = {}
        for _ in range(self.dice.randrange(1, 8)):
            contract, month = self.dice.choice(self.contracts), self.dice.choice(months)
            chars = self.dice.choice(list(LENGTHS))
            sent_on = f"{month}-{self.dice.randrange(1, 28):02d}"
            if sent_on > day:
                continue
            [made] = self.world.sent(contract, 1, day=sent_on, chars=chars)
            rows[made] = (contract, month, LENGTHS[chars])
        self.files[day] = rows
        self.world.arrives(day)

    def wanted(self) -> dict[tuple[str, str], int]:
        """Yen for deliveries by contract and month of use, of the files as they now are."""
        found: dict[tuple[str, str], int] = {}
        for rows in self.files.values():
            for contract, month, charged in rows.values():
                found[contract, month] = found.get((contract, month), 0) + charged * UNIT_PRICE
        return found


def invoiced() -> dict[tuple[str, str], int]:
    rows = (
        InvoiceLine.objects.filter(kind="delivery")
        .values("contract__number", "usage_month")
        .annotate(yen=Sum("net"))
    )
    found = {(row["contract__number"], row["usage_month"].isoformat()[:7]): row["yen"] for row in rows}
    return {key: yen for key, yen in found.items() if yen}


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_all_invoices_together_are_what_was_sent_and_each_can_be_verified(world: World, seed: int) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms=str(UNIT_PRICE), monthly_base="1000")
    year = Year(world, seed)
    months: list[str] = []
    for month, closed_on in CLOSES:
        months.append(month)
        world.clock(f"{closed_on} 09:00")
        for day in ("05", "15", "27"):
            year.arrives(f"{month}-{day}", months)
        if len(months) > 1 and year.dice.random() < 0.8:
            year.arrives(f"{months[-2]}-15", months[:-1])  # corrected after its month was closed
        world.close(month)
        assert invoiced() == year.wanted()

    issued = list(Invoice.objects.order_by("number").values_list("number", "net", "tax"))
    assert [number for number, _, _ in issued] == ["2026-0000001", "2026-0000002", "2027-0000001"]
    for invoice in Invoice.objects.all():
        lines = sum(invoice.lines.values_list("net", flat=True))
        assert (invoice.net, invoice.tax) == (lines, abs(lines) // 10 * (1 if lines >= 0 else -1))
    for month, _ in CLOSES:
        call_command("verify_invoice", "--month", month, stdout=StringIO(), stderr=StringIO())
        call_command("close_month", month, "--finalise", stdout=StringIO(), stderr=StringIO())
    assert list(Invoice.objects.order_by("number").values_list("number", "net", "tax")) == issued
    assert set(BillingRun.objects.values_list("state", flat=True)) == {"finalised"}
