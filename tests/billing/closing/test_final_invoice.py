"""The last invoice of a contract that was cancelled (§3, §5.1), worked out by hand: the fee goes with its last month.

Handed in on Friday, October 9, 2026, the cut-off of that month (the 10th is a Saturday): November is the last month.
"""

import datetime

from django.utils import timezone

from accounts.models import User
from applications.services import cancellation, confirmation
from tests.fixtures.billing import World, lines_of
from tests.fixtures.changes import Change

APPLICANT = {
    "applicant.name": "見本 花子",
    "applicant.name_kana": "ミホン ハナコ",
    "applicant.department": "総務部",
    "applicant.email": "hanako@aozora.example.com",
    "applicant.phone": "03-0000-1234",
}
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}


def test_guide_3_the_cancellation_fee_stands_on_the_invoice_of_the_last_month_and_none_follows(
    world: World, reception: User, approver: User
) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000", cancellation_fee="30000")
    contract = world.contract()
    world.clock("2026-10-09 23:59")
    made = cancellation.start(
        contract=contract, actor=reception, now=timezone.now(), mail_received_at=timezone.now()
    )
    change = Change(made, reception, {"reception": reception, "approval": approver})
    change.attach(change.form("cancellation_form", **UNDERSTOOD, **APPLICANT))
    change.submit()
    change.accept()
    change.do(confirmation.request)
    change.do(confirmation.confirm, note="電話で確認しました。")
    change.do(cancellation.fix, approver)
    assert change.contract.ends_on == datetime.date(2026, 11, 30)

    world.clock("2026-11-10 09:00")
    [october] = world.close("2026-10").values()
    # 10,000 and 10 % of it
    assert (october.net, october.tax, october.total) == (10000, 1000, 11000)
    world.clock("2026-12-01 00:10")
    assert cancellation.end_due(now=timezone.now()) == (1, 0)
    world.clock("2026-12-09 09:00")
    [november] = world.close("2026-11").values()
    # the month's 10,000 and the fee of 30,000; 10 % of 40,000
    paid = [(kind, net) for _number, kind, net in lines_of(november) if net]
    assert paid == [("base", 10000), ("one_off", 30000)]
    assert (november.net, november.tax, november.total) == (40000, 4000, 44000)
    assert f"ご解約（{change.case.number}）" in november.lines.get(kind="one_off").remark
    world.clock("2027-01-12 09:00")
    assert world.close("2026-12") == {}
