"""Who changed which field from what to what: read from the triggers' history (django-pghistory), per object."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db import models

from accounts.models import User, UserGroup
from accounts.models.periods import Periodic
from kmc_portal.lib.jst import in_japan

OWN_FIELDS = frozenset({"pgh_id", "pgh_created_at", "pgh_label", "pgh_obj", "pgh_context", "id"})
LABELS = {"insert": "登録", "update": "変更", "delete": "削除"}


@dataclass(frozen=True)
class Change:
    """One field of one row at one time. `who` is empty for jobs and commands."""

    at: datetime.datetime
    who: str
    what: str
    field: str
    old: str
    new: str


def changes(rows: Iterable[models.Model], *, without: Collection[str] = (), limit: int = 200) -> list[Change]:
    """The newest first. `rows` are live objects of one tracked model; `without` names fields not worth a line."""
    found: list[Change] = []
    for row in rows:
        events = list(row.history.select_related("pgh_context").order_by("pgh_id"))  # type: ignore[attr-defined]
        found += _of_one(row, events, OWN_FIELDS | set(without))
    found.sort(key=lambda change: change.at, reverse=True)
    return _named(found[:limit])


def group_changes(user: User) -> list[Change]:
    """Into which groups a user was put and out of which taken: the rows of memberships that ended are gone."""
    events = UserGroup.pgh_event_model.objects.filter(user_id=user.pk)  # type: ignore[attr-defined]
    names = dict(Group.objects.values_list("pk", "name"))
    found = []
    for event in events.select_related("pgh_context").order_by("-pgh_id"):
        name, out = names.get(event.group_id, "（削除済み）"), event.pgh_label == "delete"
        what = LABELS.get(event.pgh_label, event.pgh_label)
        found.append(
            Change(
                event.pgh_created_at,
                _user_id(event),
                what,
                "グループ",
                name if out else "",
                "（なし）" if out else name,
            )
        )
    return _named(found)


class Editors:
    """Who began and who ended rows with a period; None for jobs, commands and whoever is unknown."""

    def __init__(self, began: dict[Any, int], ended: dict[Any, int]) -> None:
        self._began, self._ended = began, ended
        self._users = {
            user.pk: user for user in User.objects.filter(pk__in={*began.values(), *ended.values()})
        }

    def began(self, row: models.Model) -> User | None:
        return self._users.get(self._began.get((type(row), row.pk), 0))

    def ended(self, row: models.Model) -> User | None:
        return self._users.get(self._ended.get((type(row), row.pk), 0))


def editors(rows: Iterable[Periodic]) -> Editors:
    """One query a model, and one for the names."""
    by_model: dict[type[Periodic], list[int]] = defaultdict(list)
    for row in rows:
        if hasattr(row, "history"):  # rows that never change have none
            by_model[type(row)].append(row.pk)
    began: dict[Any, int] = {}
    ended: dict[Any, int] = {}
    for model, ids in by_model.items():
        events = model.pgh_event_model.objects.filter(pgh_obj_id__in=ids)  # type: ignore[attr-defined]
        last_end: dict[int, Any] = {}
        for event in events.select_related("pgh_context").order_by("pgh_id"):
            key, who = (model, event.pgh_obj_id), _user_id(event)
            if event.pgh_label == "insert" and who.isdecimal():
                began[key] = int(who)
            end = None if event.period is None else event.period.upper
            if event.pgh_obj_id in last_end and end != last_end[event.pgh_obj_id] and who.isdecimal():
                ended[key] = int(who)
            last_end[event.pgh_obj_id] = end
    return Editors(began, ended)


def _of_one(row: models.Model, events: list[Any], skipped: frozenset[str]) -> list[Change]:
    found = []
    before: Any = None
    for event in events:
        for field in event._meta.concrete_fields:
            if field.name in skipped:
                continue
            old = getattr(before, field.attname) if before is not None else None
            new = getattr(event, field.attname)
            if old == new or (before is None and new in (None, "", [], {})):
                continue
            found.append(
                Change(
                    at=event.pgh_created_at,
                    who=_user_id(event),
                    what=LABELS.get(event.pgh_label, event.pgh_label),
                    field=str(field.verbose_name),
                    old="" if before is None else _text(before, field),
                    new=_text(event, field),
                )
            )
        before = event
    return found


def _text(event: Any, field: Any) -> str:
    if field.choices:
        return str(getattr(event, f"get_{field.name}_display")())
    value = getattr(event, field.attname)
    if value is None or value == "":
        return "（なし）"
    if field.is_relation:
        return str(field.related_model._default_manager.filter(pk=value).first() or value)
    if isinstance(value, bool):
        return "はい" if value else "いいえ"
    if isinstance(value, datetime.datetime):
        return in_japan(value).strftime("%Y/%m/%d %H:%M")
    if isinstance(value, (list, tuple)):
        return "、".join(str(item) for item in value) or "（なし）"
    return str(value)


def _user_id(event: Any) -> str:
    context = event.pgh_context
    return str(context.metadata.get("user") or context.metadata.get("source") or "") if context else ""


def _named(found: list[Change]) -> list[Change]:
    """Ids of users as names, with one query."""
    ids = {int(change.who) for change in found if change.who.isdecimal()}
    names = {user.pk: str(user) for user in User.objects.filter(pk__in=ids)}
    return [
        Change(change.at, names.get(int(change.who), ""), change.what, change.field, change.old, change.new)
        if change.who.isdecimal()
        else change
        for change in found
    ]
