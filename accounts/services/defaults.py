"""What every database needs: groups with their permissions and the settings' rows. Idempotent; runs after migrate."""

from typing import Any

from django.apps import apps
from django.contrib.auth.management import create_permissions
from django.contrib.auth.models import Group, Permission
from django.db import transaction

from accounts.rules.roles import GROUP_PERMISSIONS, StaffGroup
from accounts.services import settings

OWN_APPS = ("accounts", "applications", "billing")


@transaction.atomic
def ensure(**signal: Any) -> None:
    """As a receiver of post_migrate; nothing to do where a migration backwards took our tables away."""
    if any(backwards for _migration, backwards in signal.get("plan", ())):
        return
    for label in OWN_APPS:
        create_permissions(apps.get_app_config(label), verbosity=0)
    viewing = list(
        Permission.objects.filter(content_type__app_label__in=OWN_APPS, codename__startswith="view_")
    )
    for group_name in StaffGroup:
        group, _created = Group.objects.get_or_create(name=group_name.value)
        group.permissions.set([*viewing, *_permissions(GROUP_PERMISSIONS[group_name])])
    settings.ensure_defaults()


def _permissions(table: dict[str, tuple[str, ...]]) -> list[Permission]:
    found = []
    for model, actions in table.items():
        app_label, model_name = model.split(".")
        for action in actions:
            found.append(
                Permission.objects.get(content_type__app_label=app_label, codename=f"{action}_{model_name}")
            )
    return found
