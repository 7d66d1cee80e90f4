"""登録内容の照合 (§1.3 ※2): what the customer sent against what stands registered, side by side, in the form's words."""

import datetime
import ipaddress
from dataclasses import dataclass
from typing import Any

from accounts.models import SmsSender
from applications.models import Application, Submission
from applications.rules.evaluation import IMAGE_KEYS
from applications.rules.forms import FORMS, Form, form_for_plan
from applications.rules.forms.description import Field
from applications.rules.forms.values import show
from applications.services.facts import latest_submission
from applications.services.form_keys import (
    GLOBAL_IPS,
    SALES_PARTNER,
    SENDERS,
)
from applications.services.registered import registered_values
from applications.workflow import Kind
from kmc_portal.lib.text import same_name


@dataclass(frozen=True)
class Row:
    label: str
    place: str  # sheet!cell of the file that was sent; "" where it was not on a form
    sent: str
    registered: str
    same: bool


@dataclass(frozen=True)
class Group:
    title: str
    rows: tuple[Row, ...]


def compare(application: Application, day: datetime.date) -> list[Group]:
    """Groups as the forms have them; [] before anything is registered. Only what is registered can be compared."""
    submission = latest_submission(application)
    contract = application.contract
    if application.kind != Kind.NEW or submission is None or contract is None or contract.number is None:
        return []  # what a change asks for is not registered before it is completed
    sent = _sent(submission)
    registered = registered_values(
        contract, day=day, stated_senders=sent.get(SENDERS[SmsSender.Kind.REGULAR]) or ()
    )
    groups: list[Group] = []
    for form in _forms(submission):
        for sheet in form.sheets:
            for section in sheet.sections:
                rows = []
                for field in section.fields:
                    if field.key in registered:
                        rows.append(_row(field, form, submission, sent, registered))
                        del registered[field.key]  # the 別紙 repeats the company's name
                if shown := tuple(row for row in rows if row.sent or row.registered):
                    groups.append(Group(section.title, shown))
    return groups


def differences(groups: list[Group]) -> int:
    return sum(not row.same for group in groups for row in group.rows)


def _forms(submission: Submission) -> list[Form]:
    """Those that were sent: a release checklist comes alone and says nothing about the rest of the contract."""
    documents, main = submission.content["documents"], form_for_plan(submission.content["plan"])
    forms = [main] if main.code in documents else []
    if "sms_result_destination" in documents:
        forms.append(FORMS["sms_result_destination"])
    return forms


def _sent(submission: Submission) -> dict[str, Any]:
    values = dict(submission.content["values"])
    for file in submission.files.filter(slot__in=IMAGE_KEYS).select_related("file"):
        values[IMAGE_KEYS[file.slot]] = file.file.name
    return values


def _row(
    field: Field, form: Form, submission: Submission, sent: dict[str, Any], registered: dict[str, Any]
) -> Row:
    theirs, ours = sent.get(field.key), registered[field.key]
    place = submission.content["sources"].get(field.key) or submission.content["sources"].get(
        f"{field.key}.1"
    )
    return Row(
        label=field.label,
        place=f"{place[0]}!{place[1]}" if place else "",
        sent=_text(field, theirs),
        registered=_text(field, ours),
        same=_same(field, theirs, ours),
    )


def _same(field: Field, theirs: Any, ours: Any) -> bool:
    if field.key == GLOBAL_IPS:
        return {ipaddress.ip_network(text) for text in theirs or ()} == {
            ipaddress.ip_network(text) for text in ours
        }
    if isinstance(ours, list):
        return set(theirs or ()) == set(ours)
    if isinstance(ours, bool):
        return bool(theirs) == ours
    if field.key == SALES_PARTNER and theirs and ours:
        return same_name(theirs, ours)
    return str(theirs or "") == str(ours or "")


def _text(field: Field, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list):
        return "\n".join(str(item) for item in value)
    shown = show(field, value)
    return f"{shown:,}" if isinstance(shown, int) and not isinstance(shown, bool) else str(shown)
