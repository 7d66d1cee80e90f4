"""§2.1b: what counts as a change, as a Japanese reader sees it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from applications.rules.differences import differences, same_value
from applications.rules.forms import FORMS
from kmc_portal.lib.text import written_key

SERVICE, PARAMETERS = FORMS["service_change"], FORMS["parameter_change_rcs"]
FIELDS = {**PARAMETERS.fields, **FORMS["parameter_change_sms"].fields, **SERVICE.fields}

SAME: list[tuple[str, Any, Any]] = [
    ("company.name", "㈱見本商事", "株式会社見本商事"),
    ("company.name", "（株）見本商事", "株式会社見本商事"),
    ("company.name", "(株)見本商事", "㈱見本商事"),
    ("company.name", "㈲例示", "有限会社例示"),
    ("company.name", "NPO法人見本", "特定非営利活動法人見本"),
    ("company.name", "株式会社　見本 商事", "株式会社見本商事"),
    ("company.name", "ＡＢＣ商事株式会社", "ABC商事株式会社"),
    ("company.name", "株式会社ﾐﾎﾝｶﾞｰﾃﾞﾝ", "株式会社ミホンガーデン"),
    ("company.name", "見本サ－ビス", "見本サービス"),
    ("company.name", "見本サ―ビス", "見本サービス"),
    ("company.name", "か\u3099くしゃ商店", "がくしゃ商店"),
    ("company.name_kana", "カブシキガイシャミホン", "ｶﾌﾞｼｷｶﾞｲｼｬ ﾐﾎﾝ"),
    ("company.name_kana", "カブシキガイシャミホン", "かぶしきがいしゃみほん"),
    ("company.representative", "代表取締役 見本 太郎", "代表取締役　見本太郎"),
    ("company.address", "東京都見本区見本1-2-3", "東京都見本区見本１－２－３"),
    ("company.address", "東京都見本区見本1-2-3", "東京都見本区見本1‐2‐3"),
    ("company.address", "東京都見本区見本1-2-3", "東京都見本区見本1−2ー3"),
    ("company.address", "東京都見本区見本1-2-3 見本ビル", "東京都見本区見本1-2-3　見本ビル"),
    ("company.postal_code", "100-0000", "1000000"),
    ("company.postal_code", "100-0000", "〒１００－００００"),
    ("company.corporate_number", "8999999000001", "８９９９９９９０００００１"),
    ("account_contact.phone", "03-0000-1234", "0300001234"),
    ("account_contact.phone", "03-0000-1234", "０３（００００）１２３４"),
    ("account_contact.phone", "03-0000-1234", "03ー0000ー1234"),
    ("account_contact.phone", "03-0000-1234", "+81 3 0000 1234"),
    ("account_contact.email", "hanako@example.jp", "hanako@EXAMPLE.jp"),
    ("account_contact.email", "hanako@example.jp", "ｈａｎａｋｏ＠example.jp"),
    ("usage.purpose", "予約の確認\r\n前日の案内", "予約の確認\n前日の案内"),
    ("usage.purpose", "予約の確認", "予約の確認 \n"),
    ("usage.purpose", "月２回、配信します", "月2回、配信します"),
    ("usage.monthly_volume", 12000, 12000),
    ("global_ips", ["52.192.0.10", "52.192.1.0/28"], ["52.192.1.0/28", "52.192.0.10"]),
    ("global_ips", ["52.192.0.10/32"], ["52.192.0.10"]),
    ("sms.sender_numbers", ["0120000123", "0300001234"], ["03-0000-1234", "0120-000-123"]),
    ("sms.sender_numbers", ["0120000123"], ["+81120000123"]),
    ("sms.softbank_sender", "21234", "２１２３４"),
    ("result.url", "https://sms.example.jp/result", "https://SMS.example.jp:443/result"),
    ("plus.webhook_url", "https://hooks.example.jp", "https://hooks.example.jp/"),
    ("plus.description", "予約の確認\r\n前日の案内", "予約の確認\n前日の案内"),
    ("plus.phone", "03-0000-1240", "0300001240"),
    ("plus.icon_file", "icon.png", "ICON.PNG"),
    ("rcs.color", "#1A5FB4", "#1a5fb4"),
    ("option.webhook", False, None),
    ("company.corporate_number", "", None),
    ("global_ips", [], None),
]
CHANGED: list[tuple[str, Any, Any]] = [
    ("company.name", "株式会社髙橋商店", "株式会社高橋商店"),
    ("company.name", "齋藤商店", "斎藤商店"),
    ("company.name", "﨑山商店", "崎山商店"),
    ("company.name", "\ufa19山商店", "神山商店"),  # the older form of 神
    ("company.name", "株式会社見本", "見本株式会社"),
    ("company.name", "株式会社見本", "有限会社見本"),
    ("company.name", "株式会社見本", "見本"),
    ("company.name", "株式会社Mihon", "株式会社MIHON"),
    ("company.name", "見本・商事", "見本商事"),
    ("company.name", "見本サービス", "見本サビス"),
    ("company.name_kana", "カブシキガイシャミホン", "カブシキガイシャミホ"),
    ("company.address", "東京都見本区見本1-2-3", "東京都見本区見本1-2-4"),
    ("company.address", "東京都見本区見本1-23", "東京都見本区見本12-3"),
    ("company.address", "千葉県見本市見本ケ谷1", "千葉県見本市見本ヶ谷1"),
    ("company.postal_code", "100-0000", "100-0001"),
    ("company.corporate_number", "8999999000001", None),
    ("account_contact.phone", "03-0000-1234", "03-0000-1235"),
    ("account_contact.email", "hanako@example.jp", "Hanako@example.jp"),
    ("account_contact.email", "hanako@example.jp", "hanako@example.com"),
    ("payment_method", "invoice", "direct_debit"),
    ("usage.purpose", "予約の確認\n前日の案内", "予約の確認前日の案内"),
    ("usage.purpose", "予約の確認", "予約のご確認"),
    ("usage.monthly_volume", 12000, 12001),
    ("global_ips", ["52.192.0.10"], ["52.192.0.10", "52.192.0.11"]),
    ("global_ips", ["52.192.1.0/28"], ["52.192.1.0/29"]),
    ("sms.sender_numbers", ["0120000123"], ["0120000124"]),
    ("result.url", "https://sms.example.jp/result", "https://sms.example.jp/Result"),
    ("plus.webhook_url", "https://hooks.example.jp/a", "https://hooks.example.jp/a?v=2"),
    ("plus.nickname", "見本トラベル", "見本 トラベル"),  # recipients see the space
    ("plus.nickname", "㈱見本", "株式会社見本"),
    ("plus.description", "月２回", "月2回"),
    ("plus.icon_file", "icon.png", "icon2.png"),
    ("rcs.color", "#1A5FB4", "#1A5FB5"),
    ("option.webhook", True, False),
    ("option.webhook", True, None),
]


@pytest.mark.parametrize(("key", "one", "other"), SAME)
def test_guide_2_1_another_writing_of_the_same_is_no_change(key: str, one: Any, other: Any) -> None:
    assert same_value(FIELDS[key], one, other)
    assert same_value(FIELDS[key], other, one)


@pytest.mark.parametrize(("key", "one", "other"), CHANGED)
def test_guide_2_1_a_real_change_is_one(key: str, one: Any, other: Any) -> None:
    assert not same_value(FIELDS[key], one, other)
    assert not same_value(FIELDS[key], other, one)


WORDS = st.text(alphabet="見本髙高商店あアＡA1１ー－-・")


@given(WORDS, WORDS)
def test_guide_2_1_spaces_never_make_two_writings_differ(one: str, other: str) -> None:
    assert written_key(f" {one}　{other} ") == written_key(one + other)
    assert written_key(written_key(one)) == written_key(one)


REGISTERED = {
    "company.name": "株式会社見本トラベル",
    "company.address": "東京都見本区見本1-2-3",
    "account_contact.phone": "03-0000-1235",
    "payment_method": "invoice",
}


def test_guide_2_1_a_difference_tells_old_and_new_as_the_form_shows_them_and_where() -> None:
    values = {**REGISTERED, "company.name": "㈱見本トラベル", "payment_method": "direct_debit"}
    (found,) = differences(SERVICE, values, REGISTERED)
    assert (found.key, found.label, found.item) == (
        "payment_method",
        "お支払い 支払方法",
        "payment_method",
    )
    assert (found.place, found.old, found.new) == ("サービス利用変更申込書!C61", "請求書払い", "口座振替")


def test_guide_2_1_lists_and_numbers_are_told_in_one_line() -> None:
    registered = {"global_ips": ["52.192.0.10", "52.192.1.0/28"], "usage.monthly_volume": 12000}
    values = {"global_ips": ["52.192.0.10"], "usage.monthly_volume": 30000}
    assert [(one.label, one.old, one.new) for one in differences(PARAMETERS, values, registered)] == [
        ("想定月間配信数（通）", "12,000", "30,000"),
        ("グローバルIPアドレス", "52.192.0.10、52.192.1.0/28", "52.192.0.10"),
    ]


def test_guide_2_1_an_answer_left_as_it_was_handed_out_is_no_change_of_what_was_registered_since() -> None:
    handed_out = {**REGISTERED, "account_contact.phone": "03-0000-9999"}
    assert differences(SERVICE, handed_out, REGISTERED, before=handed_out) == []
    assert [one.key for one in differences(SERVICE, handed_out, REGISTERED)] == ["account_contact.phone"]


def test_guide_2_1_in_a_blank_form_an_empty_cell_says_nothing_and_in_a_filled_one_it_empties() -> None:
    left = {key: value for key, value in REGISTERED.items() if key != "company.address"}
    assert differences(SERVICE, left, REGISTERED) == []
    (found,) = differences(SERVICE, left, REGISTERED, before=REGISTERED)
    assert (found.key, found.old, found.new) == ("company.address", "東京都見本区見本1-2-3", "")


def test_guide_2_1_no_in_a_blank_form_is_an_answer() -> None:
    (found,) = differences(PARAMETERS, {"option.webhook": False}, {"option.webhook": True})
    assert (found.item, found.old, found.new) == ("webhook_url", "利用する", "利用しない")
