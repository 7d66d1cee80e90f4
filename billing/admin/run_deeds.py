"""What the buttons of a month's close do (billing/workflow.py): through services, the long ones in the background."""

import datetime
from typing import Any

from django.urls import reverse

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.models import JobRun
from accounts.services import jobs
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from billing.admin import run_figures
from billing.admin.fields import MonthField
from billing.models import BillingProfile, BillingRun, Invoice
from billing.services import bundles, closing, closing_jobs, rating, sending
from billing.workflow import FINAL, TRANSITIONS, RunAction, RunState
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

Given = dict[str, Any]
Edited = MailText | None
CHANGE = "billing.change_billingrun"
STARTED = "進み具合はこの画面に出ます。画面を閉じても処理は続きます。"
WAITING = (JobRun.State.QUEUED, JobRun.State.RUNNING)


class OpenForm(DeedForm):
    month = MonthField(
        label="利用月", help_text="締めは、はじめに課金を始めた月から1か月ずつ順に作成します。"
    )

    def prepare(self) -> None:
        if (following := closing.next_month()) is not None:
            self.initial.setdefault("month", str(following))


def refusal_of(run: BillingRun, action: RunAction, doing: Doing) -> str | None:
    """Why this person cannot take this step just now, or None."""
    if action is RunAction.SEND:
        found = sending.refusal(run, doing.actor, doing.now)
        return str(found) if found else _busy(run, doing.now)
    if reason := closing.refusal(run, action, doing.actor):
        return reason
    return closing.too_early(run, action, doing.now) or _busy(run, doing.now)


def _busy(run: BillingRun, now: datetime.datetime) -> str | None:
    """Something is at it already. A run without a sign of life does not count."""
    for job in JobRun.objects.filter(subject=str(run), state__in=WAITING):
        if not jobs.is_stale(job, now):
            return f"「{job.name}」を実行しています。終わるまでお待ちください。"
    return None


def _refusal(action: RunAction) -> Any:
    return lambda doing: refusal_of(doing.obj, action, doing)


def _version(doing: Doing) -> int:
    if doing.version is None:
        raise Refused("画面の情報が足りません。画面を開き直して、もう一度操作してください。")
    return doing.version


def _start(doing: Doing, task: str, refusal: str | None, **arguments: Any) -> None:
    if refusal:
        raise Refused(refusal)
    jobs.start(
        task=task, subject=str(doing.obj), actor=doing.actor, now=doing.now, run_id=doing.obj.pk, **arguments
    )


def _start_step(doing: Doing, action: RunAction) -> None:
    _start(doing, closing_jobs.TASKS[action], refusal_of(doing.obj, action, doing), version=_version(doing))


def _preview(doing: Doing, given: Given, edited: Edited) -> str:
    _start_step(doing, RunAction.PREVIEW)
    return f"試算を始めました。{STARTED}"


def _approve(doing: Doing, given: Given, edited: Edited) -> str:
    closing.approve(run_id=doing.obj.pk, version=_version(doing), actor=doing.actor, now=doing.now)
    return f"{doing.obj}の試算を承認しました。精算確定日を過ぎると確定できます。"


def _take_back(doing: Doing, given: Given, edited: Edited) -> str:
    closing.take_back(run_id=doing.obj.pk, version=_version(doing), actor=doing.actor, now=doing.now)
    return "承認を取り消しました。もう一度試算できます。"


def _finalise(doing: Doing, given: Given, edited: Edited) -> str:
    _start_step(doing, RunAction.FINALISE)
    return f"確定を始めました。{STARTED}"


def _send(doing: Doing, given: Given, edited: Edited) -> str:
    _start(doing, "billing.tasks.send_run", refusal_of(doing.obj, RunAction.SEND, doing))
    return f"請求書の送付を始めました。{STARTED}"


def _bundle(doing: Doing, given: Given, edited: Edited) -> str:
    _start(doing, "billing.tasks.make_print_bundle", not_final(doing))
    return f"印刷用PDFの作成を始めました。{STARTED}"


def _verify(doing: Doing, given: Given, edited: Edited) -> str:
    _start(doing, "billing.tasks.verify_run", not_final(doing))
    return f"検算を始めました。{STARTED}"


def _open(doing: Doing, given: Given, edited: Edited) -> str:
    run = closing.open_run(month=given["month"])
    doing.request.session["opened_run"] = run.pk
    return f"{run}の締めを開きました。"


def _opened(doing: Doing) -> str:
    return reverse("admin:billing_billingrun_change", args=[doing.request.session.pop("opened_run")])


def not_final(doing: Doing) -> str | None:
    if doing.obj.state not in FINAL:
        return "締めを確定してから行えます。"
    return _busy(doing.obj, doing.now)


def _figures(doing: Doing) -> dict[str, Any]:
    run: BillingRun = doing.obj
    return {
        "run": run,
        "totals": run_figures.totals(run),
        "parked": closing_jobs.parked_in(run),
        "dates": rating.dates_of(Month.of(run.month)),
    }


def _mails(doing: Doing) -> dict[str, Any]:
    """How many mails will go out, to whom none can, and one of them as an example."""
    run: BillingRun = doing.obj
    rows = Invoice.objects.live().filter(run=run, sending=None)
    addressed = BillingProfile.objects.as_of(date_of(doing.now)).values("account")
    first = rows.select_related("account").order_by("number").first()
    return {
        "run": run,
        "mails": rows.count(),
        "without_address": list(rows.exclude(account__in=addressed).select_related("account")[:20]),
        "example": sending.compose(first) if first else None,
        "example_of": first,
        "on_paper": bundles.to_print(run).count(),
    }


_A = RunAction
STEPS: tuple[tuple[RunAction, str], ...] = (  # what stands under a button
    (_A.PREVIEW, "配信実績・料金・一時費用を読み直して計算します。メールは送りません。"),
    (_A.APPROVE, "試算した人とは別の人が、内容を確かめて承認します。"),
    (_A.FINALISE, "請求書番号を付けて内容を固定します。取り消せません。メールは送りません。"),
    (_A.SEND, "請求先にメールを送り、お客様の画面に出します。送る前に通数と文面を確かめます。"),
    (_A.TAKE_BACK, "承認をなかったことにして、もう一度試算できるようにします。"),
)
DIRECT = frozenset({_A.PREVIEW})

RUN_DEEDS = (
    Deed("preview", _A.PREVIEW.label, _preview, direct=True, permission=CHANGE, refusal=_refusal(_A.PREVIEW)),
    Deed("approve", "試算を承認する", _approve, permission=CHANGE, refusal=_refusal(_A.APPROVE), button=_A.APPROVE.label,
         template="admin/billing/billingrun/_figures.html", context=_figures,
         explain="この金額で請求書を作ることを承認します。確定までは取り消せます。"),
    Deed("take_back", _A.TAKE_BACK.label, _take_back, permission=CHANGE, refusal=_refusal(_A.TAKE_BACK),
         explain="承認を取り消すと、もう一度試算できるようになります。確定するには、あらためて承認が必要です。"),
    Deed("finalise", "締めを確定する", _finalise, permission=CHANGE, refusal=_refusal(_A.FINALISE), button=_A.FINALISE.label, danger=True,
         template="admin/billing/billingrun/_figures.html", context=_figures,
         explain="承認した試算のとおりに請求書を作り、番号を付けます。確定した請求書は変更も取り消しもできません。あとから届いた実績は次の請求書に載ります。この操作ではメールを送りません。"),
    Deed("send", "請求書を送付する", _send, permission=CHANGE, refusal=_refusal(_A.SEND), button="送付する（メールを送る）",
         template="admin/billing/billingrun/_mails.html", context=_mails,
         explain="確定した請求書を、請求先へメールで送り、お客様の画面に表示します。送付済みの請求書は送りません。"),
    Deed("bundle", "印刷用PDFを作成する", _bundle, direct=True, permission=bundles.MAY, refusal=not_final),
    Deed("verify", "すべての請求書を検算する", _verify, direct=True, permission=CHANGE, refusal=not_final),
)  # fmt: skip

OPEN_DEED = Deed(
    "open", "締めを開く", _open, OpenForm, permission="billing.add_billingrun", button="この月の締めを開く", goes_to=_opened,
    explain="定期ジョブが月の初めに自動で開いて試算します。先に開いて、届いた実績や足りない日を見ることもできます。",
)  # fmt: skip


def buttons(doing: Doing) -> list[dict[str, Any]]:
    """The steps of the table that start where the run stands, each with the reason where it is not possible."""
    run: BillingRun = doing.obj
    found = []
    for action, hint in STEPS:
        if run.state not in TRANSITIONS[action].sources:
            continue
        again = action is RunAction.PREVIEW and run.state == RunState.PREVIEWED
        found.append(
            {
                "name": action.value,
                "label": "もう一度試算する" if again else action.label,
                "hint": hint,
                "direct": action in DIRECT,
                "refusal": refusal_of(run, action, doing),
                "main": not again and action is not RunAction.TAKE_BACK,
            }
        )
    return found
