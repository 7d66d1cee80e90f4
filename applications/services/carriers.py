"""キャリア申請 (§1.4 ※3, §1.5 ※3): each carrier by itself; a remark is a thread with the customer and stops the clock."""

import datetime

from django.db import transaction

from accounts.gateways.contents import Kind
from accounts.models import Customer, StoredFile, User
from accounts.services import files
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.models import Application, CarrierMessage, CarrierReview
from applications.services import mails
from applications.services.transitions import lock, need_role, need_state, perform, record
from applications.workflow import Action, Role, State
from kmc_portal.lib.jst import date_of

_S = CarrierReview.State
# (what is done) → (from which states, to which state); the same table shows the buttons.
CARRIER_STEPS: dict[str, tuple[frozenset[str], CarrierReview.State]] = {
    "carrier_apply": (frozenset({_S.NOT_APPLIED}), _S.APPLIED),
    "carrier_reapply": (frozenset({_S.ANSWERED, _S.REMARKED}), _S.REAPPLIED),
    "carrier_remark": (frozenset({_S.APPLIED, _S.REAPPLIED, _S.ANSWERED}), _S.REMARKED),
    "carrier_reply": (frozenset({_S.REMARKED}), _S.ANSWERED),
    "carrier_approve": (frozenset({_S.APPLIED, _S.REAPPLIED}), _S.APPROVED),
}
OPERATIONS = frozenset({Role.OPERATIONS})
ANSWERING = frozenset({Role.CUSTOMER, Role.RECEPTION, Role.OPERATIONS})
REPLY_FILES = frozenset({Kind.WORKBOOK, Kind.PNG, Kind.JPEG, Kind.PDF})
IN_CARRIER_REVIEW = frozenset({State.CARRIER_REVIEW})


def allowed_steps(review: CarrierReview) -> list[str]:
    return [step for step, (sources, _) in CARRIER_STEPS.items() if review.state in sources]


@transaction.atomic
def apply(*, application_id: int, version: int, review_id: int, actor: User, now: datetime.datetime) -> None:
    """申請 (or 再申請 after an answer): entered when it was sent to the carrier."""
    _, review = _locked(application_id, version, review_id, actor, OPERATIONS)
    step = "carrier_apply" if review.state == _S.NOT_APPLIED else "carrier_reapply"
    review.applied_on = date_of(now)
    _move(review, step, actor, now, logged="carrier_apply")


@transaction.atomic
def approve(
    *, application_id: int, version: int, review_id: int, actor: User, now: datetime.datetime
) -> None:
    _, review = _locked(application_id, version, review_id, actor, OPERATIONS)
    review.decided_on = date_of(now)
    _move(review, "carrier_approve", actor, now)


@transaction.atomic
def remark(
    *,
    application_id: int,
    version: int,
    review_id: int,
    text: str,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    """指摘: goes to the customer, and the clock stands still until they answer."""
    application, review = _locked(application_id, version, review_id, actor, OPERATIONS)
    _say(review, text=text, is_remark=True, file=None, actor=actor, now=now)
    _move(review, "carrier_remark", actor, now, note=text)
    mails.carrier_remarked(
        application=application, review=review, text=text, actor=actor, now=now, edited=edited
    )


def keep_file(
    *, name: str, data: bytes, customer: Customer, actor: User, now: datetime.datetime
) -> StoredFile:
    """A file that goes with an answer; kept before the transaction that refers to it."""
    return files.keep(name=name, data=data, allowed=REPLY_FILES, customer=customer, actor=actor, now=now)


@transaction.atomic
def reply(
    *,
    application_id: int,
    version: int,
    review_id: int,
    text: str,
    actor: User,
    now: datetime.datetime,
    file: StoredFile | None = None,
) -> None:
    """The customer's answer to a remark."""
    _, review = _locked(application_id, version, review_id, actor, ANSWERING)
    _say(review, text=text, is_remark=False, file=file, actor=actor, now=now)
    _move(review, "carrier_reply", actor, now, note=text)


@transaction.atomic
def finish(*, application_id: int, version: int, actor: User, now: datetime.datetime) -> None:
    """All carriers approved: on to account set-up."""
    perform(application=lock(application_id, version), action=Action.FINISH_CARRIERS, actor=actor, now=now)


def _locked(
    application_id: int, version: int, review_id: int, actor: User, roles: frozenset[Role]
) -> tuple[Application, CarrierReview]:
    application = lock(application_id, version)
    need_role(application=application, actor=actor, roles=roles, what="キャリア申請を更新する")
    need_state(application=application, states=IN_CARRIER_REVIEW, what="キャリア申請の更新は")
    if application.on_hold and Role.CUSTOMER not in roles:
        raise Refused(f"保留中です（{application.hold_reason}）。保留を解除してから進めてください。")
    review = application.carrier_reviews.select_for_update().filter(pk=review_id).first()
    if review is None:
        raise Refused("このキャリア申請は見つかりません。画面を開き直してください。")
    return application, review


def _move(
    review: CarrierReview,
    step: str,
    actor: User,
    now: datetime.datetime,
    note: str = "",
    logged: str = "",
) -> None:
    sources, target = CARRIER_STEPS[step]
    if review.state not in sources:
        raise Refused(f"{review}は「{review.get_state_display()}」のため、この操作はできません。")
    review.state = target
    review.save(update_fields=["state", "applied_on", "decided_on"])
    record(
        application=review.application,
        action=logged or step,
        actor=actor,
        now=now,
        note=f"{review}：{note}" if note else str(review),
        data={"review": review.pk, "state": target},
    )


def _say(
    review: CarrierReview,
    *,
    text: str,
    is_remark: bool,
    file: StoredFile | None,
    actor: User,
    now: datetime.datetime,
) -> None:
    if not text.strip():
        raise Refused("内容を入力してください。")
    CarrierMessage.objects.create(
        review=review, is_remark=is_remark, text=text.strip(), file=file, author=actor, at=now
    )
