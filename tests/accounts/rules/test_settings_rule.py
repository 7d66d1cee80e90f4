"""What staff may enter as a setting, at every boundary."""

import pytest

from accounts.rules.settings import BY_KEY, DEFINITIONS, faults, order_fault, to_store

FIRST = {definition.key: definition.first for definition in DEFINITIONS}


@pytest.mark.parametrize(
    ("key", "value", "fault"),
    [
        ("lead_sms_earliest", 1, None),
        ("lead_sms_earliest", 0, "1以上で入力してください。"),
        ("lead_sms_latest", 500, None),
        ("lead_sms_latest", 501, "500以下で入力してください。"),
        ("lead_sms_latest", True, "整数で入力してください。"),
        ("ip_widest_v4", 8, None),
        ("ip_widest_v4", 7, "8以上で入力してください。"),
        ("ip_widest_v4", 32, None),
        ("ip_widest_v4", 33, "32以下で入力してください。"),
        ("ip_widest_v6", 128, None),
        ("ip_widest_v6", 129, "128以下で入力してください。"),
        ("rakuten_reviews", True, None),
        ("rakuten_reviews", "はい", "はい / いいえで入力してください。"),
        ("service_name", "  ", "空にはできません。"),
        ("system_urls", ["API https://api.example.jp/", " "], "一行に一つずつ入力してください。"),
        ("transfer_account", [], None),
        ("invoice_registration_number", "T5700015000001", None),
        (
            "invoice_registration_number",
            "5700015000001",
            "登録番号は「T」と数字13桁です。T9011101031552のように先頭にTを付けて入力してください。",
        ),
        (
            "invoice_registration_number",
            "T570001500000",
            "登録番号の数字は13桁です（入力は12桁）。T9011101031552のように入力してください。",
        ),
    ],
)
def test_a_setting_is_taken_or_refused_in_words(key: str, value: object, fault: str | None) -> None:
    assert faults(BY_KEY[key], value) == fault


def test_a_registration_number_is_kept_without_widths_and_separators() -> None:
    assert to_store(BY_KEY["invoice_registration_number"], "ｔ5700-0150-00001") == "T5700015000001"
    assert to_store(BY_KEY["service_name"], "ｔ5700-0150") == "ｔ5700-0150"


def test_the_first_values_are_all_good_and_go_together() -> None:
    assert [faults(definition, definition.first) for definition in DEFINITIONS] == [None] * len(DEFINITIONS)
    assert order_fault(FIRST) is None


def test_guide_1_3_the_shortest_lead_time_is_never_above_the_longest() -> None:
    assert order_fault({**FIRST, "lead_sms_earliest": 10}) is None
    assert order_fault({**FIRST, "lead_sms_earliest": 11}) == (
        "標準納期 SMSのみ（最短・営業日）（11）が、標準納期 SMSのみ（最長・営業日）（10）より大きくなります。"
    )
