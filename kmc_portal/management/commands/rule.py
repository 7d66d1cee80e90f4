"""`manage.py rule NAME key=value …` and `manage.py rule --batch`: what a rule decides, and why, as JSON."""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kmc_portal.explain import BadArguments, explain, shown

BAD_ARGUMENTS = 2


class Command(BaseCommand):
    help = "規則が何を決め、なぜそうなるかをJSONで出力します。"
    requires_system_checks: tuple[str, ...] = ()
    stealth_options = ("stdin",)  # lines of a batch as bytes; tests pass their own

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # without the usage, what argparse itself refuses is one line as well
        return super().create_parser(prog_name, subcommand, usage=argparse.SUPPRESS, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", nargs="?", metavar="NAME", help="規則の名前")
        parser.add_argument("pairs", nargs="*", metavar="key=value", help="規則の引数")
        parser.add_argument("--batch", action="store_true", help="標準入力の1行ごとに1件を答えます。")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            if options["name"] is not None:
                raise CommandError("--batchでは規則を標準入力で指定してください。", returncode=BAD_ARGUMENTS)
            for answer in batch(options.get("stdin") or sys.stdin.buffer):
                self._write(answer)
            return
        try:
            if options["name"] is None:
                raise BadArguments(
                    "規則の名前を指定してください（例: rule business-day after=2026-01-01 …）。"
                )
            self._write(explain(options["name"], read_pairs(options["pairs"])).as_json())
        except BadArguments as fault:
            raise CommandError(str(fault), returncode=BAD_ARGUMENTS) from fault

    def _write(self, answer: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(answer, ensure_ascii=False))
        self.stdout.flush()


def read_pairs(pairs: Iterable[str]) -> dict[str, str]:
    """`key=value` words as a mapping; BadArguments for another form and for a key given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise BadArguments(f"「{shown(pair)}」は key=value の形ではありません。")
        if key in found:
            raise BadArguments(f"引数「{shown(key)}」が二重に指定されています。")
        found[key] = value
    return found


def batch(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """One answer a line, in order: what the rule says, or `{"error": …}` for a line at fault."""
    for line in lines:
        try:
            yield explain(*_read_line(line)).as_json()
        except BadArguments as fault:
            yield {"error": str(fault)}


def _read_line(line: bytes) -> tuple[str, dict[str, str]]:
    try:
        request = json.loads(line.decode("utf-8"), object_pairs_hook=_object)
    except BadArguments:
        raise
    except (ValueError, RecursionError) as fault:  # not UTF-8, not JSON, a number of thousands of digits
        raise BadArguments(
            'JSONとして読めません。{"rule": …, "args": {…}} を1行に書いてください。'
        ) from fault
    if (
        not isinstance(request, dict)
        or set(request) != {"rule", "args"}
        or not isinstance(request["rule"], str)
        or not isinstance(request["args"], dict)
    ):
        raise BadArguments('{"rule": 規則の名前, "args": {引数: 値}} の形ではありません。')
    return request["rule"], {key: _text(key, value) for key, value in request["args"].items()}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise BadArguments(f"「{shown(key)}」が二重に指定されています。")
        found[key] = value
    return found


def _text(key: str, value: Any) -> str:
    """A JSON value as the text the command line would carry."""
    match value:
        case str():
            return value
        case bool():
            return "yes" if value else "no"
        case int():
            return str(value)
        case list() if value and all(isinstance(part, str) for part in value):
            return ",".join(value)
        case _:
            raise BadArguments(f"引数「{shown(key)}」の値は文字か整数で指定してください。")
