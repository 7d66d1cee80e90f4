"""締め in the admin: the cockpit of a month, its steps for each person, and what it warns of (§5.1)."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import JobRun, User
from billing import tasks
from billing.models import BillingRun, PreviewInvoice
from billing.services import closing
from kmc_portal.lib.months import Month
from tests.fixtures.staff_pages import words

pytestmark = pytest.mark.django_db
LIST = "/admin/billing/billingrun/"


@pytest.fixture
def october(world, arrives):
    """A contract with usage on every day of October 2026 but the 17th; a row was refused on the 9th.

    Each day 2 texts of 3 messages at docomo and 3 of 1 at au; on the 20th none at au.
    """
    world.clock("2026-11-02 09:00")
    world.prices(sms="10.5", monthly_base="1000")
    contract = world.contract(start="2026-10-01")
    for number in range(1, 32):
        if number != 17:
            day = f"2026-10-{number:02d}"
            au = [] if number == 20 else [(contract, "sms", "au", 1, 3)]
            arrives(
                day,
                [(contract, "sms", "docomo", 3, 2), *au],
                refused=["7,契約がありません。,m7,KMC000000999"] if number == 9 else [],
            )
    return contract


def run_of(month: str) -> BillingRun:
    return closing.open_run(month=Month.parse(month))


def page_of(person, run: BillingRun):
    return person.open(f"{LIST}{run.pk}/change/")


def press(person, run: BillingRun, deed: str):
    run.refresh_from_db()
    return person.send(f"{LIST}{run.pk}/do/{deed}/", version=run.version)


def work(name: str, task) -> JobRun:
    """What a worker does with the newest job of that name."""
    job = JobRun.objects.filter(name=name).latest("pk")
    task(job.pk)
    job.refresh_from_db()
    return job


def step(page, label: str) -> str:
    return next(words(one) for one in page.select(".kmc-step") if label in one.get_text())


def test_guide_5_1_a_month_goes_from_preview_to_final_through_the_cockpit(
    october, world, desk, billing_clerk, approver
):
    run = run_of("2026-10")
    clerk, second = desk(billing_clerk), desk(approver)
    press(clerk, run, "preview")
    assert clerk.said == ["試算を始めました。進み具合はこの画面に出ます。画面を閉じても処理は続きます。"]
    assert "「締めの試算」を実行しています" in step(page_of(clerk, run), "試算する")
    job = work("締めの試算", tasks.preview_run)
    assert (job.state, job.result) == ("done", "2026年10月利用分：請求書 1通を試算しました。")
    # 30 days × 2 × 3 + 29 days × 3 = 267 messages × 10.5 = 2,803.5 → 2,803, and 1,000 base; tax 380.3 → 380
    figures = words(page_of(clerk, run).select_one("#totals"))
    assert "請求先 1件 税抜 3,803円 消費税 380円 合計（税込） 4,183円" in figures
    assert "ご自身が試算した締めは承認できません" in step(page_of(clerk, run), "承認する")
    press(clerk, run, "approve")
    assert clerk.said == ["ご自身が試算した締めは承認できません。別の方に承認を依頼してください。"]
    assert "4,183円" in words(second.open(f"{LIST}{run.pk}/do/approve/").select_one(".kmc-figures"))
    press(second, run, "approve")
    assert second.said == ["2026年10月利用分の試算を承認しました。精算確定日を過ぎると確定できます。"]
    assert "精算確定日（2026年11月9日（月））より前には確定できません" in step(
        page_of(clerk, run), "確定する"
    )
    press(clerk, run, "finalise")
    assert "精算確定日" in clerk.said[0]
    world.clock("2026-11-09 00:00")
    clerk = desk(billing_clerk)  # nobody stays logged in for a week
    press(clerk, run, "finalise")
    assert work("締めの確定", tasks.finalise_run).state == "done"
    page = page_of(clerk, run)
    assert "2026-0000001～2026-0000001" in words(page.select_one("#invoices")).replace(" ", "")
    assert "発送日（2026年11月20日（金））より前には送付できません" in step(page, "送付する")
    world.clock("2026-11-20 10:00")
    clerk = desk(billing_clerk)
    mails = words(clerk.open(f"{LIST}{run.pk}/do/send/").select_one(".kmc"))
    assert "メール 1通" in mails and "4,183円（税込）" in mails and "送付する（メールを送る）" in mails


def test_two_people_at_the_same_button_and_the_second_is_told(october, world, desk, approver):
    run = run_of("2026-10")
    world.preview("2026-10")
    run.refresh_from_db()
    second = desk(approver)
    press(second, run, "approve")
    second.send(f"{LIST}{run.pk}/do/approve/", version=run.version - 1)
    assert "承認済" in second.said[0]


@pytest.mark.parametrize("who", ["reception", "operations", "viewer"])
def test_who_may_not_close_reads_all_and_finds_the_reason_at_each_button(october, world, desk, who, request):
    person: User = request.getfixturevalue(who)
    run = run_of("2026-10")
    page = page_of(desk(person), run)
    assert "「試算する」を行えるのは請求のグループです。" in step(page, "試算する")
    assert not page.select(".kmc-steps form, .kmc-steps a")


def test_guide_5_1_the_dates_stand_with_how_they_were_computed(october, desk, viewer):
    page = words(page_of(desk(viewer), run_of("2026-10")))
    assert "精算確定日 2026年11月9日（月）" in page and "発送日 2026年11月20日（金）" in page
    assert "支払期日 2026年12月10日（木）" in page
    assert "2026年10月利用分の精算確定日は、2026年11月の第5営業日の2026年11月9日（月）です。" in page


def test_missing_days_carriers_and_refused_rows_are_pointed_out(october, desk, viewer):
    usage = words(page_of(desk(viewer), run_of("2026-10")).select_one("#usage"))
    assert "足りない日： 1日。" in usage and "2026年10月17日（土）" in usage
    assert "2026年10月20日（火）：au" in usage
    assert "拒否した行のあるファイル： 1件。" in usage and "2026年10月9日（金） 1行" in usage


def test_yesterdays_file_may_still_be_on_its_way(october, world, desk, viewer):
    """On 2 November the files up to 31 October should be there; on 1 November that of the 31st may come yet."""
    from billing.models import UsageFile

    UsageFile.objects.filter(day="2026-10-31").update(replaced_at=timezone.now())
    run = run_of("2026-10")
    assert "足りない日： 2日。" in words(page_of(desk(viewer), run))
    world.clock("2026-11-01 23:59")
    assert "足りない日： 1日。" in words(page_of(desk(viewer), run))


def test_a_parked_contract_stands_with_its_reason_and_where_to_mend_it(october, world, desk, viewer):
    world.contract(world.company("有限会社さくら"), start="2026-10-01", assigned=False)
    run = run_of("2026-10")
    closing.preview(run_id=run.pk, actor=world.clerk, now=timezone.now())
    parked = page_of(desk(viewer), run).select_one("#parked")
    assert "2026年10月の請求先が決まっていません。請求先を割り当ててください。" in words(parked)
    assert parked.select_one("a[href='/admin/billing/billingaccount/']") is not None
    home = words(desk(viewer).open("/admin/").select_one("#billing-queues"))
    assert "承認待ちの締め 1 件" in home and "保留した契約 1 件" in home
    assert "拒否のある配信実績 1 件" in home and "足りない日 1 日" in home


def test_swings_and_what_a_new_preview_changed(october, world, arrives, desk, viewer):
    world.clock("2026-11-09 09:00")
    world.close("2026-10")
    world.clock("2026-12-01 09:00")
    arrives("2026-11-02", [(october, "sms", "docomo", 1, 2000)])
    run = run_of("2026-11")
    closing.preview(run_id=run.pk, actor=world.clerk, now=timezone.now())
    arrives("2026-11-03", [(october, "sms", "docomo", 1, 10)])
    arrives("2026-12-01", [(october, "sms", "docomo", 1, 7)])  # of the month after
    page = page_of(desk(viewer), run)
    assert "試算のあとに配信実績 1件・一時費用 0件が届きました" in words(page)
    closing.preview(run_id=run.pk, actor=world.clerk, now=timezone.now())
    page = page_of(desk(viewer), run)
    # October 4,183; 2,000 × 10.5 + 1,000 = 22,000 + 2,200 = 24,200; ten more: 22,105 + 2,210 = 24,315
    swings = words(page.select_one("#swings"))
    assert "4,183円 24,315円 +20,132円" in swings
    changed = words(page.select_one("#changed"))
    assert "24,200円 24,315円 +115円" in changed
    person = desk(viewer)
    address = f"{LIST}{run.pk}/accounts/"
    assert "20,132円" in words(person.open(address, show="swings", q="㈱アオゾラ商店"))
    assert "100,000円以上の差がある請求先はありません" in words(
        person.open(address, show="swings", least="100000")
    )
    assert "「みなと」に合う請求先はありません" in words(person.open(address, q="みなと"))
    bars = person.open(LIST).select(".kmc-plot a")
    assert [words(bar) for bar in bars] == ["10月 3,803円", "11月 22,105円（試算）"]


def test_a_previewed_invoice_opens_down_to_its_lines(october, world, desk, viewer):
    run = world.preview("2026-10")
    invoice = PreviewInvoice.objects.get()
    person = desk(viewer)
    address = f"{LIST}{run.pk}/previews/{invoice.pk}/"
    assert address in str(person.open(f"{LIST}{run.pk}/accounts/"))
    page = person.open(address)  # 配信料, 月額基本料, and SMS長文 for nothing
    assert "3行の税抜合計 3,803円 × 10% ＝ 380.3円 → 380円（切り捨て、税率ごとに一度だけ）。" in words(page)
    line = person.open(f"{address}lines/1/")
    assert "180通 10.5円 1,890円 NTTドコモでは133～198文字のSMSを3通として課金します。" in words(line)


def test_while_a_job_runs_the_page_looks_again_and_when_it_ends_it_opens_anew(october, desk, viewer):
    run = run_of("2026-10")
    now = timezone.now()
    job = JobRun.objects.create(
        name="締めの試算", subject=str(run), state="running", done=45, total=100, queued_at=now, beat_at=now
    )
    person = desk(viewer)
    page = page_of(person, run)
    assert "45 / 100（45%）" in words(page.select_one("#run-jobs"))
    assert page.select_one("#run-jobs")["hx-trigger"] == "every 2s"
    assert page.select_one("noscript meta[http-equiv=refresh]") is not None
    response = person.client.get(f"{LIST}{run.pk}/change/", headers={"HX-Request": "true"})
    assert "HX-Refresh" not in response
    JobRun.objects.filter(pk=job.pk).update(state="failed", result="単価がありません。", finished_at=now)
    response = person.client.get(f"{LIST}{run.pk}/change/", headers={"HX-Request": "true"})
    assert response["HX-Refresh"] == "true"
    page = page_of(person, run)
    assert "は終わりませんでした： 単価がありません。" in words(page.select_one("#run-jobs"))
    assert not page.select_one("#run-jobs").has_attr("hx-get")


def test_a_month_is_opened_in_its_turn(october, desk, billing_clerk):
    person = desk(billing_clerk)
    form = person.open(f"{LIST}add/")
    assert form.select_one("[name=month]")["value"] == "2026-10"
    person.send(f"{LIST}add/", month="2026-12")
    assert "2026年10月の締めから始めてください" in person.said[0]
    person.send(f"{LIST}add/", month="2026-10")
    assert person.said == ["2026年10月利用分の締めを開きました。"]
    assert BillingRun.objects.get().month == datetime.date(2026, 10, 1)
