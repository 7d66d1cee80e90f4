"""How a 通知先 stands, for every page that shows it: its state, the check that runs, those before."""

from dataclasses import dataclass

from accounts.models import CheckOrder, ConnectivityCheck, NotificationEndpoint
from accounts.services.connectivity import is_set_up

SHOWN = 10  # checks on a page
State = NotificationEndpoint.State


@dataclass(frozen=True)
class Standing:
    endpoint: NotificationEndpoint
    order: CheckOrder | None
    checks: list[ConnectivityCheck]  # newest first

    @property
    def latest(self) -> ConnectivityCheck | None:
        return self.checks[0] if self.checks else None

    @property
    def code(self) -> str:
        latest_ok = self.latest.ok if self.latest else None
        return code_of(self.endpoint, is_checking=self.order is not None, latest_ok=latest_ok)

    @property
    def worsened(self) -> bool:
        latest_ok = self.latest.ok if self.latest else None
        return code_of(self.endpoint, is_checking=False, latest_ok=latest_ok) == "worsened"

    @property
    def label(self) -> str:
        return label_of(self.endpoint, self.code)


def code_of(endpoint: NotificationEndpoint, *, is_checking: bool, latest_ok: bool | None) -> str:
    """`checking`, `worsened` (set up, and NG since), or the endpoint's state."""
    if is_checking:
        return "checking"
    return "worsened" if latest_ok is False and is_set_up(endpoint) else str(endpoint.state)


def label_of(endpoint: NotificationEndpoint, code: str) -> str:
    words = {"checking": "確認中", "worsened": "OK（直近の確認はNG）"}
    return words.get(code) or str(endpoint.get_state_display())


def standing_of(endpoint: NotificationEndpoint, shown: int = SHOWN) -> Standing:
    checks = endpoint.checks.select_related("endpoint", "checked_by")[:shown]
    return Standing(endpoint, endpoint.orders.open().first(), list(checks))
