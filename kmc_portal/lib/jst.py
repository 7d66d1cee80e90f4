"""Japan time: every date of the guide is a day in Asia/Tokyo."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")


def in_japan(moment: datetime) -> datetime:
    """The same moment on a Japanese clock; ValueError for a datetime without a zone."""
    if moment.tzinfo is None:
        raise ValueError("タイムゾーンのない日時は扱えません。")
    return moment.astimezone(JST)


def date_of(moment: datetime) -> date:
    """The day it is in Japan at that moment."""
    return in_japan(moment).date()


def today(now: datetime) -> date:
    return date_of(now)


def start_of(day: date) -> datetime:
    """00:00 in Japan."""
    return datetime.combine(day, time.min, tzinfo=JST)


def end_of(day: date) -> datetime:
    """The last moment of the day in Japan."""
    return datetime.combine(day, time.max, tzinfo=JST)
