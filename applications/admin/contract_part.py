"""What the page of a contract shows of the apps above accounts: its time line, what is coming, who pays what."""

import datetime
from typing import Any

from django.http import HttpRequest

from accounts.models import Contract
from applications.contract_story import coming, day, timeline
from applications.contract_story.lanes import About


def contract_part(
    request: HttpRequest, contract: Contract, shown: datetime.date, today: datetime.date
) -> dict[str, Any]:
    """For templates/admin/accounts/contract/; `?about=terms` keeps the time line to one subject."""
    entries = timeline.timeline(contract)
    about = request.GET.get("about", "")
    past = [entry for entry in entries if entry.day <= today]
    chosen = [entry for entry in past if entry.about == about] if about in set(About) else past
    return {
        "coming": coming.coming(contract, entries, today),
        "jumps": day.jumps(entries, shown),
        "place_in_life": day.place_in_life(contract, shown),
        "payer": day.payer(contract, shown),
        "prices_in_force": day.price_lists(contract, shown),
        "timeline": chosen,
        "timeline_about": about,
        "timeline_subjects": [one for one in About if any(entry.about is one for entry in past)],
    }
