"""サポートサイトのパスワード (§4.4): changed by staff, told to every contract in use."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Contract, Customer, MailProblem, MailState, OutgoingMail, Setting, User
from accounts.services import announcements, outbox, settings
from accounts.services.errors import NotAllowed, Refused
from kmc_portal.lib.jst import date_of
from tests.fixtures.mail import Mailbox
from tests.fixtures.staff_pages import Desk, mail_on, words

pytestmark = pytest.mark.django_db

KIND = "support_password_changed"
Make = Callable[..., Contract]


def today() -> datetime.date:
    return date_of(timezone.now())


@pytest.fixture
def contract(customer: Customer) -> Make:
    """A contract with an アカウント担当者 since a year ago."""
    made = 0

    def make(state: str = "active", *emails: str, ends_in: int | None = None) -> Contract:
        nonlocal made
        made += 1
        begun = today() - datetime.timedelta(days=365)
        row = Contract.objects.create(
            customer=customer,
            number=f"K90000{made}",
            state=state,
            billing_start_on=begun if state in ("active", "ended") else None,
            ends_on=None if ends_in is None else today() + datetime.timedelta(days=ends_in),
        )
        for position, email in enumerate(emails or (f"tantou{made}@example.jp",), start=1):
            row.contacts.create(
                role="account", position=position, name=f"担当 {position}", email=email, phone="03-0000-0000",
                period=DateRange(begun, None),
            )  # fmt: skip
        return row

    return make


def change(actor: User, password: str = "fresh-pass-phrase", **more: Any) -> int:
    return announcements.change_support_password(password=password, actor=actor, now=timezone.now(), **more)


def told() -> list[str]:
    return sorted(OutgoingMail.objects.filter(kind=KIND).values_list("to", flat=True))


def test_guide_4_4_a_new_password_is_told_to_the_contact_of_every_contract_in_use(
    contract: Make, operations: User, mailbox: Mailbox
) -> None:
    contract("active", "a@example.jp")
    contract("active", "b@example.jp")
    contract("preparing", "preparing@example.jp")
    contract("applied", "applied@example.jp")
    contract("ended", "ended@example.jp", ends_in=-1)
    contract("void", "void@example.jp")
    assert change(operations) == 2
    assert settings.get("support_site_password") == "fresh-pass-phrase"
    first, second = mailbox.deliver()
    assert "<a@example.jp>" in first.to[0] and "<b@example.jp>" in second.to[0]
    assert first.body.startswith("株式会社あおぞら商店\n担当 1 様\n\n")
    assert "ご利用番号　：K900001\n" in first.body and "ご利用番号　：K900002\n" in second.body
    assert "パスワード：fresh-pass-phrase\n" in first.body
    assert "⟦" not in first.body + first.subject


def test_guide_4_4_the_outbox_never_holds_the_password(contract: Make, operations: User) -> None:
    contract()
    change(operations)
    row = OutgoingMail.objects.filter(kind=KIND).values().get()
    assert "fresh-pass-phrase" not in repr(row)
    assert "パスワード：⟦support_site_password⟧\n" in row["body"]
    assert (row["about"], row["state"], row["created_by_id"]) == (
        "contract:K900001",
        MailState.QUEUED,
        operations.pk,
    )


@pytest.mark.parametrize(("ends_in", "mails"), [(-1, 0), (0, 1), (1, 1)])
def test_guide_4_4_a_contract_is_told_up_to_its_last_day(
    contract: Make, operations: User, ends_in: int, mails: int
) -> None:
    """Also where the job that ends contracts comes late."""
    contract("active", ends_in=ends_in)
    assert change(operations) == mails


def test_guide_4_4_one_mail_per_address_and_contract(contract: Make, operations: User) -> None:
    contract("active", "same@example.jp", "Same@example.jp", "other@example.jp")
    contract("active", "same@example.jp")
    assert change(operations) == 3
    assert told() == ["other@example.jp", "same@example.jp", "same@example.jp"]


def test_guide_4_4_who_is_no_contact_any_more_or_not_yet_is_not_told(
    contract: Make, operations: User
) -> None:
    row = contract("active", "now@example.jp")
    contact = row.contacts.get()
    tomorrow = today() + datetime.timedelta(days=1)
    contact.period = DateRange(today(), tomorrow)
    contact.save()
    for email, period in (
        ("before@example.jp", DateRange(today() - datetime.timedelta(days=9), today())),
        ("after@example.jp", DateRange(tomorrow, None)),
    ):
        row.contacts.create(
            role="account", position=1, name="別の人", email=email, phone="03-0000-0000", period=period
        )
    row.contacts.create(
        role="billing", position=1, name="経理", email="keiri@example.jp", phone="03-0000-0000",
        period=DateRange(today(), None),
    )  # fmt: skip
    change(operations)
    assert told() == ["now@example.jp"]


def test_guide_4_4_each_change_is_told_once_and_the_same_password_is_no_change(
    contract: Make, operations: User
) -> None:
    contract()
    assert change(operations, "first-phrase") == 1
    assert announcements.tell(actor=operations, now=timezone.now()) == 0
    with pytest.raises(Refused, match="いまと同じパスワードです。"):
        change(operations, "first-phrase")
    assert change(operations, "second-phrase") == 1
    assert OutgoingMail.objects.filter(kind=KIND).count() == 2


def test_guide_4_4_what_was_not_queued_is_queued_by_telling_again(contract: Make, operations: User) -> None:
    contract("active", "a@example.jp")
    contract("active", "b@example.jp")
    change(operations)
    OutgoingMail.objects.filter(to="b@example.jp").delete()
    assert announcements.tell(actor=operations, now=timezone.now()) == 1
    assert told() == ["a@example.jp", "b@example.jp"]


def test_guide_4_4_a_fault_among_the_mails_leaves_the_old_password_and_no_mail(
    contract: Make, operations: User
) -> None:
    contract()
    broken = outbox.MailText("件名", "パスワードのない本文")
    with pytest.raises(Refused, match="⟦support_site_password⟧ が消えています"):
        change(operations, edited=broken)
    assert settings.get("support_site_password") == "demo-password"
    assert told() == []


def test_guide_4_4_the_password_of_the_moment_of_sending_counts(
    contract: Make, operations: User, mailbox: Mailbox
) -> None:
    contract()
    change(operations, "first-phrase")
    change(operations, "second-phrase")
    assert ["second-phrase" in mail.body for mail in mailbox.deliver()] == [True, True]


def test_the_number_of_queries_does_not_grow_with_the_contracts(contract: Make, operations: User) -> None:
    contract()
    operations.has_perm("accounts.change_setting")  # asked once per request
    with CaptureQueriesContext(connection) as few:
        change(operations, "first-phrase")
    for _ in range(8):
        contract()
    with CaptureQueriesContext(connection) as many:
        change(operations, "second-phrase")
    assert OutgoingMail.objects.filter(kind=KIND).count() == 10
    assert len(many) == len(few)


def test_a_company_s_name_fills_in_nothing_further(
    contract: Make, operations: User, customer: Customer
) -> None:
    customer.name = "⟦ご利用番号⟧株式会社"
    customer.save(update_fields=["name"])
    contract()
    change(operations)
    assert OutgoingMail.objects.get(kind=KIND).body.startswith("⟦ご利用番号⟧株式会社\n担当 1 様\n")


def test_the_password_cannot_be_changed_without_telling(operations: User, viewer: User) -> None:
    with pytest.raises(Refused, match="お客様へのお知らせと一緒に変更します"):
        settings.change(key="support_site_password", value="in-silence", actor=operations)
    with pytest.raises(NotAllowed):
        change(viewer)
    assert settings.get("support_site_password") == "demo-password"


# on the page --------------------------------------------------------------------------------------


def page() -> str:
    return f"/admin/accounts/setting/{Setting.objects.get(key='support_site_password').pk}"


def typed(person: Desk, password: str) -> dict[str, str]:
    """The first stage: what is then on the page of the mail."""
    seen = person.open(f"{page()}/do/change_and_tell/").select_one("[name=seen]")
    assert seen is not None
    return {"value": password, "seen": str(seen["value"])}


def test_guide_4_4_staff_see_the_mail_and_its_recipients_and_may_word_it(
    contract: Make, operations: User, desk: Callable[[User], Desk], mailbox: Mailbox
) -> None:
    contract("active", "a@example.jp")
    contract("active", "b@example.jp")
    lonely = contract("active")
    lonely.contacts.all().delete()
    MailProblem.objects.create(address="b@example.jp", kind="bounced", detail="full", at=timezone.now())
    person = desk(operations)
    assert "変更してお知らせする" in words(person.open(f"{page()}/change/"))
    given = typed(person, "fresh-pass-phrase")
    shown: Any = person.client.post(f"{page()}/do/change_and_tell/", given)
    soup = BeautifulSoup(shown.content, "html.parser")
    assert "利用中の契約 2件のアカウント担当者 2名" in words(soup)
    assert "担当 1 様 <a@example.jp>（K900001）" in words(soup)
    assert "お知らせできない契約が1件あります：K900003" in words(soup)
    assert "以前のメールが届かなかった宛先が1件あります：b@example.jp" in words(soup)
    subject, body = mail_on(soup)
    assert settings.get("support_site_password") == "demo-password"
    assert "⟦ご利用企業⟧\n⟦ご担当者⟧ 様" in body and "fresh-pass-phrase" not in body
    body = body.replace("サポートサイトのパスワードを変更いたしました。", "定期の変更です。")
    person.send(f"{page()}/do/change_and_tell/", **given, mail_subject=subject, mail_body=body)
    assert person.said == ["サポートサイトのパスワードを変更しました。お知らせのメール2通を送ります。"]
    [mail, _] = mailbox.deliver()
    assert mail.body.startswith("株式会社あおぞら商店\n担当 1 様\n") and "定期の変更です。" in mail.body
    assert "パスワード：fresh-pass-phrase\n" in mail.body
    newest = person.open(f"{page()}/change/").select(".kmc-table tbody tr")[0]
    assert [words(cell) for cell in newest.select("td")][1:] == [
        "運用 三郎", "変更", "値", "••••••••", "••••••••",
    ]  # fmt: skip


def test_the_plain_change_of_a_value_is_not_for_the_password(
    operations: User, desk: Callable[[User], Desk]
) -> None:
    person = desk(operations)
    answer = person.client.get(f"{page()}/do/change/", follow=True)
    assert "「変更してお知らせする」から操作してください。" in answer.content.decode()
    person.send(f"{page()}/do/change/", value="in-silence")
    other = Setting.objects.get(key="issuer_name").pk
    person.send(f"/admin/accounts/setting/{other}/do/change_and_tell/", value="別の名前", mail_body="x")
    assert person.said == ["この値は「変更する」から変更してください。"]
    assert settings.get("support_site_password") == "demo-password"
    assert settings.get("issuer_name") == "メッセージ運営（デモ）"


def test_guide_4_2_a_new_window_address_stands_in_the_next_mail(
    contract: Make, operations: User, superuser: User, mailbox: Mailbox
) -> None:
    contract()
    change(operations, "first-phrase")
    settings.change(key="service_window_mail", value="madoguchi@example.jp", actor=superuser)
    change(operations, "second-phrase")
    before, after = mailbox.deliver()
    assert "kmc-support@example.jp" in before.body and "madoguchi@example.jp" not in before.body
    assert "madoguchi@example.jp" in after.body and "kmc-support@example.jp" not in after.body
