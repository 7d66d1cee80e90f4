"""締め by hand: `manage.py close_month 2026-10 [--preview | --approve | --finalise] [--by EMAIL]`."""

from argparse import ArgumentParser
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from accounts.services import jobs
from accounts.services.errors import Refused
from billing.models import BillingRun
from billing.services import closing, closing_jobs
from billing.workflow import RunAction
from kmc_portal.lib.months import Month

SOME_PARKED, REFUSED = 1, 2


class Command(BaseCommand):
    help = (
        "月の締めを進めます。操作を指定しなければ、いまの状態を表示します。"
        "終了コード：0 完了、1 完了したが保留した契約がある、2 行えない（理由を表示）。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("month", metavar="MONTH", help="利用月（例 2026-10）")
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--preview", action="store_true", help="試算する")
        action.add_argument("--approve", action="store_true", help="試算を承認する（--by が必要）")
        action.add_argument("--finalise", action="store_true", help="承認済みの試算を請求書として確定する")
        parser.add_argument("--by", metavar="EMAIL", help="操作する人（社内ユーザーのメールアドレス）")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            run = closing.open_run(month=Month.parse(options["month"]))
            actor = _person(options["by"])
            self._act(run, actor, options)
        except (Refused, ValueError) as refusal:
            raise CommandError(str(refusal), returncode=REFUSED) from refusal
        if options["preview"] and (parked := closing_jobs.parked_in(BillingRun.objects.get(pk=run.pk))):
            raise CommandError(
                f"{parked}件の契約を保留しました（締めの画面に理由があります）。", returncode=SOME_PARKED
            )

    def _act(self, run: BillingRun, actor: User | None, options: dict[str, Any]) -> None:
        now = timezone.now()
        if options["approve"]:
            if actor is None:
                raise Refused("承認する人を --by EMAIL で指定してください。")
            closing.approve(run_id=run.pk, version=run.version, actor=actor, now=now)
            self.stdout.write(f"{run}：試算を承認しました。")
        elif options["preview"] or options["finalise"]:
            action = RunAction.PREVIEW if options["preview"] else RunAction.FINALISE
            work = closing_jobs.preview if options["preview"] else closing_jobs.finalise
            step = partial(work, run_id=run.pk, version=None, actor=actor, now=now)
            self.stdout.write(
                jobs.run(
                    name=closing_jobs.NAMES[action],
                    subject=str(run),
                    actor=actor,
                    work=lambda report: step(report=_also(report, self._show)),
                )
            )
        else:
            self._tell(run)

    def _tell(self, run: BillingRun) -> None:
        self.stdout.write(f"{run}：{run.get_state_display()}")
        if run.preview:
            self.stdout.write(closing_jobs.preview_result(run))
        if run.finalised_at:
            self.stdout.write(f"確定した請求書 {run.invoices.count():,}通")

    def _show(self, done: int, total: int) -> None:
        self.stderr.write(f"試算中 {done:,} / {total:,}")


def _also(report: jobs.Report, show: jobs.Report) -> jobs.Report:
    def both(done: int, total: int) -> None:
        report(done, total)
        show(done, total)

    return both


def _person(email: str | None) -> User | None:
    if email is None:
        return None
    person = User.objects.filter(email=email.strip().lower(), is_staff=True).first()
    if person is None:
        raise Refused(f"{email} という社内ユーザーはいません。")
    return person
