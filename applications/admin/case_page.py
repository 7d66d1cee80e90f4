"""What the page of one case shows."""

import datetime
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.admin.tones import function_rows
from accounts.models import (
    MailState,
    NotificationEndpoint,
    OfficialAccount,
    OutgoingMail,
    SmsSender,
    User,
)
from accounts.rules.plans import Channel, Option, Plan
from accounts.services.history import Change, changes
from accounts.services.official_accounts import account_name
from applications.admin import case_forms
from applications.admin.case_asked import asked_before
from applications.admin.case_changes import cancellation_context, change_context
from applications.admin.case_deeds import DEED_OF_ACTION, labels_of
from applications.admin.case_values import Paper, papers_of
from applications.admin.queues import due_tone
from applications.admin.tones import STATE_TONES
from applications.models import (
    Application,
    Attachment,
    CarrierReview,
    CaseEvent,
    DocumentReview,
    Finding,
    Submission,
)
from applications.rules.changes import ChangeItem
from applications.rules.documents import DocumentCode
from applications.rules.evaluation import DOCUMENT_SLOT
from applications.services import cancellation, carriers, clock, evaluation, functions
from applications.services.change_facts import items_of, needs_approval
from applications.services.comparison import compare, differences
from applications.services.facts import needs_carriers
from applications.services.transitions import roles_of, steps_for
from applications.workflow import LIVE, MAIN_LINE, PUBLIC_NAMES, Action, Kind, Role, State
from kmc_portal.lib.jst import date_of

EDITABLE = frozenset({State.DRAFT, State.RETURNED})
AFTER_ACCEPTANCE = frozenset(
    {State.CONFIRMING, State.CARRIER_REVIEW, State.ACCOUNT_SETUP, State.NOTICE_APPROVAL, State.COMPLETED}
)
# Steps that lead on; the others stand apart (hold, withdraw, reject and the customer's own answers).
ASIDE = frozenset(
    {
        Action.HOLD,
        Action.RESUME,
        Action.WITHDRAW,
        Action.REJECT,
        Action.OBJECT,
        Action.SEND_BACK_NOTICE,
        Action.SEND_BACK_CHANGE,
        Action.REOPEN_CANCELLATION,
    }
)


@dataclass(frozen=True)
class Button:
    """A step of the workflow table: possible for this person now, or the reason why not."""

    name: str
    label: str
    refusal: str | None
    direct: bool
    danger: bool
    mails: bool
    guide: str


@dataclass(frozen=True)
class LinePoint:
    label: str
    public: str
    state: str  # done, now, next


@dataclass(frozen=True)
class CheckRow:
    """One required document of the latest version."""

    review: DocumentReview
    paper: Paper | None
    findings: list[Finding]
    solved: list[Finding]
    files: list[Any]

    @property
    def tone(self) -> str:
        return {"accepted": "good", "returned": "bad"}.get(self.review.state, "ours")


def case_context(
    actor: User, application: Application, now: datetime.datetime, *, version_shown: str = ""
) -> dict[str, Any]:
    """Everything for templates/admin/applications/application/page.html."""
    today = date_of(now)
    roles = roles_of(actor, application)
    submissions = list(
        application.submissions.select_related("submitted_by").prefetch_related(
            "files__file", "consents__edition", "reviews__reviewed_by", "findings__created_by"
        )
    )
    found = clock.due(application, today)
    context = {
        "application": application,
        "state_tone": STATE_TONES[application.state_value],
        "options": [Option(code).label for code in application.options],
        "line": main_line(application),
        **_buttons(actor, application),
        "due": found,
        "due_tone": "" if application.closed_at else due_tone(found),
        "is_mine": application.assignee_id == actor.pk,
        "is_live": application.state in LIVE,
        "may_review": Role.RECEPTION in roles and application.state == State.IN_REVIEW,
        "may_edit": Role.RECEPTION in roles and application.state in EDITABLE,
        "may_carry": Role.OPERATIONS in roles
        and application.state == State.CARRIER_REVIEW
        and not application.on_hold,
        "may_answer": bool(roles & carriers.ANSWERING) and application.state == State.CARRIER_REVIEW,
        "may_set_up": Role.OPERATIONS in roles
        and application.state == State.ACCOUNT_SETUP
        and not application.on_hold,
        "may_check": bool(roles & functions.CHECKERS) and application.state in functions.CHECKABLE,
        "may_work": bool(roles),
        **(drafted := _draft(application)),
        **change_context(application, today, drafted["draft"]),
        **cancellation_context(application, today),
        "warns_of_test_account": _warns_of_test_account(application),
        "may_decide": bool(roles & cancellation.DECIDERS),
        **_review(submissions, version_shown),
        **_comparison(application, today),
        **_carriers(application),
        **_contract(application, today),
        **_after(application),
    }
    return {**context, "sections": _sections(application.state_value, context)}


def _warns_of_test_account(application: Application) -> bool:
    """§2.0, §2.1a: wherever it is dealt with; a change deals with it where its settings or its webhook change."""
    if Option.TEST_ACCOUNT not in application.options or application.kind == Kind.CANCELLATION:
        return False
    touched = {ChangeItem.OFFICIAL_ACCOUNT, ChangeItem.WEBHOOK_URL}
    return application.kind != Kind.CHANGE or bool(touched & set(items_of(application)))


@dataclass(frozen=True)
class Section:
    """A part of the page; shown where one of `needs` is there."""

    anchor: str
    label: str
    needs: tuple[str, ...] = ()

    @property
    def template(self) -> str:
        return f"admin/applications/application/_{self.anchor}.html"


SECTIONS: tuple[Section, ...] = (
    Section("change", "変更の内容", ("change_items",)),
    Section("cancellation", "解約の内容", ("ending",)),
    Section("assign", "番号・識別子", ("to_give",)),
    Section("draft", "提出の準備", ("draft",)),
    Section("documents", "書類の確認", ("submission",)),
    Section("comparison", "登録内容の照合", ("comparison",)),
    Section("carriers", "キャリア申請", ("carrier_rows",)),
    Section("functions", "通知機能", ("functions",)),
    Section("setup", "アカウント設定", ("accounts", "sender_forms")),
    Section("notices", "通知書", ("notices", "shows_notice")),
    Section("history", "経過"),
    Section("mails", "メール"),
    Section("files", "ファイル"),
)
FIRST_SECTIONS: dict[State, tuple[str, ...]] = {  # what the state is about stands on top
    State.CONFIRMING: ("comparison", "change", "cancellation"),
    State.CARRIER_REVIEW: ("carriers",),
    State.DRAFT: ("cancellation", "draft", "change"),
    State.RETURNED: ("cancellation", "draft", "change"),
    State.ACCOUNT_SETUP: ("assign", "functions", "change", "setup", "notices"),
    State.NOTICE_APPROVAL: ("notices", "setup", "functions"),
    State.COMPLETED: ("notices",),
}


def _sections(state: State, context: dict[str, Any]) -> list[Section]:
    first = FIRST_SECTIONS.get(state, ())
    shown = [row for row in SECTIONS if not row.needs or any(context.get(need) for need in row.needs)]
    return sorted(shown, key=lambda row: first.index(row.anchor) if row.anchor in first else len(first))


def main_line(application: Application) -> list[LinePoint]:
    """The step line. A returned case stands at its review, a closed one that failed stops where it was."""
    states = MAIN_LINE[application.kind_value]
    current = State.IN_REVIEW if application.state == State.RETURNED else application.state_value
    skipped = set() if needs_carriers(application) else {State.CARRIER_REVIEW}
    if application.kind == Kind.CHANGE and not needs_approval(items_of(application)):
        skipped.add(State.FINAL_APPROVAL)
    shown = [state for state in states if state not in skipped]
    at = shown.index(current) if current in shown else -1
    points = []
    for index, state in enumerate(shown):
        where = (
            "done" if index < at or application.state == State.COMPLETED else "now" if index == at else "next"
        )
        points.append(LinePoint(state.label, PUBLIC_NAMES[state], where))
    return points


def _buttons(actor: User, application: Application) -> dict[str, list[Button]]:
    onward: list[Button] = []
    aside: list[Button] = []
    for step in steps_for(actor, application):
        if step.action in _of_the_other_way(application):
            continue
        deed = DEED_OF_ACTION[step.action]
        button = Button(
            name=deed.name,
            label=labels_of(application, step.action),
            refusal=step.refusal,
            direct=deed.direct,
            danger=deed.danger,
            mails=deed.mail is not None,
            guide=step.transition.guide,
        )
        (aside if step.action in ASIDE else onward).append(button)
    return {"onward": onward, "aside": aside}


def _of_the_other_way(application: Application) -> frozenset[Action]:
    """A change is completed by one person or by two: the other way's button would only be in the way."""
    if application.kind != Kind.CHANGE:
        return frozenset()
    by_two = needs_approval(items_of(application))
    return frozenset({Action.COMPLETE_CHANGE if by_two else Action.PREPARE_CHANGE})


def _draft(application: Application) -> dict[str, Any]:
    if application.state not in EDITABLE:
        return {"draft": None}
    found = evaluation.evaluate(application)
    attachments = (
        application.attachments.filter(replaced_at=None)
        .select_related("file", "attached_by")
        .order_by("slot", "-pk")
    )
    return {"draft": found, "attachments": list(attachments)}


def _review(submissions: list[Submission], version_shown: str) -> dict[str, Any]:
    if not submissions:
        return {"submission": None, "submissions": []}
    latest = submissions[0]
    shown = next((row for row in submissions if str(row.version) == version_shown), latest)
    before = next((row for row in submissions if row.version == shown.version - 1), None)
    papers = papers_of(shown, before)
    rows = []
    for review in shown.reviews.all():
        own = [row for row in shown.findings.all() if row.document == review.document]
        rows.append(
            CheckRow(
                review=review,
                paper=papers.get(review.document),
                findings=[row for row in own if row.solved_at is None],
                solved=[row for row in own if row.solved_at is not None],
                files=[],
            )
        )
    open_findings = [row for row in shown.findings.all() if row.solved_at is None]
    return {
        "submission": shown,
        "submissions": submissions,
        "is_latest": shown.pk == latest.pk,
        "before": before,
        "asked_before": asked_before(before, papers),
        "checklist": rows,
        "accepted_documents": sum(row.review.state == DocumentReview.State.ACCEPTED for row in rows),
        "open_findings": open_findings,
        "to_accept": any(
            row.review.state != DocumentReview.State.ACCEPTED and not row.findings for row in rows
        ),
        "marked_slots": _marked_slots(open_findings + [f for f in shown.findings.all() if f.solved_at]),
    }


def _marked_slots(findings: list[Finding]) -> set[str]:
    return {DOCUMENT_SLOT[DocumentCode(row.document)] for row in findings}


def _comparison(application: Application, today: datetime.date) -> dict[str, Any]:
    groups = compare(application, today) if application.contract_id else []
    return {"comparison": groups, "differences": differences(groups)}


def _carriers(application: Application) -> dict[str, Any]:
    reviews = list(application.carrier_reviews.prefetch_related("messages__author", "messages__file"))
    return {
        "carrier_rows": [
            {"review": row, "steps": carriers.allowed_steps(row), "tone": CARRIER_TONES[row.state]}
            for row in reviews
        ]
    }


CARRIER_TONES: dict[str, str] = {
    CarrierReview.State.NOT_APPLIED: "quiet",
    CarrierReview.State.APPLIED: "carriers",
    CarrierReview.State.REMARKED: "theirs",
    CarrierReview.State.ANSWERED: "ours",
    CarrierReview.State.REAPPLIED: "carriers",
    CarrierReview.State.APPROVED: "good",
}


def _contract(application: Application, today: datetime.date) -> dict[str, Any]:
    contract = application.contract
    if contract is None:
        return {"contract": None, "functions": []}
    rows = function_rows(functions.endpoints_of(application, today).select_related("contract"))
    found: dict[str, Any] = {
        "contract": contract,
        "functions": rows,
        "checking": any(row["standing"].order for row in rows),
    }
    if application.kind == Kind.CHANGE:
        in_force = {_place(row): row for row in contract.endpoints.as_of(today)}
        for row in rows:
            row["in_force"] = in_force.get(_place(row["row"]))
    if application.kind not in (Kind.NEW, Kind.RELEASE):  # what a change sets up: case_changes.py
        return found
    return found | {
        "accounts": [
            {"row": row, "name": account_name(row, today), "field": f"account_{row.pk}"}
            for row in case_forms.accounts_of(application)
        ],
        "sender_forms": _senders(application) if application.state in AFTER_ACCEPTANCE else [],
        "notices": list(contract.notices.select_related("prepared_by", "approved_by")),
        "shows_notice": application.state in (State.ACCOUNT_SETUP, State.NOTICE_APPROVAL),
        "notice_pdf": reverse("admin:applications_application_own_notice", args=[application.pk]),
        "has_test_account": any(
            isinstance(row, OfficialAccount) and row.is_test for row in contract.official_accounts.all()
        ),
    }


def _place(row: NotificationEndpoint) -> tuple[str, str, bool]:
    return row.function, row.channel, row.for_test


def _senders(application: Application) -> list[dict[str, Any]]:
    if application.contract is None or Channel.SMS not in Plan(application.plan).channels:
        return []
    rows = list(application.contract.sms_senders.open_ended())
    asked = {
        SmsSender.Kind.REGULAR: True,
        SmsSender.Kind.SOFTBANK: Option.SOFTBANK_SENDER in application.options,
        SmsSender.Kind.COMMON: Option.TWO_WAY_SMS in application.options,
        SmsSender.Kind.NUMBER_050: Option.NUMBER_050 in application.options,
    }
    found = []
    for kind in SmsSender.Kind:
        numbers = [row.number for row in rows if row.kind == kind]
        if asked[kind] or numbers:
            found.append({"kind": kind, "numbers": numbers, "text": "\n".join(numbers)})
    return found


def _after(application: Application) -> dict[str, Any]:
    about = Q(about=f"application:{application.number}")
    if application.contract_id and application.kind == "new":
        notices = application.contract.notices.values_list("pk", flat=True) if application.contract else []
        about |= Q(about__in=[f"notice:{pk}" for pk in notices])
    mails = list(OutgoingMail.objects.filter(about).select_related("created_by").order_by("-pk")[:100])
    events = list(
        CaseEvent.objects.filter(application=application).select_related("actor").order_by("-at", "-pk")
    )
    return {
        "events": events,
        "objection": _objection(application, events),
        "mails": [{"row": row, "tone": MAIL_TONES[row.state]} for row in mails],
        "failed_mails": sum(row.state in (MailState.REFUSED, MailState.FAILED) for row in mails),
        "all_files": list(
            Attachment.objects.filter(application=application)
            .select_related("file", "attached_by")
            .order_by("-pk")
        ),
    }


def _objection(application: Application, events: list[CaseEvent]) -> CaseEvent | None:
    """What the customer found wrong at their confirmation, while it is being looked at; `events` newest first."""
    if application.state != State.IN_REVIEW:
        return None
    last = next((event for event in events if event.target == State.IN_REVIEW != event.source), None)
    return last if last is not None and last.action == Action.OBJECT else None


MAIL_TONES: dict[str, str] = {
    MailState.QUEUED: "quiet",
    MailState.CLAIMED: "quiet",
    MailState.SENT: "good",
    MailState.REFUSED: "bad",
    MailState.FAILED: "bad",
    MailState.CANCELLED: "quiet",
}


def field_changes(application: Application) -> list[Change]:
    """Every change of a field of the case, its checklist, findings and carriers."""
    submissions = list(application.submissions.all())
    rows: list[Any] = [application, *application.carrier_reviews.all()]
    for submission in submissions:
        rows += [*submission.reviews.all(), *submission.findings.all()]
    return changes(
        rows, without=("version", "number", "created_by", "created_at", "submission", "application")
    )
