"""§2.1b, §3.1: findings of a change and of a cancellation, from real workbooks."""

from typing import Any

import pytest

from accounts.rules.plans import Plan
from applications.gateways.workbooks import write_form
from applications.gateways.workbooks.change_samples import (
    registered_sample,
    write_cancellation_sample,
    write_change_sample,
)
from applications.rules.change_evaluation import (
    change_forms,
    change_slots,
    evaluate_cancellation,
    evaluate_change,
)
from applications.rules.changes import PLAN_CHANGES, ChangeItem
from applications.rules.evaluation import Part
from tests.applications.forms.changing import (
    COMPANY,
    NUMBER,
    PARAMETERS,
    SERVICE,
    edited_parts,
    found,
    judged,
    part,
)
from tests.applications.forms.editing import filled

I = ChangeItem  # noqa: E741
ADDRESS = (SERVICE, "C31")
VOLUME = (PARAMETERS, "C43")  # of the SMS form


def items_of(plan: Plan) -> list[ChangeItem]:
    """Every item that a contract of this plan can change by itself."""
    channels = "sms" in plan.value, plan is not Plan.SMS
    with_sms = [I.SMS_RESULT_URL, I.SENDER_NUMBER, I.SOFTBANK_SENDER, I.OPTION_050, I.TWO_WAY_SMS]
    return [
        *(I.COMPANY, I.ACCOUNT_CONTACT, I.SERVICE_CONTACT, I.BILLING_DETAILS, I.PAYMENT_METHOD),
        *(I.USAGE_PURPOSE, I.GLOBAL_IP),
        *(with_sms if channels[0] else []),
        *([I.WEBHOOK_URL, I.OFFICIAL_ACCOUNT] if channels[1] else []),
    ]


@pytest.mark.parametrize(("plan", "item"), [(plan, item) for plan in Plan for item in items_of(plan)])
def test_guide_2_1_a_change_that_is_declared_and_made_has_no_fault(plan: Plan, item: ChangeItem) -> None:
    evaluation = judged(plan, [item])
    assert (found(evaluation), evaluation.complete) == ([], True)
    assert {one.item for one in evaluation.differences} <= {item, I.MO_URL}
    assert evaluation.differences


@pytest.mark.parametrize("item", [I.MO_URL, I.OPTION_SENDER_NUMBER])
def test_guide_2_1_what_belongs_to_two_way_sms_is_changed_where_that_is_used(item: ChangeItem) -> None:
    evaluation = judged(Plan.SMS, [I.TWO_WAY_SMS, item])
    assert (found(evaluation), evaluation.complete) == ([], True)
    alone = judged(Plan.SMS, [item])
    assert alone.blocking[0].code == "choice"
    assert "「共通番号/双方向SMS」も選んでください" in alone.blocking[0].message


def test_guide_2_1_a_change_carries_the_complete_new_state_of_its_items_alone() -> None:
    values = judged(Plan.SMS, [I.COMPANY, I.PAYMENT_METHOD]).values
    assert {key: value for key, value in values.items() if not key.startswith("applicant.")} == {
        "applied_on": values["applied_on"],
        "contract.number": "KMC-0000001",
        "contract.company_name": "株式会社見本トラベル",
        "company.name": "株式会社見本トラベル",
        "company.name_kana": "カブシキガイシャミホントラベル",
        "company.corporate_number": "8999999000001",
        "company.postal_code": "100-0000",
        "company.address": "東京都見本区見本4-5-6",
        "company.representative": "代表取締役 見本 次子",
        "payment_method": "direct_debit",
    }
    assert values["applicant.email"] == "hanako@travel.example.jp"


def test_guide_2_1_old_and_new_stand_side_by_side() -> None:
    evaluation = judged(Plan.SMS, [I.COMPANY, I.USAGE_PURPOSE])
    assert [(one.place, one.old, one.new) for one in evaluation.differences] == [
        (f"{SERVICE}!C31", "東京都見本区見本1-2-3", "東京都見本区見本4-5-6"),
        (f"{SERVICE}!C32", "代表取締役 見本 太郎", "代表取締役 見本 次子"),
        (f"{PARAMETERS}!C43", "12,000", "30,000"),
    ]


def test_guide_2_1_an_item_changed_but_not_declared_is_a_finding_at_the_changed_cell() -> None:
    evaluation = judged(
        Plan.SMS, [I.PAYMENT_METHOD], {ADDRESS: "東京都見本区見本9-9-9", (SERVICE, "C30"): "1000001"}
    )
    (fault,) = evaluation.blocking
    assert (fault.code, fault.place, fault.document_code) == (
        "not_declared",
        f"{SERVICE}!C30",
        "service_change",
    )
    assert fault.label == "ご利用企業 郵便番号"
    assert "「企業情報」（C20）は「変更しない」です" in fault.message
    assert "所在地（C31）" in fault.message
    assert "company.address" not in evaluation.values


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (ADDRESS, "東京都見本区見本１－２－３"),
        ((SERVICE, "C27"), "㈱見本トラベル"),
        ((SERVICE, "C48"), "0300001236"),
        ((SERVICE, "C55"), "keiri@TRAVEL.example.jp"),
    ],
)
def test_guide_2_1_another_writing_in_an_undeclared_item_is_no_finding(
    cell: tuple[str, str], value: str
) -> None:
    assert found(judged(Plan.SMS, [I.PAYMENT_METHOD], {cell: value})) == []


def test_guide_2_1_an_item_declared_but_not_changed_is_a_finding_at_its_declaration() -> None:
    evaluation = judged(Plan.SMS, [I.USAGE_PURPOSE], {VOLUME: 12000})
    assert found(evaluation) == [("not_changed", f"{PARAMETERS}!C30", "blocking")]
    assert "現在の登録と同じです" in evaluation.faults[0].message
    assert not evaluation.complete


def test_guide_2_1_declared_on_the_form_but_not_chosen_on_the_screen() -> None:
    evaluation = judged(Plan.SMS, [I.COMPANY, I.PAYMENT_METHOD], chosen=[I.PAYMENT_METHOD])
    assert found(evaluation) == [("declared_differs", f"{SERVICE}!C20", "blocking")]
    assert "画面では選ばれていません" in evaluation.faults[0].message


def test_guide_2_1_chosen_on_the_screen_but_not_declared_on_the_form() -> None:
    evaluation = judged(Plan.SMS, [I.COMPANY], chosen=[I.COMPANY, I.PAYMENT_METHOD])
    assert found(evaluation) == [("declared_differs", f"{SERVICE}!C24", "blocking")]
    assert "申込書では「変更しない」ですが、画面では選ばれています" in evaluation.faults[0].message


def test_guide_2_1_each_workbook_answers_for_its_own_items() -> None:
    assert found(judged(Plan.SMS, [I.COMPANY, I.GLOBAL_IP])) == []


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("KMC-0000001", True),
        ("ＫＭＣ－０００００01", True),
        ("kmc 0000001", True),
        ("KMC-0000002", False),
        ("KMC-000001", False),
    ],
)
def test_guide_2_1_the_number_must_be_the_contracts(written: str, right: bool) -> None:
    evaluation = judged(Plan.SMS, [I.COMPANY], {(SERVICE, "C7"): written})
    assert found(evaluation) == ([] if right else [("contract_differs", f"{SERVICE}!C7", "blocking")])


def test_guide_2_1_another_companys_name_is_a_warning() -> None:
    evaluation = judged(Plan.SMS, [I.COMPANY], company="株式会社例示旅行")
    assert found(evaluation) == [("company_differs", f"{SERVICE}!C8", "warning")]
    assert evaluation.complete


def test_guide_2_1_what_was_registered_since_the_form_was_handed_out_is_a_warning_and_stays() -> None:
    registered = {**registered_sample(Plan.SMS), "company.postal_code": "100-0009"}
    evaluation = judged(Plan.SMS, [I.COMPANY], registered=registered)
    assert found(evaluation) == [("before_changed", f"{SERVICE}!F30", "warning")]
    assert "「100-0009」に変わっています" in evaluation.faults[0].message
    assert evaluation.complete
    assert evaluation.values["company.postal_code"] == "100-0009"
    assert evaluation.values["company.address"] == "東京都見本区見本4-5-6"


def test_guide_2_1_an_untouched_item_is_not_changed_by_what_was_registered_since() -> None:
    registered = {**registered_sample(Plan.SMS), "service_contact.phone": "03-0000-9999"}
    evaluation = judged(Plan.SMS, [I.COMPANY], registered=registered)
    assert found(evaluation) == [("before_changed", f"{SERVICE}!F48", "warning")]
    assert {one.item for one in evaluation.differences} == {I.COMPANY}


def test_guide_2_1_a_blank_form_needs_only_what_changes() -> None:
    values: dict[str, Any] = {
        "applied_on": "2026-11-24",
        "contract.number": NUMBER,
        "contract.company_name": COMPANY,
        "applicant.name": "見本 花子",
        "applicant.name_kana": "ミホン ハナコ",
        "applicant.email": "hanako@travel.example.jp",
        "applicant.phone": "03-0000-1234",
        "change.payment_method": True,
        "payment_method": "direct_debit",
    }
    evaluation = evaluate_change(
        plan=Plan.SMS,
        items=[I.PAYMENT_METHOD],
        parts={"service_change_form": part(write_form("service_change", values))},
        registered=registered_sample(Plan.SMS),
        contract_number=NUMBER,
        company=COMPANY,
    )
    assert found(evaluation) == []
    assert [one.key for one in evaluation.differences] == ["payment_method"]


def test_guide_2_1_emptying_an_answer_is_a_change_of_its_item() -> None:
    evaluation = judged(Plan.SMS, [I.PAYMENT_METHOD], {(SERVICE, "C54"): None})
    assert [(fault.code, fault.place) for fault in evaluation.blocking] == [
        ("not_declared", f"{SERVICE}!C54")
    ]
    declared = judged(Plan.SMS, [I.BILLING_DETAILS], {(SERVICE, "C54"): None})
    assert found(declared) == []
    assert "billing_contact.department" not in declared.values


def test_guide_2_1_the_plan_itself_is_not_changed_by_the_form_of_parameters() -> None:
    evaluation = judged(Plan.PLUS, [I.USAGE_PURPOSE], {(PARAMETERS, "C27"): "SMS/+メッセージ併用"})
    assert ("not_changeable", f"{PARAMETERS}!C27", "blocking") in found(evaluation)
    message = next(fault.message for fault in evaluation.faults if fault.code == "not_changeable")
    assert "新規のお申し込み" in message


def test_guide_2_1_an_option_without_a_row_in_the_table_stays_as_it_is() -> None:
    form = change_forms(Plan.PLUS, [I.USAGE_PURPOSE])["parameter_change_form"]
    cell = form.slot_of("option.test_account").cell
    evaluation = judged(Plan.PLUS, [I.USAGE_PURPOSE], {(PARAMETERS, cell): "利用しない"})
    assert ("not_changeable", f"{PARAMETERS}!{cell}", "blocking") in found(evaluation)


def test_guide_2_1_ending_two_way_sms_takes_its_url_along_without_a_further_declaration() -> None:
    registered = {
        **registered_sample(Plan.SMS),
        "option.two_way_sms": True,
        "sms.mo_url": "https://sms.travel.example.jp/mo",
    }
    files = write_change_sample(Plan.SMS, [I.OPTION_050, I.TWO_WAY_SMS], registered)
    ended = {(PARAMETERS, "C75"): "利用しない", (PARAMETERS, "C71"): None}
    evaluation = evaluate_change(
        plan=Plan.SMS,
        items=[I.OPTION_050, I.TWO_WAY_SMS],
        parts=edited_parts(files, ended),
        registered=registered,
        contract_number=NUMBER,
        company=COMPANY,
    )
    assert found(evaluation) == []
    assert evaluation.values["option.two_way_sms"] is False
    assert "sms.mo_url" not in evaluation.values


# pictures -----------------------------------------------------------------------------------------


def test_guide_2_1_a_new_picture_alone_is_a_change_of_the_official_account() -> None:
    form = change_forms(Plan.PLUS, [I.OFFICIAL_ACCOUNT])["parameter_change_form"]
    description = (PARAMETERS, form.slot_of("plus.description").cell)
    same = {description: "ご予約の確認と、出発前日のお知らせをお届けします。"}
    assert found(judged(Plan.PLUS, [I.OFFICIAL_ACCOUNT], same, pictures=["icon"])) == []
    declaration = form.slot_of("change.official_account").cell
    assert found(judged(Plan.PLUS, [I.OFFICIAL_ACCOUNT], same)) == [
        ("not_changed", f"{PARAMETERS}!{declaration}", "blocking")
    ]


def test_guide_2_1_a_picture_without_its_item_is_a_finding() -> None:
    form = change_forms(Plan.PLUS, [I.USAGE_PURPOSE])["parameter_change_form"]
    declaration = form.slot_of("change.official_account").cell
    evaluation = judged(Plan.PLUS, [I.USAGE_PURPOSE], pictures=["icon"])
    assert found(evaluation) == [("not_declared", f"{PARAMETERS}!{declaration}", "blocking")]
    assert "画像が添付されています" in evaluation.faults[0].message


def test_guide_2_1_another_file_name_asks_for_the_picture() -> None:
    form = change_forms(Plan.PLUS, [I.OFFICIAL_ACCOUNT])["parameter_change_form"]
    cell = form.slot_of("plus.icon_file").cell
    renamed = {(PARAMETERS, cell): "icon-2027.png"}
    evaluation = judged(Plan.PLUS, [I.OFFICIAL_ACCOUNT], renamed)
    assert found(evaluation) == [("image_missing", f"{PARAMETERS}!{cell}", "blocking")]
    assert evaluation.missing == ("+メッセージ公式アカウントのアイコン画像",)
    assert judged(Plan.PLUS, [I.OFFICIAL_ACCOUNT], renamed, pictures=["icon"]).complete


# plan changes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "documents", "pictures"),
    [
        (I.PLAN_SMS_TO_SMS_PLUS, ["parameter_change", "check_sheet", "plan_table"], ["icon"]),
        (
            I.PLAN_PLUS_TO_SMS_PLUS,
            ["parameter_change", "check_sheet", "plan_table", "sms_result_destination"],
            [],
        ),
        (
            I.PLAN_PLUS_RCS_TO_SMS_PLUS_RCS,
            ["parameter_change", "check_sheet", "plan_table", "sms_result_destination"],
            [],
        ),
    ],
)
def test_guide_2_1_a_plan_change_brings_its_documents_and_the_new_channel(
    item: ChangeItem, documents: list[str], pictures: list[str]
) -> None:
    plan, target = PLAN_CHANGES[item]
    evaluation = judged(plan, [item], pictures=pictures)
    assert (found(evaluation), evaluation.complete) == ([], True)
    assert [document.code for document in evaluation.documents] == documents
    assert {one.item for one in evaluation.differences} == {item}
    assert evaluation.values["plan"] == target.value


def test_guide_2_1_a_new_channel_needs_its_picture() -> None:
    evaluation = judged(Plan.SMS, [I.PLAN_SMS_TO_SMS_PLUS])
    assert [fault.code for fault in evaluation.blocking] == ["image_missing"]
    assert evaluation.missing == ("+メッセージ公式アカウントのアイコン画像",)


def test_guide_2_1_an_option_of_the_new_channel_may_be_declared_besides_for_its_days() -> None:
    evaluation = judged(Plan.PLUS, [I.PLAN_PLUS_TO_SMS_PLUS, I.TWO_WAY_SMS])
    assert (found(evaluation), evaluation.complete) == ([], True)
    assert evaluation.values["option.two_way_sms"] is True


def test_guide_2_1_another_change_of_plan_is_refused_at_the_choice() -> None:
    evaluation = judged(Plan.SMS_PLUS, [I.COMPANY], chosen=[I.COMPANY, I.PLAN_SMS_TO_SMS_PLUS])
    assert evaluation.blocking[0].code == "choice"
    assert "新規のお申し込み" in evaluation.blocking[0].message


def test_guide_2_1_the_plan_tables_company_must_be_the_contracts() -> None:
    form = change_forms(Plan.SMS, [I.PLAN_SMS_TO_SMS_PLUS])["parameter_change_form"]
    files = write_change_sample(Plan.SMS, [I.PLAN_SMS_TO_SMS_PLUS])
    slot = form.slot_of("plan_table.company_name")
    data = filled(files["parameter_change_form"], {(slot.sheet.title, slot.cell): "株式会社例示"})
    faults = part(data).faults
    assert [(fault.code, fault.place) for fault in faults] == [
        ("company_differs", f"サービス契約プラン表!{slot.cell}")
    ]


# documents and places -----------------------------------------------------------------------------


def test_guide_2_1_a_missing_workbook_is_missing() -> None:
    evaluation = evaluate_change(
        plan=Plan.SMS,
        items=[I.COMPANY, I.GLOBAL_IP],
        parts={},
        registered=registered_sample(Plan.SMS),
        contract_number=NUMBER,
        company=COMPANY,
    )
    assert evaluation.missing == ("サービス利用変更申込書", "アカウントパラメータ変更申込書")
    assert (evaluation.complete, found(evaluation)) == (False, [])


def test_guide_2_1_the_form_of_another_plan_is_refused() -> None:
    wrong = write_change_sample(Plan.PLUS, [I.GLOBAL_IP])["parameter_change_form"]
    evaluation = evaluate_change(
        plan=Plan.SMS,
        items=[I.GLOBAL_IP],
        parts={"parameter_change_form": part(wrong)},
        registered=registered_sample(Plan.SMS),
        contract_number=NUMBER,
        company=COMPANY,
    )
    assert [fault.code for fault in evaluation.blocking] == ["wrong_form"]
    assert "「アカウントパラメータ変更申込書（APIプラン）_SMS」" in evaluation.blocking[0].message
    assert evaluation.values == {}


def test_guide_1_6_the_annex_comes_where_results_are_newly_used_and_its_url_must_be_the_same() -> None:
    registered = {
        key: value for key, value in registered_sample(Plan.SMS).items() if not key.startswith("result.")
    } | {"option.sms_result_notification": False}
    files = write_change_sample(Plan.SMS, [I.SMS_RESULT_URL], registered)
    assert list(files) == ["parameter_change_form", "sms_result_form"]

    def judge(parts: dict[str, Part]) -> Any:
        return evaluate_change(
            plan=Plan.SMS,
            items=[I.SMS_RESULT_URL],
            parts=parts,
            registered=registered,
            contract_number=NUMBER,
            company=COMPANY,
        )

    good = judge({slot: part(data) for slot, data in files.items()})
    assert (found(good), good.complete) == ([], True)
    assert good.values["result.url"] == "https://sms.travel.example.jp/result/v2"
    assert good.values["result.server_ready"] is False
    alone = judge({"parameter_change_form": part(files["parameter_change_form"])})
    assert alone.missing == ("【別紙】SMS結果通知先設定申込書",)
    sheet = "SMS結果通知先設定申込書"
    other = filled(files["sms_result_form"], {(sheet, "C9"): "https://sms.travel.example.jp/other"})
    differs = judge(
        {"parameter_change_form": part(files["parameter_change_form"]), "sms_result_form": part(other)}
    )
    assert found(differs) == [("result_url_differs", f"{sheet}!C9", "blocking")]


@pytest.mark.parametrize(
    ("plan", "items", "sms_result", "slots"),
    [
        ("sms", ["company"], False, ["service_change_form"]),
        ("sms", ["global_ip"], False, ["parameter_change_form"]),
        ("sms", ["sms_result_url"], True, ["parameter_change_form", "sms_result_form"]),
        ("sms", ["plan_sms_to_sms_plus"], False, ["parameter_change_form", "icon"]),
        ("plus", ["plan_plus_to_sms_plus"], False, ["parameter_change_form"]),
        ("plus", ["official_account"], False, ["parameter_change_form", "icon"]),
        (
            "plus_rcs",
            ["company", "official_account"],
            False,
            ["service_change_form", "parameter_change_form", "icon", "logo", "banner"],
        ),
    ],
)
def test_guide_2_1_the_places_of_a_change(
    plan: str, items: list[str], sms_result: bool, slots: list[str]
) -> None:
    chosen = [ChangeItem(code) for code in items]
    assert list(change_slots(Plan(plan), chosen, sms_result_newly_used=sms_result)) == slots


@pytest.mark.parametrize(
    ("plan", "item", "form_code"),
    [
        ("sms", "company", "service_change"),
        ("sms", "global_ip", "parameter_change_sms"),
        ("plus", "global_ip", "parameter_change_plus"),
        ("sms_plus", "global_ip", "parameter_change_plus"),
        ("plus_rcs", "global_ip", "parameter_change_rcs"),
        ("sms_plus_rcs", "global_ip", "parameter_change_rcs"),
        ("sms", "plan_sms_to_sms_plus", "plan_change_plus"),
        ("plus", "plan_plus_to_sms_plus", "plan_change_plus"),
        ("plus_rcs", "plan_plus_rcs_to_sms_plus_rcs", "plan_change_rcs"),
    ],
)
def test_guide_2_1_the_workbook_of_a_change(plan: str, item: str, form_code: str) -> None:
    (form,) = change_forms(Plan(plan), [ChangeItem(item)]).values()
    assert form.code == form_code


# cancellation -------------------------------------------------------------------------------------


def cancelled(data: bytes | None, *, number: str = NUMBER) -> Any:
    parts = {} if data is None else {"cancellation_form": part(data)}
    return evaluate_cancellation(parts=parts, contract_number=number, company=COMPANY)


def test_guide_3_1_a_cancellation_form_that_is_filled_in_is_complete() -> None:
    evaluation = cancelled(write_cancellation_sample())
    assert (found(evaluation), evaluation.complete) == ([], True)
    assert [document.code for document in evaluation.documents] == ["cancellation_form"]
    assert evaluation.values["cancel.reason"] == "配信の業務を終えるため"


def test_guide_3_1_what_must_be_known_before_is_confirmed_and_the_contract_is_ours() -> None:
    assert [(fault.code, fault.place) for fault in cancelled(write_cancellation_sample(False)).blocking] == [
        ("missing", "解約申込書!C16"),
        ("must_be_yes", "解約申込書!C24"),
    ]
    other = cancelled(write_cancellation_sample(), number="KMC-0000009")
    assert found(other) == [("contract_differs", "解約申込書!C7", "blocking")]
    assert cancelled(None).missing == ("解約申込書",)
    wrong = cancelled(write_form("service_change"))
    assert "wrong_form" in {fault.code for fault in wrong.blocking}
