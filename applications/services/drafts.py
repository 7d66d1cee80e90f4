"""The draft of an application (§1.3 step 1): choose, attach, take off. Also while it is returned."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from accounts.gateways.contents import Inspected
from accounts.gateways.contents import Kind as FileKind
from accounts.models import Contract, ContractState, Customer, StoredFile, User
from accounts.rules.official_account import PLUS_LIMITS, RCS_LIMITS, ImageLimit, image_faults
from accounts.rules.plans import DeliveryMethod, Option, Plan
from accounts.services import files, numbers, settings
from accounts.services.contracts import open_contract
from accounts.services.errors import NotAllowed, Refused
from accounts.services.notices import wants_store_display
from applications.gateways import workbooks
from applications.models import Application, Attachment, CaseEvent, ReceivedBy
from applications.rules.evaluation import choice_faults
from applications.rules.forms import Fault
from applications.rules.forms.checks import FormLimits
from applications.services import pictures
from applications.services.evaluation import live_parts, reading_as_json
from applications.services.transitions import lock, need_role, need_state, record
from applications.workflow import Kind, Role, State
from kmc_portal.lib.jst import date_of

OLDEST_MAIL = datetime.timedelta(days=365)
EDITABLE = frozenset({State.DRAFT, State.RETURNED})
MAY_EDIT = frozenset({Role.CUSTOMER, Role.RECEPTION})

SLOT_FILES: dict[str, frozenset[FileKind]] = {
    Attachment.Slot.APPLICATION_FORM: frozenset({FileKind.WORKBOOK}),
    Attachment.Slot.SMS_RESULT_FORM: frozenset({FileKind.WORKBOOK}),
    Attachment.Slot.RELEASE_FORM: frozenset({FileKind.WORKBOOK}),
    Attachment.Slot.SERVICE_CHANGE_FORM: frozenset({FileKind.WORKBOOK}),
    Attachment.Slot.PARAMETER_CHANGE_FORM: frozenset({FileKind.WORKBOOK}),
    Attachment.Slot.CANCELLATION_FORM: frozenset({FileKind.WORKBOOK}),
    Attachment.Slot.ICON: frozenset({FileKind.PNG, FileKind.JPEG}),
    Attachment.Slot.LOGO: frozenset({FileKind.PNG, FileKind.JPEG}),
    Attachment.Slot.BANNER: frozenset({FileKind.PNG, FileKind.JPEG}),
    Attachment.Slot.RECEIVED_MAIL: frozenset({FileKind.MAIL}),
    Attachment.Slot.OTHER: frozenset(FileKind),
}
PICTURES = frozenset({FileKind.PNG, FileKind.JPEG})
KNOWS_ITS_PLACE = frozenset({FileKind.WORKBOOK, FileKind.MAIL}) | PICTURES
IMAGE_LIMITS: dict[str, ImageLimit] = {  # japan.md
    Attachment.Slot.ICON: PLUS_LIMITS.logo,
    Attachment.Slot.LOGO: RCS_LIMITS.logo,
    Attachment.Slot.BANNER: RCS_LIMITS.banner,
}
_SLOT = Attachment.Slot
SLOT_OF_FORM = {  # a workbook knows its place by itself
    "application_sms": _SLOT.APPLICATION_FORM,
    "application_plus": _SLOT.APPLICATION_FORM,
    "application_rcs": _SLOT.APPLICATION_FORM,
    "sms_result_destination": _SLOT.SMS_RESULT_FORM,
    "release_checklist": _SLOT.RELEASE_FORM,
    "service_change": _SLOT.SERVICE_CHANGE_FORM,
    "parameter_change_sms": _SLOT.PARAMETER_CHANGE_FORM,
    "parameter_change_plus": _SLOT.PARAMETER_CHANGE_FORM,
    "parameter_change_rcs": _SLOT.PARAMETER_CHANGE_FORM,
    "plan_change_plus": _SLOT.PARAMETER_CHANGE_FORM,
    "plan_change_rcs": _SLOT.PARAMETER_CHANGE_FORM,
    "cancellation": _SLOT.CANCELLATION_FORM,
}
WORKBOOKS_OF: dict[Kind, frozenset[str]] = {  # places of workbooks in each procedure
    Kind.NEW: frozenset({_SLOT.APPLICATION_FORM, _SLOT.SMS_RESULT_FORM}),
    Kind.RELEASE: frozenset({_SLOT.RELEASE_FORM}),
    Kind.CHANGE: frozenset({_SLOT.SERVICE_CHANGE_FORM, _SLOT.PARAMETER_CHANGE_FORM, _SLOT.SMS_RESULT_FORM}),
    Kind.CANCELLATION: frozenset({_SLOT.CANCELLATION_FORM}),
}


@dataclass(frozen=True)
class Upload:
    """One file as it came in. `slot` may be empty for workbooks of ours and for mails, which know their place,
    and for pictures, which the application form names."""

    name: str
    data: bytes
    slot: str = ""


@transaction.atomic
def start(
    *,
    customer: Customer,
    plan: Plan,
    options: Iterable[Option],
    delivery_method: DeliveryMethod,
    actor: User,
    now: datetime.datetime,
    mail_received_at: datetime.datetime | None = None,
) -> Application:
    """A new application, by the customer or by staff for them (then with the time its mail came in)."""
    options = frozenset(options)
    may_apply_for(customer, actor)
    if faults := choice_faults(plan, delivery_method, options):
        raise Refused("".join(faults))
    return create(
        Kind.NEW,
        customer=customer,
        contract=None,
        plan=plan,
        options=options,
        delivery_method=delivery_method,
        actor=actor,
        now=now,
        mail_received_at=mail_received_at,
    )


@transaction.atomic
def start_release(*, contract: Contract, actor: User, now: datetime.datetime) -> Application:
    """リリースチェックリスト at the start of use, where store display was asked for (§1.4 ※6, §1.5 ※6)."""
    may_apply_for(contract.customer, actor)
    contract = Contract.objects.select_for_update().get(pk=contract.pk)
    day = date_of(now)
    if contract.state != ContractState.ACTIVE:
        raise Refused("ストア表示の申請は、アカウント通知書の発行後（利用中の契約）に行えます。")
    if not wants_store_display(contract, day):
        raise Refused("この契約にはストア表示オプションがありません。")
    if not contract.official_accounts.filter(production=None, shown_in_store_since=None).exists():
        raise Refused("公式アカウントはすでにストアに表示されています。")
    if contract.applications.live().filter(kind=Kind.RELEASE).exists():
        raise Refused("この契約には手続き中のストア表示申請があります。")
    terms = contract.terms.as_of(day).get()
    return create(
        Kind.RELEASE,
        customer=contract.customer,
        contract=contract,
        plan=Plan(terms.plan),
        options=frozenset(Option(row.option) for row in contract.options.as_of(day)),
        delivery_method=DeliveryMethod(terms.delivery_method),
        actor=actor,
        now=now,
        mail_received_at=None,
    )


@transaction.atomic
def choose(
    *,
    application_id: int,
    version: int,
    plan: Plan,
    options: Iterable[Option],
    delivery_method: DeliveryMethod,
    actor: User,
    now: datetime.datetime,
) -> Application:
    """Choose plan and options anew; attached files stay and are evaluated against the new choice."""
    options = frozenset(options)
    application = lock(application_id, version)
    need_editable(application, actor, "プランの変更は")
    if application.kind != Kind.NEW:
        raise Refused(f"{application.get_kind_display()}ではプランを選び直せません。")
    if faults := choice_faults(plan, delivery_method, options):
        raise Refused("".join(faults))
    application.plan, application.delivery_method = plan, delivery_method
    application.options = sorted(options)
    record(
        application=application,
        action="choose",
        actor=actor,
        now=now,
        data={"plan": plan, "options": sorted(options)},
        changed=("plan", "delivery_method", "options"),
    )
    return application


def attach(
    *,
    application_id: int,
    version: int | None,
    uploads: Iterable[Upload],
    actor: User,
    now: datetime.datetime,
) -> list[Attachment]:
    """Attach files, each in its place; one that took that place before is replaced. All of them, or none.

    Every workbook is read at once; its faults stay with the attachment and never stop the upload.
    """
    application = Application.objects.select_related("customer").get(pk=application_id)
    need_editable(application, actor, "書類の添付は")
    prepared = _prepare_all(list(uploads), application, actor, now)
    if not prepared:
        raise Refused("ファイルが選ばれていません。")
    slots = [slot for slot, _, _ in prepared if slot not in Attachment.MANY]
    if len(slots) != len(set(slots)):
        raise Refused("同じ書類が二つ選ばれています。一つずつにしてください。")
    with transaction.atomic():
        application = lock(application_id, version)
        need_editable(application, actor, "書類の添付は")
        made = []
        for slot, file, reading in prepared:
            if slot not in Attachment.MANY:
                application.attachments.filter(slot=slot, replaced_at=None).update(replaced_at=now)
            made.append(
                Attachment.objects.create(
                    application=application,
                    slot=slot,
                    file=file,
                    reading=reading,
                    attached_at=now,
                    attached_by=actor,
                )
            )
        record(
            application=application,
            action="attach",
            actor=actor,
            now=now,
            note="、".join(attachment.file.name for attachment in made),
        )
    return made


@transaction.atomic
def detach(
    *, application_id: int, version: int, attachment_id: int, actor: User, now: datetime.datetime
) -> None:
    """Take a file off the draft. The file itself stays readable in the case's history."""
    application = lock(application_id, version)
    need_editable(application, actor, "書類の取り外しは")
    attachment = (
        application.attachments.select_related("file").filter(pk=attachment_id, replaced_at=None).first()
    )
    if attachment is None:
        raise Refused("この書類はすでに取り外されています。")
    attachment.replaced_at = now
    attachment.save(update_fields=["replaced_at"])
    record(application=application, action="detach", actor=actor, now=now, note=attachment.file.name)


def check_mail_time(received_at: datetime.datetime, now: datetime.datetime) -> None:
    """Refused where a mail cannot have come in then."""
    if received_at > now:
        raise Refused("メールの受信日時が未来になっています。")
    if received_at < now - OLDEST_MAIL:
        raise Refused("メールの受信日時が1年より前になっています。年を確かめて、入力し直してください。")


def create(
    kind: Kind,
    *,
    customer: Customer,
    contract: Contract | None,
    plan: Plan,
    options: frozenset[Option],
    delivery_method: DeliveryMethod,
    actor: User,
    now: datetime.datetime,
    mail_received_at: datetime.datetime | None,
    items: Iterable[str] = (),
) -> Application:
    """An empty draft; `mail_received_at` where staff register what came by mail."""
    if mail_received_at is not None and not actor.is_staff:
        raise NotAllowed("メールの受信日時を登録できるのは社内ユーザーだけです。")
    if mail_received_at is not None:
        check_mail_time(mail_received_at, now)
    application = Application.objects.create(
        number=numbers.application_number(year=date_of(now).year),
        kind=kind,
        customer=customer,
        contract=contract,
        plan=plan,
        options=sorted(options),
        items=list(items),
        delivery_method=delivery_method,
        received_by=ReceivedBy.MAIL if mail_received_at else ReceivedBy.PORTAL,
        mail_received_at=mail_received_at,
        created_at=now,
        created_by=actor,
        assignee=actor if actor.is_staff else None,
    )
    CaseEvent.objects.create(
        application=application, action="create", source=State.DRAFT, target=State.DRAFT, at=now, actor=actor
    )
    return application


Prepared = tuple[str, StoredFile, dict[str, Any]]  # place, file, reading


def _prepare_all(
    uploads: list[Upload], application: Application, actor: User, now: datetime.datetime
) -> list[Prepared]:
    """Every upload checked, read and kept; workbooks first, because they name the pictures. Refused tells of all."""
    names: set[tuple[str, str]] = set()
    for part in live_parts(application).values():
        names |= pictures.stated_names(part.values)
    prepared: list[Prepared] = []
    refusals: list[str] = []
    for upload in sorted(uploads, key=lambda upload: not upload.name.lower().endswith(".xlsx")):
        try:
            prepared.append(_prepare(upload, application, names, actor, now))
        except NotAllowed:
            raise
        except Refused as refusal:
            refusals.append(str(refusal))
        else:
            names |= pictures.stated_names(prepared[-1][2].get("values", {}))
    if refusals:
        more = ["ほかのファイルも、まだ添付していません。"] if prepared else []
        raise Refused("\n".join([*refusals, *more]))
    return prepared


def _prepare(
    upload: Upload,
    application: Application,
    names: set[tuple[str, str]],
    actor: User,
    now: datetime.datetime,
) -> Prepared:
    """Check, read and keep one upload, outside of any transaction."""
    if upload.slot and upload.slot not in SLOT_FILES:
        raise Refused("書類の種類が正しくありません。画面を開き直してください。")
    allowed = SLOT_FILES[upload.slot] if upload.slot else KNOWS_ITS_PLACE
    inspected = files.inspect(name=upload.name, data=upload.data, allowed=allowed)
    slot: str = upload.slot or (Attachment.Slot.RECEIVED_MAIL if inspected.kind is FileKind.MAIL else "")
    if not slot and inspected.kind in PICTURES:
        slot = pictures.place(inspected, application, names, IMAGE_LIMITS)
    if slot == Attachment.Slot.RECEIVED_MAIL and not actor.is_staff:
        raise NotAllowed("受信メールを添付できるのは社内ユーザーだけです。")
    reading: dict[str, Any] = {}
    if slot in IMAGE_LIMITS:
        reading = {"faults": _image_faults(slot, inspected, len(upload.data))}
    elif slot not in Attachment.MANY:
        slot, reading = _read_workbook(inspected.clean_name, upload.data, slot, application)
    file = files.keep_checked(
        name=inspected.clean_name,
        data=upload.data,
        content_type=inspected.content_type,
        customer=application.customer,
        actor=actor,
        now=now,
    )
    return slot, file, reading


def _read_workbook(
    name: str, data: bytes, wanted_slot: str, application: Application
) -> tuple[str, dict[str, Any]]:
    try:
        reading = workbooks.read_form(data, limits=form_limits())
    except workbooks.UnreadableWorkbook as fault:
        raise Refused(f"{name}：{fault}") from fault
    slot = SLOT_OF_FORM.get(reading.form_code)
    if slot is None:
        raise Refused(f"{name}：この手続きで使う書類ではありません。用紙をダウンロードし直してください。")
    if wanted_slot and slot != wanted_slot:
        wanted = Attachment.Slot.label_of(wanted_slot)
        raise Refused(f"{name}：「{slot.label}」の用紙です。「{wanted}」の欄には添付できません。")
    if slot not in WORKBOOKS_OF[application.kind_value]:
        raise Refused(f"{name}：「{slot.label}」はこの手続きでは使いません。")
    return slot, reading_as_json(reading)


def form_limits() -> FormLimits:
    """The limits of the forms' checks, with the values that staff may edit."""
    value = settings.all_values()
    return FormLimits(
        widest_v4=value["ip_widest_v4"],
        widest_v6=value["ip_widest_v6"],
        allow_http=value["http_endpoints_allowed"],
        plus_name_max=value["plus_name_max"],
        plus_description_max=value["plus_description_max"],
    )


def _image_faults(slot: str, image: Inspected, size: int) -> list[dict[str, str]]:
    """The picture against the limits of its channel (japan.md), as faults of the parameter sheet."""
    assert image.width is not None and image.height is not None, "an image has pixels"
    label = Attachment.Slot.label_of(slot)
    found = image_faults(
        slot,
        IMAGE_LIMITS[slot],
        width=image.width,
        height=image.height,
        size=size,
        image_format=image.kind.value,
    )
    return [
        Fault(
            code=f"image_{fault.code}",
            document_code="account_parameters",
            sheet=label,
            cell="",
            label=image.clean_name,
            message=fault.message,
        ).as_dict()
        for fault in found
    ]


def may_apply_for(customer: Customer, actor: User) -> None:
    if actor.customer_id != customer.pk and not actor.is_staff:
        raise NotAllowed("この企業の申込を作成する権限がありません。")


def need_editable(application: Application, actor: User, what: str) -> None:
    need_role(application=application, actor=actor, roles=MAY_EDIT, what="この申込を編集する")
    need_state(application=application, states=EDITABLE, what=what)


def contract_for(application: Application) -> Contract:
    """The application's contract; opened at its first submission."""
    if application.contract is None:
        application.contract = open_contract(customer=application.customer)
    return application.contract
