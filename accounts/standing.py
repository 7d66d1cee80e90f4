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
    def worsened(self) -> bool:
        return bool(self.latest and not self.latest.ok and is_set_up(self.endpoint))

    @property
    def code(self) -> str:
        """`checking`, `worsened`, or the endpoint's state."""
        if self.order is not None:
            return "checking"
        return "worsened" if self.worsened else str(self.endpoint.state)

    @property
    def label(self) -> str:
        words = {"checking": "確認中", "worsened": "OK（直近の確認はNG）"}
        return words.get(self.code) or str(self.endpoint.get_state_display())


def standing_of(endpoint: NotificationEndpoint, shown: int = SHOWN) -> Standing:
    checks = endpoint.checks.select_related("endpoint", "checked_by")[:shown]
    return Standing(endpoint, endpoint.orders.open().first(), list(checks))
