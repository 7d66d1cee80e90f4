"""`manage.py verify_invoice NUMBER…` or `--month 2026-10`: derive invoices again from the stored files."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.services.errors import Refused
from billing.models import BillingRun, Invoice
from billing.services import verification
from kmc_portal.lib.months import Month

DIFFERS, REFUSED = 1, 2


class Command(BaseCommand):
    help = (
        "請求書を保管した配信実績ファイルから計算し直し、違いがあれば示します。"
        "終了コード：0 すべて一致、1 違いがある、2 確認できない（理由を表示）。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("numbers", nargs="*", metavar="NUMBER", help="請求書番号（例 2026-0000001）")
        parser.add_argument("--month", metavar="MONTH", help="利用月の請求書すべて（例 2026-10）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            invoices = self._chosen(options["numbers"], options["month"])
            by_run = _by_run(invoices)
            differing = sum(self._verify(run, of_run) for run, of_run in by_run)
            missing = sum(self._missing(run) for run, _ in by_run) if options["month"] else 0
        except (Refused, ValueError) as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        if differing or missing:
            said = f"、{missing:,}通の請求書がありません" if missing else ""
            raise CommandError(f"{differing:,}通の請求書が再計算と一致しません{said}。", returncode=DIFFERS)
        self.stdout.write(f"{len(invoices):,}通の請求書が再計算と一致しました。")

    def _chosen(self, numbers: list[str], month: str | None) -> list[Invoice]:
        if bool(numbers) == bool(month):
            raise Refused("請求書番号か --month のどちらか一方を指定してください。")
        if month:
            first = Month.parse(month).first_day
            found = list(Invoice.objects.live().filter(month=first).select_related("run").order_by("number"))
            if not found:
                raise Refused(f"{Month.parse(month).label}利用分の請求書はありません。")
            return found
        found = list(Invoice.objects.filter(number__in=numbers).select_related("run").order_by("number"))
        if missing := sorted(set(numbers) - {invoice.number for invoice in found}):
            raise Refused(f"請求書 {'、'.join(missing)} はありません。")
        return found

    def _verify(self, run: BillingRun, invoices: list[Invoice]) -> int:
        """How many differ."""
        results = verification.verify_all(run=run, invoices=invoices, report=self._show)
        for invoice in invoices:
            for difference in results[invoice.pk]:
                self.stdout.write(f"{invoice.number}：{difference}")
        return sum(bool(differences) for differences in results.values())

    def _missing(self, run: BillingRun) -> int:
        """How many invoices the month should have besides."""
        found = verification.missing(run=run)
        for said in found:
            self.stdout.write(said)
        return len(found)

    def _show(self, done: int, total: int) -> None:
        self.stderr.write(f"確認中 {done:,} / {total:,}")


def _by_run(invoices: list[Invoice]) -> list[tuple[BillingRun, list[Invoice]]]:
    runs = {invoice.run_id: invoice.run for invoice in invoices}
    return [(run, [one for one in invoices if one.run_id == pk]) for pk, run in sorted(runs.items())]
