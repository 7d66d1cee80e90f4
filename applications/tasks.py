"""Background jobs of this app. Each is safe to run twice, late, or after a crash."""

from django.utils import timezone

from accounts.services import check_runner, connectivity
from accounts.services.errors import Refused
from accounts.services.jobs import Report, periodic
from applications.services import cancellation, functions


@periodic
def end_contracts(*, report: Report) -> str:
    """Contracts whose last day has passed (§3)."""
    ended, failed = cancellation.end_due(now=timezone.now())
    if failed:
        raise Refused(
            f"{ended}件の契約を終了しました。{failed}件は終了できませんでした。"
            "解約予定の一覧で該当の申込を確認し、開発担当へお知らせください。"
        )
    return f"{ended}件の契約を終了しました。" if ended else ""


@periodic
def run_checks(*, report: Report) -> str:
    """Ordered 疎通確認 (§1.9); every order sends this task as well."""
    return check_runner.run(on_result=functions.on_result, report=report)


@periodic
def order_rechecks(*, report: Report) -> str:
    ordered = connectivity.order_rechecks(now=timezone.now())
    return f"通知先 {ordered:,}件の確認を始めました。" if ordered else ""
