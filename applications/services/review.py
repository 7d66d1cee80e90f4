"""Review (§1.3 step 3 and 4): take the case, accept documents, note findings, return or accept it all."""

import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.services.errors import Refused
from accounts.services.outbox import MailText
from applications.models import Application, DocumentReview, Finding, Submission
from applications.services import mails, registration
from applications.services.facts import latest_submission
from applications.services.transitions import lock, need_role, need_state, perform, record
from applications.workflow import STAFF_ROLES, Action, Role, State

RECEPTION = frozenset({Role.RECEPTION})
STAFF = frozenset({Role.RECEPTION, Role.APPROVAL, Role.OPERATIONS})
REVIEWED = frozenset({State.IN_REVIEW})


@transaction.atomic
def take(*, application_id: int, version: int, actor: User, now: datetime.datetime) -> None:
    """Begin the review. A resubmission stays with the person who returned it."""
    application = lock(application_id, version)
    changed: tuple[str, ...] = ()
    if application.assignee is None:
        application.assignee = actor
        changed = ("assignee",)
    perform(application=application, action=Action.TAKE, actor=actor, now=now, changed=changed)


@transaction.atomic
def assign(
    *, application_id: int, version: int, to: User | None, actor: User, now: datetime.datetime
) -> None:
    """Take a case, hand it on, or put it back (`to` None)."""
    application = lock(application_id, version)
    need_role(application=application, actor=actor, roles=STAFF, what="担当を変更する")
    if to is not None and not who_may_be_assigned().filter(pk=to.pk).exists():
        raise Refused("担当者には、受付・承認・運用のいずれかの有効な社内ユーザーを選んでください。")
    application.assignee = to
    record(
        application=application,
        action="assign",
        actor=actor,
        now=now,
        note=f"担当：{to}" if to else "担当なし",
        public=False,
        changed=("assignee",),
    )


def who_may_be_assigned() -> QuerySet[User]:
    """Active staff with a part in applications; who only reads or bills could do nothing with a case."""
    in_part = Q(groups__name__in=[group.value for group in STAFF_ROLES]) | Q(is_superuser=True)
    return User.objects.filter(in_part, is_staff=True, is_active=True).distinct()


@transaction.atomic
def accept_document(
    *, application_id: int, version: int, document: str, actor: User, now: datetime.datetime
) -> None:
    application, review = _reviewed(application_id, version, document, actor)
    if review.submission.findings.filter(document=document, solved_at=None).exists():
        raise Refused("この書類には未解消の不備があります。先に不備を解消するか、取り消してください。")
    _mark(review, DocumentReview.State.ACCEPTED, actor, now)
    record(
        application=application,
        action="accept_document",
        actor=actor,
        now=now,
        note=review.get_document_display(),
        public=False,
    )


@transaction.atomic
def accept_all_documents(*, application_id: int, version: int, actor: User, now: datetime.datetime) -> None:
    """Accept every document that has no open finding."""
    application = lock(application_id, version)
    submission = _submission_in_review(application, actor)
    with_findings = set(submission.findings.filter(solved_at=None).values_list("document", flat=True))
    reviews = submission.reviews.exclude(state=DocumentReview.State.ACCEPTED).exclude(
        document__in=with_findings
    )
    if not reviews:
        raise Refused("受理できる書類がありません。")
    names = []
    for review in reviews:
        _mark(review, DocumentReview.State.ACCEPTED, actor, now)
        names.append(review.get_document_display())
    record(
        application=application,
        action="accept_document",
        actor=actor,
        now=now,
        note="、".join(names),
        public=False,
    )


@transaction.atomic
def unaccept_document(
    *, application_id: int, version: int, document: str, actor: User, now: datetime.datetime
) -> None:
    application, review = _reviewed(application_id, version, document, actor)
    _mark(review, DocumentReview.State.PENDING, None, None)
    record(
        application=application,
        action="unaccept_document",
        actor=actor,
        now=now,
        note=review.get_document_display(),
        public=False,
    )


@transaction.atomic
def add_finding(
    *,
    application_id: int,
    version: int,
    document: str,
    sheet: str,
    cell: str,
    text: str,
    actor: User,
    now: datetime.datetime,
) -> Finding:
    """Note a 不備, anchored to document, sheet and cell; the customer reads it when the case is returned."""
    application, review = _reviewed(application_id, version, document, actor)
    if not text.strip():
        raise Refused("不備の内容を入力してください。")
    if cell and not sheet:
        raise Refused("セルを指定するときは、シートも選んでください。")
    finding = Finding.objects.create(
        submission=review.submission,
        document=document,
        sheet=sheet,
        cell=cell.strip().upper(),
        text=text.strip(),
        created_at=now,
        created_by=actor,
    )
    _mark(review, DocumentReview.State.RETURNED, actor, now)
    record(
        application=application, action="add_finding", actor=actor, now=now, note=str(finding), public=False
    )
    return finding


@transaction.atomic
def remove_finding(
    *, application_id: int, version: int, finding_id: int, actor: User, now: datetime.datetime
) -> None:
    """Take back a finding that the customer has not seen."""
    application = lock(application_id, version)
    submission = _submission_in_review(application, actor)
    finding = submission.findings.filter(pk=finding_id).first()
    if finding is None:
        raise Refused("この不備はすでに取り消されています。")
    if finding.sent_at is not None:
        raise Refused("お客様に連絡済みの不備は取り消せません。書類を受理すると解消になります。")
    note = str(finding)
    finding.delete()
    if not submission.findings.filter(document=finding.document, solved_at=None).exists():
        _mark(submission.reviews.get(document=finding.document), DocumentReview.State.PENDING, None, None)
    record(application=application, action="remove_finding", actor=actor, now=now, note=note, public=False)


@transaction.atomic
def return_to_customer(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    note: str = "",
    edited: MailText | None = None,
) -> None:
    """差戻し: one mail with all findings, and the customer's own workbook back with the cells marked."""
    application = lock(application_id, version)
    if application.assignee is None:
        application.assignee = actor  # the corrected version comes back to the same person
    perform(
        application=application,
        action=Action.RETURN,
        actor=actor,
        now=now,
        note=note,
        changed=("assignee",),
    )
    submission = latest_submission(application)
    assert submission is not None
    submission.findings.filter(sent_at=None).update(sent_at=now)
    mails.returned(
        application=application, submission=submission, note=note, actor=actor, now=now, edited=edited
    )


@transaction.atomic
def accept(
    *,
    application_id: int,
    version: int,
    actor: User,
    now: datetime.datetime,
    edited: MailText | None = None,
) -> None:
    """受付受理: everything required is accepted; what was sent becomes the registered contract."""
    application = lock(application_id, version)
    application.accepted_at = now
    perform(application=application, action=Action.ACCEPT, actor=actor, now=now, changed=("accepted_at",))
    submission = latest_submission(application)
    assert submission is not None
    registration.register(application=application, submission=submission, actor=actor, now=now)
    mails.accepted(application=application, actor=actor, now=now, edited=edited)


@transaction.atomic
def memo(*, application_id: int, text: str, actor: User, now: datetime.datetime) -> None:
    """A note among staff; it needs no version, notes do not contradict each other."""
    application = lock(application_id, None)
    need_role(application=application, actor=actor, roles=STAFF, what="メモを残す")
    if not text.strip():
        raise Refused("メモを入力してください。")
    record(application=application, action="memo", actor=actor, now=now, note=text, public=False)


def _reviewed(
    application_id: int, version: int, document: str, actor: User
) -> tuple[Application, DocumentReview]:
    application = lock(application_id, version)
    review = _submission_in_review(application, actor).reviews.filter(document=document).first()
    if review is None:
        raise Refused("この書類はチェックリストにありません。")
    return application, review


def _submission_in_review(application: Application, actor: User) -> Submission:
    need_role(application=application, actor=actor, roles=RECEPTION, what="書類を確認する")
    need_state(application=application, states=REVIEWED, what="書類の確認は")
    submission = latest_submission(application)
    assert submission is not None, "a case in review has a submission"
    return submission


def _mark(review: DocumentReview, state: str, actor: User | None, now: datetime.datetime | None) -> None:
    review.state, review.reviewed_by, review.reviewed_at = state, actor, now
    review.save(update_fields=["state", "reviewed_by", "reviewed_at"])
    if state == DocumentReview.State.ACCEPTED:  # what was found in earlier versions of it is thereby mended
        Finding.objects.filter(
            submission__application=review.submission.application, document=review.document, solved_at=None
        ).update(solved_at=now, solved_by=actor)
