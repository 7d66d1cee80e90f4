"""締め: the one table of the month's close (§5.1). Buttons, services, jobs and tests read it."""

from dataclasses import dataclass

from accounts.rules.roles import StaffGroup
from kmc_portal.lib.choices import Labelled


class RunState(Labelled):
    OPEN = "open", "集計中"
    PREVIEWED = "previewed", "試算済"
    APPROVED = "approved", "承認済"
    FINALISED = "finalised", "確定"
    SENT = "sent", "送付済"


FINAL = (RunState.FINALISED, RunState.SENT)  # its invoices are issued


class RunAction(Labelled):
    PREVIEW = "preview", "試算する"
    APPROVE = "approve", "承認する"
    TAKE_BACK = "take_back", "承認を取り消す"
    FINALISE = "finalise", "確定する"
    SEND = "send", "送付する"


@dataclass(frozen=True)
class Transition:
    """`jobs`: the periodic job may do it as well as these groups."""

    action: RunAction
    sources: frozenset[RunState]
    target: RunState
    groups: frozenset[StaffGroup]
    jobs: bool
    guard: str
    guide: str


_S, _A, _G = RunState, RunAction, StaffGroup


def _row(
    action: RunAction,
    sources: set[RunState],
    target: RunState,
    groups: set[StaffGroup],
    jobs: bool,
    guard: str,
) -> Transition:
    return Transition(action, frozenset(sources), target, frozenset(groups), jobs, guard, "§5.1")


TRANSITIONS: dict[RunAction, Transition] = {
    row.action: row
    for row in (
        _row(_A.PREVIEW, {_S.OPEN, _S.PREVIEWED}, _S.PREVIEWED, {_G.BILLING}, True, "利用月が終わっている"),
        _row(
            _A.APPROVE, {_S.PREVIEWED}, _S.APPROVED, {_G.APPROVAL, _G.BILLING}, False, "試算した人とは別の人"
        ),
        _row(_A.TAKE_BACK, {_S.APPROVED}, _S.PREVIEWED, {_G.APPROVAL, _G.BILLING}, False, "確定の前"),
        _row(_A.FINALISE, {_S.APPROVED}, _S.FINALISED, {_G.BILLING}, True, "前月までの締めが確定している"),
        _row(_A.SEND, {_S.FINALISED, _S.SENT}, _S.SENT, {_G.BILLING}, True, "発送日以降"),
    )
}
