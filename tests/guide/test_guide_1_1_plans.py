"""§1.1: five plans, delivered by API. What each may have is offered, what it cannot have is refused."""

import pytest

from applications.models import Application
from tests.guide.actors import CustomerBrowser
from tests.guide.papers import filled, sample_form

PLANS = {
    "sms": "SMSのみ",
    "plus": "+メッセージのみ",
    "sms_plus": "SMS/+メッセージ併用",
    "plus_rcs": "+メッセージ/RCS併用",
    "sms_plus_rcs": "SMS/+メッセージ/RCS併用",
}
SMS_OPTIONS = {
    "SMS結果通知",
    "双方向SMS / 共通番号",
    "050番号",
    "SoftBank送信元表示番号",
    "SMS長文",
}
OFFICIAL_OPTIONS = {"Webhook", "ストア表示", "試験用アカウント"}
OPTIONS = {
    "sms": SMS_OPTIONS,
    "plus": OFFICIAL_OPTIONS,
    "sms_plus": SMS_OPTIONS | OFFICIAL_OPTIONS,
    "plus_rcs": OFFICIAL_OPTIONS,
    "sms_plus_rcs": SMS_OPTIONS | OFFICIAL_OPTIONS,
}
ALL_OPTIONS = {
    "sms_result_notification": "SMS結果通知",
    "two_way_sms": "双方向SMS / 共通番号",
    "option_050": "050番号",
    "softbank_sender": "SoftBank送信元表示番号",
    "long_sms": "SMS長文",
    "webhook": "Webhook",
    "store_display": "ストア表示",
    "test_account": "試験用アカウント",
}


def labels(browser: CustomerBrowser, name: str) -> list[str]:
    """The choices with this name on the page, in its order."""
    found = []
    for tick in browser.soup.select(f"input[name={name}]"):
        label = tick.find_parent("label")
        assert label is not None
        found.append(label.select_one("span").get_text())  # type: ignore[union-attr]
    return found


def test_guide_1_1_all_five_plans_are_offered_and_each_can_be_begun(sora: CustomerBrowser) -> None:
    sora.open("/portal/applications/new/")
    assert labels(sora, "plan") == list(PLANS.values())
    for code, label in PLANS.items():
        sora.begin(code)
        assert sora.page.request.path == f"/portal/applications/{sora.case}/"
        assert f"契約プラン {label} 配信方法 API利用" in sora.text
    assert Application.objects.count() == 5


@pytest.mark.parametrize("plan", PLANS)
def test_guide_1_1_the_options_offered_are_those_the_plan_may_have(sora: CustomerBrowser, plan: str) -> None:
    sora.look_at_choice(plan)
    assert set(labels(sora, "options")) == OPTIONS[plan]


@pytest.mark.parametrize(
    ("plan", "option"),
    [
        ("sms", "webhook"),
        ("sms", "store_display"),
        ("sms", "test_account"),
        ("plus", "sms_result_notification"),
        ("plus", "two_way_sms"),
        ("plus", "option_050"),
        ("plus_rcs", "softbank_sender"),
        ("plus_rcs", "long_sms"),
    ],
)
def test_guide_1_1_an_option_that_the_plan_cannot_have_is_refused(
    sora: CustomerBrowser, plan: str, option: str
) -> None:
    sora.look_at_choice(plan)
    form = sora.form("この内容でお申し込みを作成する")
    answer = sora.app.post(
        "/portal/applications/new/",
        {
            "csrfmiddlewaretoken": form["csrfmiddlewaretoken"].value,
            "plan": plan,
            "delivery_method": "api",
            "options": option,
        },
        status=422,
    )
    assert f"「{ALL_OPTIONS[option]}」は{PLANS[plan]}では選べません。" in answer.text
    assert not Application.objects.exists()


@pytest.mark.parametrize("plan", PLANS)
def test_guide_1_1_delivery_by_入稿ポータル_is_refused_before_and_after_the_button(
    sora: CustomerBrowser, plan: str
) -> None:
    refusal = "入稿ポータルでのお申し込みは、この窓口ではお受けできません。担当営業までご連絡ください（API利用のみ受け付けています）。"
    assert refusal in sora.look_at_choice(plan, method="portal")
    assert refusal in sora.press("この内容でお申し込みを作成する", status=422)
    assert not Application.objects.exists()


def test_guide_1_1_a_form_that_asks_for_入稿ポータル_is_refused_with_its_cell(sora: CustomerBrowser) -> None:
    sora.begin("sms")
    form = filled(sample_form("sms"), {("サービス利用申込書", "C59"): "入稿ポータル"})
    sora.upload(("申込書.xlsx", form))
    [fault] = [line for line in sora.faults("サービス利用申込書") if "入稿ポータル" in line]
    assert fault.startswith("サービス利用申込書!C59 配信方法：")
    assert not sora.has_button("お申し込みを提出する")


def test_guide_1_1_a_form_of_another_plan_is_refused(sora: CustomerBrowser) -> None:
    sora.begin("plus")
    sora.upload(("申込書.xlsx", sample_form("sms")))
    assert "サービス利用申込書（APIプラン）_+メッセージ" in sora.faults("サービス利用申込書")[0]
    assert not sora.has_button("お申し込みを提出する")


def test_guide_1_1_plan_and_options_can_be_changed_until_submission(sora: CustomerBrowser) -> None:
    sora.begin("sms", "long_sms")
    sora.follow("プランとオプションを変更する")
    sora.open(f"/portal/applications/{sora.case}/choice/?plan=sms_plus&delivery_method=api&options=webhook")
    sora.press("変更する")
    assert "契約プラン SMS/+メッセージ併用 配信方法 API利用 オプション Webhook" in sora.text
