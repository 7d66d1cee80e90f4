"""Buttons and small texts for the admin's own pages."""

import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from kmc_portal.lib.business_days import japanese_date
from kmc_portal.lib.jst import in_japan
from kmc_portal.lib.yen import yen

register = template.Library()


def _url(context: Any, deed: str) -> str:
    opts = context["opts"]
    name = f"admin:{opts.app_label}_{opts.model_name}"
    obj = context.get("object")
    return (
        reverse(f"{name}_do", args=[obj.pk, deed])
        if obj is not None
        else reverse(f"{name}_list_do", args=[deed])
    )


@register.simple_tag(takes_context=True)
def deed_url(context: Any, deed: str, **given: Any) -> str:
    """The page of a deed of this page's object."""
    return f"{_url(context, deed)}?{urlencode(given)}" if given else _url(context, deed)


@register.simple_tag(takes_context=True)
def deed_link(context: Any, deed: str, label: str, tone: str = "", **given: Any) -> SafeString:
    """A button that opens the deed's page."""
    return format_html(
        '<a class="kmc-button {}" href="{}">{}</a>',
        tone and f"kmc-button-{tone}",
        deed_url(context, deed, **given),
        label,
    )


@register.simple_tag(takes_context=True)
def deed_button(context: Any, deed: str, label: str, tone: str = "", **given: Any) -> SafeString:
    """A button that does it at once."""
    obj = context.get("object")
    hidden = {"csrfmiddlewaretoken": context["csrf_token"], "version": getattr(obj, "version", ""), **given}
    inputs = format_html_join("", '<input type="hidden" name="{}" value="{}">', hidden.items())
    return format_html(
        '<form class="kmc-inline" method="post" action="{}">{}<button class="kmc-button {}">{}</button></form>',
        _url(context, deed),
        inputs,
        tone and f"kmc-button-{tone}",
        label,
    )


def badge(label: str, tone: str) -> SafeString:
    """A coloured word. Tones: ours, theirs, carriers, good, bad, warn, quiet."""
    return format_html('<span class="kmc-badge kmc-{}">{}</span>', tone, label)


register.simple_tag(badge, name="kmc_badge")


@register.filter
def jdate(day: datetime.date | None) -> str:
    return japanese_date(day) if day else "—"


@register.filter
def iso_jdate(day: str) -> str:
    """A date kept as ISO text, as in the content of a notice."""
    return japanese_date(datetime.date.fromisoformat(day))


@register.filter
def jtime(at: datetime.datetime | None) -> str:
    return in_japan(at).strftime("%Y/%m/%d %H:%M") if at else "—"


@register.filter(name="yen")
def yen_text(amount: int | Decimal | None) -> str:
    """`1,234円`, below zero `▲1,234円`; — for None."""
    return "—" if amount is None else f"{yen(amount)}円"


@register.filter
def percent(rate: Decimal | str) -> str:
    """`10.00` → 「10%」"""
    return f"{format(Decimal(rate).normalize(), 'f')}%"


@register.filter
def file_size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(1, round(size / 1024))} KB"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key)
