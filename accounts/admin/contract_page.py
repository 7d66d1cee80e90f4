"""What the page of a contract shows: everything in force on a day, and every period before and after."""

import datetime
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from accounts.admin.tones import CONTRACT_TONES, function_rows, mail_rows
from accounts.models import Contract, ContractState, OutgoingMail
from accounts.services import bounces, notices, test_accounts
from accounts.services.history import changes
from accounts.services.notices import wants_store_display
from accounts.services.official_accounts import readings
from kmc_portal.lib.jst import date_of

PERIODS = (  # what has periods: relation, heading, how a row reads
    ("terms", "契約内容", lambda row: f"{row.get_plan_display()}・{row.get_payment_method_display()}・月{row.monthly_volume:,}通"),
    ("options", "オプション", str),
    ("global_ips", "グローバルIPアドレス", str),
    ("sms_senders", "SMS送信元表示番号", lambda row: f"{row.get_kind_display()} {row.number}"),
    ("contacts", "担当者", lambda row: f"{row.get_role_display()} {row.name} {row.email} {row.phone}"),
    ("endpoints", "通知先", lambda row: f"{row} {row.url}（疎通確認 {row.get_state_display()}）"),
)  # fmt: skip

Part = Callable[[HttpRequest, Contract, datetime.date, datetime.date], dict[str, Any]]
PARTS: list[Part] = []  # (request, contract, day, today): what the apps above add; they put themselves here


def contract_context(
    request: HttpRequest, contract: Contract, day: datetime.date, today: datetime.date
) -> dict[str, Any]:
    contacts = list(contract.contacts.as_of(day))
    accounts = readings(contract, day, also_ended=True)
    endpoints = contract.endpoints.live(day) if day == today else contract.endpoints.as_of(day)
    issued = list(contract.notices.select_related("prepared_by", "approved_by").order_by("-edition"))
    functions = function_rows(endpoints.select_related("contract"))
    about = [f"contract:{contract.number}"] if contract.number else []
    about += [f"notice:{pk}" for pk in contract.notices.values_list("pk", flat=True)]
    about += [f"application:{row.number}" for row in contract.applications.all()]  # type: ignore[attr-defined]
    return {
        "contract": contract,
        "tone": CONTRACT_TONES[contract.state],
        "day": day,
        "today": today,
        "is_today": day == today,
        "is_future": day > today,
        "profile": contract.customer.profiles.as_of(day).first(),
        "terms": contract.terms_as_of(day),
        "options": list(contract.options.as_of(day)),
        "global_ips": list(contract.global_ips.as_of(day)),
        "senders": list(contract.sms_senders.as_of(day)),
        "contacts": contacts,
        "problems": bounces.open_problems(addresses=[row.email for row in contacts]),
        "accounts": accounts,
        "has_test_account": any(row.is_test for row in accounts),
        "identifiers_missing": len(test_accounts.without_identifier(contract)),
        "cannot_add_test_account": test_accounts.refusal(contract, today),
        "has_test_account_to_end": bool(test_accounts.in_use(contract)),
        "store_asked": wants_store_display(contract, day),
        "store_shown": any(row.shown_since for row in accounts),
        "functions": functions,
        "checking": any(row["standing"].order for row in functions),
        "notices": issued,
        "notice_of_the_day": next((row for row in issued if row.issued_on <= day), None),
        "notice_outdated": _outdated(contract, today),
        "requests": list(
            contract.notice_requests.exclude(closed_at=None).select_related(
                "requested_by", "closed_by", "notice"
            )
        ),
        "first_application": contract.applications.filter(kind="new").order_by("-pk").first(),  # type: ignore[attr-defined]
        "applications": list(contract.applications.select_related("assignee").order_by("-pk")),  # type: ignore[attr-defined]
        "mails": mail_rows(
            OutgoingMail.objects.filter(about__in=about).select_related("created_by").order_by("-pk")[:30]
        ),
        "periods": [(label, _periods(contract, relation, reads, day)) for relation, label, reads in PERIODS],
        "changes": changes(
            [contract, *(row.account for row in accounts)], without=("contract", "created_at"), limit=40
        ),
        "notice_pdf": reverse("admin:accounts_contract_own_notice", args=[contract.pk]),
        **{name: value for part in PARTS for name, value in part(request, contract, day, today).items()},
    }


def _outdated(contract: Contract, today: datetime.date) -> list[str]:
    if contract.state != ContractState.ACTIVE or contract.notice_requests.filter(closed_at=None).exists():
        return []
    return notices.outdated(contract=contract, day=today)


def _periods(contract: Contract, relation: str, reads: Any, day: datetime.date) -> list[dict[str, Any]]:
    rows = getattr(contract, relation).order_by("period")
    return [
        {
            "text": reads(row),
            "since": row.since,
            "until": row.until,
            "holds": row.since <= day and (row.until is None or day <= row.until),
        }
        for row in rows
        if not row.period.isempty  # in force on no day
    ]


def notice_draft(contract: Contract, now: datetime.datetime) -> dict[str, Any]:
    return {
        "notice_draft": notices.draft_content(contract=contract, day=date_of(now)),
        "notice_draft_pdf": reverse("admin:accounts_contract_own_notice", args=[contract.pk]),
    }
