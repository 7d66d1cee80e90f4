"""A calendar month as a value: `2026-09`."""

import re
from datetime import date, timedelta
from typing import NamedTuple, Self

from kmc_portal.lib.business_days import FIRST_YEAR, LAST_YEAR

_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class Month(NamedTuple):
    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """`2026-09`; ValueError for anything else, and for a year that no calendar of ours covers."""
        found = _MONTH.fullmatch(text)
        if found is None:
            raise ValueError(f"年月は 2026-09 の形で指定してください（指定: {text!r}）。")
        if not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise ValueError(
                f"年月は{FIRST_YEAR}年から{LAST_YEAR}年までを 2026-09 の形で指定してください（指定: {text!r}）。"
            )
        return cls(int(found[1]), int(found[2]))

    def plus(self, months: int) -> "Month":
        years, month = divmod(self.month - 1 + months, 12)
        return Month(self.year + years, month + 1)

    @property
    def first_day(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        return self.plus(1).first_day - timedelta(days=1)

    @property
    def label(self) -> str:
        """「2026年9月」"""
        return f"{self.year}年{self.month}月"

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
