"""Results of the 疎通確認 as small pictures, the same for staff and customers."""

from collections.abc import Sequence
from typing import Any

from django import template

from accounts import timeline
from accounts.models import ConnectivityCheck
from accounts.rules.connectivity import THRESHOLD_MS

register = template.Library()


@register.inclusion_tag("checks/result.html")
def check_result(check: ConnectivityCheck, folded: bool = False) -> dict[str, Any]:
    """The words, the three bars, and the figures as a table (`folded`: behind a summary of one line)."""
    return {
        "check": check,
        "folded": folded,
        "picture": timeline.picture(check),
        "phases": [label for _, _, label in timeline.PHASES],
        "reason": timeline.reason_label(check),
    }


@register.inclusion_tag("checks/chart.html")
def check_chart(checks: Sequence[ConnectivityCheck]) -> dict[str, Any]:
    """Medians over time with the line of 500 ms; nothing where there is too little to draw."""
    return {
        "chart": timeline.chart(checks),
        "threshold": THRESHOLD_MS,
        "width": timeline.CHART_WIDTH,
        "height": timeline.CHART_HEIGHT,
        "left": timeline.CHART_LEFT,
        "floor": timeline.CHART_HEIGHT - timeline.CHART_BOTTOM,
    }
