"""変更申込 (§2.1b): what may be changed, what it takes and costs, and the application for it."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.models import Contract, ContractState, Customer, User
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services import settings
from accounts.services.errors import Refused
from applications.models import Application
from applications.rules.changes import (
    RULE_OF,
    ChangeItem,
    Fee,
    choice_faults,
    possible_items,
    target_plan,
)
from applications.rules.documents import RequiredDocument, change_documents
from applications.rules.lead_time import ChangeLeadTime, change_lead_time
from applications.services import drafts
from applications.services.change_facts import (
    MONTHLY_OPTION,
    OF_THE_ACCOUNT,
    also_for,
    flight_words,
    in_flight,
    items_of,
    last_day_of,
    needs_approval,
    needs_carriers,
    not_beyond_the_end,
    ordered,
    sms_result_is_new,
)
from applications.services.transitions import lock, record
from applications.workflow import Kind, State
from billing.rules.prices import PriceItem, option_item
from billing.services import fees
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month


@dataclass(frozen=True)
class FeeLine:
    """`fee` None: our price list has no price for it, so it is told by hand."""

    item: ChangeItem
    label: str  # 月額, 変更1回ごと
    fee: fees.Fee | None


@dataclass(frozen=True)
class Preview:
    """What a change of these items takes, were it accepted on that day."""

    items: tuple[ChangeItem, ...]
    documents: tuple[RequiredDocument, ...]
    lead_time: ChangeLeadTime
    fees: tuple[FeeLine, ...]
    needs_carriers: bool
    needs_approval: bool
    last_day: datetime.date | None  # of a contract that is being cancelled
    also_for: tuple[Contract, ...]  # other contracts for which it holds as well


def choices(contract: Contract, day: datetime.date) -> tuple[ChangeItem, ...]:
    """What may be changed in this contract."""
    return possible_items(_plan(contract, day))


def preview(*, contract: Contract, items: Collection[ChangeItem], day: datetime.date) -> Preview:
    """Documents, dates and fees before anything is sent. Refused where these items cannot be applied for together."""
    chosen = ordered(items)
    _check_choice(contract, chosen, day)
    return Preview(
        items=chosen,
        documents=tuple(change_documents(chosen, sms_result_newly_used=sms_result_is_new(contract, chosen))),
        lead_time=change_lead_time(chosen, day, settings.office()),
        fees=tuple(fee_lines(contract, chosen, day)),
        needs_carriers=needs_carriers(chosen),
        needs_approval=needs_approval(chosen),
        last_day=last_day_of(contract),
        also_for=also_for(contract, chosen),
    )


@transaction.atomic
def start(
    *,
    contract: Contract,
    items: Collection[ChangeItem],
    actor: User,
    now: datetime.datetime,
    mail_received_at: datetime.datetime | None = None,
) -> Application:
    """A change application, by the customer or by staff for them (then with the time its mail came in)."""
    drafts.may_apply_for(contract.customer, actor)
    contract = (
        Contract.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer")
        .get(pk=contract.pk)
    )
    chosen, day = ordered(items), date_of(now)
    _take_turns(contract, chosen)
    _check_choice(contract, chosen, day)
    _not_in_flight(contract, chosen, day)
    plan = _plan(contract, day)
    return drafts.create(
        Kind.CHANGE,
        customer=contract.customer,
        contract=contract,
        plan=target_plan(plan, chosen),
        options=frozenset(_options(contract, day)),
        delivery_method=DeliveryMethod.API,
        actor=actor,
        now=now,
        mail_received_at=mail_received_at,
        items=[item.value for item in chosen],
    )


@transaction.atomic
def choose_items(
    *,
    application_id: int,
    version: int,
    items: Collection[ChangeItem],
    actor: User,
    now: datetime.datetime,
) -> Application:
    """Choose the items anew; attached files stay and are evaluated against the new choice."""
    application = lock(application_id, version)
    drafts.need_editable(application, actor, "変更項目の選択は")
    if application.kind != Kind.CHANGE:
        raise Refused("変更項目を選べるのは変更申込だけです。")
    contract = Contract.objects.select_for_update(of=("self",), no_key=True).get(
        pk=application.own_contract.pk
    )
    chosen, day = ordered(items), date_of(now)
    _take_turns(contract, chosen)
    _check_choice(contract, chosen, day)
    _not_in_flight(contract, chosen, day, but=application)
    application.items = [item.value for item in chosen]
    application.plan = target_plan(_plan(contract, day), chosen)
    record(
        application=application,
        action="choose_items",
        actor=actor,
        now=now,
        data={"items": application.items},
        changed=("items", "plan"),
    )
    return application


def options_after(
    before: Collection[Option], items: Collection[ChangeItem], values: Mapping[str, Any], plan: Plan
) -> frozenset[Option]:
    """The options once the change is in force: what the form says of them, and what goes with a URL that is given."""
    after = set(before)
    for option in plan.options:
        stated = values.get(f"option.{option.value}")
        if isinstance(stated, bool):
            (after.add if stated else after.discard)(option)
    if ChangeItem.SMS_RESULT_URL in items or values.get("result.url"):
        (after.add if values.get("result.url") else after.discard)(Option.SMS_RESULT_NOTIFICATION)
    return frozenset(after & plan.options)


def options_touched(
    items: Collection[ChangeItem], values: Mapping[str, Any], plan: Plan
) -> frozenset[Option]:
    """The options that a change of these items says anything about."""
    stated = {option for option in plan.options if isinstance(values.get(f"option.{option.value}"), bool)}
    if ChangeItem.SMS_RESULT_URL in items or values.get("result.url"):
        stated.add(Option.SMS_RESULT_NOTIFICATION)
    return frozenset(stated & plan.options)


# pieces -------------------------------------------------------------------------------------------


def _plan(contract: Contract, day: datetime.date) -> Plan:
    terms = contract.terms_as_of(day)
    if contract.state != ContractState.ACTIVE or terms is None:
        raise Refused(
            f"変更のお申し込みは、利用中の契約だけが対象です（この契約は{contract.get_state_display()}）。"
        )
    return Plan(terms.plan)


def _options(contract: Contract, day: datetime.date) -> set[Option]:
    return {Option(code) for code in contract.options.as_of(day).values_list("option", flat=True)}


def _check_choice(contract: Contract, items: tuple[ChangeItem, ...], day: datetime.date) -> None:
    plan = _plan(contract, day)
    if faults := choice_faults(plan, _options(contract, day), items):
        raise Refused("".join(faults))
    window = change_lead_time(items, day, settings.office())
    month = window.applies_from_month
    soonest = max(filter(None, (day, window.earliest, month.first_day if month else None)))
    if refusal := not_beyond_the_end(contract, soonest):
        raise Refused(refusal)


def _take_turns(contract: Contract, items: Collection[ChangeItem]) -> None:
    """企業情報 and 請求先 are the company's, so its contracts take turns; of one contract its locked row sees to that."""
    if {ChangeItem.COMPANY, *OF_THE_ACCOUNT} & set(items):
        Customer.objects.select_for_update(no_key=True).get(pk=contract.customer_id)


def _not_in_flight(
    contract: Contract,
    items: tuple[ChangeItem, ...],
    day: datetime.date,
    *,
    but: Application | None = None,
) -> None:
    if found := in_flight(contract, items, day=day, but=but):
        raise Refused(flight_words(found, items))


def fee_lines(contract: Contract, items: Collection[ChangeItem], day: datetime.date) -> list[FeeLine]:
    """What the items cost by the price list of that day's month; items without a fee have no line."""
    month, found = Month.of(day), []
    for item in items:
        rule = RULE_OF[item]
        if rule.fee is Fee.MONTHLY:
            price = fees.fee(contract, option_item(MONTHLY_OPTION[item]), month)
            found.append(FeeLine(item, rule.fee.label, price))
        elif rule.fee is Fee.PER_CHANGE:
            found.append(FeeLine(item, rule.fee.label, fees.fee(contract, PriceItem.CHANGE_FEE, month)))
    return found


def may_be_sent(application: Application, *, day: datetime.date) -> None:
    """Refused where another change of the same items was sent meanwhile, or is decided and not in force yet."""
    contract = Contract.objects.select_for_update(of=("self",), no_key=True).get(
        pk=application.own_contract.pk
    )
    items = items_of(application)
    _take_turns(contract, items)
    _check_choice(contract, items, day)
    found = in_flight(contract, items, day=day, but=application)
    if found is not None and found.state != State.DRAFT:
        raise Refused(flight_words(found, items))
