"""The portal reads through access.py alone: no other module of it may ask a model's manager for rows."""

import ast
from pathlib import Path

import pytest

from kmc_portal import portal

FOLDER = Path(portal.__file__).parent
MODULES = sorted(path for path in FOLDER.rglob("*.py") if path.name != "access.py")
MANAGERS = {"objects", "_default_manager", "_base_manager"}
SHORTCUTS = {"get_object_or_404", "get_list_or_404", "get_user_model"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_no_module_but_access_asks_a_manager_for_rows(path: Path) -> None:
    tree = ast.parse(path.read_text())
    found = [
        f"{path.name}:{node.lineno} .{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS
    ]
    found += [
        f"{path.name}:{node.lineno} {node.id}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and node.id in SHORTCUTS
    ]
    assert found == []


def test_every_view_is_behind_the_company_guard_but_the_front_door() -> None:
    from kmc_portal.portal.urls import urlpatterns

    unguarded = [
        pattern.name for pattern in urlpatterns if not getattr(pattern.callback, "customers_only", False)
    ]
    assert unguarded == []
