"""How a row with a period is replaced or ended: the old one stays readable up to the day before.

Later rows may be planned already (billing details from the following month, §2.1b): what is put in force from a day
on holds in them as well, so that one change never takes another's back.
"""

import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models.periods import Periodic


def end_before(*, row: Periodic, day: datetime.date) -> None:
    """Let `row` be in force up to the day before `day`. A row that would not have been in force at all goes."""
    if row.since >= day:
        row.delete()
        return
    if row.period.upper is not None and row.period.upper <= day:
        return
    row.period = DateRange(row.since, day)
    row.save(update_fields=["period"])


def put_in_force(
    *, model: type[Periodic], key: dict[str, Any], values: dict[str, Any], day: datetime.date
) -> tuple[Periodic, bool]:
    """From `day` on, `values` hold for `key`; fields that are not named stay as they are, planned ones too.

    Returns the row that is in force on `day` and whether anything changed. A value equal to the one in force on `day`
    is no change, and so takes back nothing that is planned; a row that begins on or after `day` is changed in place.
    """
    rows = list(_from_day_on(model, key, day))
    if not rows:
        return model._default_manager.create(**key, **values, period=DateRange(day, None)), True
    if rows[0].since <= day:
        values = {name: value for name, value in values.items() if getattr(rows[0], name) != value}
    changed = False
    for number, row in enumerate(rows):
        if all(getattr(row, name) == value for name, value in values.items()):
            continue
        changed = True
        if row.since < day:
            rows[number] = _split(row, day, values)
            continue
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
    if rows[0].since > day:  # nothing was in force on the day itself
        first = model._default_manager.create(**key, **values, period=DateRange(day, rows[0].since))
        return first, True
    return rows[0], changed


def put_set_in_force(
    *, model: type[Periodic], key: dict[str, Any], field: str, wanted: set[Any], day: datetime.date
) -> None:
    """From `day` on, exactly the `wanted` values of `field` are in force for `key`, whatever was planned."""
    held: dict[Any, Periodic] = {}  # in force on the day itself
    for row in list(_from_day_on(model, key, day)):
        value = getattr(row, field)
        if row.since <= day and value in wanted:
            held[value] = row
        else:
            end_before(row=row, day=day)
    for value in wanted:
        if value not in held:
            model._default_manager.create(**{**key, field: value}, period=DateRange(day, None))
        elif held[value].period.upper is not None:  # its end was planned
            held[value].period = DateRange(held[value].since, None)
            held[value].save(update_fields=["period"])


def _from_day_on(model: type[Periodic], key: dict[str, Any], day: datetime.date) -> Any:
    """The rows that hold on `day` or later, the earliest first."""
    return (
        model._default_manager.select_for_update(of=("self",), no_key=True)
        .filter(**key, period__overlap=DateRange(day, None))
        .order_by("period")
    )


def _split(row: Periodic, day: datetime.date, values: dict[str, Any]) -> Periodic:
    """`row` up to the day before, and from `day` to its end a new one with `values`."""
    end, same = row.period.upper, {}
    for field in row._meta.concrete_fields:
        if not field.primary_key and field.name != "period":
            same[field.attname] = getattr(row, field.attname)
    row.period = DateRange(row.since, day)
    row.save(update_fields=["period"])
    made = type(row)(**same, period=DateRange(day, end))
    for name, value in values.items():
        setattr(made, name, value)
    made.save(force_insert=True)
    return made
