"""One search over cases, contracts, customers and invoices: company name in any spelling, number, telephone, botId."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.dataclasses import SearchResult

from accounts.models import Contract, Customer
from accounts.services import test_accounts
from applications.models import Application
from billing.models import BillingAccount, Invoice
from kmc_portal.lib.months import Month
from kmc_portal.lib.yen import yen

MOST = 20  # hits of a kind
SHORTEST = 2  # characters
TEST_ACCOUNT = "試験用アカウントあり（配信は有料・実際のお客様にも届きます）"  # §2.0, §2.1a


@dataclass(frozen=True)
class Hit:
    title: str
    words: str
    link: str


@dataclass(frozen=True)
class Found:
    label: str
    icon: str
    hits: tuple[Hit, ...]
    more: str  # the list with the same search, where there are more


def find(request: HttpRequest, text: str) -> list[Found]:
    """By kind, those that have hits."""
    text = text.strip()
    if len(text) < SHORTEST:
        return []
    kinds = (
        (Application, "申込", "inbox", _case),
        (Contract, "契約", "contract", _contract),
        (Customer, "ご利用企業", "apartment", _customer),
        (BillingAccount, "請求先", "account_balance", _account),
        (Invoice, "請求書", "receipt_long", _invoice),
    )
    return [
        found
        for model, label, icon, shown in kinds
        if (found := _of(request, model, label, icon, shown, text)).hits
    ]


def _of(request: HttpRequest, model: Any, label: str, icon: str, shown: Any, text: str) -> Found:
    lists = admin.site._registry[model]
    matching, _ = lists.get_search_results(request, lists.get_queryset(request).order_by("-pk"), text)
    rows = list(matching[: MOST + 1])
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    hits = tuple(
        Hit(title, words, reverse(f"{name}_change", args=[row.pk]))
        for row in rows[:MOST]
        for title, words in (shown(row),)
    )
    more = f"{reverse(f'{name}_changelist')}?{urlencode({'q': text})}" if len(rows) > MOST else ""
    return Found(label, icon, hits, more)


def _case(row: Application) -> tuple[str, str]:
    words = f"{row.number}・{row.get_kind_display()}・{row.get_plan_display()}・{row.get_state_display()}"
    return row.customer.name, words


def _contract(row: Contract) -> tuple[str, str]:
    words = f"{row.number or '番号未定'}・{row.get_state_display()}"
    return row.customer.name, f"{words}・{TEST_ACCOUNT}" if test_accounts.in_use(row) else words


def _customer(row: Customer) -> tuple[str, str]:
    return row.name, row.number


def _account(row: BillingAccount) -> tuple[str, str]:
    return str(row.owner), row.number


def _invoice(row: Invoice) -> tuple[str, str]:
    return str(row.account.owner), f"{row.number}・{Month.of(row.month).label}利用分・{yen(row.total)}円"


def command(request: HttpRequest, text: str) -> list[SearchResult]:
    """For the theme's quick search (Ctrl+K)."""
    return [
        SearchResult(
            title=hit.title, description=f"{found.label} {hit.words}", link=hit.link, icon=found.icon
        )
        for found in find(request, text)
        for hit in found.hits
    ]
