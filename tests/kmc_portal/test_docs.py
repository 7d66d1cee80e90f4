"""What README and docs say of the code is so."""

import re
from pathlib import Path

from django.core.management import call_command

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def _map_rows() -> list[tuple[str, list[str]]]:
    """(chapter cell, module paths) of the map in README.md."""
    section = README.split("## Where each chapter of the guide lives")[1].split("\n## ")[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| §")]
    return [(cells[1], re.findall(r"`([^`]+)`", cells[3])) for cells in rows]


def test_every_module_on_the_map_exists_and_names_a_paragraph_of_its_row() -> None:
    rows = _map_rows()
    assert len(rows) >= 15
    for chapter, paths in rows:
        files = [file for path in paths for file in _files(ROOT / path)]
        assert files, f"{chapter}: nothing there"
        wanted = set(re.findall(r"\d\.\d", chapter))
        wanted |= {
            f"1.{n}"
            for low, high in re.findall(r"§1\.(\d)–1\.(\d)", chapter)
            for n in range(int(low), int(high) + 1)
        }
        text = "".join(file.read_text(encoding="utf-8") for file in files)
        found = set(re.findall(r"(\d\.\d)", "".join(re.findall(r"§[\d.–, §ab※]+", text))))
        found |= {
            f"1.{n}"
            for low, high in re.findall(r"§1\.(\d)–1\.(\d)", text)
            for n in range(int(low), int(high) + 1)
        }
        assert wanted & found or ("3" in chapter and "§3" in text), f"{chapter}: {paths} do not name it"


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.py"))
    return [path] if path.exists() else []


def test_every_chapter_that_is_built_has_a_story() -> None:
    names = {path.name for path in (ROOT / "tests" / "guide").glob("test_guide_*.py")}
    for chapter in (
        "1_1",
        "1_2",
        "1_3",
        "1_4",
        "1_5",
        "1_6",
        "1_7",
        "1_8",
        "1_9",
        "2_0",
        "2_1a",
        "2_1b",
        "2_2",
        "3",
        "5_1",
        "5_2",
    ):
        assert any(name.startswith(f"test_guide_{chapter}") for name in names), f"no story for §{chapter}"


def test_every_environment_variable_the_settings_read_stands_in_the_readme() -> None:
    settings = (ROOT / "kmc_portal" / "settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', settings))
    assert len(read) > 15
    documented = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", README))
    assert read - documented == set()


def test_the_workflows_page_is_drawn_from_its_table() -> None:
    call_command("workflow_diagram", check=True)


def test_the_glossary_names_every_model() -> None:
    from django.apps import apps

    glossary = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    known = set(re.findall(r"[A-Z][A-Za-z]+", glossary))
    parts = {"CustomerProfile", "ContractTerms", "ContractOption", "GlobalIp", "OfficialAccountProfile"}
    ours = {
        model.__name__
        for label in ("accounts", "applications", "billing")
        for model in apps.get_app_config(label).get_models()
        if not model.__name__.endswith("Event") or model.__name__ == "CaseEvent"
    }
    assert ours - known - parts == set()
