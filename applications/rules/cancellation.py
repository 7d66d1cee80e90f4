"""解約 (§3.2): by which day an application must be in, and from which month it takes effect."""

from dataclasses import dataclass
from datetime import date

from kmc_portal.lib.business_days import OFFICE, Calendar, japanese_date
from kmc_portal.lib.months import Month

CUT_OFF_DAY = 10  # §3.2


@dataclass(frozen=True)
class Cancellation:
    """`effective_month` is the first month without use, `last_month` the last one with it."""

    cut_off: date
    effective_month: Month
    last_month: Month
    because: tuple[str, ...]


def cut_off(month: Month, calendar: Calendar = OFFICE) -> date:
    """§3.2: the 10th, or the business day before it; that whole day in Japan is in time."""
    return calendar.on_or_before(date(month.year, month.month, CUT_OFF_DAY))


def cancellation(applied: date, calendar: Calendar = OFFICE) -> Cancellation:
    """§3.2 for an application submitted on that day in Japan."""
    month = Month.of(applied)
    last_day = cut_off(month, calendar)
    in_time = applied <= last_day
    effective = month.plus(2 if in_time else 3)
    because = [f"{month.label}の締切は{japanese_date(last_day)}です。"]
    if last_day.day != CUT_OFF_DAY:
        because[0] = f"{month.label}の締切は、10日が営業日でないため前営業日の{japanese_date(last_day)}です。"
    said = "締切までの" if in_time else "締切後の"
    because.append(
        f"{japanese_date(applied)}は{said}お申し込みのため、{effective.label}ご利用分から解約となります。"
    )
    because.append(f"最後のご利用月は{effective.plus(-1).label}です。")
    if calendar.is_forecast(last_day):
        because.append(f"{last_day.year}年の祝日は公表前の予測です。")
    return Cancellation(last_day, effective, effective.plus(-1), tuple(because))
