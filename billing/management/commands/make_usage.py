"""`manage.py make_usage --rows 1000000 --days 2026-10-01..2026-10-31 OUT`: invented files of delivery records."""

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.errors import Refused
from billing.rules.usage import FileFormat
from billing.services import usage_samples

REFUSED = 2


class Command(BaseCommand):
    help = (
        "配信実績の見本ファイル（架空の記録）を、日ごとに1つ作ります。同じ --seed からは同じ内容ができます。"
        "終了コード：0 作成した、2 作成できない（理由を表示）。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="OUT", type=Path, help="書き出すフォルダー")
        parser.add_argument("--rows", type=int, required=True, help="全部の日を合わせた行数")
        parser.add_argument(
            "--days", required=True, help="対象日（2026-10-01 または 2026-10-01..2026-10-31）"
        )
        parser.add_argument(
            "--contracts", default="", help="ご利用番号（カンマ区切り。なければ利用中のすべて）"
        )
        parser.add_argument("--invented", type=int, default=0, metavar="N", help="架空の契約番号をN件使う")
        parser.add_argument(
            "--seed", type=int, default=1, help="0～9999（それより大きい数は下4桁を使います）"
        )
        parser.add_argument("--faults", type=float, default=0.0, help="誤りのある行の割合（0～1、例 0.001）")
        parser.add_argument(
            "--format", choices=[one.value for one in FileFormat], default=FileFormat.CSV.value
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            days = _days(options["days"])
            if options["rows"] < 0 or options["invented"] < 0 or not 0 <= options["faults"] <= 1:
                raise Refused("--rows と --invented は0以上、--faults は0～1で指定してください。")
            numbers = [number.strip() for number in options["contracts"].split(",") if number.strip()]
            if options["invented"]:
                senders = usage_samples.invented(options["invented"])
            else:
                senders = usage_samples.of_contracts(days[0], days[-1], numbers)
            usage_samples.make(
                folder=options["folder"],
                days=days,
                rows=options["rows"],
                senders=senders,
                seed=options["seed"],
                faults=options["faults"],
                format=FileFormat(options["format"]),
                said=lambda path, rows: self.stdout.write(f"{path}：{rows:,}行"),
            )
        except Refused as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal


def _days(text: str) -> list[date]:
    """`2026-10-01` or `2026-10-01..2026-10-31`, both included."""
    first, _, last = text.partition("..")
    try:
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise Refused(
            f"--days は 2026-10-01..2026-10-31 の形で指定してください（指定: {text!r}）。"
        ) from None
    if end < start:
        raise Refused("--days の終わりが始まりより前です。")
    return [start + timedelta(days=n) for n in range((end - start).days + 1)]
