"""The steps of an application as the customer sees them: the workflow's main line in its public names (§1.3–1.5, §2.1b, §3)."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from applications.models import Application, CaseEvent
from applications.services.change_facts import items_of, needs_approval
from applications.services.facts import needs_carriers
from applications.workflow import CLOSED, CUSTOMER_OWES, MAIN_LINE, PUBLIC_NAMES, Kind, State
from kmc_portal.lib.jst import date_of


@dataclass(frozen=True)
class Stage:
    number: int
    name: str
    status: str  # done, current, waiting
    reached: datetime.date | None
    yours: bool  # the customer is to act

    @property
    def status_label(self) -> str:
        return {"done": "済", "current": "いまここ", "waiting": "これから"}[self.status]


@dataclass(frozen=True)
class Progress:
    stages: tuple[Stage, ...]
    ended_early: bool

    @property
    def position(self) -> int:
        """How many stages are reached."""
        return sum(stage.status != "waiting" for stage in self.stages)


def _skipped(application: Application) -> set[State]:
    """Stages that this application does not have."""
    found = set() if needs_carriers(application) else {State.CARRIER_REVIEW}
    if application.kind == Kind.CHANGE and not needs_approval(items_of(application)):
        found.add(State.FINAL_APPROVAL)
    return found


def progress(application: Application, events: Iterable[CaseEvent]) -> Progress:
    skipped = _skipped(application)
    line = [state for state in MAIN_LINE[application.kind_value] if state not in skipped]
    reached: dict[str, datetime.date] = {}
    place = 0
    for event in events:
        if event.target in line:
            reached[event.target] = date_of(event.at)
            place = line.index(State(event.target))
    state = application.state_value
    ended_early = state in CLOSED and state is not State.COMPLETED
    if state is State.RETURNED:  # a returned case stands in the review, with its own words
        place = line.index(State.IN_REVIEW)
    stages = []
    for number, step in enumerate(line, start=1):
        at = number - 1
        status = "done" if at < place or state is State.COMPLETED else "current" if at == place else "waiting"
        if ended_early and status == "current":
            status = "done"
        shown = state if status == "current" and state is State.RETURNED else step
        stages.append(
            Stage(
                number=number,
                name=PUBLIC_NAMES[shown],
                status=status,
                reached=reached.get(step) if status != "waiting" else None,
                yours=status == "current" and (state in CUSTOMER_OWES or state is State.DRAFT),
            )
        )
    return Progress(tuple(stages), ended_early)
