"""The one way an application changes: lock, compare the version, ask the workflow table, write, log."""

import datetime
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services.errors import NotAllowed, Refused, Stale
from applications.models import Application, CaseEvent
from applications.services.facts import facts_of
from applications.workflow import CLOSED, STAFF_ROLES, Action, Role, Step, Transition, find_step, steps
from kmc_portal.lib.jst import in_japan


def roles_of(actor: User | None, application: Application) -> frozenset[Role]:
    """In which roles the actor meets this application. None is a periodic job."""
    if actor is None:
        return frozenset({Role.JOB})
    if actor.customer_id is not None:
        return frozenset({Role.CUSTOMER}) if actor.customer_id == application.customer_id else frozenset()
    if actor.is_superuser:
        return frozenset(STAFF_ROLES.values())
    return frozenset(STAFF_ROLES[group] for group in actor.staff_groups if group in STAFF_ROLES)


def steps_for(actor: User, application: Application) -> list[Step]:
    """The actor's steps with this application, each possible or with the reason why not."""
    roles = roles_of(actor, application)
    found = []
    for step in steps(application.kind_value, application.state_value, facts_of(application, actor)):
        if step.transition.roles & roles:
            found.append(step)
        elif Role.CUSTOMER not in roles and step.transition.roles - {Role.CUSTOMER, Role.JOB}:
            found.append(Step(step.transition, done_by(step.transition.roles)))
    return found


def done_by(roles: frozenset[Role]) -> str:
    who = "・".join(sorted(role.label for role in roles if role is not Role.CUSTOMER))
    return f"この操作は「{who}」の担当者が行います。"


def lock(application_id: int, version: int | None) -> Application:
    """The application, locked for this transaction; Stale when it moved on since `version` was shown."""
    application: Application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("customer", "contract", "assignee")
        .get(pk=application_id)
    )
    if version is not None and application.version != version:
        raise Stale(_who_was_faster(application))
    return application


@transaction.atomic
def perform(
    *,
    application: Application,
    action: Action,
    actor: User | None,
    now: datetime.datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
    changed: tuple[str, ...] = (),
    sets: Mapping[str, object] | None = None,
) -> Transition:
    """Take one step of the workflow with a locked application.

    `changed` names further fields that were set before; `sets` are fields that the guards must not see yet.
    """
    step = find_step(application.kind_value, application.state_value, action, facts_of(application, actor))
    if step is None:
        raise Refused(
            f"いまの状態（{application.get_state_display()}）では「{action.label}」はできません。"
            "画面を開き直して、最新の状態をご確認ください。"
        )
    if not step.transition.roles & roles_of(actor, application):
        raise NotAllowed(f"「{action.label}」を行う権限がありません。")
    if step.refusal:
        raise Refused(step.refusal)
    if step.transition.needs_reason and not note.strip():
        raise Refused(f"「{action.label}」には理由の入力が必要です。")
    source = application.state
    if step.transition.target is not None:
        application.state = step.transition.target
        if step.transition.target in CLOSED:
            application.closed_at = now
    for name, value in (sets or {}).items():
        setattr(application, name, value)
    record(
        application=application,
        action=action.value,
        actor=actor,
        now=now,
        note=note,
        data=data,
        source=source,
        changed=("state", "closed_at", *changed, *(sets or {})),
    )
    return step.transition


def record(
    *,
    application: Application,
    action: str,
    actor: User | None,
    now: datetime.datetime,
    note: str = "",
    data: dict[str, Any] | None = None,
    public: bool = True,
    source: str | None = None,
    changed: tuple[str, ...] = (),
) -> CaseEvent:
    """Log what was done to a locked application and let its version grow."""
    application.version += 1
    application.save(update_fields=["version", *changed])
    return CaseEvent.objects.create(
        application=application,
        action=action,
        source=source or application.state,
        target=application.state,
        at=now,
        actor=actor,
        note=note.strip(),
        data=data or {},
        public=public,
    )


def need_role(*, application: Application, actor: User, roles: frozenset[Role], what: str) -> None:
    if not roles_of(actor, application) & roles:
        raise NotAllowed(f"{what}権限がありません。")


def need_state(*, application: Application, states: frozenset[str], what: str) -> None:
    if application.state not in states:
        raise Refused(
            f"いまの状態（{application.get_state_display()}）では{what}できません。画面を開き直してください。"
        )


def _who_was_faster(application: Application) -> str:
    event = application.events.select_related("actor").last()
    if event is None:
        return "ほかの方が先に更新しました。画面を開き直してください。"
    at = in_japan(event.at).strftime("%m月%d日 %H:%M")
    return (
        f"{at} に {event.who} さんが「{event.label}」を行ったため、この操作は反映されませんでした。"
        "最新の内容を確認して、もう一度操作してください。"
    )
