"""Which answer of the forms belongs to which item of the table of changes (§2.1b)."""

from collections.abc import Collection, Iterable

from accounts.rules.plans import OPTION_CHANNELS, Channel, Option
from applications.rules.changes import PLAN_CHANGES, WITH_TWO_WAY, ChangeItem

_I = ChangeItem

# A name ending in "." covers every key below it; a full key wins over such a beginning.
ITEM_KEYS: dict[ChangeItem, tuple[str, ...]] = {
    _I.COMPANY: ("company.",),  # §2.1b
    _I.ACCOUNT_CONTACT: ("account_contact.",),  # §2.1b
    _I.SERVICE_CONTACT: ("service_contact.",),  # §2.1b
    _I.BILLING_DETAILS: ("billing_contact.",),  # §2.1b
    _I.PAYMENT_METHOD: ("payment_method",),  # §2.1b
    _I.USAGE_PURPOSE: ("usage.",),  # §2.1b
    _I.GLOBAL_IP: ("global_ips",),  # §2.1b
    _I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS: ("plan",),  # §2.1b
    _I.PLAN_PLUS_TO_SMS_PLUS: ("plan",),  # §2.1b
    _I.PLAN_SMS_TO_SMS_PLUS: ("plan",),  # §2.1b
    _I.SMS_RESULT_URL: ("option.sms_result_notification", "result."),  # §2.1b
    _I.WEBHOOK_URL: (  # §2.1b
        "option.webhook",
        "plus.webhook_url",
        "plus.test_webhook_url",
        "rcs.webhook_url",
        "rcs.test_webhook_url",
    ),
    _I.SENDER_NUMBER: ("sms.sender_numbers",),  # §2.1b
    _I.SOFTBANK_SENDER: ("option.softbank_sender", "sms.softbank_sender"),  # §2.1b
    _I.OFFICIAL_ACCOUNT: ("plus.", "rcs."),  # §2.1b
    _I.OPTION_050: ("option.option_050",),  # §2.1b
    _I.TWO_WAY_SMS: ("option.two_way_sms",),  # §2.1b
    _I.OPTION_SENDER_NUMBER: ("sms.common_number_wish",),  # §2.1b
    _I.MO_URL: ("sms.mo_url",),  # §2.1b
}

# Beginning or ending 双方向SMS sets or drops these answers; they need no declaration of their own then (ours).
FOLLOWS: dict[ChangeItem, ChangeItem] = dict.fromkeys(WITH_TWO_WAY, _I.TWO_WAY_SMS)

# Shown for reference: no item of the table changes them, unless a plan change brings their channel.
REFERENCE_KEYS = ("plan", "option.test_account", "option.long_sms", "option.store_display")

CHANNELS_OF_PREFIX: dict[str, Channel] = {
    "sms": Channel.SMS,
    "result": Channel.SMS,
    "plus": Channel.PLUS,
    "rcs": Channel.RCS,
}


def change_key(item: ChangeItem) -> str:
    """The key of the form's own 変更する／変更しない."""
    return f"change.{item.value}"


def plan_change_of(items: Iterable[ChangeItem]) -> ChangeItem | None:
    """The item that changes the plan, if one does. ValueError for two of them."""
    found = [item for item in items if item in PLAN_CHANGES]
    if len(found) > 1:
        raise ValueError("利用区分の変更は1つだけ指定してください。")
    return found[0] if found else None


def new_channels(plan_change: ChangeItem | None) -> frozenset[Channel]:
    if plan_change is None:
        return frozenset()
    old, new = PLAN_CHANGES[plan_change]
    return new.channels - old.channels


def item_of(key: str, plan_change: ChangeItem | None = None) -> ChangeItem | None:
    """The item an answer belongs to; answers of a channel that the plan change brings belong to that change.

    None: no item changes it (the head of a form, check items, what is shown for reference).
    """
    if plan_change is not None and (key == "plan" or _is_of_new_channel(key, plan_change)):
        return plan_change
    if key in REFERENCE_KEYS:
        return None
    return _ITEM_OF_KEY.get(key) or next(
        (item for start, item in _ITEM_OF_START.items() if key.startswith(start)), None
    )


def with_followers(items: Collection[ChangeItem]) -> frozenset[ChangeItem]:
    """The items, and those that follow one of them."""
    return frozenset(items) | {follower for follower, leader in FOLLOWS.items() if leader in items}


def is_covered(key: str, items: Collection[ChangeItem]) -> bool:
    """True if a change of these items may set this answer."""
    return item_of(key, plan_change_of(items)) in with_followers(items)


def _is_of_new_channel(key: str, plan_change: ChangeItem) -> bool:
    old = PLAN_CHANGES[plan_change][0]
    channels = channels_of(key)
    return bool(channels & new_channels(plan_change)) and not channels & old.channels


def channels_of(key: str) -> frozenset[Channel]:
    """Any of these admits the answer; none: it is not of a channel."""
    prefix, _, rest = key.partition(".")
    if prefix == "option":
        return OPTION_CHANNELS[Option(rest)]
    return frozenset({CHANNELS_OF_PREFIX[prefix]}) if prefix in CHANNELS_OF_PREFIX else frozenset()


_PAIRS = [(key, item) for item, keys in ITEM_KEYS.items() if item not in PLAN_CHANGES for key in keys]
_ITEM_OF_KEY = {key: item for key, item in _PAIRS if not key.endswith(".")}
_ITEM_OF_START = {key: item for key, item in _PAIRS if key.endswith(".")}
