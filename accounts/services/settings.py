"""Read and change the values that staff may edit."""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import CompanyClosingDay, Setting, User
from accounts.rules.settings import BY_KEY, DEFINITIONS, faults, order_fault, to_store
from accounts.services.errors import Refused
from accounts.services.rights import need
from accounts.services.unique import refused_if_taken
from kmc_portal.lib.business_days import Calendar, japanese_date, office_calendar


def get(key: str) -> Any:
    """The value in force; the definition's first value until staff change it. KeyError for an unknown key."""
    first = BY_KEY[key].first
    stored = Setting.objects.filter(key=key).first()
    return first if stored is None else stored.value


def all_values() -> dict[str, Any]:
    stored = dict(Setting.objects.values_list("key", "value"))
    return {definition.key: stored.get(definition.key, definition.first) for definition in DEFINITIONS}


ANNOUNCED = frozenset({"support_site_password"})  # every change is told to the customers: announcements.py


@transaction.atomic
def change(*, key: str, value: Any, actor: User, announced: bool = False) -> None:
    """`announced`: by the service that tells the customers of it, without which some values cannot be changed."""
    need(actor, "accounts.change_setting", "設定値を変更する")
    if key in ANNOUNCED and not announced:
        raise Refused(
            f"{BY_KEY[key].label}は、お客様へのお知らせと一緒に変更します。設定値の画面から変更してください。"
        )
    if fault := faults(BY_KEY[key], value):
        raise Refused(f"{BY_KEY[key].label}：{fault}")
    value = to_store(BY_KEY[key], value)
    if fault := order_fault({**all_values(), key: value}):
        raise Refused(f"{fault}先にもう一方を変更してください。")
    Setting.objects.update_or_create(key=key, defaults={"value": value})


@transaction.atomic
def add_closing_day(*, day: datetime.date, name: str, actor: User) -> CompanyClosingDay:
    """Close the office on a day; every due window moves with it at once."""
    need(actor, "accounts.add_companyclosingday", "会社休業日を登録する")
    with refused_if_taken(f"{japanese_date(day)}は登録済みです。"):
        return CompanyClosingDay.objects.create(day=day, name=name.strip())


@transaction.atomic
def remove_closing_day(*, day_id: int, actor: User) -> None:
    """A closing day entered by mistake; the history keeps that it was there."""
    need(actor, "accounts.delete_companyclosingday", "会社休業日を取り消す")
    CompanyClosingDay.objects.filter(pk=day_id).delete()


def ensure_defaults() -> None:
    """Give every definition its row, so that the admin lists all of them."""
    known = set(Setting.objects.values_list("key", flat=True))
    Setting.objects.bulk_create(
        Setting(key=definition.key, value=definition.first)
        for definition in DEFINITIONS
        if definition.key not in known
    )


def office() -> Calendar:
    """The office calendar with the closing days that staff keep."""
    return office_calendar(closing_days=frozenset(CompanyClosingDay.objects.values_list("day", flat=True)))
