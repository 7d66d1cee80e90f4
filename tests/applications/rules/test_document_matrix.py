"""§1.6: every plan with every combination of the two options; §2.1b and §3.1: changes and cancellation."""

import pytest

from accounts.rules.plans import Option, Plan
from applications.rules.changes import ChangeItem
from applications.rules.documents import (
    DocumentCode,
    OptionNotInPlan,
    cancellation_documents,
    change_documents,
    required_documents,
)

SMS = ["application_sms", "account_parameters", "check_sheet", "plan_table"]
PLUS = ["application_plus", "account_parameters", "check_sheet", "plan_table"]
RCS = ["application_rcs", "account_parameters", "check_sheet", "plan_table"]
RESULT = "sms_result_destination"
RELEASE = "release_checklist"


@pytest.mark.parametrize(
    ("plan", "sms_result", "store", "expected"),
    [
        ("sms", False, False, SMS),
        ("sms", True, False, [*SMS, RESULT]),
        ("plus", False, False, PLUS),
        ("plus", False, True, [*PLUS, RELEASE]),
        ("sms_plus", False, False, PLUS),
        ("sms_plus", True, False, [*PLUS, RESULT]),
        ("sms_plus", False, True, [*PLUS, RELEASE]),
        ("sms_plus", True, True, [*PLUS, RESULT, RELEASE]),
        ("plus_rcs", False, False, RCS),
        ("plus_rcs", False, True, [*RCS, RELEASE]),
        ("sms_plus_rcs", False, False, RCS),
        ("sms_plus_rcs", True, False, [*RCS, RESULT]),
        ("sms_plus_rcs", False, True, [*RCS, RELEASE]),
        ("sms_plus_rcs", True, True, [*RCS, RESULT, RELEASE]),
    ],
)
def test_guide_1_6_the_documents_of_a_plan(
    plan: str, sms_result: bool, store: bool, expected: list[str]
) -> None:
    documents = required_documents(Plan(plan), sms_result_notification=sms_result, store_display=store)
    assert [document.code for document in documents] == expected
    for document in documents:
        assert document.when == ("start_of_use" if document.code == RELEASE else "contract")
        assert document.guide == "§1.6"
        assert document.because.startswith(document.code.label)


@pytest.mark.parametrize(
    ("plan", "sms_result", "store", "option"),
    [
        ("sms", False, True, Option.STORE_DISPLAY),
        ("sms", True, True, Option.STORE_DISPLAY),
        ("plus", True, False, Option.SMS_RESULT_NOTIFICATION),
        ("plus", True, True, Option.SMS_RESULT_NOTIFICATION),
        ("plus_rcs", True, False, Option.SMS_RESULT_NOTIFICATION),
        ("plus_rcs", True, True, Option.SMS_RESULT_NOTIFICATION),
    ],
)
def test_guide_1_6_an_option_the_plan_cannot_have_is_an_error(
    plan: str, sms_result: bool, store: bool, option: Option
) -> None:
    with pytest.raises(OptionNotInPlan, match=option.label) as caught:
        required_documents(Plan(plan), sms_result_notification=sms_result, store_display=store)
    assert (caught.value.plan, caught.value.option) == (Plan(plan), option)


def test_guide_1_6_2_1_3_1_the_documents_are_named_as_the_guide_names_them() -> None:
    assert {code.value: code.label for code in DocumentCode} == {
        "application_sms": "サービス利用申込書 (SMS)",
        "application_plus": "サービス利用申込書 (+メッセージ)",
        "application_rcs": "サービス利用申込書 (RCS)",
        "account_parameters": "アカウントパラメータ申込書",
        "check_sheet": "お申し込みチェックシート",
        "plan_table": "サービス契約プラン表",
        "sms_result_destination": "【別紙】SMS結果通知先設定申込書",
        "release_checklist": "リリースチェックリスト",
        "service_change": "サービス利用変更申込書",
        "parameter_change": "アカウントパラメータ変更申込書",
        "cancellation_form": "解約申込書",
    }


SERVICE, PARAMETERS = ["service_change"], ["parameter_change"]
WITH_PLAN = ["parameter_change", "check_sheet", "plan_table"]


@pytest.mark.parametrize(
    ("items", "sms_result", "expected"),
    [
        (["company"], False, SERVICE),
        (["account_contact"], False, SERVICE),
        (["service_contact"], False, SERVICE),
        (["billing_details"], False, SERVICE),
        (["payment_method"], False, SERVICE),
        (["usage_purpose"], False, PARAMETERS),
        (["global_ip"], False, PARAMETERS),
        (["plan_plus_rcs_to_sms_plus_rcs"], False, WITH_PLAN),
        (["plan_plus_to_sms_plus"], False, WITH_PLAN),
        (["plan_plus_to_sms_plus"], True, [*WITH_PLAN, RESULT]),
        (["plan_sms_to_sms_plus"], False, WITH_PLAN),
        (["sms_result_url"], False, PARAMETERS),
        (["sms_result_url"], True, [*PARAMETERS, RESULT]),
        (["webhook_url"], False, PARAMETERS),
        (["sender_number"], False, PARAMETERS),
        (["softbank_sender"], False, PARAMETERS),
        (["official_account"], False, PARAMETERS),
        (["option_050"], False, PARAMETERS),
        (["two_way_sms"], False, PARAMETERS),
        (["option_sender_number"], False, PARAMETERS),
        (["mo_url"], False, PARAMETERS),
        (["company", "payment_method"], False, SERVICE),
        (["global_ip", "company"], False, ["service_change", "parameter_change"]),
        (
            ["plan_sms_to_sms_plus", "billing_details", "sms_result_url"],
            True,
            ["service_change", *WITH_PLAN, RESULT],
        ),
    ],
)
def test_guide_2_1_the_documents_of_a_change_each_once_in_the_order_of_the_table(
    items: list[str], sms_result: bool, expected: list[str]
) -> None:
    documents = change_documents([ChangeItem(code) for code in items], sms_result_newly_used=sms_result)
    assert [document.code for document in documents] == expected
    for document in documents:
        assert (document.when, document.guide) == ("change", "§2.1b")
        assert document.because.startswith(document.code.label)


def test_guide_3_1_a_cancellation_has_one_document() -> None:
    (document,) = cancellation_documents()
    assert (document.code, document.when, document.guide) == ("cancellation_form", "cancellation", "§3.1")
