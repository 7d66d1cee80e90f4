"""When a field counts: conditions on the plan and the options, with their words for the form."""

from accounts.rules.plans import Channel, Option, Plan
from applications.rules.forms.description import Condition, Values


def plan_of(values: Values) -> Plan | None:
    """The plan of a form's values; None while it is missing or unreadable."""
    code = values.get("plan")
    return Plan(str(code)) if code in set(Plan) else None


def has_channel(values: Values, channel: Channel) -> bool:
    plan = plan_of(values)
    return plan is not None and channel in plan.channels


def asks_for(values: Values, option: Option) -> bool:
    return values.get(f"option.{option.value}") is True


def when_option(option: Option) -> Condition:
    return Condition(f"{option.label}を利用する場合", lambda values: asks_for(values, option))


WITH_SMS = Condition("SMSを含むプランの場合", lambda values: has_channel(values, Channel.SMS))

OWN_SENDER_NUMBER = Condition(  # (ours) the two options bring a number of their own
    "050番号・双方向SMSのどちらも利用しない場合",
    lambda values: not asks_for(values, Option.NUMBER_050) and not asks_for(values, Option.TWO_WAY_SMS),
)

SERVER_NOT_READY = Condition(
    "サーバーの準備ができていない場合", lambda values: values.get("result.server_ready") is False
)

TEST_WEBHOOK = Condition(
    "試験用アカウントとWebhookを利用する場合",
    lambda values: asks_for(values, Option.TEST_ACCOUNT) and asks_for(values, Option.WEBHOOK),
)
