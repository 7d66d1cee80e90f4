"""One month of one contract, final: 10,000 base and 1,000 for SMS長文, 12,100 with tax; sent on 20 November 2026."""

import pytest

from billing.models import Invoice
from tests.fixtures.billing import World


@pytest.fixture
def invoice(world: World) -> Invoice:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000", option_long_sms="1000")
    world.contract()
    world.clock("2026-11-10 09:00")
    [made] = world.close("2026-10").values()
    return made


@pytest.fixture
def three(world: World) -> list[Invoice]:
    """Three companies' invoices of October, in the order of their numbers."""
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    for name in ("株式会社あおぞら商店", "みどり工業株式会社", "しろ株式会社"):
        world.contract(world.company(name))
    world.clock("2026-11-10 09:00")
    return sorted(world.close("2026-10").values(), key=lambda made: made.number)
