"""差し替え: a new invoice that names the old one; the old one stays as it was (適格請求書)."""

import datetime

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import files
from accounts.services.errors import NotAllowed, Refused, Stale
from billing.models import BillingRun, Invoice
from billing.services import billing_accounts, invoices, sending
from billing.workflow import RunState
from tests.fixtures import pdf_text
from tests.fixtures.billing import World, lines_of
from tests.fixtures.mail import Mailbox

pytestmark = pytest.mark.django_db


def replace(world: World, invoice: Invoice, reason: str = "宛名の訂正") -> Invoice:
    return invoices.reissue(invoice=invoice, reason=reason, actor=world.clerk, now=timezone.now())


def renamed(world: World, invoice: Invoice, name: str) -> None:
    old = invoice.account.profiles.get()
    names = ("department", "postal_code", "address", "email", "payment_method", "rounding")
    billing_accounts.set_profile(
        account=invoice.account,
        profile={"name": name, **{one: getattr(old, one) for one in names}},
        day=timezone.localdate(),
        actor=world.clerk,
    )


def test_the_new_one_has_the_same_lines_and_the_recipient_of_today(world: World, invoice: Invoice) -> None:
    old_pdf = files.read(invoices.pdf(invoice=invoice))
    world.clock("2026-11-25 09:00")
    renamed(world, invoice, "株式会社あおぞらホールディングス")
    new = replace(world, invoice)
    old = Invoice.objects.get(pk=invoice.pk)
    assert (old.live, new.live, new.replaces, new.reason, new.reissued_by) == (
        False, True, old, "宛名の訂正", world.clerk,
    )  # fmt: skip
    assert new.number == "2026-0000002"
    assert (new.issued_on, new.due_on) == (datetime.date(2026, 11, 25), datetime.date(2026, 12, 10))
    assert lines_of(new) == lines_of(old)
    assert (new.net, new.tax, new.total) == (11000, 1100, 12100)
    found = pdf_text.text(files.read(invoices.pdf(invoice=new)))
    assert "本書は請求書番号 2026-0000001 に代わるものです。" in found
    assert "株式会社あおぞらホールディングス 御中" in found
    assert "発行日 2026年11月25日" in found
    assert files.read(invoices.pdf(invoice=old)) == old_pdf


def test_before_the_sending_date_it_keeps_that_date(world: World, invoice: Invoice) -> None:
    new = replace(world, invoice)
    assert new.issued_on == datetime.date(2026, 11, 20)


def test_in_the_next_year_it_is_numbered_in_that_year(world: World, invoice: Invoice) -> None:
    world.clock("2027-01-05 09:00")
    assert replace(world, invoice).number == "2027-0000001"


def test_of_two_who_replace_it_the_second_is_led_to_the_new_one(world: World, invoice: Invoice) -> None:
    new = replace(world, invoice)
    with pytest.raises(Stale, match=f"2026-0000001 は {new.number} に差し替え済み"):
        replace(world, invoice)
    assert Invoice.objects.count() == 2
    assert replace(world, new).number == "2026-0000003"


@pytest.mark.parametrize("reason", ["", "  ", "あ" * 201])
def test_a_reason_is_needed(world: World, invoice: Invoice, reason: str) -> None:
    with pytest.raises(Refused, match="差し替えの理由を200文字以内で入力してください。"):
        replace(world, invoice, reason)
    assert Invoice.objects.get().live


def test_who_may_not_change_invoices_replaces_none(world: World, invoice: Invoice, reception: User) -> None:
    with pytest.raises(NotAllowed):
        invoices.reissue(invoice=invoice, reason="訂正", actor=reception, now=timezone.now())


def test_a_number_that_was_not_used_is_not_lost(
    world: World, invoice: Invoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(invoices, "_content", fails)
        replace(world, invoice)
    assert Invoice.objects.get().live
    assert replace(world, invoice).number == "2026-0000002"


def test_the_replacement_of_a_sent_invoice_goes_with_the_next_run_of_the_job(
    world: World, invoice: Invoice, mailbox: Mailbox
) -> None:
    world.clock("2026-11-20 09:00")
    sending.send_run(run_id=invoice.run_id, actor=world.clerk, now=timezone.now())
    mailbox.deliver()
    world.clock("2026-11-25 09:00")
    new = replace(world, invoice)
    assert sending.send_due(now=timezone.now(), report=lambda done, total: None) == (
        "2026年10月利用分：1通を送付しました。"
    )
    [mail] = mailbox.deliver()
    assert new.number in mail.subject and "2026-0000001 に代わるものです" in mail.body
    assert BillingRun.objects.get().state == RunState.SENT


def test_one_that_was_replaced_before_it_went_is_never_sent(
    world: World, invoice: Invoice, mailbox: Mailbox
) -> None:
    replace(world, invoice)
    world.clock("2026-11-20 09:00")
    assert sending.send_run(run_id=invoice.run_id, actor=None, now=timezone.now()) == 1
    assert [mail.subject[-13:-1] for mail in mailbox.deliver()] == ["2026-0000002"]


def test_the_database_lets_nothing_of_it_change_but_whether_it_is_live(invoice: Invoice) -> None:
    for change in ({"net": 1}, {"content": {}}, {"number": "2026-0000009"}, {"reason": "x"}):
        with pytest.raises(DatabaseError, match="Cannot update rows"), transaction.atomic():
            Invoice.objects.filter(pk=invoice.pk).update(**change)
