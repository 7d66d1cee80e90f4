"""The way of one application, as one table (§1.3–1.5, §2.1b, §3; states ours, steps from the guide's notes).

Services, the buttons in the admin, the permission checks, the portal's steps, the diagram in docs/ and the tests
read this table. A guard gets `Facts` and answers with the reason (Japanese) why the step is not possible, or None.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.rules.roles import StaffGroup
from kmc_portal.lib.choices import Labelled


class Kind(Labelled):
    NEW = "new", "新規申込"
    RELEASE = "release", "ストア表示申請"
    CHANGE = "change", "変更申込"
    CANCELLATION = "cancellation", "解約申込"


class State(Labelled):
    DRAFT = "draft", "作成中"
    SUBMITTED = "submitted", "申込済"
    IN_REVIEW = "in_review", "内容確認中"
    RETURNED = "returned", "差戻し"
    ACCEPTED = "accepted", "受付受理"
    CONFIRMING = "confirming", "内容確認依頼"
    CARRIER_REVIEW = "carrier_review", "キャリア申請"
    ACCOUNT_SETUP = "account_setup", "アカウント設定"
    NOTICE_APPROVAL = "notice_approval", "通知書承認待ち"
    FINAL_APPROVAL = "final_approval", "最終承認待ち"
    ENDING = "ending", "解約予定"
    COMPLETED = "completed", "完了"
    WITHDRAWN = "withdrawn", "取下げ"
    REJECTED = "rejected", "却下"


PUBLIC_NAMES: dict[State, str] = {  # what the customer reads for the same state
    State.DRAFT: "お申し込みの準備中",
    State.SUBMITTED: "受付待ち",
    State.IN_REVIEW: "お申し込み内容を確認しています",
    State.RETURNED: "修正をお願いします",
    State.ACCEPTED: "お申し込みを受け付けました",
    State.CONFIRMING: "内容のご確認をお願いします",
    State.CARRIER_REVIEW: "携帯キャリアの審査中",
    State.ACCOUNT_SETUP: "設定を進めています",
    State.NOTICE_APPROVAL: "アカウント通知書を準備しています",
    State.FINAL_APPROVAL: "お手続きの最終確認をしています",
    State.ENDING: "解約日までご利用いただけます",
    State.COMPLETED: "お手続きが完了しました",
    State.WITHDRAWN: "取り下げ済み",
    State.REJECTED: "お受けできませんでした",
}

# The main line, in order, as both sides see it.
MAIN_LINE: dict[Kind, tuple[State, ...]] = {
    Kind.NEW: (
        State.DRAFT,
        State.SUBMITTED,
        State.IN_REVIEW,
        State.ACCEPTED,
        State.CONFIRMING,
        State.CARRIER_REVIEW,
        State.ACCOUNT_SETUP,
        State.NOTICE_APPROVAL,
        State.COMPLETED,
    ),
    Kind.RELEASE: (State.DRAFT, State.SUBMITTED, State.IN_REVIEW, State.ACCEPTED, State.COMPLETED),
    Kind.CHANGE: (
        State.DRAFT,
        State.SUBMITTED,
        State.IN_REVIEW,
        State.ACCEPTED,
        State.CONFIRMING,
        State.CARRIER_REVIEW,
        State.ACCOUNT_SETUP,
        State.FINAL_APPROVAL,
        State.COMPLETED,
    ),
    Kind.CANCELLATION: (
        State.DRAFT,
        State.SUBMITTED,
        State.IN_REVIEW,
        State.ACCEPTED,
        State.CONFIRMING,
        State.FINAL_APPROVAL,
        State.ENDING,
        State.COMPLETED,
    ),
}

CLOSED = frozenset({State.COMPLETED, State.WITHDRAWN, State.REJECTED})
LIVE = frozenset(State) - CLOSED
# 保留: the customer owes us something; the business-day clock stands still (an open carrier remark does the same).
CUSTOMER_OWES = frozenset({State.RETURNED, State.CONFIRMING})


class Role(Labelled):
    CUSTOMER = "customer", "お客様"
    RECEPTION = "reception", "受付"
    APPROVAL = "approval", "承認"
    OPERATIONS = "operations", "運用"
    JOB = "job", "定期処理"


STAFF_ROLES: dict[StaffGroup, Role] = {
    StaffGroup.RECEPTION: Role.RECEPTION,
    StaffGroup.APPROVAL: Role.APPROVAL,
    StaffGroup.OPERATIONS: Role.OPERATIONS,
}


class Action(Labelled):
    SUBMIT = "submit", "申し込む"
    TAKE = "take", "内容確認を始める"
    RETURN = "return", "差し戻す"
    ACCEPT = "accept", "受付受理にする"
    REQUEST_CONFIRMATION = "request_confirmation", "内容確認を依頼する"
    CONFIRM = "confirm", "登録内容を確認済みにする"
    OBJECT = "object", "登録内容に異議を伝える"
    FINISH_CARRIERS = "finish_carriers", "キャリア申請を終える"
    PREPARE_NOTICE = "prepare_notice", "通知書の承認を依頼する"
    SEND_BACK_NOTICE = "send_back_notice", "アカウント設定に戻す"
    ISSUE_NOTICE = "issue_notice", "承認して通知書を発行する"
    SHOW_IN_STORE = "show_in_store", "ストア表示にする"
    COMPLETE_CHANGE = "complete_change", "変更を完了する"
    PREPARE_CHANGE = "prepare_change", "変更の承認を依頼する"
    SEND_BACK_CHANGE = "send_back_change", "設定に戻す"
    APPROVE_CHANGE = "approve_change", "承認して変更を完了する"
    FIX_CANCELLATION = "fix_cancellation", "解約を確定する"
    REOPEN_CANCELLATION = "reopen_cancellation", "内容確認に戻す"
    END_CONTRACT = "end_contract", "契約を終了する"
    HOLD = "hold", "保留にする"
    RESUME = "resume", "保留を解除する"
    WITHDRAW = "withdraw", "取り下げる"
    REJECT = "reject", "却下する"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What guards may know of an application. Made by applications/services/facts.py."""

    on_hold: bool = False
    hold_reason: str = ""
    blocking_faults: int = 0
    consents_not_shown: tuple[str, ...] = ()  # names of materials that wait for the 守秘義務契約
    actor_is_staff: bool = False
    documents_missing: tuple[str, ...] = ()
    documents_not_accepted: tuple[str, ...] = ()
    findings_to_send: int = 0
    findings_open: int = 0
    needs_carriers: bool = False
    carriers_not_approved: tuple[str, ...] = ()
    identifiers_missing: tuple[str, ...] = ()
    actor_prepared: bool = False  # the notice, or the change that waits for approval
    needs_approval: bool = False  # money or identity is touched (§2.1b)
    not_ready: tuple[str, ...] = ()  # what is still to be set up, or to be OK, before a change is completed
    actor_accepted: bool = False  # the actor gave the 受付受理 of this application
    in_flight: str = ""  # why another application for the same items keeps this one back (§2.1b)


Guard = Callable[[Facts], str | None]


def evaluation_is_clean(facts: Facts) -> str | None:
    faults = f"直していただく点が{facts.blocking_faults}件あります。" if facts.blocking_faults else ""
    if facts.documents_missing:
        missing = f"提出が必要な書類がそろっていません：{'、'.join(facts.documents_missing)}"
        return f"{missing}。また、添付済みの書類に{faults}" if faults else missing
    return f"申込書に{faults}" if faults else None


def may_be_submitted(facts: Facts) -> str | None:
    """Nobody consents to what they may not read (§1.3, §1.6, ours), besides the evaluation."""
    reasons = [facts.in_flight, _consent_is_possible(facts), evaluation_is_clean(facts)]
    return "".join(reason for reason in reasons if reason) or None


def _consent_is_possible(facts: Facts) -> str | None:
    if not facts.consents_not_shown:
        return None
    names = "」「".join(facts.consents_not_shown)
    if facts.actor_is_staff:
        return (
            f"守秘義務契約の締結日が登録されていないため、お客様は「{names}」を読めず、同意できません。"
            "企業の画面の「パートナー・守秘義務契約」に締結日を登録してください。"
        )
    return (
        f"守秘義務契約の締結がまだ登録されていないため、同意をいただく「{names}」をお見せできません。"
        "担当営業またはお客様窓口へご連絡ください。登録後に提出できます（書類の準備は進められます）。"
    )


def has_findings(facts: Facts) -> str | None:
    return None if facts.findings_to_send else "差し戻す不備がまだ登録されていません。"


def all_documents_accepted(facts: Facts) -> str | None:
    if facts.documents_not_accepted:
        return f"まだ受理していない書類があります：{'、'.join(facts.documents_not_accepted)}"
    if facts.findings_open:
        return f"未解消の不備が{facts.findings_open}件あります。"
    return None


def needs_carriers(facts: Facts) -> str | None:
    return None if facts.needs_carriers else "キャリアへの申請は不要です。"


def needs_no_carriers(facts: Facts) -> str | None:
    return "キャリアへの申請が必要です。" if facts.needs_carriers else None


def all_carriers_approved(facts: Facts) -> str | None:
    if facts.carriers_not_approved:
        return f"承認待ちのキャリアがあります：{'、'.join(facts.carriers_not_approved)}"
    return None


def identifiers_complete(facts: Facts) -> str | None:
    if facts.identifiers_missing:
        return f"識別子が未入力です：{'、'.join(facts.identifiers_missing)}"
    return None


def by_a_second_person(facts: Facts) -> str | None:
    if facts.actor_prepared:
        return "ご自身が準備した通知書は承認できません。別の承認者に依頼してください。"
    return identifiers_complete(facts)


def may_be_completed(facts: Facts) -> str | None:
    """A change that touches neither money nor identity, with all that belongs to it (§2.1b)."""
    if facts.needs_approval:
        return (
            "料金や名義に関わる変更のため、別の方の承認が必要です。「変更の承認を依頼する」へ進んでください。"
        )
    return all_is_ready(facts)


def may_be_approved(facts: Facts) -> str | None:
    if not facts.needs_approval:
        return "承認のいらない変更です。「変更を完了する」へ進んでください。"
    return all_is_ready(facts)


def all_is_ready(facts: Facts) -> str | None:
    return f"まだ整っていないものがあります：{'、'.join(facts.not_ready)}" if facts.not_ready else None


def by_another_approver(facts: Facts) -> str | None:
    if facts.actor_prepared:
        return "ご自身が依頼した変更は承認できません。別の承認者に依頼してください。"
    return all_is_ready(facts)


def by_another_than_accepted(facts: Facts) -> str | None:
    if facts.actor_accepted:
        return "ご自身が受付受理した解約は確定できません。別の承認者に依頼してください。"
    return None


@dataclass(frozen=True)
class Transition:
    kinds: frozenset[Kind]
    sources: frozenset[State]
    action: Action
    target: State | None  # None: the state stays
    roles: frozenset[Role]
    guard: Guard | None
    guide: str
    needs_reason: bool = False
    mails_customer: bool = False


ALL = frozenset(Kind)
NEW, RELEASE = frozenset({Kind.NEW}), frozenset({Kind.RELEASE})
CHANGE, CANCEL = frozenset({Kind.CHANGE}), frozenset({Kind.CANCELLATION})
LEFT_OVER = CHANGE | RELEASE  # under way when their contract ends
TO_CONFIRM, TO_SET_UP = NEW | CHANGE | CANCEL, NEW | CHANGE  # what the customer confirms; what is then set up
CUSTOMER, RECEPTION = Role.CUSTOMER, Role.RECEPTION
APPROVAL, OPERATIONS = Role.APPROVAL, Role.OPERATIONS


def _row(
    kinds: frozenset[Kind],
    sources: State | frozenset[State],
    action: Action,
    target: State | None,
    roles: tuple[Role, ...],
    guard: Guard | None,
    guide: str,
    **flags: bool,
) -> Transition:
    sources = frozenset({sources}) if isinstance(sources, State) else sources
    return Transition(kinds, sources, action, target, frozenset(roles), guard, guide, **flags)


_S, _A = State, Action
_BEFORE_END = LIVE - {State.ENDING}  # a cancellation can be withdrawn until staff confirmed it (§3)
_UNDER_WAY = _BEFORE_END - {State.DRAFT}

# fmt: off
TRANSITIONS: tuple[Transition, ...] = (
    #    kind        from                to be done                to                  who                      guard                  guide
    _row(ALL,        _S.DRAFT,           _A.SUBMIT,                _S.SUBMITTED,       (CUSTOMER, RECEPTION),   may_be_submitted,      "§1.3", mails_customer=True),
    _row(ALL,        _S.RETURNED,        _A.SUBMIT,                _S.SUBMITTED,       (CUSTOMER, RECEPTION),   may_be_submitted,      "§1.3", mails_customer=True),
    _row(ALL,        _S.SUBMITTED,       _A.TAKE,                  _S.IN_REVIEW,       (RECEPTION,),            None,                  "§1.3 ※1"),
    _row(ALL,        _S.IN_REVIEW,       _A.RETURN,                _S.RETURNED,        (RECEPTION,),            has_findings,          "§1.3", mails_customer=True),
    _row(ALL,        _S.IN_REVIEW,       _A.ACCEPT,                _S.ACCEPTED,        (RECEPTION,),            all_documents_accepted, "§1.3 ※1", mails_customer=True),
    _row(TO_CONFIRM, _S.ACCEPTED,        _A.REQUEST_CONFIRMATION,  _S.CONFIRMING,      (RECEPTION,),            None,                  "§1.3 ※2, §2.1b, §3", mails_customer=True),
    _row(TO_SET_UP,  _S.CONFIRMING,      _A.CONFIRM,               _S.CARRIER_REVIEW,  (CUSTOMER, RECEPTION),   needs_carriers,        "§1.3 ※3, §1.4 ※3, §1.5 ※3"),
    _row(TO_SET_UP,  _S.CONFIRMING,      _A.CONFIRM,               _S.ACCOUNT_SETUP,   (CUSTOMER, RECEPTION),   needs_no_carriers,     "§1.3 ※2"),
    _row(CANCEL,     _S.CONFIRMING,      _A.CONFIRM,               _S.FINAL_APPROVAL,  (CUSTOMER, RECEPTION),   None,                  "§3 ※1"),
    _row(TO_CONFIRM, _S.CONFIRMING,      _A.OBJECT,                _S.IN_REVIEW,       (CUSTOMER, RECEPTION),   None,                  "§1.3 ※2", needs_reason=True),
    _row(TO_SET_UP,  _S.CARRIER_REVIEW,  _A.FINISH_CARRIERS,       _S.ACCOUNT_SETUP,   (OPERATIONS,),           all_carriers_approved, "§1.4 ※3, §1.5 ※3"),
    _row(NEW,        _S.ACCOUNT_SETUP,   _A.PREPARE_NOTICE,        _S.NOTICE_APPROVAL, (OPERATIONS,),           identifiers_complete,  "§1.3 ※4"),
    _row(NEW,        _S.NOTICE_APPROVAL, _A.SEND_BACK_NOTICE,      _S.ACCOUNT_SETUP,   (APPROVAL, OPERATIONS),  None,                  "§1.3 ※4", needs_reason=True),
    _row(NEW,        _S.NOTICE_APPROVAL, _A.ISSUE_NOTICE,          _S.COMPLETED,       (APPROVAL,),             by_a_second_person,    "§1.3 ※4, §1.4 ※5, §1.5 ※5", mails_customer=True),
    _row(RELEASE,    _S.ACCEPTED,        _A.SHOW_IN_STORE,         _S.COMPLETED,       (OPERATIONS,),           None,                  "§1.4 ※6, §1.5 ※6", mails_customer=True),
    _row(CHANGE,     _S.ACCOUNT_SETUP,   _A.COMPLETE_CHANGE,       _S.COMPLETED,       (OPERATIONS,),           may_be_completed,      "§2.1b", mails_customer=True),
    _row(CHANGE,     _S.ACCOUNT_SETUP,   _A.PREPARE_CHANGE,        _S.FINAL_APPROVAL,  (OPERATIONS,),           may_be_approved,       "§2.1b"),
    _row(CHANGE,     _S.FINAL_APPROVAL,  _A.SEND_BACK_CHANGE,      _S.ACCOUNT_SETUP,   (APPROVAL, OPERATIONS),  None,                  "§2.1b", needs_reason=True),
    _row(CHANGE,     _S.FINAL_APPROVAL,  _A.APPROVE_CHANGE,        _S.COMPLETED,       (APPROVAL,),             by_another_approver,   "§2.1b", mails_customer=True),
    _row(CANCEL,     _S.FINAL_APPROVAL,  _A.REOPEN_CANCELLATION,   _S.IN_REVIEW,       (RECEPTION, APPROVAL),   None,                  "§3", needs_reason=True),
    _row(CANCEL,     _S.FINAL_APPROVAL,  _A.FIX_CANCELLATION,      _S.ENDING,          (APPROVAL,),             by_another_than_accepted, "§3", mails_customer=True),
    _row(CANCEL,     _S.ENDING,          _A.END_CONTRACT,          _S.COMPLETED,       (Role.JOB,),              None,                  "§3", mails_customer=True),
    _row(LEFT_OVER,  _S.DRAFT,           _A.END_CONTRACT,          _S.WITHDRAWN,       (Role.JOB,),              None,                  "§3"),
    _row(LEFT_OVER,  LIVE - {_S.DRAFT},  _A.END_CONTRACT,          _S.REJECTED,        (Role.JOB,),              None,                  "§3"),
    _row(ALL,        _UNDER_WAY,         _A.HOLD,                  None,               (RECEPTION, OPERATIONS), None,                  "§1.3", needs_reason=True),
    _row(ALL,        _UNDER_WAY,         _A.RESUME,                None,               (RECEPTION, OPERATIONS), None,                  "§1.3"),
    _row(ALL,        _BEFORE_END,        _A.WITHDRAW,              _S.WITHDRAWN,       (CUSTOMER, RECEPTION),   None,                  "§1.3, §3", needs_reason=True),
    _row(ALL,        _UNDER_WAY,         _A.REJECT,                _S.REJECTED,        (RECEPTION,),            None,                  "§1.3", needs_reason=True, mails_customer=True),
)
# fmt: on

# A hold by staff (besides the customer's debts) stops every step but these; the end of the contract waits for nobody.
ALLOWED_ON_HOLD = frozenset(
    {
        Action.RESUME,
        Action.WITHDRAW,
        Action.REJECT,
        Action.SUBMIT,
        Action.CONFIRM,
        Action.OBJECT,
        Action.END_CONTRACT,
    }
)


@dataclass(frozen=True)
class Step:
    """One action as somebody sees it here and now: possible, or the reason why not."""

    transition: Transition
    refusal: str | None = field(default=None)

    @property
    def action(self) -> Action:
        return self.transition.action

    @property
    def possible(self) -> bool:
        return self.refusal is None


def steps(kind: Kind, state: State, facts: Facts) -> list[Step]:
    """Every action the table knows in this state, each once, with the reason where it is not possible now."""
    found: dict[Action, Step] = {}
    for transition in TRANSITIONS:
        if kind not in transition.kinds or state not in transition.sources:
            continue
        step = Step(transition, _refusal(transition, facts))
        if transition.action not in found or (step.possible and not found[transition.action].possible):
            found[transition.action] = step
    return [
        step
        for step in found.values()
        if not (step.action is Action.HOLD and facts.on_hold)
        and not (step.action is Action.RESUME and not facts.on_hold)
    ]


def find_step(kind: Kind, state: State, action: Action, facts: Facts) -> Step | None:
    """The step for this action, or None where the table has none in this state."""
    return next((step for step in steps(kind, state, facts) if step.action is action), None)


def _refusal(transition: Transition, facts: Facts) -> str | None:
    if facts.on_hold and transition.action not in ALLOWED_ON_HOLD:
        return f"保留中です（{facts.hold_reason}）。保留を解除してから進めてください。"
    return transition.guard(facts) if transition.guard else None
