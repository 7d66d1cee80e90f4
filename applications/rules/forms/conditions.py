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


def option_key(option: Option) -> str:
    return f"option.{option.value}"


def asks_for(values: Values, option: Option) -> bool:
    return values.get(option_key(option)) is True


def when_yes(key: str, words: str) -> Condition:
    return Condition(words, (key,), lambda values: values.get(key) is True)


def when_filled(key: str, words: str) -> Condition:
    return Condition(words, (key,), lambda values: bool(values.get(key)))


def when_option(option: Option) -> Condition:
    return when_yes(option_key(option), f"{option.label}を利用する場合")


WITH_SMS = Condition("SMSを含むプランの場合", ("plan",), lambda values: has_channel(values, Channel.SMS))

OWN_SENDER_NUMBER = Condition(  # (ours) these two options bring a number of their own
    "050番号・双方向SMSのどちらも利用しない場合",
    (option_key(Option.NUMBER_050), option_key(Option.TWO_WAY_SMS)),
    lambda values: not asks_for(values, Option.NUMBER_050) and not asks_for(values, Option.TWO_WAY_SMS),
)

TEST_WEBHOOK = Condition(
    "試験用アカウントとWebhookを利用する場合",
    (option_key(Option.TEST_ACCOUNT), option_key(Option.WEBHOOK)),
    lambda values: asks_for(values, Option.TEST_ACCOUNT) and asks_for(values, Option.WEBHOOK),
)

SERVER_NOT_READY = Condition(
    "サーバーが準備中の場合",
    ("result.server_ready",),
    lambda values: values.get("result.server_ready") is False,
)
