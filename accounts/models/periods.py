"""Rows that are in force for a period of days and are never overwritten (`[from, until)`, Japan time)."""

import datetime
from typing import Any, Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.backends.postgresql.psycopg_any import DateRange

Row = TypeVar("Row", bound="Periodic", covariant=True)


class PeriodQuerySet(models.QuerySet[Row]):
    def as_of(self, day: datetime.date) -> Self:
        return self.filter(period__contains=day)

    def open_ended(self) -> Self:
        """The rows that nothing has replaced or ended yet. (The end of an empty period is NULL as well.)"""
        return self.filter(period__upper_inf=True)


class Periodic(models.Model):
    period: Any = DateRangeField("適用期間")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def since(self) -> datetime.date:
        """The first day in force; of a row that is in force on no day (an empty period) the end of time."""
        first: datetime.date = datetime.date.max if self.period.isempty else self.period.lower
        return first

    @property
    def until(self) -> datetime.date | None:
        """The last day in force; None while open-ended."""
        return self.period.upper - datetime.timedelta(days=1) if self.period.upper else None


def from_day(day: datetime.date) -> DateRange:
    return DateRange(day, None)


def one_at_a_time(name: str, *keys: str) -> ExclusionConstraint:
    """No two rows with the same keys in force on the same day."""
    return ExclusionConstraint(
        name=name,
        expressions=[*((key, RangeOperators.EQUAL) for key in keys), ("period", RangeOperators.OVERLAPS)],
        violation_error_message="同じ期間に適用される登録がすでにあります。",
    )
