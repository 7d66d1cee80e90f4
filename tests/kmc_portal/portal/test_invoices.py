"""請求書 in the portal: the company's own, once they are sent, each as PDF (§5.1)."""

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import Download, SalesPartner, User
from accounts.rules.plans import Plan
from accounts.rules.roles import CustomerRole
from billing.models import Invoice, InvoiceSending
from billing.services import invoices
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.story import Story
from tests.fixtures import pdf_text
from tests.fixtures.cases import CaseAt
from tests.fixtures.invoices import invoice_for
from tests.fixtures.people import make_customer_user
from tests.kmc_portal.portal.conftest import Portal

PortalOf = Callable[[User], Portal]


@pytest.fixture
def told(case_at: CaseAt) -> Story:
    return case_at(Goal.ACTIVE, Plan.SMS)


@pytest.fixture
def sent(told: Story, superuser: User) -> Invoice:
    return invoice_for(told.application.own_contract, "2026-10", approved_by=superuser)


def test_guide_5_1_the_list_shows_number_month_amount_and_due_date(
    told: Story, sent: Invoice, portal_of: PortalOf
) -> None:
    """10,000 + 10 %; sent on 20 November, due on 10 December 2026."""
    portal = portal_of(told.user)
    portal.get("invoices")
    assert f"{sent.number} （PDF） 2026年10月 11,000円 2026年12月10日 2026年11月20日" in portal.text


def test_the_pdf_is_the_one_that_was_sent_and_leaves_a_line_in_the_log(
    told: Story, sent: Invoice, portal_of: PortalOf
) -> None:
    answer = portal_of(told.user).get("invoice", sent.pk)
    assert answer.content == invoices.render(sent)
    assert answer["Content-Type"] == "application/pdf"
    assert "attachment" in answer["Content-Disposition"]
    assert answer["Cache-Control"] == "no-store, private"
    assert "●総合計 11,000円" in pdf_text.text(answer.content)
    log = Download.objects.get()
    assert (log.user, log.what) == (told.user, f"請求書 {sent.number}")


def test_members_see_them_too(told: Story, sent: Invoice, portal_of: PortalOf) -> None:
    member = make_customer_user(told.user.customer, "m@case.example.jp", "空野 海", CustomerRole.MEMBER)
    portal = portal_of(member)
    assert sent.number in portal.get("invoices").content.decode()
    assert portal.get("invoice", sent.pk).status_code == 200


def test_what_is_not_sent_does_not_exist(told: Story, superuser: User, portal_of: PortalOf) -> None:
    waiting = invoice_for(told.application.own_contract, "2026-10", sent=False, approved_by=superuser)
    portal = portal_of(told.user)
    for name in ("invoices", "home"):
        portal.get(name)
        assert waiting.number not in portal.text
    portal.get("contract", told.application.own_contract.pk)
    assert waiting.number not in portal.text
    assert portal.get("invoice", waiting.pk).status_code == 404
    InvoiceSending.objects.create(invoice=waiting, sent_at=timezone.now())
    assert portal.get("invoice", waiting.pk).status_code == 200


def test_another_company_s_invoice_does_not_exist(
    told: Story, sent: Invoice, case_at: CaseAt, portal_of: PortalOf
) -> None:
    other = portal_of(case_at(Goal.ACTIVE, Plan.SMS).user)
    assert other.get("invoice", sent.pk).status_code == 404
    for name in ("invoices", "home"):
        other.get(name)
        assert sent.number not in other.text
    assert not Download.objects.exists()


def test_guide_5_1_a_partner_s_invoice_is_the_partner_s_alone(
    told: Story, sent: Invoice, superuser: User, portal_of: PortalOf
) -> None:
    """The company's contract stands on it, with other companies' contracts and prices."""
    account = sent.account
    account.customer, account.sales_partner = None, SalesPartner.objects.create(name="はんばい株式会社")
    account.save()
    portal = portal_of(told.user)
    assert portal.get("invoice", sent.pk).status_code == 404
    for page in (("invoices",), ("home",), ("contract", told.application.own_contract.pk)):
        portal.get(*page)
        assert sent.number not in portal.text


def test_it_is_found_by_its_month(told: Story, sent: Invoice, superuser: User, portal_of: PortalOf) -> None:
    other = invoice_for(told.application.own_contract, "2026-09", approved_by=superuser)
    portal = portal_of(told.user)
    portal.get("invoices")
    assert portal.text.index(sent.number) < portal.text.index(other.number)
    portal.get("invoices", query={"month": "2026-09"})
    assert other.number in portal.text and sent.number not in portal.text
    for nowhere in ("2026-08", "never", "2026-99"):
        portal.get("invoices", query={"month": nowhere})
        assert "この月の請求書はありません。" in portal.text


def test_a_replaced_one_is_marked_and_names_the_new_one_once_that_is_sent(
    told: Story, sent: Invoice, superuser: User, portal_of: PortalOf
) -> None:
    new = invoices.reissue(invoice=sent, reason="宛名の訂正", actor=superuser, now=timezone.now())
    portal = portal_of(told.user)
    portal.get("invoices")
    assert "差し替え済み" in portal.text and "新しい請求書を準備しています" in portal.text
    assert new.number not in portal.text
    InvoiceSending.objects.create(invoice=new, sent_at=timezone.now())
    portal.get("invoices")
    assert f"差し替え済み {new.number} をご覧ください" in portal.text
    assert portal.get("invoice", sent.pk).status_code == 200
    portal.get("home")
    assert new.number in portal.text and sent.number not in portal.text


def test_home_and_the_contract_lead_there(told: Story, sent: Invoice, portal_of: PortalOf) -> None:
    portal = portal_of(told.user)
    for page in (("home",), ("contract", told.application.own_contract.pk)):
        portal.get(*page)
        assert f'href="/portal/invoices/{sent.pk}/"' in portal.html
        assert 'href="/portal/invoices/"' in portal.html


def test_who_has_none_is_told_when_the_first_one_comes(told: Story, portal_of: PortalOf) -> None:
    portal = portal_of(told.user)
    portal.get("invoices")
    assert "お送りした請求書はまだありません。" in portal.text


def test_a_company_s_name_is_shown_as_text(told: Story, superuser: User, portal_of: PortalOf) -> None:
    told.user.customer.name = "<script>alert(1)</script>株式会社"
    told.user.customer.save()
    made = invoice_for(told.application.own_contract, "2026-10", approved_by=superuser)
    portal = portal_of(told.user)
    portal.get("invoices")
    assert "<script>alert(1)" not in portal.html
    answer = portal.get("invoice", made.pk)
    assert "<script>alert(1)</script>株式会社" in pdf_text.text(answer.content)
