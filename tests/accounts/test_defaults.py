"""Groups and settings' rows come by themselves after a migration, and stay away from one that goes backwards."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from accounts.models import Setting
from accounts.services import defaults

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("plan", "groups"), [([], 5), ([("accounts.0002", False)], 5), ([("accounts.0001", True)], 0)]
)
def test_defaults_are_made_unless_a_migration_went_backwards(plan: Any, groups: int) -> None:
    Group.objects.all().delete()
    Setting.objects.all().delete()
    defaults.ensure(plan=plan)
    assert Group.objects.count() == groups
    assert Setting.objects.exists() == bool(groups)
