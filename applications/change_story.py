"""What a change changes, item by item, as both sides read it (§2.1b), and what it costs. Writes nothing."""

import datetime
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.rules.plans import Option
from applications.models import Application, Submission
from applications.rules.changes import PLAN_CHANGES, RULE_OF, ChangeItem, Fee
from applications.rules.differences import Difference
from applications.rules.evaluation import IMAGE_KEYS, IMAGE_SLOTS
from applications.services.change_facts import MONTHLY_OPTION, items_of, ordered
from applications.services.changes import FeeLine, fee_lines
from applications.services.form_keys import ENDPOINTS
from kmc_portal.lib.jst import date_of

NO_ITEM = "変更項目に選ばれていない内容"


@dataclass(frozen=True)
class Row:
    """One answer that changes. `place` is sheet!cell of the file that was sent, "" for a picture."""

    label: str
    place: str
    old: str
    new: str


@dataclass(frozen=True)
class Changed:
    """All that changes for one item; not `chosen`: something changes that no chosen item covers."""

    title: str
    chosen: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class FeeRow:
    """`ends`: the option is given up, so nothing is charged from then on."""

    line: FeeLine
    ends: bool


def changed_by_draft(
    application: Application, differences: Iterable[Difference], files: Iterable[Any]
) -> list[Changed]:
    """By the draft's own files, `files` being those that are attached now."""
    rows = [
        (one.key, one.item or one.own_item, Row(one.label, one.place, one.old, one.new))
        for one in differences
    ]
    return _by_item(items_of(application), rows, files)


def changed_by_version(submission: Submission, files: Iterable[Any]) -> list[Changed]:
    """By one version that was sent, with its `files`."""
    content = submission.content
    corrected = _corrected(submission.application)
    rows = [
        (
            row["key"],
            ChangeItem(row["item"]) if row["item"] else None,
            Row(row["label"], row["place"], row["old"], _new(row, corrected)),
        )
        for row in content.get("differences", [])
    ]
    return _by_item(ordered({ChangeItem(code) for code in content.get("items", [])}), rows, files)


def _corrected(application: Application) -> dict[str, str]:
    """The change's notification URLs as they are now, by the form's key: they may be corrected after submitting."""
    rows = application.own_contract.endpoints.filter(proposed_for=application.number, closed_at=None)
    urls = {(row.function, row.channel, row.for_test): row.url for row in rows}
    return {
        key.key: urls[place]
        for key in ENDPOINTS
        if (place := (key.function.value, str(key.channel), key.for_test)) in urls
    }


def _new(row: Mapping[str, str], corrected: Mapping[str, str]) -> str:
    now = corrected.get(row["key"], row["new"])
    return now if now == row["new"] else f"{now}（申込時は {row['new']}、そのあと直したもの）"


def _by_item(
    items: Collection[ChangeItem], rows: Iterable[tuple[str, ChangeItem | None, Row]], files: Iterable[Any]
) -> list[Changed]:
    """In the table's order. A picture of the same name as before is a change as well."""
    groups: dict[ChangeItem | None, list[Row]] = {item: [] for item in items}
    keys = set()
    for key, item, row in rows:
        keys.add(key)
        groups.setdefault(item, []).append(row)
    brings = next(
        (item for item in items if item is ChangeItem.OFFICIAL_ACCOUNT or item in PLAN_CHANGES), None
    )
    for file in files:
        if brings is not None and file.slot in IMAGE_SLOTS and IMAGE_KEYS[file.slot] not in keys:
            groups[brings].append(Row(IMAGE_SLOTS[file.slot][1], "", "", f"添付の画像（{file.file.name}）"))
    return [
        Changed(item.label if item else NO_ITEM, item in items, tuple(found))
        for item, found in groups.items()
    ]


def fee_rows(application: Application, today: datetime.date) -> list[FeeRow]:
    """By the prices of the day of completion, else of today."""
    day = date_of(application.closed_at) if application.closed_at else today
    options = {Option(code) for code in application.options}
    sent = application.submitted_at is not None
    return [
        FeeRow(
            line,
            ends=sent and RULE_OF[line.item].fee is Fee.MONTHLY and MONTHLY_OPTION[line.item] not in options,
        )
        for line in fee_lines(application.own_contract, items_of(application), day)
    ]
