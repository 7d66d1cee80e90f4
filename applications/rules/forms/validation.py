"""What must hold between the answers of a form, as tables; used with and without a workbook."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from accounts.rules.plans import DeliveryMethod
from applications.rules.forms.conditions import plan_of
from applications.rules.forms.description import Field, Form, Kind, Slot, Value, Values
from applications.rules.forms.faults import Fault, Severity, ValueFault
from applications.rules.forms.values import is_empty, parse

Places = Mapping[str, tuple[str, str]]


@dataclass(frozen=True)
class CrossRule:
    """A sentence about the whole form; `broken` is asked only when all of `reads` are answered."""

    code: str
    guide: str
    at: str
    reads: tuple[str, ...]
    broken: Callable[[Form, Values], bool]
    message: Callable[[Form, Values], str] | str
    severity: Severity = "blocking"


def _not_this_form(form: Form, values: Values) -> str:
    plan = plan_of(values)
    assert plan is not None
    own = "、".join(f"「{choice.label}」" for choice in form.plans)
    return f"「{plan.label}」はこの申込書ではお申し込みいただけません。{own}を選ぶか、そのプラン用の申込書をお使いください。"


CROSS_RULES: tuple[CrossRule, ...] = (
    CrossRule(
        "plan_not_of_form",
        "§1.6",
        "plan",
        ("plan",),
        lambda form, values: bool(form.plans) and plan_of(values) not in form.plans,
        _not_this_form,
    ),
    CrossRule(
        "delivery_portal",
        "§1.1",
        "delivery_method",
        ("delivery_method",),
        lambda form, values: values["delivery_method"] == DeliveryMethod.PORTAL,
        "入稿ポータルでのお申し込みは、このシステムでは受け付けていません。「API利用」を選ぶか、営業担当へご相談ください。",
    ),
    CrossRule(
        "start_before_application",
        "§1.3",
        "desired_start_on",
        ("applied_on", "desired_start_on"),
        lambda form, values: _day(values["desired_start_on"]) <= _day(values["applied_on"]),
        "利用開始希望日が申込日以前になっています。申込日より後の日付をご記入ください。",
    ),
)


def _day(value: Value) -> date:
    assert isinstance(value, date)
    return value


def validate(
    form: Form, values: Values, *, skip: Collection[str] = (), places: Places | None = None
) -> list[Fault]:
    """Faults of the answers in the form's order: missing, unreadable, not fitting each other.

    `skip` holds keys that already have a fault; `places` where the keys really stand in a workbook.
    """
    faults: list[Fault] = []
    for field in form.fields.values():
        if field.key not in skip:
            faults += _of_field(form, field, values, places or {})
    for rule in CROSS_RULES:
        if set(rule.reads) <= form.fields.keys() & values.keys() and not set(rule.reads) & set(skip):
            if rule.broken(form, values):
                message = rule.message if isinstance(rule.message, str) else rule.message(form, values)
                faults.append(fault_at(form.slot_of(rule.at), rule.code, message, places, rule.severity))
    return in_order(form, faults)


def _of_field(form: Form, field: Field, values: Values, places: Places) -> Iterator[Fault]:
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
            parse_value(field, item)
        except ValueFault as fault:
            yield fault_at(form.slot_of(key), fault.code, fault.message, places)


def parse_value(field: Field, value: Value) -> None:
    """Checks a value given as code and not as label (§ of the field); raises ValueFault."""
    if field.kind is Kind.CHOICE:
        if value not in {choice.value for choice in field.choices}:
            raise ValueFault("not_a_choice", f"「{value}」は選べません。")
    elif field.kind is Kind.BOOL:
        if not isinstance(value, bool):
            raise ValueFault("not_a_choice", f"「{value}」は選べません。")
    elif not isinstance(value, list) and not is_empty(value):
        parse(field, value)


def _does_not_count(slot: Slot, field: Field, value: Value, places: Places) -> Iterator[Fault]:
    assert field.only_when is not None
    if field.kind is Kind.BOOL:
        if value is True:
            yield fault_at(
                slot,
                "option_not_of_plan",
                f"このオプションは{field.only_when.words}だけ選べます。「{field.words[1]}」にするか、契約プランを見直してください。",
                places,
            )
        return
    yield fault_at(
        slot,
        "not_used",
        f"{field.only_when.words}だけ使う項目です。この内容は登録されません。",
        places,
        "warning",
    )


def missing_message(field: Field) -> str:
    verb = "選んでください" if field.options else "ご記入ください"
    if field.needed_when is not None and not field.required:
        return f"空欄です。{field.needed_when.words}は必ず{verb}。"
    return f"空欄です。必ず{verb}。"


def fault_at(
    slot: Slot, code: str, message: str, places: Places | None, severity: Severity = "blocking"
) -> Fault:
    """At the cell where the key stands in the workbook, else where we issue it; a list's own key is its first row."""
    known, issued = places or {}, (slot.sheet.title, slot.cell)
    sheet, cell = known.get(slot.key) or (
        known.get(slot.field.key, issued) if slot.key.endswith(".1") else issued
    )
    return Fault(code, slot.sheet.document_code, sheet, cell, slot.label, message, severity)


def in_order(form: Form, faults: list[Fault]) -> list[Fault]:
    """By sheet as the form has them, then by row."""
    order = {sheet.document_code: n for n, sheet in enumerate(form.sheets)}
    return sorted(
        faults,
        key=lambda f: (order.get(f.document_code, -1), int(f.cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)),
    )
