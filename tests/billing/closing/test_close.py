"""The month's close step by step: who may what when, what a second run changes, what the commands say (§5.1)."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from accounts.models import JobRun, User
from accounts.services.errors import NotAllowed, Refused, Stale
from accounts.services.jobs import Report
from billing.models import BillingRun, Invoice, InvoiceLine, ParkedContract, PreviewInvoice, PreviewLine
from billing.rules.prices import PriceItem
from billing.services import closing, closing_jobs, rating
from kmc_portal.lib.months import Month
from tests.fixtures.billing import World, price_list, row

pytestmark = pytest.mark.django_db


def silent(done: int, total: int) -> None:
    """Progress that nobody reads."""


REPORT: Report = silent


def close_month(month: str, *options: str) -> str:
    out = StringIO()
    call_command("close_month", month, *options, stdout=out, stderr=StringIO())
    return out.getvalue()


def frozen() -> list[tuple[Any, ...]]:
    """All that is issued, as plain values."""
    invoices = Invoice.objects.order_by("number").values_list("number", "content", "net", "tax", "live")
    lines = InvoiceLine.objects.order_by("invoice__number", "position").values_list("kind", "net", "details")
    return [*invoices, *lines]


@pytest.fixture
def october(world: World) -> World:
    """One contract that used something in October; it is 10 November."""
    world.clock("2026-10-01 09:00")
    world.prices(sms="3", monthly_base="1000")
    contract = world.contract(options=())
    world.sent(contract, 10, day="2026-10-15")
    world.clock("2026-11-10 09:00")
    world.arrives("2026-10-15")
    return world


def test_guide_5_1_the_commands_lead_from_preview_to_final(october: World) -> None:
    clerk, approver = october.clerk.email, october.approver.email
    assert close_month("2026-10") == "2026年10月利用分：集計中\n"
    assert close_month("2026-10", "--preview", "--by", clerk) == (
        "2026年10月利用分：請求書 1通を試算しました。\n"
    )
    assert close_month("2026-10", "--approve", "--by", approver) == "2026年10月利用分：試算を承認しました。\n"
    assert close_month("2026-10", "--finalise", "--by", clerk) == (
        "2026年10月利用分：請求書 1通を確定しました。\n"
    )
    run = BillingRun.objects.get()
    assert (run.state, run.previewed_by, run.approved_by) == ("finalised", october.clerk, october.approver)
    names = list(JobRun.objects.filter(state="done").order_by("pk").values_list("name", flat=True))
    assert names[-2:] == ["締めの試算", "締めの確定"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--approve"], "承認する人を --by EMAIL で指定してください。"),
        (["--approve", "--by", "nobody@example.jp"], "nobody@example.jp という社内ユーザーはいません。"),
        (["--finalise"], "「確定する」は承認済のときに行えます（いまは集計中）。"),
    ],
)
def test_the_command_says_what_is_missing(october: World, options: list[str], said: str) -> None:
    with pytest.raises(CommandError) as refused:
        close_month("2026-10", *options)
    assert (str(refused.value), refused.value.returncode) == (said, 2)


@pytest.mark.parametrize("month", ["2026-13", "2026/10", "10月"])
def test_a_month_that_is_none_is_refused(october: World, month: str) -> None:
    with pytest.raises(CommandError, match="年月は 2026-09 の形で指定してください"):
        close_month(month)


def test_who_previewed_cannot_approve(october: World) -> None:
    run = october.preview("2026-10")
    with pytest.raises(NotAllowed, match="ご自身が試算した締めは承認できません"):
        closing.approve(run_id=run.pk, version=run.version, actor=october.clerk, now=timezone.now())
    run.refresh_from_db()
    assert run.state == "previewed"


@pytest.mark.parametrize("who", ["reception", "operations", "viewer"])
def test_others_can_neither_preview_nor_approve(
    october: World, who: str, request: pytest.FixtureRequest
) -> None:
    person: User = request.getfixturevalue(who)
    run = october.preview("2026-10")
    with pytest.raises(NotAllowed, match="「試算する」を行えるのは請求のグループです"):
        closing.preview(run_id=run.pk, actor=person, now=timezone.now())
    with pytest.raises(NotAllowed, match="「承認する」を行えるのは承認・請求のグループです"):
        closing.approve(run_id=run.pk, version=run.version, actor=person, now=timezone.now())


def test_an_approval_of_another_preview_than_the_one_shown_is_stale(october: World) -> None:
    shown = october.preview("2026-10")
    october.preview("2026-10")
    with pytest.raises(Stale, match="画面を開き直して"):
        closing.approve(run_id=shown.pk, version=shown.version, actor=october.approver, now=timezone.now())


def test_an_approved_month_is_not_previewed_again_until_the_approval_is_taken_back(october: World) -> None:
    run = october.preview("2026-10")
    run = closing.approve(run_id=run.pk, version=run.version, actor=october.approver, now=timezone.now())
    with pytest.raises(Refused, match="「試算する」は集計中・試算済のときに行えます（いまは承認済）。"):
        closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now())
    run = closing.take_back(run_id=run.pk, version=run.version, actor=october.approver, now=timezone.now())
    assert (run.state, run.approved_by) == ("previewed", None)
    assert closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now()).preview == 2


def test_a_month_cannot_be_previewed_before_it_has_ended(october: World) -> None:
    october.clock("2026-10-31 23:59")
    run = closing.open_run(month=Month(2026, 10))
    with pytest.raises(Refused, match="2026年10月はまだ終わっていません"):
        closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now())
    october.clock("2026-11-01 00:00")
    assert closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now()).state == "previewed"


def test_guide_5_1_nothing_is_final_before_the_fifth_business_day(october: World) -> None:
    october.clock("2026-11-08 23:59")
    run = october.preview("2026-10")
    closing.approve(run_id=run.pk, version=run.version, actor=october.approver, now=timezone.now())
    with pytest.raises(Refused, match=r"精算確定日（2026年11月9日（月））より前には確定できません"):
        closing.finalise(run_id=run.pk, actor=october.clerk, now=timezone.now())
    october.clock("2026-11-09 00:00")
    assert closing.finalise(run_id=run.pk, actor=october.clerk, now=timezone.now()).state == "finalised"


def test_months_are_closed_one_after_the_other_from_the_first_use_on(october: World) -> None:
    with pytest.raises(CommandError, match="2026年10月の締めから始めてください"):
        close_month("2026-11")
    close_month("2026-10")
    with pytest.raises(CommandError, match="次に締める月は2026年11月です"):
        close_month("2026-12")
    october.clock("2026-12-10 09:00")
    with pytest.raises(CommandError, match="前の月の締めが確定していません"):
        close_month("2026-11", "--preview")


def test_a_mistyped_month_before_the_first_use_opens_no_close(october: World) -> None:
    with pytest.raises(CommandError, match="2026年10月の締めから始めてください"):
        close_month("2006-10")
    assert not BillingRun.objects.exists()


def test_before_the_first_contract_is_charged_no_month_is_opened(db: None) -> None:
    with pytest.raises(CommandError, match="課金を開始した契約がまだない"):
        close_month("2026-10")
    assert closing_jobs.preview_due(now=timezone.now(), report=REPORT) == (
        "課金を開始した契約がまだありません。"
    )
    assert not BillingRun.objects.exists()


def test_a_second_preview_changes_nothing_but_its_count(october: World) -> None:
    def rows(run: BillingRun) -> list[Any]:
        invoices = PreviewInvoice.objects.filter(run=run, preview=run.preview)
        lines = PreviewLine.objects.filter(invoice__in=invoices).order_by("position")
        return [
            *invoices.values_list("account", "content", "net", "tax"),
            *lines.values_list("contract", "kind", "net", "remark", "details"),
        ]

    first = october.preview("2026-10")
    shown = rows(first)
    second = october.preview("2026-10")
    assert (first.preview, second.preview) == (1, 2)
    assert rows(second) == shown


def test_only_the_last_two_previews_are_kept(october: World) -> None:
    for _ in range(4):
        october.preview("2026-10")
    assert set(PreviewInvoice.objects.values_list("preview", flat=True)) == {3, 4}


def test_a_preview_that_fails_leaves_the_last_two_to_compare(
    october: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    october.preview("2026-10")
    run = october.preview("2026-10")

    def fails(*given: Any) -> Any:
        raise RuntimeError("the machine is out of order")

    with monkeypatch.context() as broken, pytest.raises(RuntimeError):
        broken.setattr(rating, "bills", fails)
        closing.preview(run_id=run.pk, actor=october.clerk, now=timezone.now())
    run.refresh_from_db()
    assert (run.preview, set(PreviewInvoice.objects.values_list("preview", flat=True))) == (2, {1, 2})


def test_making_a_final_month_final_again_changes_nothing(october: World) -> None:
    october.close("2026-10")
    issued = frozen()
    assert close_month("2026-10", "--finalise") == "2026年10月利用分：請求書 1通を確定しました。\n"
    assert frozen() == issued


def test_what_arrives_after_the_preview_is_not_in_the_invoice_but_in_the_next_one(october: World) -> None:
    run = october.preview("2026-10")
    contract = october.contract(start="2026-11-01", options=())
    october.sent("KMC000000001", 5, day="2026-10-31")
    october.arrives("2026-11-01")
    run.refresh_from_db()
    closing.approve(run_id=run.pk, version=run.version, actor=october.approver, now=timezone.now())
    october_invoices = closing.finalise(run_id=run.pk, actor=october.clerk, now=timezone.now()).invoices
    assert [invoice.net for invoice in october_invoices.all()] == [1030]
    october.clock("2026-12-10 09:00")
    nets = {invoice.account_id: invoice.net for invoice in october.close("2026-11").values()}
    assert sorted(nets.values()) == [1000, 1015]  # the new contract's base; base and 5 × 3
    assert nets[contract.billing_assignments.get().account_id] == 1000


def test_the_job_opens_previews_and_settles_in_time_and_twice_does_no_harm(october: World) -> None:
    october.clock("2026-11-01 03:00")
    assert closing_jobs.preview_due(now=timezone.now(), report=REPORT) == (
        "2026年10月利用分：請求書 1通を試算しました。"
    )
    assert closing_jobs.preview_due(now=timezone.now(), report=REPORT) == (
        "2026年10月利用分の試算のあとに届いたものはありません。"
    )
    run = BillingRun.objects.get()
    assert (run.state, run.previewed_by, run.preview) == ("previewed", None, 1)
    assert closing_jobs.settle_due(now=timezone.now(), report=REPORT) == "確定する締めはありません。"

    closing.approve(run_id=run.pk, version=run.version, actor=october.clerk, now=timezone.now())
    october.clock("2026-11-08 23:00")
    assert closing_jobs.settle_due(now=timezone.now(), report=REPORT) == "確定する締めはありません。"
    october.clock("2026-11-30 03:00")  # late
    assert closing_jobs.settle_due(now=timezone.now(), report=REPORT) == (
        "2026年10月利用分：請求書 1通を確定しました。"
    )
    issued = frozen()
    assert closing_jobs.settle_due(now=timezone.now(), report=REPORT) == "確定する締めはありません。"
    assert frozen() == issued


def test_the_job_says_when_a_month_waits_for_an_approval(october: World) -> None:
    october.preview("2026-10")
    assert closing_jobs.settle_due(now=timezone.now(), report=REPORT) == (
        "2026年10月利用分は精算確定日を迎えましたが、試算済です。試算と承認を行ってください。"
    )


def test_the_job_previews_again_when_something_arrived(october: World) -> None:
    closing_jobs.preview_due(now=timezone.now(), report=REPORT)
    october.sent("KMC000000001", 1, day="2026-10-31")
    october.arrives("2026-11-01")
    closing_jobs.preview_due(now=timezone.now(), report=REPORT)
    assert PreviewInvoice.objects.get(preview=2).net == 1033


def test_a_wrong_price_is_mended_by_a_new_preview(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices([one for one in price_list() if one.item != "monthly_base"])
    contract = world.contract(options=())
    world.clock("2026-11-10 09:00")
    with pytest.raises(CommandError) as waiting:
        close_month("2026-10", "--preview")
    assert waiting.value.returncode == 1
    assert ParkedContract.objects.get().contract == contract
    world.prices([row(PriceItem.MONTHLY_BASE, "500")], contract=contract, start="2026-10")
    assert world.preview("2026-10").state == "previewed"
    assert PreviewInvoice.objects.get(preview=2).net == 500
    assert ParkedContract.objects.filter(preview=2).count() == 0
