"""How a row with a period is replaced or ended: the old one stays readable up to the day before."""

import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from accounts.models.periods import Periodic


def end_before(*, row: Periodic, day: datetime.date) -> None:
    """Let `row` be in force up to the day before `day`. A row that would not have been in force at all goes."""
    if row.since >= day:
        row.delete()
        return
    row.period = DateRange(row.since, day)
    row.save(update_fields=["period"])


def put_in_force(
    *, model: type[Periodic], key: dict[str, Any], values: dict[str, Any], day: datetime.date
) -> tuple[Periodic, bool]:
    """From `day` on, `values` hold for `key`. Returns the row in force and whether anything changed.

    Values equal to those in force change nothing; a row that began on the same day is replaced whole.
    """
    current = model._default_manager.filter(**key, period__endswith=None).first()
    if current is not None:
        if all(getattr(current, name) == value for name, value in values.items()):
            return current, False
        end_before(row=current, day=day)
    return model._default_manager.create(**key, **values, period=DateRange(day, None)), True


def put_set_in_force(
    *, model: type[Periodic], key: dict[str, Any], field: str, wanted: set[Any], day: datetime.date
) -> None:
    """From `day` on, exactly the `wanted` values of `field` are in force for `key`."""
    current = {
        getattr(row, field): row for row in model._default_manager.filter(**key, period__endswith=None)
    }
    for value, row in current.items():
        if value not in wanted:
            end_before(row=row, day=day)
    for value in wanted - current.keys():
        model._default_manager.create(**key, **{field: value}, period=DateRange(day, None))
