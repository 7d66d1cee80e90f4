"""配信実績の取込: `manage.py import_usage FILE…`, or without arguments everything in the inbox folder."""

from argparse import ArgumentParser
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services import jobs
from accounts.services.errors import Refused
from billing.services import usage, usage_inbox
from billing.services.usage import Outcome

SOME_ROWS, SOME_FILES = 1, 2
NAME = "配信実績の取込"


class Command(BaseCommand):
    help = (
        "配信実績のファイルを取り込みます（形式は docs/usage.md）。ファイルを指定しなければ受信フォルダーのすべて。"
        "終了コード：0 すべて受け入れた、1 拒否した行がある（ほかの行は取り込み済み）、2 取り込めないファイルがある。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "files", nargs="*", metavar="FILE", type=Path, help="usage-YYYYMMDD[-区分].csv など"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        outcomes, refused = self._files(options["files"]) if options["files"] else self._inbox()
        if refused:
            raise CommandError(f"{refused}件のファイルを取り込めませんでした。", returncode=SOME_FILES)
        rows = sum(outcome.file.refused for outcome in outcomes if outcome.changed)
        if rows:
            raise CommandError(
                f"{rows:,}行を拒否しました（配信実績の画面から、理由の付いた一覧を取得できます）。",
                returncode=SOME_ROWS,
            )

    def _files(self, paths: list[Path]) -> tuple[list[Outcome], int]:
        outcomes: list[Outcome] = []
        refused = 0
        for path in paths:
            try:
                jobs.run(
                    name=NAME,
                    subject=path.name,
                    work=partial(self._one, path=path, outcomes=outcomes),
                )
            except Refused as fault:
                refused += 1
                self.stderr.write(str(fault))
        return outcomes, refused

    def _one(self, report: jobs.Report, *, path: Path, outcomes: list[Outcome]) -> str:
        outcome = usage.import_file(
            path=path,
            name=path.name,
            actor=None,
            now=timezone.now(),
            report=_also(
                report, lambda done, total: self.stderr.write(f"{path.name} {done * 100 // total}%")
            ),
        )
        outcomes.append(outcome)
        self.stdout.write(f"{path.name}：{outcome.said}")
        return outcome.said

    def _inbox(self) -> tuple[list[Outcome], int]:
        outcomes: list[Outcome] = []
        bad: list[str] = []

        def work(report: jobs.Report) -> str:
            show = _also(report, lambda done, total: self.stderr.write(f"{done} / {total} ファイル"))
            result = usage_inbox.import_all(now=timezone.now(), report=show)
            outcomes.extend(outcome for _, outcome in result.taken)
            bad.extend(name for name, _ in result.refused)
            return result.said

        try:
            said = jobs.run(name=NAME, subject=str(usage_inbox.folder()), work=work)
        except Refused as fault:
            raise CommandError(str(fault), returncode=SOME_FILES) from fault
        self.stdout.write(said or f"受信フォルダー {usage_inbox.folder()} に取り込むファイルはありません。")
        return outcomes, len(bad)


def _also(report: jobs.Report, show: Callable[[int, int], None]) -> jobs.Report:
    def both(done: int, total: int) -> None:
        report(done, total)
        show(done, total)

    return both
