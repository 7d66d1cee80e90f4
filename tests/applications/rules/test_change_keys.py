"""§2.1b: which answer belongs to which item."""

import pytest

from applications.rules.change_keys import (
    FOLLOWS,
    ITEM_KEYS,
    is_covered,
    item_of,
    new_channels,
    plan_change_of,
)
from applications.rules.changes import PLAN_CHANGES, ChangeItem
from applications.rules.forms import FORMS

I = ChangeItem  # noqa: E741
CHANGE_FORMS = [
    "service_change",
    "parameter_change_sms",
    "parameter_change_plus",
    "parameter_change_rcs",
    "plan_change_plus",
    "plan_change_rcs",
]
HEAD = {
    "applied_on",
    "contract.number",
    "contract.company_name",
    "applicant.name",
    "applicant.name_kana",
    "applicant.department",
    "applicant.email",
    "applicant.phone",
    "network.static_declared",
    "plan_table.company_name",
    "plan_table.consented_on",
}
FOR_REFERENCE = {"plan", "option.test_account", "option.long_sms", "option.store_display"}


@pytest.mark.parametrize("form_code", CHANGE_FORMS)
def test_guide_2_1_every_answer_belongs_to_an_item_or_stands_in_the_head(form_code: str) -> None:
    keys = set(FORMS[form_code].fields)
    declarations = {key for key in keys if key.startswith("change.")}
    checks = {key for key in keys if key.startswith("check.")}
    free = {key for key in keys if item_of(key) is None}
    assert free - declarations - checks <= HEAD | FOR_REFERENCE
    assert not {key for key in HEAD if item_of(key) is not None}
    assert {I(key.removeprefix("change.")) for key in declarations}


def test_guide_2_1_every_item_can_be_declared_on_some_form_and_has_answers_there() -> None:
    for item in ChangeItem:
        forms = [form for form in FORMS.values() if f"change.{item}" in form.fields]
        assert forms
        for form in forms:
            plan_change = item if item in PLAN_CHANGES else None
            assert any(item_of(key, plan_change) is item for key in form.keys_with_before), (form.code, item)
    assert set(ITEM_KEYS) == set(ChangeItem)


@pytest.mark.parametrize(
    ("key", "item"),
    [
        ("company.name", I.COMPANY),
        ("account_contact.phone", I.ACCOUNT_CONTACT),
        ("service_contact.email", I.SERVICE_CONTACT),
        ("billing_contact.address", I.BILLING_DETAILS),
        ("payment_method", I.PAYMENT_METHOD),
        ("usage.monthly_volume", I.USAGE_PURPOSE),
        ("global_ips", I.GLOBAL_IP),
        ("result.url", I.SMS_RESULT_URL),
        ("result.test_url", I.SMS_RESULT_URL),
        ("option.sms_result_notification", I.SMS_RESULT_URL),
        ("option.webhook", I.WEBHOOK_URL),
        ("plus.webhook_url", I.WEBHOOK_URL),
        ("plus.test_webhook_url", I.WEBHOOK_URL),
        ("rcs.webhook_url", I.WEBHOOK_URL),
        ("rcs.test_webhook_url", I.WEBHOOK_URL),
        ("sms.sender_numbers", I.SENDER_NUMBER),
        ("option.softbank_sender", I.SOFTBANK_SENDER),
        ("sms.softbank_sender", I.SOFTBANK_SENDER),
        ("plus.nickname", I.OFFICIAL_ACCOUNT),
        ("plus.icon_file", I.OFFICIAL_ACCOUNT),
        ("plus.menu_1_url", I.OFFICIAL_ACCOUNT),
        ("rcs.banner_file", I.OFFICIAL_ACCOUNT),
        ("option.option_050", I.OPTION_050),
        ("option.two_way_sms", I.TWO_WAY_SMS),
        ("sms.common_number_wish", I.OPTION_SENDER_NUMBER),
        ("sms.mo_url", I.MO_URL),
        ("plan", None),
        ("option.test_account", None),
        ("option.long_sms", None),
        ("option.store_display", None),
        ("contract.number", None),
        ("contract.company_name", None),
        ("applicant.email", None),
        ("change.company", None),
        ("check.1", None),
    ],
)
def test_guide_2_1_the_item_of_an_answer(key: str, item: ChangeItem | None) -> None:
    assert item_of(key) is item


@pytest.mark.parametrize(
    ("key", "plan_change", "item"),
    [
        ("plan", I.PLAN_SMS_TO_SMS_PLUS, I.PLAN_SMS_TO_SMS_PLUS),
        ("plus.nickname", I.PLAN_SMS_TO_SMS_PLUS, I.PLAN_SMS_TO_SMS_PLUS),
        ("plus.webhook_url", I.PLAN_SMS_TO_SMS_PLUS, I.PLAN_SMS_TO_SMS_PLUS),
        ("option.webhook", I.PLAN_SMS_TO_SMS_PLUS, I.PLAN_SMS_TO_SMS_PLUS),
        ("option.test_account", I.PLAN_SMS_TO_SMS_PLUS, I.PLAN_SMS_TO_SMS_PLUS),
        ("option.long_sms", I.PLAN_SMS_TO_SMS_PLUS, None),
        ("sms.sender_numbers", I.PLAN_SMS_TO_SMS_PLUS, I.SENDER_NUMBER),
        ("global_ips", I.PLAN_SMS_TO_SMS_PLUS, I.GLOBAL_IP),
        ("sms.sender_numbers", I.PLAN_PLUS_TO_SMS_PLUS, I.PLAN_PLUS_TO_SMS_PLUS),
        ("result.url", I.PLAN_PLUS_TO_SMS_PLUS, I.PLAN_PLUS_TO_SMS_PLUS),
        ("option.long_sms", I.PLAN_PLUS_TO_SMS_PLUS, I.PLAN_PLUS_TO_SMS_PLUS),
        ("option.webhook", I.PLAN_PLUS_TO_SMS_PLUS, I.WEBHOOK_URL),
        ("plus.nickname", I.PLAN_PLUS_TO_SMS_PLUS, I.OFFICIAL_ACCOUNT),
        ("sms.mo_url", I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS, I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS),
        ("rcs.webhook_url", I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS, I.WEBHOOK_URL),
        ("company.name", I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS, I.COMPANY),
    ],
)
def test_guide_2_1_a_plan_change_takes_along_the_answers_of_the_channel_it_brings(
    key: str, plan_change: ChangeItem, item: ChangeItem | None
) -> None:
    assert item_of(key, plan_change) is item


def test_guide_2_1_the_channels_that_plan_changes_bring() -> None:
    assert new_channels(I.PLAN_SMS_TO_SMS_PLUS) == {"plus"}
    assert new_channels(I.PLAN_PLUS_TO_SMS_PLUS) == {"sms"}
    assert new_channels(I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS) == {"sms"}
    assert new_channels(None) == frozenset()


def test_guide_2_1_two_way_sms_takes_its_url_and_number_along() -> None:
    assert FOLLOWS == {I.MO_URL: I.TWO_WAY_SMS, I.OPTION_SENDER_NUMBER: I.TWO_WAY_SMS}
    assert is_covered("sms.mo_url", [I.TWO_WAY_SMS])
    assert is_covered("sms.common_number_wish", [I.TWO_WAY_SMS])
    assert not is_covered("option.two_way_sms", [I.MO_URL])
    assert not is_covered("sms.mo_url", [I.OPTION_050])


def test_two_plan_changes_at_once_are_an_error() -> None:
    assert plan_change_of([I.COMPANY]) is None
    with pytest.raises(ValueError, match="1つだけ"):
        plan_change_of([I.PLAN_SMS_TO_SMS_PLUS, I.PLAN_PLUS_TO_SMS_PLUS])
