"""The workflow table, pure: what each role may do in each state, and every guard on both sides."""

import pytest

from applications.workflow import (
    CLOSED,
    LIVE,
    MAIN_LINE,
    PUBLIC_NAMES,
    TRANSITIONS,
    Action,
    Facts,
    Kind,
    Role,
    State,
    find_step,
    steps,
)

# Everything a role may do in a state of a new application when no guard stands in the way.
ALLOWED: dict[State, dict[str, set[str]]] = {
    State.DRAFT: {
        "customer": {"submit", "withdraw"},
        "reception": {"submit", "withdraw"},
        "operations": set(),
        "approval": set(),
    },
    State.SUBMITTED: {
        "customer": {"withdraw"},
        "reception": {"take", "hold", "withdraw", "reject"},
        "operations": {"hold"},
        "approval": set(),
    },
    State.IN_REVIEW: {
        "customer": {"withdraw"},
        "reception": {"return", "accept", "hold", "withdraw", "reject"},
        "operations": {"hold"},
        "approval": set(),
    },
    State.RETURNED: {
        "customer": {"submit", "withdraw"},
        "reception": {"submit", "hold", "withdraw", "reject"},
        "operations": {"hold"},
        "approval": set(),
    },
    State.ACCEPTED: {
        "customer": {"withdraw"},
        "reception": {"request_confirmation", "hold", "withdraw", "reject"},
        "operations": {"hold"},
        "approval": set(),
    },
    State.CONFIRMING: {
        "customer": {"confirm", "object", "withdraw"},
        "reception": {"confirm", "object", "hold", "withdraw", "reject"},
        "operations": {"hold"},
        "approval": set(),
    },
    State.CARRIER_REVIEW: {
        "customer": {"withdraw"},
        "reception": {"hold", "withdraw", "reject"},
        "operations": {"finish_carriers", "hold"},
        "approval": set(),
    },
    State.ACCOUNT_SETUP: {
        "customer": {"withdraw"},
        "reception": {"hold", "withdraw", "reject"},
        "operations": {"prepare_notice", "hold"},
        "approval": set(),
    },
    State.NOTICE_APPROVAL: {
        "customer": {"withdraw"},
        "reception": {"hold", "withdraw", "reject"},
        "operations": {"send_back_notice", "hold"},
        "approval": {"send_back_notice", "issue_notice"},
    },
}
NOBODY: dict[str, set[str]] = {"customer": set(), "reception": set(), "operations": set(), "approval": set()}
_END = {State.COMPLETED: NOBODY, State.WITHDRAWN: NOBODY, State.REJECTED: NOBODY}
# A change: the same until it is set up; then one person completes it, or a second one approves (§2.1b).
OF_A_CHANGE: dict[State, dict[str, set[str]]] = {
    **{state: row for state, row in ALLOWED.items() if state != State.NOTICE_APPROVAL},
    State.ACCOUNT_SETUP: {
        "customer": {"withdraw"},
        "reception": {"hold", "withdraw", "reject"},
        "operations": {"complete_change", "prepare_change", "hold"},
        "approval": set(),
    },
    State.FINAL_APPROVAL: {
        "customer": {"withdraw"},
        "reception": {"hold", "withdraw", "reject"},
        "operations": {"send_back_change", "hold"},
        "approval": {"send_back_change", "approve_change"},
    },
}
# A cancellation: neither carriers nor set-up; once it is confirmed by staff nobody takes it back (§3).
OF_A_CANCELLATION: dict[State, dict[str, set[str]]] = {
    **{
        state: row
        for state, row in ALLOWED.items()
        if state not in (State.CARRIER_REVIEW, State.ACCOUNT_SETUP, State.NOTICE_APPROVAL)
    },
    State.FINAL_APPROVAL: {
        "customer": {"withdraw"},
        "reception": {"reopen_cancellation", "hold", "withdraw", "reject"},
        "operations": {"hold"},
        "approval": {"reopen_cancellation", "fix_cancellation"},
    },
    State.ENDING: {
        **NOBODY,
        "job": {"end_contract"},
    },
}
# What is under way when its contract ends comes to nothing (§3).
_WITH_END = {state: {**row, "job": {"end_contract"}} for state, row in OF_A_CHANGE.items()}
TABLES = [
    (Kind.NEW, {**ALLOWED, **_END}),
    (Kind.CHANGE, {**_WITH_END, **_END}),
    (Kind.CANCELLATION, {**OF_A_CANCELLATION, **_END}),
]


@pytest.mark.parametrize(
    ("kind", "state", "row"),
    [(kind, state, row) for kind, table in TABLES for state, row in table.items()],
)
@pytest.mark.parametrize("role", list(Role))
def test_guide_1_3_2_1b_3_each_role_may_do_just_this_in_each_state(
    kind: Kind, state: State, row: dict[str, set[str]], role: Role
) -> None:
    facts = Facts(findings_to_send=1)
    found = {step.action.value for step in steps(kind, state, facts) if role in step.transition.roles}
    assert found == row.get(role.value, set())


@pytest.mark.parametrize(
    ("action", "facts", "refusal"),
    [
        (Action.COMPLETE_CHANGE, Facts(), None),
        (
            Action.COMPLETE_CHANGE,
            Facts(needs_approval=True),
            "料金や名義に関わる変更のため、別の方の承認が必要です。「変更の承認を依頼する」へ進んでください。",
        ),
        (
            Action.COMPLETE_CHANGE,
            Facts(not_ready=("050番号", "Webhookの疎通確認OK")),
            "まだ整っていないものがあります：050番号、Webhookの疎通確認OK",
        ),
        (Action.PREPARE_CHANGE, Facts(needs_approval=True), None),
        (Action.PREPARE_CHANGE, Facts(), "承認のいらない変更です。「変更を完了する」へ進んでください。"),
        (
            Action.PREPARE_CHANGE,
            Facts(needs_approval=True, not_ready=("共通番号",)),
            "まだ整っていないものがあります：共通番号",
        ),
        (Action.APPROVE_CHANGE, Facts(needs_approval=True), None),
        (
            Action.APPROVE_CHANGE,
            Facts(needs_approval=True, actor_prepared=True),
            "ご自身が依頼した変更は承認できません。別の承認者に依頼してください。",
        ),
        (
            Action.APPROVE_CHANGE,
            Facts(needs_approval=True, not_ready=("共通番号",)),
            "まだ整っていないものがあります：共通番号",
        ),
        (Action.SUBMIT, Facts(in_flight="手続き中です。"), "手続き中です。"),
    ],
)
def test_guide_2_1b_every_guard_of_a_change_opens_and_refuses(
    action: Action, facts: Facts, refusal: str | None
) -> None:
    state = {Action.APPROVE_CHANGE: State.FINAL_APPROVAL, Action.SUBMIT: State.DRAFT}.get(
        action, State.ACCOUNT_SETUP
    )
    step = find_step(Kind.CHANGE, state, action, facts)
    assert step is not None
    assert step.refusal == refusal


@pytest.mark.parametrize(
    ("accepted_it", "refusal"),
    [
        (False, None),
        (True, "ご自身が受付受理した解約は確定できません。別の承認者に依頼してください。"),
    ],
)
def test_guide_3_who_accepted_a_cancellation_does_not_confirm_it(
    accepted_it: bool, refusal: str | None
) -> None:
    facts = Facts(actor_accepted=accepted_it)
    step = find_step(Kind.CANCELLATION, State.FINAL_APPROVAL, Action.FIX_CANCELLATION, facts)
    assert step is not None
    assert step.refusal == refusal


def test_guide_1_3_a_hold_leaves_only_the_ways_out_and_the_customers_own_steps() -> None:
    held = Facts(on_hold=True, hold_reason="登記の変更待ち", findings_to_send=1)
    possible = {step.action for step in steps(Kind.NEW, State.IN_REVIEW, held) if step.possible}
    assert possible == {Action.RESUME, Action.WITHDRAW, Action.REJECT}
    refused = find_step(Kind.NEW, State.IN_REVIEW, Action.ACCEPT, held)
    assert refused is not None
    assert refused.refusal == "保留中です（登記の変更待ち）。保留を解除してから進めてください。"


def test_guide_1_3_nothing_is_held_twice_and_nothing_resumed_that_is_not_held() -> None:
    held = {step.action for step in steps(Kind.NEW, State.SUBMITTED, Facts(on_hold=True))}
    free = {step.action for step in steps(Kind.NEW, State.SUBMITTED, Facts())}
    assert Action.HOLD not in held and Action.RESUME in held
    assert Action.HOLD in free and Action.RESUME not in free


@pytest.mark.parametrize(
    ("state", "action", "facts", "refusal"),
    [
        (State.DRAFT, Action.SUBMIT, Facts(), None),
        (State.DRAFT, Action.SUBMIT, Facts(blocking_faults=1), "申込書に直していただく点が1件あります。"),
        (
            State.DRAFT,
            Action.SUBMIT,
            Facts(documents_missing=("サービス契約プラン表",)),
            "提出が必要な書類がそろっていません：サービス契約プラン表",
        ),
        (
            State.DRAFT,
            Action.SUBMIT,
            Facts(documents_missing=("サービス契約プラン表",), blocking_faults=2),
            "提出が必要な書類がそろっていません：サービス契約プラン表。また、添付済みの書類に直していただく点が2件あります。",
        ),
        (
            State.RETURNED,
            Action.SUBMIT,
            Facts(consents_not_shown=("手続きガイド",), blocking_faults=1),
            "守秘義務契約の締結がまだ登録されていないため、同意をいただく「手続きガイド」をお見せできません。担当営業またはお客様窓口へ"
            "ご連絡ください。登録後に提出できます（書類の準備は進められます）。申込書に直していただく点が1件あります。",
        ),
        (State.IN_REVIEW, Action.RETURN, Facts(findings_to_send=1), None),
        (State.IN_REVIEW, Action.RETURN, Facts(findings_to_send=0), "差し戻す不備がまだ登録されていません。"),
        (State.IN_REVIEW, Action.ACCEPT, Facts(), None),
        (
            State.IN_REVIEW,
            Action.ACCEPT,
            Facts(documents_not_accepted=("お申し込みチェックシート",)),
            "まだ受理していない書類があります：お申し込みチェックシート",
        ),
        (State.IN_REVIEW, Action.ACCEPT, Facts(findings_open=2), "未解消の不備が2件あります。"),
        (State.CARRIER_REVIEW, Action.FINISH_CARRIERS, Facts(), None),
        (
            State.CARRIER_REVIEW,
            Action.FINISH_CARRIERS,
            Facts(carriers_not_approved=("KDDI（公式アカウント）",)),
            "承認待ちのキャリアがあります：KDDI（公式アカウント）",
        ),
        (State.ACCOUNT_SETUP, Action.PREPARE_NOTICE, Facts(), None),
        (
            State.ACCOUNT_SETUP,
            Action.PREPARE_NOTICE,
            Facts(identifiers_missing=("RCSのagentId",)),
            "識別子が未入力です：RCSのagentId",
        ),
        (State.NOTICE_APPROVAL, Action.ISSUE_NOTICE, Facts(), None),
        (
            State.NOTICE_APPROVAL,
            Action.ISSUE_NOTICE,
            Facts(actor_prepared=True),
            "ご自身が準備した通知書は承認できません。別の承認者に依頼してください。",
        ),
    ],
)
def test_guide_1_3_every_guard_opens_and_refuses(
    state: State, action: Action, facts: Facts, refusal: str | None
) -> None:
    step = find_step(Kind.NEW, state, action, facts)
    assert step is not None
    assert step.refusal == refusal


@pytest.mark.parametrize(
    ("needs_carriers", "target"), [(True, State.CARRIER_REVIEW), (False, State.ACCOUNT_SETUP)]
)
def test_guide_1_4_after_confirmation_carriers_come_only_where_they_are_needed(
    needs_carriers: bool, target: State
) -> None:
    step = find_step(Kind.NEW, State.CONFIRMING, Action.CONFIRM, Facts(needs_carriers=needs_carriers))
    assert step is not None and step.possible
    assert step.transition.target is target


def test_guide_1_4_6_a_release_goes_from_review_to_the_store_without_confirmation_or_notice() -> None:
    by_people = [row for row in TRANSITIONS if Kind.RELEASE in row.kinds and Role.JOB not in row.roles]
    way = [row.target for row in by_people if len(row.sources) == 1]
    assert way == [
        State.SUBMITTED,
        State.SUBMITTED,
        State.IN_REVIEW,
        State.RETURNED,
        State.ACCEPTED,
        State.COMPLETED,
    ]
    assert find_step(Kind.RELEASE, State.ACCEPTED, Action.REQUEST_CONFIRMATION, Facts()) is None


def test_every_row_names_its_paragraph_and_every_state_both_its_names() -> None:
    assert all(row.guide.startswith(("§1.", "§2.1b", "§3")) for row in TRANSITIONS)
    assert set(PUBLIC_NAMES) == set(State)
    assert {State.WITHDRAWN, State.REJECTED, State.COMPLETED} == CLOSED
    assert not LIVE & CLOSED
    assert MAIN_LINE[Kind.NEW][0] is State.DRAFT and MAIN_LINE[Kind.NEW][-1] is State.COMPLETED
