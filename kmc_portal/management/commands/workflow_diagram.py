"""Write docs/workflow.md from the workflow table, so that the diagram is always the table."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from applications.workflow import MAIN_LINE, PUBLIC_NAMES, TRANSITIONS, Kind, State, Transition


class Command(BaseCommand):
    help = "docs/workflow.md を状態遷移表から作ります（--check は差があれば 1 で終わります）。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        page, path = document(), Path(settings.BASE_DIR) / "docs" / "workflow.md"
        if not options["check"]:
            path.write_text(page, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != page:
            self.stderr.write(
                "docs/workflow.md が状態遷移表と違います。manage.py workflow_diagram で作り直してください。"
            )
            raise SystemExit(1)


def document() -> str:
    """The whole page: states with both names, a Mermaid diagram per kind, the table row by row."""
    lines = [
        "# The workflow",
        "",
        "Made by `manage.py workflow_diagram` from `applications/workflow.py`.",
        "",
    ]
    lines += ["| State | Staff read | Customers read |", "|---|---|---|"]
    lines += [f"| `{state.value}` | {state.label} | {PUBLIC_NAMES[state]} |" for state in State]
    for kind in Kind:
        lines += ["", f"## {kind.label}", "", "```mermaid", "stateDiagram-v2"]
        for row in TRANSITIONS:
            lines += [
                f"    {source} --> {row.target}: {row.action.label}" for source in _drawn_sources(row, kind)
            ]
        lines += ["```"]
    lines += [
        "",
        "## Every row",
        "",
        "| From | Action | To | Who | Guard | Guide |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_table_row(row) for row in TRANSITIONS]
    return "\n".join(lines) + "\n"


def _drawn_sources(row: Transition, kind: Kind) -> list[State]:
    """Rows that leave from nearly everywhere would hide the picture; they stand in the table."""
    if kind not in row.kinds or row.target is None or len(row.sources) > 2:
        return []
    return [state for state in (*MAIN_LINE[kind], State.RETURNED) if state in row.sources]


def _table_row(row: Transition) -> str:
    sources = "、".join(state.label for state in State if state in row.sources)
    if len(row.sources) > 4:
        missing = [state.label for state in State if state not in row.sources]
        sources = f"（{'、'.join(missing)} 以外）"
    target = row.target.label if row.target else "（変わらない）"
    who = "、".join(sorted(role.label for role in row.roles))
    guard = row.guard.__name__.replace("_", " ") if row.guard else "–"
    own = [kind.label for kind in Kind if kind in row.kinds]
    kinds = "" if len(own) == len(Kind) else f"{'・'.join(own)}: "
    return f"| {kinds}{sources} | {row.action.label} | {target} | {who} | {guard} | {row.guide} |"
