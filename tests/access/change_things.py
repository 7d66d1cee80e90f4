"""Changes and cancellations that the access tables name, each of an item of its own, on the contract of `changing`."""

from typing import TYPE_CHECKING, Any

from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import change_completion
from tests.fixtures.changes import Change, change_with, start_cancellation

if TYPE_CHECKING:
    from tests.access.stage import Stage

PARAMETERS = "parameter_change_form"
UNDERSTOOD = {"cancel.understood_fee": "確認済", "cancel.understood_end": "確認済"}


def set_up(stage: "Stage") -> int:
    """In set-up, to be completed by one person."""
    return _in_setup(
        stage, ChangeItem.USAGE_PURPOSE, {"usage.purpose": "配送の連絡に使います"}
    ).application.pk


def to_prepare(stage: "Stage") -> int:
    """In set-up, to be approved by a second person."""
    return _in_setup(
        stage, ChangeItem.PAYMENT_METHOD, {"payment_method": "口座振替"}, "service_change_form"
    ).application.pk


def with_numbers(stage: "Stage") -> int:
    """In set-up, with a number of ours to be entered."""
    return _in_setup(stage, ChangeItem.OPTION_050, {"option.option_050": "利用する"}).application.pk


def waiting(stage: "Stage") -> int:
    """Waits for the second person; operations asked for it."""
    change = _in_setup(stage, ChangeItem.SENDER_NUMBER, {"sms.sender_numbers.2": "0120000456"})
    change.do(change_completion.prepare, stage.staff["operations"])
    return change.application.pk


def cancellation_to_decide(stage: "Stage") -> int:
    change = start_cancellation(stage.story("ending"))
    change.attach(change.form("cancellation_form", **UNDERSTOOD))
    change.submit()
    change.accept()
    change.confirm()
    return change.application.pk


def version_of(stage: "Stage", name: str) -> int:
    return Application.objects.get(pk=stage.value(name)).version


def _in_setup(stage: "Stage", item: ChangeItem, cells: dict[str, Any], slot: str = PARAMETERS) -> Change:
    change = change_with(stage.story("changing"), slot, cells, item)
    change.to_setup()
    return change
