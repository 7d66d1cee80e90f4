"""§5.2: the whole table of charged messages, from files through `import_usage`, `rule segments` and the staff's page."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from billing.models import DailyFact, UsageFile
from tests.fixtures.billing import World
from tests.fixtures.people import PASSWORD
from tests.guide.actors import StaffBrowser

pytestmark = pytest.mark.django_db

# charged messages → (shortest, longest) text, as the guide's table has them
AU = {1: (1, 70), 2: (71, 134), 3: (135, 201), 4: (202, 268), 5: (269, 335), 6: (336, 402), 7: (403, 469), 8: (470, 536), 9: (537, 603), 10: (604, 670)}  # fmt: skip
DOCOMO = {1: (1, 70), 2: (71, 132), 3: (133, 198), 4: (199, 264), 5: (265, 330), 6: (331, 396), 7: (397, 462), 8: (463, 528), 9: (529, 594), 10: (595, 660)}  # fmt: skip
TABLE = {
    "au": AU,
    "rakuten": {**AU, 10: (604, 660)},
    "docomo": DOCOMO,
    "softbank": {1: (1, 670)},
}
TOO_LONG = {"au": 671, "rakuten": 661, "docomo": 661, "softbank": 671}


def test_guide_5_2_every_boundary_of_the_table_is_charged_so_from_a_file(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="1")
    contract = world.contract()
    for carrier, rows in TABLE.items():
        for shortest, longest in rows.values():
            world.sent(contract, 1, day="2026-10-05", carrier=carrier, chars=shortest)
            world.sent(contract, 1, day="2026-10-05", carrier=carrier, chars=longest)
    world.clock("2026-10-06 09:00")
    world.arrives("2026-10-05")
    found = {
        carrier: {fact.segments: fact.messages for fact in DailyFact.objects.filter(carrier=carrier)}
        for carrier in TABLE
    }
    assert found == {carrier: dict.fromkeys(rows, 2) for carrier, rows in TABLE.items()}


@pytest.mark.parametrize("chars", [0, "over"])
def test_guide_5_2_an_empty_or_too_long_text_is_a_fault_and_never_zero_or_ten(
    world: World, chars: object
) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(sms="1")
    contract = world.contract()
    for carrier, over in TOO_LONG.items():
        world.sent(contract, 1, day="2026-10-05", carrier=carrier, chars=over if chars == "over" else 0)
    path = world.file("2026-10-05")
    world.clock("2026-10-06 09:00")
    with pytest.raises(CommandError, match="4行を拒否しました"):
        call_command("import_usage", str(path), stderr=StringIO())
    file = UsageFile.objects.get()
    assert (file.accepted, file.refused, DailyFact.objects.count()) == (0, 4, 0)


def test_guide_5_2_staff_see_the_same_answer_as_the_rule_command(world: World, billing_clerk: object) -> None:
    out = StringIO()
    call_command("rule", "segments", "carrier=docomo", "chars=133", stdout=out)
    assert json.loads(out.getvalue())["result"] == {"charged": 3}
    shiro = StaffBrowser(world.clerk.email, PASSWORD)
    shiro.log_in()
    shiro.open("/admin/segments/")
    page = shiro.press("確かめる", chars="133")
    assert "NTTドコモでは133～198文字のSMSを3通として課金します。" in page
