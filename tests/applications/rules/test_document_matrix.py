"""§1.6: every plan with every combination of the two options."""

import pytest

from accounts.rules.plans import Option, Plan
from applications.rules.documents import DocumentCode, OptionNotInPlan, required_documents

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


def test_guide_1_6_the_documents_are_named_as_the_guide_names_them() -> None:
    assert {code.value: code.label for code in DocumentCode} == {
        "application_sms": "サービス利用申込書 (SMS)",
        "application_plus": "サービス利用申込書 (+メッセージ)",
        "application_rcs": "サービス利用申込書 (RCS)",
        "account_parameters": "アカウントパラメータ申込書",
        "check_sheet": "お申し込みチェックシート",
        "plan_table": "サービス契約プラン表",
        "sms_result_destination": "【別紙】SMS結果通知先設定申込書",
        "release_checklist": "リリースチェックリスト",
    }
