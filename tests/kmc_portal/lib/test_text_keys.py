import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.lib.kana import is_katakana, to_katakana
from kmc_portal.lib.phone import (
    InvalidPhone,
    InvalidPostalCode,
    normalise_phone,
    normalise_postal_code,
)
from kmc_portal.lib.text import (
    clean_name,
    comparison_key,
    normalise_digits,
    same_name,
    search_key,
    utf16_length,
)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("　株式会社サンプル ", "株式会社サンプル"),
        ("㈱サンプル", "㈱サンプル"),
        ("髙橋﨑子", "髙橋﨑子"),
        ("\ufa19谷 \ufa1a太郎", "\ufa19谷 \ufa1a太郎"),  # 神 and 祥 in their older form
        ("か\u3099くしゃ", "がくしゃ"),  # a kana and its mark become one character
        ("ＡＢＣ商事", "ＡＢＣ商事"),
        ("ｶﾌﾞ", "ｶﾌﾞ"),
    ],
)
def test_names_are_kept_as_written(written: str, kept: str) -> None:
    assert clean_name(written) == kept


@pytest.mark.parametrize(
    "spelling",
    [
        "株式会社サンプルサービス",
        "㈱サンプルサービス",
        "（株）サンプルサービス",
        "(株)ｻﾝﾌﾟﾙｻｰﾋﾞｽ",
        "サンプル　サービス　株式会社",
        "さんぷるさーびす",
        "サンプル・サービス㈱",
        "サンプルサ－ビス",
        "サンプルサ―ビス",
        "株式會社サンプルサービス",
        "有限会社サンプルサービス",
    ],
)
def test_every_spelling_of_a_company_has_one_search_key(spelling: str) -> None:
    assert search_key(spelling) == search_key("サンプルサービス")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("㈱ABC", "株式会社ａｂｃ", True),
        ("（株）甲 乙", "株式会社甲乙", True),
        ("㈲丙", "有限会社丙", True),
        ("髙橋商店", "高橋商店", True),
        ("株式会社甲", "有限会社甲", False),
        ("株式会社甲", "甲株式会社", False),
        ("株式会社甲", "甲", False),
        ("株式会社甲", "株式会社乙", False),
    ],
)
def test_names_are_compared_with_their_legal_form(one: str, other: str, same: bool) -> None:
    assert same_name(one, other) is same


def test_a_name_that_is_only_a_legal_form_keeps_a_key() -> None:
    assert search_key("㈱") == "(株)"
    assert search_key("") == ""


@given(st.text(alphabet="株式会社(有)（）㈱㈲ーｰ-－・ 　あアｱﾞがＡaＢ髙高1１", max_size=20))
def test_a_key_is_its_own_key(text: str) -> None:
    assert search_key(search_key(text)) == search_key(text)
    assert comparison_key(comparison_key(text)) == comparison_key(text)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("０３ー００００ー１２３４", "03-0000-1234"),
        ("03‐0000−1234", "03-0000-1234"),
        (" １００－０００１ ", "100-0001"),
        ("Ｔ９０１１１０１０３１５５２", "T9011101031552"),
    ],
)
def test_numbers_become_half_width_with_one_hyphen(written: str, normal: str) -> None:
    assert normalise_digits(written) == normal


@pytest.mark.parametrize(("text", "length"), [("", 0), ("あいう", 3), ("𠮷野", 3), ("a\nb", 3)])
def test_length_in_utf16_units(text: str, length: int) -> None:
    assert utf16_length(text) == length


@pytest.mark.parametrize(
    ("text", "is_kana"),
    [
        ("カブシキガイシャ　サンプル", True),
        ("ヴァイオリン・ショップ", True),
        ("サービス", True),
        ("さんぷる", False),
        ("ｻﾝﾌﾟﾙ", False),
        ("サンプル1", False),
        ("", False),
        ("　", False),
    ],
)
def test_kana_is_full_width_katakana(text: str, is_kana: bool) -> None:
    assert is_katakana(text) is is_kana


def test_half_width_kana_and_hiragana_become_full_width_katakana() -> None:
    assert to_katakana("ｶﾌﾞｼｷｶﾞｲｼｬ さんぷる") == "カブシキガイシャ　サンプル".replace("　", " ")


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("03-0000-1234", "03-0000-1234"),
        ("０３ー００００ー１２３４", "03-0000-1234"),
        ("0300001234", "03-0000-1234"),
        ("+81 3-0000-1234", "03-0000-1234"),
        ("(03) 0000-1234", "03-0000-1234"),
        ("050-0000-1234", "050-0000-1234"),
        ("090-0000-1234", "090-0000-1234"),
        ("0120-000-123", "0120-000-123"),
        ("+1 202-555-0123", "+1 202-555-0123"),
    ],
)
def test_phone_numbers_of_contacts(written: str, normal: str) -> None:
    assert normalise_phone(written) == normal


@pytest.mark.parametrize(
    "written", ["", "110", "03-0000-123", "03-0000-12345", "電話なし", "+1 202-555", "03-0000-1234 内線5"]
)
def test_what_is_no_phone_number_is_refused_with_advice(written: str) -> None:
    with pytest.raises(InvalidPhone, match="市外局番"):
        normalise_phone(written)


@pytest.mark.parametrize("written", ["100-0001", "1000001", "〒１００－０００１", "100ー0001"])
def test_postal_codes(written: str) -> None:
    assert normalise_postal_code(written) == "100-0001"


@pytest.mark.parametrize("written", ["", "100-001", "100-00011", "10-00001", "abc-defg"])
def test_what_is_no_postal_code_is_refused_with_advice(written: str) -> None:
    with pytest.raises(InvalidPostalCode, match="7桁"):
        normalise_postal_code(written)
