"""The colour of a state: who has the ball."""

from applications.workflow import State

STATE_TONES: dict[State, str] = {
    State.DRAFT: "quiet",
    State.SUBMITTED: "ours",
    State.IN_REVIEW: "ours",
    State.RETURNED: "theirs",
    State.ACCEPTED: "ours",
    State.CONFIRMING: "theirs",
    State.CARRIER_REVIEW: "carriers",
    State.ACCOUNT_SETUP: "ours",
    State.NOTICE_APPROVAL: "ours",
    State.FINAL_APPROVAL: "ours",
    State.ENDING: "quiet",
    State.COMPLETED: "good",
    State.WITHDRAWN: "quiet",
    State.REJECTED: "quiet",
}
