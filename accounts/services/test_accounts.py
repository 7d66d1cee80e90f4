"""試験用アカウント after the contract is in use (§2.0, §2.1a): asked for, given its identifier, ended; and what it sends as.

What a test account is on a day is read through official_accounts.py. With a new contract it comes with the option
(contracts.py `register`).
"""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import (
    Contact,
    Contract,
    ContractOption,
    ContractState,
    OfficialAccount,
    User,
)
from accounts.models.periods import from_day
from accounts.rules.official_account import PLUS_LIMITS, RCS_LIMITS, Limits, name_fault
from accounts.rules.official_account import test_account_name as name_of
from accounts.rules.plans import Channel, NotificationFunction, Option, Plan
from accounts.rules.roles import StaffGroup
from accounts.services import contracts, endpoints, notice_requests, notices, outbox, settings
from accounts.services.errors import NotAllowed, Refused
from accounts.services.official_accounts import account_name
from accounts.services.outbox import MailText
from accounts.services.periods import end_before
from accounts.services.rights import need
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of

MAY_CHANGE = "accounts.change_contract"
NOTICE_REASON = "試験用アカウントの追加"
NAME_WORDS = {Channel.PLUS: "アカウント名（nickname）", Channel.RCS: "表示名"}
ONE_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, order=True)
class Sender:
    """What a test account sends as: `account` of the delivery records."""

    contract: int
    channel: str
    identifier: str


@dataclass(frozen=True)
class Entered:
    """What came of entering identifiers: how many are missing still, and whether a notice was asked for just now."""

    missing: int
    notice_requested: bool


# reading ------------------------------------------------------------------------------------------


def senders(contract_ids: Collection[int]) -> set[Sender]:
    """Every identifier that a test account of these contracts has or had, but those of production accounts now: so
    what was sent keeps its mark when an identifier is corrected or the test account ended."""
    of_production = OfficialAccount.objects.filter(contract__in=contract_ids, production=None).exclude(
        identifier=""
    )
    taken = set(of_production.values_list("contract_id", "channel", "identifier"))
    history = OfficialAccount.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
        contract__in=contract_ids, production__isnull=False
    ).exclude(identifier="")
    held = set(history.order_by().values_list("contract_id", "channel", "identifier"))
    return {Sender(*row) for row in held - taken}


def waiting() -> Q:
    """Contracts in use whose test accounts have no identifier yet."""
    missing = OfficialAccount.objects.filter(production__isnull=False, identifier="").values("contract")
    return Q(state=ContractState.ACTIVE, pk__in=missing)


def in_use(contract: Contract) -> list[OfficialAccount]:
    """The test accounts that the contract has, whether their identifiers are known or not; [] after the end."""
    if not contract.options.open_ended().filter(option=Option.TEST_ACCOUNT).exists():
        return []
    rows = contract.official_accounts.filter(production__isnull=False)
    return list(rows.select_related("production").order_by("channel"))


def without_identifier(contract: Contract) -> list[OfficialAccount]:
    return [account for account in in_use(contract) if not account.identifier]


def channels_to_add(contract: Contract, day: datetime.date) -> list[Channel]:
    """The channels that would get a test account."""
    rows = contract.official_accounts.filter(production=None)
    held = {Channel(channel) for channel in rows.values_list("channel", flat=True)}
    terms = contract.terms_as_of(day)
    return [
        channel for channel in Channel if channel in held and terms and channel in Plan(terms.plan).channels
    ]


def planned_names(contract: Contract, day: datetime.date) -> dict[Channel, str]:
    """What the test accounts would be called."""
    rows = contract.official_accounts.filter(production=None)
    return {
        channel: name_of(account_name(rows.get(channel=channel), day))
        for channel in channels_to_add(contract, day)
    }


def may_have_own_webhook(contract: Contract, day: datetime.date) -> bool:
    return contract.options.as_of(day).filter(option=Option.WEBHOOK).exists()


def may_be_asked_for(contract: Contract, day: datetime.date) -> bool:
    """Whether it is worth offering: there is a place for one, even where something must be changed first."""
    return (
        contract.state == ContractState.ACTIVE
        and not contract.is_over(day)
        and bool(channels_to_add(contract, day))
        and not contract.options.filter(option=Option.TEST_ACCOUNT, period__overlap=from_day(day)).exists()
    )


def refusal(contract: Contract, day: datetime.date) -> str | None:
    """Why test accounts cannot be asked for now, with what to do; None where they can."""
    if contract.state != ContractState.ACTIVE or contract.is_over(day):
        return "試験用アカウントは、利用中の契約でお申し込みいただけます。"
    channels = channels_to_add(contract, day)
    if not channels:
        return "試験用アカウントは、+メッセージまたはRCSの公式アカウントがある契約でお申し込みいただけます。"
    held = contract.options.filter(option=Option.TEST_ACCOUNT, period__overlap=from_day(day)).order_by(
        "period"
    )
    if last := held.last():
        if last.until is None:
            return "この契約には、すでに試験用アカウントがあります。"
        return f"試験用アカウントは{japanese_date(last.until)}まで利用中です。その翌日からお申し込みいただけます。"
    return next((words for channel in channels if (words := _no_room(contract, channel, day))), None)


def no_room(contract: Contract, day: datetime.date) -> str | None:
    """Why a test account in use has no room for TEST in its production's name, as it is or is planned; or None."""
    option = contract.options.filter(option=Option.TEST_ACCOUNT, period__overlap=from_day(day))
    if not option.exists():
        return None
    rows = contract.official_accounts.filter(production=None).values_list("channel", flat=True)
    return next((words for row in rows if (words := _no_room(contract, Channel(row), day))), None)


def _no_room(contract: Contract, channel: Channel, day: datetime.date) -> str | None:
    """§2.0, §2.1a: the production name, and every one that is planned, leaves room for TEST."""
    production = contract.official_accounts.get(channel=channel, production=None)
    for profile in production.profiles.filter(period__overlap=from_day(day)).order_by("period"):
        if name_fault(profile.name, _limits(channel), with_test_account=True) is not None:
            most = _limits(channel).name
            return (
                f"{channel.label}公式アカウントの{NAME_WORDS[channel]}「{profile.name}」は{len(profile.name)}文字のため、"
                f"末尾に「TEST」を付けると上限の{most}文字を超えます。"
                f"先に公式アカウントの{NAME_WORDS[channel]}を{most - len(name_of(''))}文字以内にする変更をお申し込みください。"
            )
    return None


def _limits(channel: Channel) -> Limits:
    if channel is Channel.RCS:
        return RCS_LIMITS
    return replace(PLUS_LIMITS, name=settings.get("plus_name_max"))


# asked for ----------------------------------------------------------------------------------------


@transaction.atomic
def add(
    *,
    contract: Contract,
    webhook_urls: Mapping[Channel, str],
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> list[OfficialAccount]:
    """A test account for every official account of the contract, from today on.

    `webhook_urls`: an own URL by channel; "" or none: the production account's holds. By the company's own users, or
    staff for them.
    """
    if actor.customer_id != contract.customer_id:
        need(actor, MAY_CHANGE, "試験用アカウントを申し込む")
    day = date_of(now)
    contract = Contract.objects.select_for_update(of=("self",)).select_related("customer").get(pk=contract.pk)
    if words := refusal(contract, day):
        raise Refused(words)
    channels = channels_to_add(contract, day)
    urls = _own_urls(contract, channels, webhook_urls, day)
    option = contract.options.create(option=Option.TEST_ACCOUNT, period=from_day(day))
    made = []
    for channel in channels:
        production = contract.official_accounts.get(channel=channel, production=None)
        account, _ = OfficialAccount.objects.get_or_create(
            contract=contract, channel=channel, production=production
        )
        made.append(account)
    for channel, url in urls.items():
        asked = endpoints.propose(
            contract=contract, function=NotificationFunction.WEBHOOK, channel=channel, for_test=True, url=url
        )
        endpoints.adopt(endpoint_id=asked.pk, day=day, now=now)
    _tell(contract, option, urls, actor, now, edited)
    return made


def _own_urls(
    contract: Contract, channels: list[Channel], asked: Mapping[Channel, str], day: datetime.date
) -> dict[Channel, str]:
    given = {channel: url.strip() for channel, url in asked.items() if url.strip()}
    if given.keys() - set(channels):
        raise Refused("この契約にないチャネルのWebhook URLが指定されています。画面を開き直してください。")
    if given and not may_have_own_webhook(contract, day):
        raise Refused(
            "この契約にはWebhookオプションがないため、試験用アカウントのWebhook URLは登録できません。"
            "URLを空欄にしてお申し込みください。"
        )
    found = {}
    for channel, url in given.items():
        try:
            found[channel] = endpoints.checked_url(url)
        except Refused as reason:
            raise Refused(f"{channel.label}の試験用Webhook URL：{reason}") from reason
    return found


def contact_of(contract: Contract, day: datetime.date) -> Contact:
    contact: Contact = contract.contacts.as_of(day).get(role="account", position=1)
    return contact


def mail_context(contract: Contract, urls: Mapping[Channel, str], day: datetime.date) -> dict[str, object]:
    """Of the mail that a request was received; also before there is one."""
    return {
        "company": contract.customer.name,
        "contact_name": contact_of(contract, day).name,
        "contract_number": contract.number,
        "accounts": [
            {"channel": channel.label, "name": name, "webhook_url": urls.get(channel, "")}
            for channel, name in planned_names(contract, day).items()
        ],
        "own_webhooks": bool(urls),
        "url": f"{django_settings.SITE_URL}{reverse('portal:contract', args=[contract.pk])}",
        "window": settings.get("service_window_mail"),
    }


def _tell(
    contract: Contract,
    option: ContractOption,
    urls: Mapping[Channel, str],
    actor: User,
    now: datetime.datetime,
    edited: MailText | None,
) -> None:
    day = date_of(now)
    contact = contact_of(contract, day)
    outbox.queue(
        kind="test_account_received",
        to=contact.email,
        to_name=contact.name,
        context=mail_context(contract, urls, day),
        idempotency_key=f"test-account-{option.pk}",
        customer=contract.customer,
        about=f"contract:{contract.number}",
        actor=actor,
        now=now,
        edited=edited,
    )


# identifiers --------------------------------------------------------------------------------------


def may_enter(actor: User) -> bool:
    return actor.is_active and (actor.is_superuser or StaffGroup.OPERATIONS in actor.staff_groups)


def set_identifiers(
    *, contract_id: int, identifiers: Mapping[int, str], actor: User, now: datetime.datetime
) -> Entered:
    """botId and agentId of test accounts of a contract in use; all of them are taken, or none.

    With the last one a new edition of the account notice is asked for, unless one waits already. Pressing again with
    the same asks for it only where a crash had left that out.
    """
    if not may_enter(actor):
        raise NotAllowed("試験用アカウントの識別子を入力できるのは「運用」の担当者だけです。")
    changed = _enter(contract_id, identifiers)
    contract = Contract.objects.get(pk=contract_id)
    missing = len(without_identifier(contract))
    asked = contract.notice_requests.filter(closed_at=None).exists()
    known = not changed and (
        contract.notice_requests.filter(reason=NOTICE_REASON).exists()
        or "公式アカウント" not in notices.outdated(contract=contract, day=date_of(now))
    )
    if missing or asked or known:
        return Entered(missing, notice_requested=False)
    try:
        notice_requests.request(contract_id=contract_id, reason=NOTICE_REASON, actor=actor, now=now)
    except Refused as reason:
        raise Refused(f"識別子は保存しましたが、通知書の再発行を依頼できませんでした。{reason}") from reason
    return Entered(0, notice_requested=True)


@transaction.atomic
def _enter(contract_id: int, identifiers: Mapping[int, str]) -> bool:
    """Whether anything changed."""
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    if contract.state != ContractState.ACTIVE:
        raise Refused("契約が利用中になる前の識別子は、申込の画面の「アカウント設定」で入力してください。")
    own = {account.pk: account for account in in_use(contract)}
    if unknown := set(identifiers) - set(own):
        raise Refused(
            f"この契約の試験用アカウントではありません（ID {min(unknown)}）。画面を開き直してください。"
        )
    changed = False
    for pk, text in identifiers.items():
        identifier = text.strip()
        if identifier == own[pk].identifier:
            continue
        if not identifier:
            raise Refused(f"{own[pk].identifier_label}は、入力したあとに空にはできません。")
        contracts.set_identifier(account_id=pk, identifier=identifier)
        changed = True
    return changed


# the end ------------------------------------------------------------------------------------------


@transaction.atomic
def end(*, contract_id: int, actor: User, now: datetime.datetime) -> datetime.date:
    """Today is the last day of the contract's test accounts, which is returned. A row that never had an identifier goes;
    the others stay for the delivery records."""
    need(actor, MAY_CHANGE, "試験用アカウントを終了する")
    day = date_of(now)
    contract = Contract.objects.select_for_update().get(pk=contract_id)
    option = contract.options.open_ended().filter(option=Option.TEST_ACCOUNT).first()
    if contract.state != ContractState.ACTIVE or option is None:
        raise Refused("この契約に、終了できる試験用アカウントはありません。")
    end_before(row=option, day=day + ONE_DAY)
    contract.official_accounts.filter(production__isnull=False, identifier="").delete()
    _end_webhooks(contract, day + ONE_DAY, now)
    return day


def _end_webhooks(contract: Contract, day: datetime.date, now: datetime.datetime) -> None:
    """The own URLs of the test accounts from `day` on, also those that wait for their check."""
    webhook = NotificationFunction.WEBHOOK
    for row in contract.endpoints.proposed().filter(function=webhook, for_test=True):
        endpoints.drop_proposal(endpoint_id=row.pk, now=now)
    for channel in Channel:
        endpoints.end(contract=contract, function=webhook, channel=channel, for_test=True, day=day, now=now)
