"""Why a button of a case is not for this person, or not for now."""

from collections.abc import Callable

from accounts.admin.deeds import Doing
from applications.services.transitions import done_by, roles_of, steps_for
from applications.workflow import Action, Role

Refusal = Callable[[Doing], str | None]


def not_possible(action: Action) -> Refusal:
    """The workflow table's reason why this step is not possible for this person now, or None."""

    def refusal(doing: Doing) -> str | None:
        for step in steps_for(doing.actor, doing.obj):
            if step.action is action:
                return step.refusal
        return f"いまの状態（{doing.obj.get_state_display()}）では「{action.label}」はできません。"

    return refusal


def only_for(roles: frozenset[Role]) -> Refusal:
    """Whose task it is, where it is not this person's; the services ask the same again."""

    def refusal(doing: Doing) -> str | None:
        return None if roles_of(doing.actor, doing.obj) & roles else done_by(roles)

    return refusal
