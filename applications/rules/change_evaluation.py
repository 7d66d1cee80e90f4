"""Evaluation of a change (§2.1b) or a cancellation (§3.1) before it is sent: documents, findings, the new values."""

import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.rules.plans import Option, Plan
from applications.rules.change_keys import (
    FOLLOWS,
    REFERENCE_KEYS,
    change_key,
    item_of,
    new_channels,
    plan_change_of,
    with_followers,
)
from applications.rules.changes import (
    PLAN_CHANGES,
    RULE_OF,
    ChangeDocument,
    ChangeItem,
    Fee,
    choice_faults,
    target_plan,
)
from applications.rules.differences import (
    Difference,
    compared,
    differences,
    same_value,
    shown,
    untouched,
)
from applications.rules.documents import (
    DocumentCode,
    cancellation_documents,
    change_documents,
)
from applications.rules.evaluation import (
    CANCELLATION_FORM,
    FORM_SLOT,
    IMAGE_KEYS,
    IMAGE_SLOTS,
    PARAMETER_CHANGE_FORM,
    PICTURE_MISSING,
    SERVICE_CHANGE_FORM,
    SMS_RESULT_FORM,
    DocumentStatus,
    Evaluation,
    Part,
    against_company,
    document_statuses,
    evaluation_fault,
    slot_of,
)
from applications.rules.forms import FORMS, Fault, Form
from applications.rules.forms.catalogue import SERVICE_CHANGE_FORM as SERVICE_FORM
from applications.rules.forms.catalogue import parameter_change_for
from applications.rules.forms.conditions import option_key
from applications.rules.forms.description import BEFORE_COLUMN
from applications.rules.forms.faults import Severity
from applications.rules.forms.sheets.changes import HEAD_KEYS
from applications.rules.forms.validation import fault_at, in_order

RESULT_FORM_CODE = "sms_result_destination"
RESULT_OPTION = option_key(Option.SMS_RESULT_NOTIFICATION)
NO_OTHER_PLAN_CHANGE = "一覧にないプランへの変更は、新規のお申し込みになります。"
SAME_WRITING = "㈱や全角・半角、空白、ハイフンなど書き方の違いだけのものは、変更として扱いません。"

Places = Mapping[str, tuple[str, str]]


def change_forms(plan: Plan, items: Collection[ChangeItem]) -> dict[str, Form]:
    """The workbook of each place that the items need, by slot; `plan` is the contract's own."""
    documents = {RULE_OF[item].document for item in items}
    forms = {}
    if ChangeDocument.SERVICE in documents:
        forms[SERVICE_CHANGE_FORM] = SERVICE_FORM
    if ChangeDocument.PARAMETERS in documents:
        forms[PARAMETER_CHANGE_FORM] = parameter_change_for(plan, _plan_change(plan, items))
    return forms


def change_slots(
    plan: Plan, items: Collection[ChangeItem], *, sms_result_newly_used: bool
) -> tuple[str, ...]:
    """Where files belong: the workbooks, the 別紙, the pictures that may or must come."""
    slots = list(change_forms(plan, items))
    if sms_result_newly_used:
        slots.append(SMS_RESULT_FORM)
    new = new_channels(_plan_change(plan, items))
    account = ChangeItem.OFFICIAL_ACCOUNT in items
    channels = new | (target_plan(plan, items).channels if account else frozenset())
    return (*slots, *(slot for slot, (channel, _) in IMAGE_SLOTS.items() if channel in channels))


def declared_items(values: Mapping[str, Any]) -> frozenset[ChangeItem]:
    """What a form of changes says 変更する to."""
    return frozenset(item for item in ChangeItem if values.get(change_key(item)) is True)


def is_sms_result_new(
    items: Collection[ChangeItem], values: Mapping[str, Any], registered: Mapping[str, Any]
) -> bool:
    """SMS結果通知 was not used and is asked for now, on the screen or on the form."""
    asked = ChangeItem.SMS_RESULT_URL in items or values.get(RESULT_OPTION) is True
    return asked and not registered.get(RESULT_OPTION)


def change_faults(
    form: Form,
    *,
    declared: frozenset[ChangeItem],
    chosen: frozenset[ChangeItem],
    found: Sequence[Difference],
    places: Places | None = None,
    pictures_changed: bool = False,
) -> list[Fault]:
    """Where the form's declarations, its answers and the choice on the screen do not fit each other (§2.1b).

    Only the items of this form; `pictures_changed`: a picture of an official account in use came with it.
    """
    here = [item for item in ChangeItem if change_key(item) in form.fields]
    changed = {item for difference in found for item in (difference.item, difference.own_item) if item}
    if pictures_changed:
        changed.add(ChangeItem.OFFICIAL_ACCOUNT)
    faults = [
        fault
        for item in here
        if (fault := _declaration_fault(form, item, declared, chosen, changed, places)) is not None
    ]
    for difference in found:
        if difference.item is None:
            faults.append(_not_changeable(form, difference))
    for item in here:
        if item in declared or item in chosen or FOLLOWS.get(item) in declared & changed:
            continue
        if cells := [difference for difference in found if difference.item is item]:
            faults.append(_not_declared(form, item, cells, places))
        elif item is ChangeItem.OFFICIAL_ACCOUNT and pictures_changed:
            faults.append(_picture_not_declared(form, places))
    return faults


def evaluate_change(
    *,
    plan: Plan,
    items: Collection[ChangeItem],
    parts: Mapping[str, Part],
    registered: Mapping[str, Any],
    contract_number: str,
    company: str,
) -> Evaluation:
    """`plan`, `registered`, `company` as they stand before the change; `registered` by the forms' keys.

    `values` holds the head of the forms and, of the items alone, the complete new state: a key of theirs that is
    not there has become empty. `differences` is what changes.
    """
    plan_change = _plan_change(plan, items)
    chosen = frozenset(item for item in items if item not in PLAN_CHANGES or item is plan_change)
    used = frozenset(option for option in Option if registered.get(option_key(option)))
    faults = [evaluation_fault("choice", text) for text in choice_faults(plan, used, items)]
    change = _Change(plan, chosen, plan_change, parts, registered)
    forms = change_forms(plan, chosen)
    values: dict[str, Any] = {}
    sources: dict[str, tuple[str, str]] = {}
    found: list[Difference] = []
    for slot, form in forms.items():
        if slot not in parts:
            continue
        part = parts[slot]
        if part.form_code != form.code:
            faults += [*part.faults, *_wrong_form(part, form)]
            continue
        here = differences(
            form,
            part.values,
            registered,
            before=part.before,
            sources=part.sources,
            plan_change=change.plan_change,
        )
        found += here
        between = change_faults(
            form,
            declared=declared_items(part.values),
            chosen=chosen,
            found=here,
            places=part.sources,
            pictures_changed=slot == PARAMETER_CHANGE_FORM and change.pictures_changed,
        )
        faults += identity_faults(part, contract_number, company)
        between += _options_without_item(here, part, change)
        faults += in_order(form, [*part.faults, *between, *_registered_since(form, part, registered)])
        values = {**_new_values(form, part, change), **values}
        sources = {**part.sources, **sources}
    result = is_sms_result_new(chosen, values, registered)
    if result and SMS_RESULT_FORM in parts:
        annex = parts[SMS_RESULT_FORM]
        faults += [*annex.faults, *against_company(annex, company), *_result_urls_differ(annex, values)]
        values = {**_of_result(annex.values), **values}
        sources = {**annex.sources, **sources}
    pictures = change.pictures(found)
    faults += pictures.faults
    codes = [row.code for row in change_documents(chosen, sms_result_newly_used=result)]
    return Evaluation(
        documents=_statuses(codes, forms, parts, faults),
        faults=tuple(faults),
        values=values,
        sources=sources,
        pictures_missing=pictures.missing,
        differences=tuple(found),
    )


def evaluate_cancellation(*, parts: Mapping[str, Part], contract_number: str, company: str) -> Evaluation:
    """The 解約申込書 (§3.1)."""
    part = parts.get(CANCELLATION_FORM)
    faults = [] if part is None else [*part.faults, *identity_faults(part, contract_number, company)]
    if part is not None and part.form_code != "cancellation":
        faults += _wrong_form(part, FORMS["cancellation"])
    codes = [row.code for row in cancellation_documents()]
    return Evaluation(
        documents=document_statuses(codes, parts, faults, lambda code: CANCELLATION_FORM),
        faults=tuple(faults),
        values={} if part is None else part.values,
        sources={} if part is None else part.sources,
    )


def identity_faults(part: Part, contract_number: str, company: str) -> list[Fault]:
    """Is the form about this contract? Its number must be ours; another company's name is a warning."""
    faults = against_company(part, company, "contract.company_name")
    stated = part.values.get("contract.number")
    if stated and _number_key(str(stated)) != _number_key(contract_number):
        faults.append(
            evaluation_fault(
                "contract_differs",
                f"ご利用番号（{stated}）が、お申し込みの契約（{contract_number}）と違います。"
                "番号を直すか、その契約のページからお申し込みください。",
                place=part.sources.get("contract.number"),
                label="ご利用番号",
            )
        )
    return faults


def _number_key(text: str) -> str:
    return unicodedata.normalize("NFKC", text).replace("-", "").replace(" ", "").upper()


def _options_without_item(found: Sequence[Difference], part: Part, change: "_Change") -> list[Fault]:
    """A paid option that comes with a plan change has its own lead time, numbers and carriers: it is chosen as well."""
    return [
        evaluation_fault(
            "not_declared",
            f"利用区分の変更と一緒に「{one.own_item.label}」を利用する場合は、"
            f"変更項目でも「{one.own_item.label}」を選び、申込書で「変更する」にしてください。",
            document=DocumentCode.PARAMETER_CHANGE,
            place=(one.sheet, one.cell),
            label=one.label,
        )
        for one in found
        if one.own_item is not None
        and one.own_item not in change.items
        and RULE_OF[one.own_item].fee is Fee.MONTHLY
        and one.key.startswith("option.")
        and part.values.get(one.key) is True
    ]


# pieces -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pictures:
    faults: list[Fault]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class _Change:
    plan: Plan
    items: frozenset[ChangeItem]
    plan_change: ChangeItem | None
    parts: Mapping[str, Part]
    registered: Mapping[str, Any]

    @property
    def pictures_changed(self) -> bool:
        """A picture came for an official account that is in use."""
        return any(
            slot in self.parts for slot, (channel, _) in IMAGE_SLOTS.items() if channel in self.plan.channels
        )

    def pictures(self, found: Sequence[Difference]) -> _Pictures:
        """A new channel needs its pictures; one in use only where the form names another file."""
        faults: list[Fault] = []
        missing: list[str] = []
        renamed = {difference.key: difference for difference in found}
        new = new_channels(self.plan_change)
        for slot, (channel, name) in IMAGE_SLOTS.items():
            if channel not in new | self.plan.channels:
                continue
            if slot in self.parts:
                faults += self.parts[slot].faults
                continue
            difference = renamed.get(IMAGE_KEYS[slot])
            if channel not in new and (difference is None or not difference.new):
                continue
            missing.append(name)
            faults.append(
                evaluation_fault(
                    PICTURE_MISSING,
                    f"{name}を添付してください。",
                    document=DocumentCode.PARAMETER_CHANGE,
                    place=(difference.sheet, difference.cell) if difference else None,
                    label=difference.label if difference else "",
                )
            )
        return _Pictures(faults, tuple(missing))


def _plan_change(plan: Plan, items: Collection[ChangeItem]) -> ChangeItem | None:
    """The one plan change that this plan can have; what else was chosen is a fault of the choice."""
    possible = [item for item in items if item in PLAN_CHANGES and PLAN_CHANGES[item][0] is plan]
    return plan_change_of(possible)


def _new_values(form: Form, part: Part, change: _Change) -> dict[str, Any]:
    covered = with_followers(change.items)
    values = {key: part.values[key] for key in HEAD_KEYS if key in part.values}
    for field in compared(form):
        if item_of(field.key, change.plan_change) not in covered:
            continue
        stated = part.values.get(field.key)
        if untouched(field, stated, part.before):
            stated = change.registered.get(field.key)
        if stated is not None and stated != "" and stated != []:
            values[field.key] = stated
    return values


def _of_result(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key.startswith("result.")}


def _result_urls_differ(annex: Part, values: Mapping[str, Any]) -> Iterator[Fault]:
    form = FORMS[RESULT_FORM_CODE]
    for key in ("result.url", "result.test_url"):
        one, other, field = annex.values.get(key), values.get(key), form.fields[key]
        if one and other and not same_value(field, one, other):
            yield evaluation_fault(
                "result_url_differs",
                f"アカウントパラメータ変更申込書では「{other}」です。同じURLに揃えてください。",
                document=DocumentCode.SMS_RESULT_DESTINATION,
                place=annex.sources.get(key),
                label=field.label,
            )


def _wrong_form(part: Part, form: Form) -> list[Fault]:
    if any(fault.code == "wrong_form" for fault in part.faults):
        return []
    return [
        evaluation_fault(
            "wrong_form",
            f"この変更に必要なのは「{form.title}」です。用紙を取り直してください。",
            document=form.sheets[0].document_code,
        )
    ]


def _statuses(
    codes: list[DocumentCode], forms: Mapping[str, Form], parts: Mapping[str, Part], faults: Sequence[Fault]
) -> tuple[DocumentStatus, ...]:
    carried = [*(form.code for form in forms.values()), RESULT_FORM_CODE]
    assert all(code in FORM_SLOT for code in carried)
    return document_statuses(codes, parts, faults, lambda code: slot_of(code, carried))


def _declaration_fault(
    form: Form,
    item: ChangeItem,
    declared: frozenset[ChangeItem],
    chosen: frozenset[ChangeItem],
    changed: Collection[ChangeItem],
    places: Places | None,
) -> Fault | None:
    slot = form.slot_of(change_key(item))
    if (item in declared) != (item in chosen):
        on_form, on_screen = (
            ("変更する", "選ばれていません") if item in declared else ("変更しない", "選ばれています")
        )
        message = (
            f"申込書では「{on_form}」ですが、画面では{on_screen}。"
            "申込書を直すか、画面の変更項目を選び直して、どちらかに合わせてください。"
        )
        return fault_at(slot, "declared_differs", message, places)
    if item in declared and item not in changed:
        message = (
            "「変更する」ですが、下の内容は現在の登録と同じです。変更後の内容を記入するか、「変更しない」にして"
            f"画面の変更項目からも外してください。{SAME_WRITING}"
        )
        return fault_at(slot, "not_changed", message, places)
    return None


def _not_declared(form: Form, item: ChangeItem, cells: Sequence[Difference], places: Places | None) -> Fault:
    declaration = fault_at(form.slot_of(change_key(item)), "", "", places).cell
    more = "、".join(f"{cell.label}（{cell.cell}）" for cell in cells[1:])
    message = (
        f"内容が変わっていますが、「{item.label}」（{declaration}）は「変更しない」です。"
        "変更する場合は「変更する」にして画面でも選び、変更しない場合は元の内容に戻してください。"
    )
    if more:
        message += f"ほかに変わっている欄: {more}。"
    return _at(form, cells[0], "not_declared", message)


def _not_changeable(form: Form, difference: Difference) -> Fault:
    assert difference.key in REFERENCE_KEYS
    if difference.key == "plan":
        message = (
            "この申込書ではプランを変えられません。現在のプランに戻すか、画面で利用区分の変更を選び、"
            f"その申込書をお使いください。{NO_OTHER_PLAN_CHANGE}"
        )
    else:
        message = "変更のお申し込みの対象ではありません。現在の内容に戻してください。"
    return _at(form, difference, "not_changeable", message)


def _picture_not_declared(form: Form, places: Places | None) -> Fault:
    message = (
        "公式アカウントの画像が添付されていますが、「変更しない」です。画像を変える場合は「変更する」にして"
        "画面でも選び、変えない場合は画像の添付を外してください。"
    )
    return fault_at(form.slot_of(change_key(ChangeItem.OFFICIAL_ACCOUNT)), "not_declared", message, places)


def _at(form: Form, difference: Difference, code: str, message: str) -> Fault:
    document = form.slot_of(difference.key).sheet.document_code
    return Fault(code, document, difference.sheet, difference.cell, difference.label, message)


def _registered_since(form: Form, part: Part, registered: Mapping[str, Any]) -> Iterator[Fault]:
    """What is registered has changed since the form was handed out; nothing to compare on a blank form."""
    if not part.before:
        return
    severity: Severity = "warning"
    for field in compared(form):
        now = registered.get(field.key)
        if same_value(field, part.before.get(field.key), now):
            continue
        slot = form.slot_of(field.key)
        sheet, cell = part.sources.get(field.key) or (slot.sheet.title, slot.cell)
        message = (
            f"申込書をお渡しした後に、登録内容が「{shown(field, now) or '（なし）'}」に変わっています。"
            "最新の申込書で、変更する内容をもう一度ご確認ください。"
        )
        place = {slot.key: (sheet, f"{BEFORE_COLUMN}{cell.lstrip('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}")}
        yield fault_at(slot, "before_changed", message, place, severity)
