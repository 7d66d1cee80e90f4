"""Faults of a form's answers, one by one and between each other; used with and without a workbook."""

from collections.abc import Collection, Iterator, Mapping

from applications.rules.forms.checks import FIRST_LIMITS, FormLimits
from applications.rules.forms.cross_rules import CROSS_RULES
from applications.rules.forms.description import Field, Form, Kind, Slot, Value, Values
from applications.rules.forms.faults import Fault, Severity, ValueFault
from applications.rules.forms.values import is_empty, parse

Places = Mapping[str, tuple[str, str]]


def validate(
    form: Form,
    values: Values,
    *,
    skip: Collection[str] = (),
    places: Places | None = None,
    limits: FormLimits = FIRST_LIMITS,
) -> list[Fault]:
    """Faults in the form's order: missing, unreadable, not fitting each other.

    `skip` holds keys that already have a fault; `places` where the keys really stand in a workbook.
    """
    faults: list[Fault] = []
    faulty = set(skip)
    for field in form.fields.values():
        if field.key not in skip:
            found = list(_of_field(form, field, values, places or {}, limits))
            faults += found
            if any(fault.severity == "blocking" for fault in found):
                faulty.add(field.key)
    for rule in CROSS_RULES:
        reads = set(rule.reads)
        if not reads <= form.fields.keys() or not reads <= values.keys():
            continue
        if not all(form.fields[key].counts(values) for key in reads):
            continue
        if faulty & (reads | set(rule.looks_at)) - set(rule.lists):
            continue
        for key, message in rule.find(form, values, limits):
            faults.append(fault_at(form.slot_of(key), rule.code, message, places, rule.severity))
    return in_order(form, faults)


def _of_field(
    form: Form, field: Field, values: Values, places: Places, limits: FormLimits
) -> Iterator[Fault]:
    slot = form.slot_of(field.key)
    value = values.get(field.key)
    if value is None or value == "" or value == []:
        if field.is_needed(values):
            yield fault_at(slot, "missing", missing_message(field), places)
        elif field.missing_warning and field.counts(values):
            yield fault_at(slot, "missing", field.missing_warning, places, "warning")
        return
    if not field.counts(values):
        yield from _does_not_count(slot, field, value, places)
        return
    if field.must and value is False:
        yield fault_at(slot, "must_be_yes", field.must, places)
    for number, item in enumerate(value if isinstance(value, list) else [value], start=1):
        key = f"{field.key}.{number}" if field.rows > 1 else field.key
        try:
            _check(field, item, limits)
        except ValueFault as fault:
            yield fault_at(form.slot_of(key), fault.code, fault.message, places)


def _check(field: Field, value: Value, limits: FormLimits) -> None:
    """A value as we keep it (codes, not labels). Raises ValueFault."""
    known = {choice.value for choice in field.choices}
    if field.kind is Kind.CHOICE and value not in known:
        raise ValueFault("not_a_choice", f"「{value}」は選べません。一覧から選んでください。")
    if field.kind is Kind.BOOL and not isinstance(value, bool):
        raise ValueFault("not_a_choice", f"「{value}」は選べません。一覧から選んでください。")
    if not field.options and not isinstance(value, list) and not is_empty(value):
        parse(field, value, limits)


def _does_not_count(slot: Slot, field: Field, value: Value, places: Places) -> Iterator[Fault]:
    assert field.only_when is not None
    words = field.only_when.words
    if field.kind is not Kind.BOOL:
        message = f"{words}だけ使う項目です。この内容は登録されません。"
        yield fault_at(slot, "not_used", message, places, "warning")
    elif value is True and not field.must:  # an item confirmed without need harms nobody
        message = (
            f"この項目を「{field.words[0]}」にできるのは、{words}だけです。"
            f"「{field.words[1]}」にするか、契約プランを見直してください。"
        )
        yield fault_at(slot, "option_not_of_plan", message, places)


def missing_message(field: Field) -> str:
    verb = "選んでください" if field.options else "ご記入ください"
    if field.needed_when is not None and not field.required:
        return f"空欄です。{field.needed_when.words}は必ず{verb}。"
    if field.only_when is not None:
        return f"空欄です。{field.only_when.words}は必ず{verb}。"
    return f"空欄です。必ず{verb}。"


def fault_at(
    slot: Slot, code: str, message: str, places: Places | None, severity: Severity = "blocking"
) -> Fault:
    """Where the key stands in the workbook, else where we issue it; a list means its first row."""
    known, issued = places or {}, (slot.sheet.title, slot.cell)
    place = known.get(slot.key)
    if place is None and slot.key == f"{slot.field.key}.1":
        place = known.get(slot.field.key)
    sheet, cell = place or issued
    return Fault(code, slot.sheet.document_code, sheet, cell, slot.label, message, severity)


def in_order(form: Form, faults: list[Fault]) -> list[Fault]:
    """By sheet as the form has them, then by row; what is about a whole sheet first."""
    order = {sheet.document_code: n for n, sheet in enumerate(form.sheets)}
    return sorted(faults, key=lambda fault: (order[fault.document_code], _row(fault.cell)))


def _row(cell: str) -> int:
    digits = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits else 0
