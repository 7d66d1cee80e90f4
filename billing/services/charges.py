"""一時費用: every one-off fee is charged here, with a reason and never twice (§5.1)."""

import datetime

from django.db import transaction

from accounts.models import Contract, User
from accounts.services.errors import Refused
from accounts.services.rights import need
from billing.models import OneOffCharge
from billing.rules.invoice import OTHER
from billing.rules.prices import ONE_OFF_ITEMS
from billing.rules.tax import TaxCategory
from billing.services import clock
from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month

MOST = 100_000_000  # yen, either way
DAYS_AHEAD = 366  # that staff may enter a charge


@transaction.atomic
def charge_once(
    *,
    contract: Contract,
    kind: str,
    key: str,
    reason: str,
    charged_on: datetime.date,
    actor: User | None,
    now: datetime.datetime,
    amount: int | None = None,
    tax: TaxCategory = TaxCategory.STANDARD,
) -> OneOffCharge:
    """Charge `kind` (an item of ONE_OFF_ITEMS, or "other") with the usage of `charged_on`'s month.

    `amount` yen without tax; None: what the month's price list says. `key` names the occasion: the same charge again
    is the one that was stored, another charge under the same key is Refused. No right is asked for: see `enter`.
    """
    reason = reason.strip()
    said = {
        "contract_id": contract.pk,
        "kind": str(kind),
        "reason": reason,
        "charged_on": charged_on,
        "amount": amount,
        "tax": str(tax),
    }
    stored = OneOffCharge.objects.filter(key=key).first()
    if stored is None:
        _check(kind, reason, amount, key)
        _within_contract(Contract.objects.get(pk=contract.pk), charged_on)
        stored, _made = OneOffCharge.objects.get_or_create(
            key=key, defaults={**said, "stored_at": clock.stored_at(now), "charged_by": actor}
        )
    if any(getattr(stored, name) != value for name, value in said.items()):
        raise Refused(
            f"「{stored}」（{japanese_date(stored.charged_on)}計上）が同じ鍵で登録済みです。"
            "内容が異なるため、二重請求を防ぐために登録しませんでした。"
        )
    return stored


@transaction.atomic
def enter(
    *,
    contract: Contract,
    kind: str,
    token: str,
    reason: str,
    charged_on: datetime.date,
    actor: User,
    now: datetime.datetime,
    amount: int | None = None,
    tax: TaxCategory = TaxCategory.STANDARD,
) -> OneOffCharge:
    """As staff enter one; `token` is the form's, so that pressing twice charges once."""
    need(actor, "billing.add_oneoffcharge", "一時費用を登録する")
    if not token:
        raise Refused("画面の情報が足りません。画面を開き直して、もう一度登録してください。")
    if charged_on > date_of(now) + datetime.timedelta(days=DAYS_AHEAD):
        raise Refused("計上日は、今日から1年以内の日付を入力してください。")
    return charge_once(
        contract=contract,
        kind=kind,
        key=f"entered-{token}",
        reason=reason,
        charged_on=charged_on,
        actor=actor,
        now=now,
        amount=amount,
        tax=tax,
    )


def contract_fee_key(contract: Contract) -> str:
    return f"contract-fee-{contract.pk}"


def _check(kind: str, reason: str, amount: int | None, key: str) -> None:
    if not key:
        raise ValueError("a charge needs its key")
    if kind not in {*ONE_OFF_ITEMS, OTHER}:
        raise Refused("一時費用の項目を選んでください。")
    if not reason:
        raise Refused("理由を入力してください。請求書の備考に載ります。")
    if len(reason) > 200:
        raise Refused("理由は200文字以内で入力してください。")
    if kind == OTHER and not amount:
        raise Refused("「その他一時費用」には、0円以外の金額を入力してください。")
    if amount is not None and kind != OTHER and amount < 0:
        raise Refused("手数料には0円以上の金額を入力してください。減額は「その他一時費用」で登録します。")
    if amount is not None and abs(amount) > MOST:
        raise Refused(f"金額は{MOST:,}円以内で入力してください。")


def _within_contract(contract: Contract, day: datetime.date) -> None:
    """From the billing start up to the last day of the last month of use, where a 解約手数料 belongs (§5.1, §3)."""
    if contract.billing_start_on is None:
        raise Refused("この契約はまだ課金が始まっていません。アカウント通知書の発行後に登録してください。")
    if day < contract.billing_start_on:
        raise Refused(
            f"計上日は課金開始日（{japanese_date(contract.billing_start_on)}）以降の日付を入力してください。"
        )
    if contract.ends_on is not None and day > Month.of(contract.ends_on).last_day:
        raise Refused(
            f"この契約は{japanese_date(contract.ends_on)}で終了しています。"
            f"計上日は{japanese_date(Month.of(contract.ends_on).last_day)}以前の日付を入力してください。"
        )
