import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.gateways import file_names


@pytest.mark.parametrize(
    ("given_name", "clean_name"),
    [
        ("サービス利用申込書（APIプラン）_SMS.xlsx", "サービス利用申込書（APIプラン）_SMS.xlsx"),
        ("𠮷野屋㈱ 髙﨑様.xlsx", "𠮷野屋㈱ 髙﨑様.xlsx"),
        ("カ\u3099イト\u3099.pdf", "ガイド.pdf"),  # as a Mac sends it
        ("C:\\fakepath\\申込書.xlsx", "申込書.xlsx"),
        ("../../etc/passwd", "passwd"),
        ("請求\u202excod.exe", "請求xcod.exe"),
        ("a\u200bb\u2066c.png", "abc.png"),
        ("改行\r\nSet-Cookie: x.eml", "改行 Set-Cookie_ x.eml"),
        ("a\x00b\x1f.pdf", "ab.pdf"),
        ('<"a|b?*>.pdf', "__a_b___.pdf"),
        ("  名前 　 二つ .XLSX", "名前 二つ.XLSX"),
        ("...", "名称なし"),
        ("", "名称なし"),
        ("フォルダ/", "名称なし"),
    ],
)
def test_names_are_made_safe_and_stay_readable(given_name: str, clean_name: str) -> None:
    assert file_names.clean(given_name) == clean_name


def test_a_long_name_is_cut_before_its_extension() -> None:
    assert file_names.clean("a" * 300 + ".xlsx") == "a" * 115 + ".xlsx"  # 120 characters
    assert file_names.clean("あ" * 300 + ".xlsx") == "あ" * 78 + ".xlsx"  # 3 × 78 + 5 = 239 of 240 bytes


@given(st.text())
def test_every_name_comes_out_short_safe_and_unchanged_by_a_second_cleaning(name: str) -> None:
    cleaned = file_names.clean(name)
    assert 1 <= len(cleaned) <= 120
    assert len(cleaned.encode()) <= 240
    assert not set(cleaned) & set('/\\<>:"|?*')
    assert all(unicodedata.category(sign) not in ("Cc", "Cf", "Cs") for sign in cleaned)
    assert file_names.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "extension"), [("a.XLSX", ".xlsx"), ("a.tar.gz", ".gz"), ("a", ""), ("a.日本", ""), ("a.", "")]
)
def test_the_extension_is_read_in_small_letters(name: str, extension: str) -> None:
    assert file_names.extension(name) == extension
