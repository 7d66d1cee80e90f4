"""送付 (§5.1 請求書発送日): on the sending date, once, whatever happens in between."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import JobRun, OutgoingMail, SalesPartner, User
from accounts.services import files, outbox
from accounts.services.errors import NotAllowed, Refused
from billing import tasks
from billing.models import BillingRun, Invoice, InvoiceSending
from billing.services import billing_accounts, invoices, sending
from billing.workflow import RunState
from tests.fixtures.billing import World
from tests.fixtures.mail import Mailbox

pytestmark = pytest.mark.django_db


def send(invoice: Invoice, actor: User | None = None) -> int:
    return sending.send_run(run_id=invoice.run_id, actor=actor, now=timezone.now())


def state_of(invoice: Invoice) -> tuple[str, int]:
    run = BillingRun.objects.get(pk=invoice.run_id)
    return run.state, InvoiceSending.objects.filter(invoice__run=run).count()


def test_guide_5_1_nothing_goes_before_the_sending_date(world: World, invoice: Invoice) -> None:
    """20 November 2026 is a Friday and a business day."""
    world.clock("2026-11-19 23:59")
    with pytest.raises(Refused, match="発送日（2026年11月20日（金））より前には送付できません。"):
        send(invoice, world.clerk)
    assert state_of(invoice) == (RunState.FINALISED, 0)
    world.clock("2026-11-20 00:00")
    assert send(invoice, world.clerk) == 1
    assert state_of(invoice) == (RunState.SENT, 1)


def test_guide_5_1_without_a_business_day_from_the_20th_to_the_22nd_it_goes_on_the_one_before(
    world: World,
) -> None:
    """20–22 September 2026 are Sunday and two holidays: the 18th, a Friday."""
    world.clock("2026-08-01 09:00")
    world.prices(monthly_base="10000")
    world.contract(start="2026-08-01")
    world.clock("2026-09-08 09:00")
    [invoice] = world.close("2026-08").values()
    world.clock("2026-09-17 09:00")
    with pytest.raises(Refused, match="2026年9月18日（金）"):
        send(invoice)
    world.clock("2026-09-18 09:00")
    assert send(invoice) == 1


def test_guide_5_1_the_mail_carries_the_pdf_and_what_is_to_be_paid_until_when(
    world: World, invoice: Invoice, mailbox: Mailbox
) -> None:
    world.clock("2026-11-20 09:00")
    send(invoice, world.clerk)
    [mail] = mailbox.deliver()
    assert mail.subject == "【KMC】2026年10月ご利用分の請求書をお送りします（2026-0000001）"
    assert "keiri@aozora.example.com" in mail.to[0]
    assert mail.body.startswith("株式会社あおぞら商店\n経理部 御中\n")
    for said in (
        "請求書番号　：2026-0000001\n",
        "発行日　　　：2026年11月20日\n",
        "ご請求金額　：12,100円（税込）\n",
        "お支払期日　：2026年12月10日\n",
        "請求書に記載の口座へお振り込み",
        "お客様ポータルからもダウンロード",
    ):
        assert said in mail.body, said
    [(name, content, kind)] = mail.attachments
    assert (name, kind) == ("請求書_2026-0000001.pdf", "application/pdf")
    assert content == files.read(invoices.pdf(invoice=invoice))
    row = OutgoingMail.objects.get()
    assert (row.kind, row.about, row.customer, row.created_by) == (
        "invoice", "invoice:2026-0000001", invoice.account.customer, world.clerk,
    )  # fmt: skip
    assert InvoiceSending.objects.get().mail == row


def test_a_partner_s_mail_does_not_speak_of_the_portal(world: World, mailbox: Mailbox) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    partner = SalesPartner.objects.create(name="はんばい株式会社")
    company = world.company()
    company.sales_partner = partner
    company.save(update_fields=["sales_partner"])
    world.contract(company, world.account(partner))
    world.clock("2026-11-10 09:00")
    [invoice] = world.close("2026-10").values()
    world.clock("2026-11-20 09:00")
    send(invoice)
    [mail] = mailbox.deliver()
    assert mail.body.startswith("はんばい株式会社\n") and "ポータル" not in mail.body
    assert OutgoingMail.objects.get().customer is None


def test_it_goes_to_the_address_in_force_on_the_day(world: World, invoice: Invoice, mailbox: Mailbox) -> None:
    world.clock("2026-11-19 09:00")
    old = invoice.account.profiles.get()
    profile = {
        name: getattr(old, name)
        for name in ("name", "department", "postal_code", "address", "payment_method", "rounding")
    }
    billing_accounts.set_profile(
        account=invoice.account,
        profile={**profile, "email": "new@aozora.example.com"},
        day=timezone.localdate(),
        actor=world.clerk,
    )
    world.clock("2026-11-20 09:00")
    send(invoice)
    [mail] = mailbox.deliver()
    assert "new@aozora.example.com" in mail.to[0]


def test_twice_is_once(world: World, three: list[Invoice], mailbox: Mailbox) -> None:
    world.clock("2026-11-20 09:00")
    assert send(three[0], world.clerk) == 3
    assert send(three[0], world.clerk) == 0
    assert len(mailbox.deliver()) == 3
    assert state_of(three[0]) == (RunState.SENT, 3)


def test_late_is_as_good(world: World, three: list[Invoice], mailbox: Mailbox) -> None:
    world.clock("2027-01-05 09:00")
    assert send(three[0]) == 3
    assert len(mailbox.deliver()) == 3


def test_after_a_crash_in_the_middle_the_rest_goes(
    world: World, three: list[Invoice], mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.clock("2026-11-20 09:00")
    queue = outbox.queue

    def dies_at_the_second(**how: Any) -> OutgoingMail:
        if how["about"] == f"invoice:{three[1].number}":
            raise KeyboardInterrupt
        return queue(**how)

    with monkeypatch.context() as patch:
        patch.setattr(outbox, "queue", dies_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            send(three[0])
    assert state_of(three[0]) == (RunState.FINALISED, 1)
    assert send(three[0]) == 2
    assert [mail.subject[-13:-1] for mail in mailbox.deliver()] == [made.number for made in three]
    assert state_of(three[0]) == (RunState.SENT, 3)


def test_one_that_cannot_be_printed_holds_up_no_other_and_keeps_the_run_open(
    world: World, mailbox: Mailbox
) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    bad = world.contract(world.company("絵文字😀株式会社")).customer
    world.contract(world.company("みどり工業株式会社"))
    world.clock("2026-11-10 09:00")
    invoice = next(iter(world.close("2026-10").values()))
    world.clock("2026-11-20 09:00")
    with pytest.raises(
        Refused, match=r"1通を送付しました。次の請求書は送付できていません：請求書 2026-0000001：.*U\+1F600"
    ):
        send(invoice)
    assert state_of(invoice) == (RunState.FINALISED, 1)
    # the name is corrected, and the invoice replaced
    account = bad.billing_accounts.get()
    profile = account.profiles.get()
    names = ("department", "postal_code", "address", "email", "payment_method", "rounding")
    billing_accounts.set_profile(
        account=account,
        profile={"name": "絵文字株式会社", **{name: getattr(profile, name) for name in names}},
        day=timezone.localdate(),
        actor=world.clerk,
    )
    bad.name = "絵文字株式会社"
    bad.save(update_fields=["name"])
    old = Invoice.objects.get(number="2026-0000001")
    invoices.reissue(invoice=old, reason="宛名の訂正", actor=world.clerk, now=timezone.now())
    assert send(invoice) == 1
    assert state_of(invoice) == (RunState.SENT, 2)
    assert [mail.subject[-13:-1] for mail in mailbox.deliver()] == ["2026-0000002", "2026-0000003"]


def test_before_the_close_is_final_nothing_can_be_sent(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    world.contract()
    world.clock("2026-11-20 09:00")
    run = world.preview("2026-10")
    with pytest.raises(Refused, match="いまは試算済"):
        sending.send_run(run_id=run.pk, actor=world.clerk, now=timezone.now())


def test_only_the_billing_group_sends(world: World, invoice: Invoice, reception: User, viewer: User) -> None:
    world.clock("2026-11-20 09:00")
    for actor in (reception, viewer, world.approver):
        with pytest.raises(NotAllowed, match="請求のグループ"):
            send(invoice, actor)
    assert state_of(invoice) == (RunState.FINALISED, 0)


def test_the_periodic_job_sends_from_nine_on_the_day_and_says_so(
    world: World, invoice: Invoice, mailbox: Mailbox
) -> None:
    for moment in ("2026-11-19 15:00", "2026-11-20 08:59"):
        world.clock(moment)
        tasks.send_invoices()
        assert not InvoiceSending.objects.exists()
    world.clock("2026-11-20 09:00")
    tasks.send_invoices()
    assert len(mailbox.deliver()) == 1
    tasks.send_invoices()
    assert mailbox.deliver() == []
    assert [job.result for job in JobRun.objects.filter(name="請求書の送付").exclude(result="")] == [
        "2026年10月利用分：1通を送付しました。"
    ]


def test_a_month_without_invoices_is_sent_all_the_same(world: World) -> None:
    world.clock("2026-10-01 09:00")
    world.prices(monthly_base="10000")
    world.contract(ends="2026-10-31")
    world.clock("2026-11-10 09:00")
    assert len(world.close("2026-10")) == 1
    world.clock("2026-12-10 09:00")
    assert world.close("2026-11") == {}
    world.clock("2026-12-21 09:00")
    tasks.send_invoices()
    assert BillingRun.objects.get(month="2026-11-01").state == RunState.SENT


def test_what_staff_see_before_sending_is_what_goes(world: World, invoice: Invoice, mailbox: Mailbox) -> None:
    world.clock("2026-11-20 09:00")
    shown = sending.compose(invoice)
    send(invoice)
    [mail] = mailbox.deliver()
    assert (mail.subject, mail.body) == (shown.subject, shown.body)
