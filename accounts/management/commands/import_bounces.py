"""Take in bounced mails: `manage.py import_bounces FILE…`, `-` being standard input (for a mail server's pipe)."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.services import bounces
from accounts.services.errors import Refused

SOME_REFUSED = 1


class Command(BaseCommand):
    help = (
        "不達通知（バウンス）のメールを取り込み、宛先の担当者に表示します。"
        "終了コード：0 すべて取り込み済み、1 取り込めないファイルがある（ほかは取り込み済み）、2 引数の誤り。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", metavar="FILE", help="メールのファイル（.eml）。- は標準入力")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        refused = 0
        for name in options["files"]:
            try:
                problems = bounces.record(data=_read(name), actor=None, now=now)
            except (OSError, Refused) as error:
                refused += 1
                reason = error.strerror if isinstance(error, OSError) else str(error)
                self.stderr.write(f"{name}：{reason}")
                continue
            for problem in problems:
                self.stdout.write(f"{name}：{problem.address} {problem.detail}")
        if refused:
            raise CommandError(f"{refused}件のファイルを取り込めませんでした。", returncode=SOME_REFUSED)


def _read(name: str) -> bytes:
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
