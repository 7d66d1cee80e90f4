"""アカウント通知書: freeze the content in the issuing transaction; make the PDF when somebody needs it."""

import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.gateways import documents
from accounts.models import (
    AccountNotice,
    AccountNoticePdf,
    Contract,
    ContractState,
    NotificationEndpoint,
    SmsSender,
    StoredFile,
    User,
)
from accounts.rules.plans import Option
from accounts.services import contracts, files, official_accounts, outbox
from accounts.services import settings as values
from accounts.services.errors import NotAllowed, Refused
from accounts.services.official_accounts import Reading
from kmc_portal.lib.jst import date_of


@transaction.atomic
def issue(
    *,
    contract: Contract,
    prepared_by: User,
    actor: User,
    now: datetime.datetime,
    reason: str = "",
    edited: outbox.MailText | None = None,
) -> AccountNotice:
    """Issue the next edition, approved by `actor`, who must not be the one who prepared it.

    The first edition makes the contract active; its issue date is the billing start (§5.1), later ones leave it.
    """
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    if prepared_by.pk == actor.pk:
        raise NotAllowed("ご自身が準備した通知書は承認できません。別の承認者に依頼してください。")
    if contract.state not in (ContractState.PREPARING, ContractState.ACTIVE):
        raise Refused(f"契約は{contract.get_state_display()}のため、通知書を発行できません。")
    day = date_of(now)
    earlier = contract.notices.order_by("-edition").first()
    contracts.activate(contract=contract, day=day)
    edition = earlier.edition + 1 if earlier else 1
    number = f"{contract.number}-{edition:02d}"
    notice = AccountNotice.objects.create(
        contract=contract,
        edition=edition,
        number=number,
        content=content(contract=contract, number=number, edition=edition, day=day, earlier=earlier),
        issued_on=day,
        issued_at=now,
        prepared_by=prepared_by,
        approved_by=actor,
        reason=reason,
    )
    contact = contract.contacts.as_of(day).get(role="account", position=1)
    outbox.queue(
        kind="account_notice",
        to=contact.email,
        to_name=contact.name,
        context=mail_context(contract=contract, contact_name=contact.name, number=number, day=day),
        attachments=[{"kind": "account_notice", "id": notice.pk}],
        secrets={"support_site_password": {"make": "support_site_password"}},
        idempotency_key=f"account-notice-{notice.pk}",
        customer=contract.customer,
        about=f"notice:{notice.pk}",
        actor=actor,
        now=now,
        edited=edited,
    )
    return notice


def mail_context(*, contract: Contract, contact_name: str, number: str, day: datetime.date) -> dict[str, Any]:
    replaced = contract.notices.exclude(number=number).order_by("-edition").first()
    return {
        "company": contract.customer.name,
        "contact_name": contact_name,
        "replaced": replaced.number if replaced else "",
        "contract_number": contract.number,
        "notice_number": number,
        "issued_on": day,
        "billing_start_on": contract.billing_start_on or day,
        "support_site_url": values.get("support_site_url"),
        "window": values.get("service_window_mail"),
    }


def content(
    *, contract: Contract, number: str, edition: int, day: datetime.date, earlier: AccountNotice | None
) -> dict[str, Any]:
    """All that the document says, as plain JSON (shape: accounts/gateways/documents.py)."""
    setting = values.all_values()
    terms = contract.terms.as_of(day).get()
    profile = contract.customer.profiles.as_of(day).get()
    return {
        "number": number,
        "edition": edition,
        "issued_on": day.isoformat(),
        "billing_start_on": (contract.billing_start_on or day).isoformat(),
        "issuer": {"name": setting["issuer_name"], "department": setting["issuer_department"]},
        "service_name": setting["service_name"],
        "company": {"name": profile.name, "postal_code": profile.postal_code, "address": profile.address},
        "contract_number": contract.number,
        "plan": terms.get_plan_display(),
        "delivery_method": terms.get_delivery_method_display(),
        "options": [row.get_option_display() for row in contract.options.as_of(day)],
        "system_urls": [_label_and_url(line) for line in setting["system_urls"]],
        "sms_senders": [
            {"number": sender.number, "carriers": _carriers(sender)}
            for sender in contract.sms_senders.as_of(day)
        ],
        "official_accounts": [_account(row) for row in official_accounts.readings(contract, day)],
        "global_ips": [str(row) for row in contract.global_ips.as_of(day)],
        "notification_functions": [_function(row) for row in contract.endpoints.as_of(day)],
        "windows": [
            {
                "title": "サービスに関するお問い合わせ",
                "contact": f"{setting['service_window_url']}\n{setting['service_window_mail']}",
                "hours": setting["service_window_hours"],
            },
            {
                "title": "障害に関するお問い合わせ",
                "contact": f"{setting['incident_window_mail']}\n{setting['incident_window_phone']}",
                "hours": setting["incident_window_hours"],
            },
        ],
        "support_site": {"url": setting["support_site_url"], "password": setting["support_site_password"]},
        "contacts": [
            {"role": row.get_role_display(), "name": row.name, "email": row.email}
            for row in contract.contacts.as_of(day)
        ],
        "supersedes": earlier.number if earlier else None,
    }


STATED = {  # what the document says of the contract itself, by the key of `content`
    "company": "企業情報",
    "plan": "契約プラン",
    "delivery_method": "配信方式",
    "options": "オプション",
    "sms_senders": "SMS送信元表示番号",
    "official_accounts": "公式アカウント",
    "global_ips": "グローバルIPアドレス",
    "notification_functions": "通知機能",
    "contacts": "担当者",
}


def outdated(*, contract: Contract, day: datetime.date) -> list[str]:
    """What is different on that day from the latest edition, as words; [] before the first one."""
    latest = contract.notices.order_by("-edition").first()
    if latest is None:
        return []
    current = draft_content(contract=contract, day=day)
    return [label for key, label in STATED.items() if latest.content[key] != current[key]]


def draft_content(*, contract: Contract, day: datetime.date) -> dict[str, Any]:
    """What the next edition would say if issued on that day."""
    earlier = contract.notices.order_by("-edition").first()
    edition = earlier.edition + 1 if earlier else 1
    number = f"{contract.number}-{edition:02d}"
    return content(contract=contract, number=number, edition=edition, day=day, earlier=earlier)


def draft_pdf(*, contract: Contract, day: datetime.date) -> bytes:
    """The next edition as it would look if issued on that day. Refused when something in it cannot be printed."""
    try:
        return documents.render("account_notice", draft_content(contract=contract, day=day), day)
    except documents.UnprintableCharacter as fault:
        raise Refused(str(fault)) from fault


def pdf_name(notice: AccountNotice) -> str:
    return f"アカウント通知書_{notice.number}.pdf"


def pdf(*, notice: AccountNotice) -> StoredFile:
    """The document as a file, made at first need. The same content always gives the same bytes, so two at once agree."""
    made = AccountNoticePdf.objects.filter(notice=notice).select_related("file").first()
    if made is not None:
        return made.file
    data = documents.render("account_notice", notice.content, notice.issued_on)
    file = files.keep_checked(
        name=pdf_name(notice),
        data=data,
        content_type="application/pdf",
        customer=notice.contract.customer,
        actor=None,
        now=notice.issued_at,
    )
    try:
        with transaction.atomic():
            AccountNoticePdf.objects.create(notice=notice, file=file, rendered_at=notice.issued_at)
    except IntegrityError:  # somebody else made it just now
        return AccountNoticePdf.objects.select_related("file").get(notice=notice).file
    return file


def pdf_bytes(*, notice: AccountNotice) -> bytes:
    return files.read(pdf(notice=notice))


def _label_and_url(line: str) -> dict[str, str]:
    label, _, url = line.rpartition(" ")
    return {"label": label or "URL", "url": url}


def _carriers(sender: SmsSender) -> str:
    return "ソフトバンク" if sender.kind == SmsSender.Kind.SOFTBANK else sender.get_kind_display()


def _account(row: Reading) -> dict[str, Any]:
    return {
        "channel": row.account.get_channel_display(),
        "name": row.name,
        "identifier_label": row.account.identifier_label,
        "identifier": row.identifier,
        "is_test": row.is_test,
        "store_display": "表示" if row.shown_since else "非表示",
    }


def _function(endpoint: NotificationEndpoint) -> dict[str, str]:
    return {
        "function": endpoint.function_label,
        "account": "試験用" if endpoint.for_test else "商用",
        "url": endpoint.url,
        "state": "設定済" if endpoint.state == NotificationEndpoint.State.OK else "未設定",
    }


def wants_store_display(contract: Contract, day: datetime.date) -> bool:
    return contract.options.as_of(day).filter(option=Option.STORE_DISPLAY).exists()
