"""Evaluation of a draft against the document matrix (§1.6): the same answer in the portal's page and at submission.

New contracts and releases; changes and cancellations are in `change_evaluation`.

A document is present when the workbook that carries its sheet was read. Blocking faults stop the submission,
warnings do not.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from accounts.rules.plans import Channel, DeliveryMethod, Option, Plan
from applications.rules.differences import Difference
from applications.rules.documents import DocumentCode, When, required_documents
from applications.rules.forms import FORMS, Fault, form_for_plan
from applications.rules.forms.faults import Severity
from kmc_portal.lib.text import same_name


@dataclass(frozen=True)
class Part:
    """One attached file; the form's reading where it is a workbook of ours (`before`: of a form of changes)."""

    file_name: str
    form_code: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    before: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class DocumentStatus:
    code: DocumentCode
    present: bool
    slot: str
    faults: tuple[Fault, ...]

    @property
    def label(self) -> str:
        return self.code.label

    @property
    def blocking(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "blocking")


@dataclass(frozen=True)
class Evaluation:
    documents: tuple[DocumentStatus, ...]
    faults: tuple[Fault, ...]
    values: Mapping[str, Any]
    sources: Mapping[str, tuple[str, str]]
    pictures_missing: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()  # of a change: against what is registered

    @property
    def blocking(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "blocking")

    @property
    def warnings(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity != "blocking")

    @property
    def missing(self) -> tuple[str, ...]:
        """What is still to be attached, by name: documents, then pictures."""
        documents = [document.label for document in self.documents if not document.present]
        return (*documents, *self.pictures_missing)

    @property
    def to_correct(self) -> tuple[Fault, ...]:
        """Blocking faults of what is there."""
        return tuple(fault for fault in self.blocking if fault.code != PICTURE_MISSING)

    @property
    def complete(self) -> bool:
        return all(document.present for document in self.documents) and not self.blocking


APPLICATION_FORM, SMS_RESULT_FORM, RELEASE_FORM = "application_form", "sms_result_form", "release_form"
SERVICE_CHANGE_FORM, PARAMETER_CHANGE_FORM = "service_change_form", "parameter_change_form"
CANCELLATION_FORM = "cancellation_form"
PICTURE_MISSING = "image_missing"
ICON, LOGO, BANNER = "icon", "logo", "banner"

FORM_SLOT: dict[str, str] = {  # the place of each workbook
    "application_sms": APPLICATION_FORM,
    "application_plus": APPLICATION_FORM,
    "application_rcs": APPLICATION_FORM,
    "sms_result_destination": SMS_RESULT_FORM,
    "release_checklist": RELEASE_FORM,
    "service_change": SERVICE_CHANGE_FORM,
    "parameter_change_sms": PARAMETER_CHANGE_FORM,
    "parameter_change_plus": PARAMETER_CHANGE_FORM,
    "parameter_change_rcs": PARAMETER_CHANGE_FORM,
    "plan_change_plus": PARAMETER_CHANGE_FORM,
    "plan_change_rcs": PARAMETER_CHANGE_FORM,
    "cancellation": CANCELLATION_FORM,
}

DOCUMENT_SLOT: dict[
    DocumentCode, str
] = {  # §1.6: four documents are sheets of one workbook; of changes: `slot_of`
    DocumentCode.APPLICATION_SMS: APPLICATION_FORM,
    DocumentCode.APPLICATION_PLUS: APPLICATION_FORM,
    DocumentCode.APPLICATION_RCS: APPLICATION_FORM,
    DocumentCode.ACCOUNT_PARAMETERS: APPLICATION_FORM,
    DocumentCode.CHECK_SHEET: APPLICATION_FORM,
    DocumentCode.PLAN_TABLE: APPLICATION_FORM,
    DocumentCode.SMS_RESULT_DESTINATION: SMS_RESULT_FORM,
    DocumentCode.RELEASE_CHECKLIST: RELEASE_FORM,
    DocumentCode.SERVICE_CHANGE: SERVICE_CHANGE_FORM,
    DocumentCode.PARAMETER_CHANGE: PARAMETER_CHANGE_FORM,
    DocumentCode.CANCELLATION_FORM: CANCELLATION_FORM,
}

IMAGE_SLOTS: dict[str, tuple[Channel, str]] = {  # slot: (channel that needs it, what it is)
    ICON: (Channel.PLUS, "+メッセージ公式アカウントのアイコン画像"),
    LOGO: (Channel.RCS, "RCS公式アカウントのロゴ画像"),
    BANNER: (Channel.RCS, "RCS公式アカウントのバナー画像"),
}

IMAGE_KEYS: dict[str, str] = {  # slot: the key under which a form states the file's name
    ICON: "plus.icon_file",
    LOGO: "rcs.logo_file",
    BANNER: "rcs.banner_file",
}


def slot_of(document: DocumentCode, form_codes: Collection[str]) -> str:
    """Where a document lies when these workbooks are asked for; ValueError if none of them carries it.

    The check sheet and plan table of a plan change are sheets of its アカウントパラメータ変更申込書.
    """
    for code in form_codes:
        if any(sheet.document_code == document for sheet in FORMS[code].sheets):
            return FORM_SLOT[code]
    raise ValueError(f"{document}: no sheet in {sorted(form_codes)}")


def slots_for(plan: Plan, options: frozenset[Option]) -> tuple[str, ...]:
    """Where files belong for this choice, in the order in which the page asks for them."""
    forms = dict.fromkeys(DOCUMENT_SLOT[row.code] for row in _contract_documents(plan, options))
    images = [slot for slot, (channel, _) in IMAGE_SLOTS.items() if channel in plan.channels]
    return (*forms, *images)


def choice_faults(plan: Plan, delivery_method: DeliveryMethod, options: frozenset[Option]) -> list[str]:
    """What is wrong with a choice of plan and options (Japanese); empty when it can be had."""
    faults = []
    if delivery_method != DeliveryMethod.API:  # §1.1
        faults.append(
            "入稿ポータルでのお申し込みは、この窓口ではお受けできません。担当営業までご連絡ください（API利用のみ受け付けています）。"
        )
    for option in sorted(options - plan.options):
        faults.append(f"「{option.label}」は{plan.label}では選べません。")
    return faults


def evaluate_new(
    *,
    plan: Plan,
    delivery_method: DeliveryMethod,
    options: frozenset[Option],
    parts: Mapping[str, Part],
    company: str,
) -> Evaluation:
    faults = [evaluation_fault("choice", text) for text in choice_faults(plan, delivery_method, options)]
    for slot, (channel, name) in IMAGE_SLOTS.items():
        if channel not in plan.channels:
            continue
        if slot in parts:
            faults += parts[slot].faults
        else:
            faults.append(
                evaluation_fault(
                    PICTURE_MISSING, f"{name}を添付してください。", document="account_parameters"
                )
            )
    form = parts.get(APPLICATION_FORM)
    if form is not None:
        faults += _against_choice(form, plan, delivery_method, options)
        faults += against_company(form, company)
    if SMS_RESULT_FORM in parts and SMS_RESULT_FORM in slots_for(plan, options & plan.options):
        faults += against_company(parts[SMS_RESULT_FORM], company)
    found = _evaluation(
        documents=[row.code for row in _contract_documents(plan, options & plan.options)],
        parts=parts,
        faults=faults,
    )
    pictures = [
        name
        for slot, (channel, name) in IMAGE_SLOTS.items()
        if channel in plan.channels and slot not in parts
    ]
    return replace(found, pictures_missing=tuple(pictures))


def evaluate_release(*, parts: Mapping[str, Part], company: str) -> Evaluation:
    form = parts.get(RELEASE_FORM)
    return _evaluation(
        documents=[DocumentCode.RELEASE_CHECKLIST],
        parts=parts,
        faults=against_company(form, company) if form is not None else [],
    )


def _contract_documents(plan: Plan, options: frozenset[Option]) -> list[Any]:
    rows = required_documents(
        plan,
        sms_result_notification=Option.SMS_RESULT_NOTIFICATION in options,
        store_display=Option.STORE_DISPLAY in options,
    )
    return [row for row in rows if row.when == When.CONTRACT]


def _evaluation(
    *, documents: list[DocumentCode], parts: Mapping[str, Part], faults: list[Fault]
) -> Evaluation:
    slots = dict.fromkeys(DOCUMENT_SLOT[code] for code in documents)
    values: dict[str, Any] = {}
    sources: dict[str, tuple[str, str]] = {}
    for slot in slots:
        if slot in parts:
            # A later workbook repeats only the company's name; the application's own word stands.
            values = {**parts[slot].values, **values}
            sources = {**parts[slot].sources, **sources}
            faults = [*faults, *parts[slot].faults]
    statuses = document_statuses(documents, parts, faults, DOCUMENT_SLOT.__getitem__)
    return Evaluation(documents=statuses, faults=tuple(faults), values=values, sources=sources)


def document_statuses(
    documents: Sequence[DocumentCode],
    parts: Mapping[str, Part],
    faults: Sequence[Fault],
    slot: Callable[[DocumentCode], str],
) -> tuple[DocumentStatus, ...]:
    return tuple(
        DocumentStatus(
            code=code,
            present=slot(code) in parts and bool(parts[slot(code)].form_code),
            slot=slot(code),
            faults=tuple(fault for fault in faults if fault.document_code == code),
        )
        for code in documents
    )


def _against_choice(
    form: Part, plan: Plan, delivery_method: DeliveryMethod, options: frozenset[Option]
) -> list[Fault]:
    faults = []
    expected = form_for_plan(plan)
    if form.form_code and form.form_code != expected.code:
        return [
            evaluation_fault(
                "wrong_form", f"{plan.label}には「{expected.title}」が必要です。用紙を取り直してください。"
            )
        ]
    stated = form.values.get("plan")
    if stated and stated != plan.value:
        faults.append(
            evaluation_fault(
                "plan_differs",
                f"申込書の契約プラン（{Plan.label_of(stated)}）が、画面で選んだプラン（{plan.label}）と違います。"
                "どちらかに合わせてください。",
                place=form.sources.get("plan"),
                label="契約プラン",
            )
        )
    for option in sorted(plan.options):
        stated_option = form.values.get(f"option.{option.value}")
        if stated_option is None or bool(stated_option) == (option in options):
            continue
        on_form, on_screen = ("利用する", "利用しない") if stated_option else ("利用しない", "利用する")
        faults.append(
            evaluation_fault(
                "option_differs",
                f"「{option.label}」が、申込書では「{on_form}」、画面では「{on_screen}」です。どちらかに合わせてください。",
                place=form.sources.get(f"option.{option.value}"),
                label=option.label,
            )
        )
    return faults


def against_company(form: Part, company: str, key: str = "company.name") -> list[Fault]:
    """A warning where the company named on a form is not the one we know."""
    stated = form.values.get(key)
    if stated and not same_name(str(stated), company):
        return [
            evaluation_fault(
                "company_differs",
                f"企業名（{stated}）が、ご登録の企業名（{company}）と違います。ご確認ください。",
                place=form.sources.get(key),
                label="企業名",
                severity="warning",
            )
        ]
    return []


def evaluation_fault(
    code: str,
    message: str,
    *,
    document: str = "",
    place: tuple[str, str] | None = None,
    label: str = "",
    severity: Severity = "blocking",
) -> Fault:
    sheet, cell = place or ("", "")
    return Fault(
        code=code,
        document_code=document,
        sheet=sheet,
        cell=cell,
        label=label,
        message=message,
        severity=severity,
    )
