"""§1.2: callers come from fixed global addresses. Whatever else the form says is refused in its cell."""

import pytest

from tests.guide.actors import CustomerBrowser
from tests.guide.papers import PARAMETERS, Cells, filled, sample_form

PAPER = "サービス利用申込書（APIプラン）_SMS"
PROXY = "固定のグローバルIPアドレスを持つproxyサーバを用意し"
ROWS = [f"C{row}" for row in range(13, 23)]  # ten rows for addresses


@pytest.fixture(autouse=True)
def begun(sora: CustomerBrowser) -> None:
    sora.begin("sms")


def addresses(*texts: str) -> Cells:
    """These in the ten rows, the rest empty."""
    return {
        (PARAMETERS, cell): texts[number] if number < len(texts) else None for number, cell in enumerate(ROWS)
    }


def faults_of(browser: CustomerBrowser, cells: Cells) -> dict[str, str]:
    """Upload the good form with these cells changed; cell → fault."""
    browser.upload(("申込書.xlsx", filled(sample_form("sms"), cells)))
    found = {}
    for line in browser.faults(PAPER):
        place, _, words = line.partition(" ")
        sheet, _, cell = place.partition("!")
        assert sheet == PARAMETERS, line
        assert cell not in found, line
        found[cell] = words
    return found


def test_guide_1_2_addresses_that_no_caller_can_have_are_refused_each_in_its_cell(
    sora: CustomerBrowser,
) -> None:
    refused = {
        "10.0.0.5": "社内だけで使われる",
        "127.0.0.1": "機器自身",
        "169.254.1.1": "同じ回線の中だけ",
        "100.64.0.1": "通信事業者",
        "224.0.0.1": "接続元にはならない",
        "203.0.113.7": "説明用の例",
        "198.18.0.1": "機器の試験用",
        "240.0.0.1": "インターネットで使われていない",
        "fd00::1": "社内だけで使われる",
        "2001:db8::1": "説明用の例",
    }
    found = faults_of(sora, addresses(*refused))
    assert list(found) == ["C13", "C14", "C15", "C16", "C17", "C18", "C19", "C20", "C21", "C22"]
    for cell, (address, reason) in zip(ROWS, refused.items(), strict=True):
        assert address in found[cell]
        assert reason in found[cell]
    assert PROXY in found["C13"]
    assert not sora.has_button("お申し込みを提出する")


def test_guide_1_2_the_widest_ranges_are_24_and_64_bits_long(sora: CustomerBrowser) -> None:
    good = addresses("52.192.5.0/24", "2400:4050:0:1::/64")
    assert faults_of(sora, good) == {}
    found = faults_of(sora, addresses("52.192.4.0/23", "2400:4050:0:2::/63"))
    assert list(found) == ["C13", "C14"]
    assert "/24" in found["C13"]
    assert "/64" in found["C14"]


def test_guide_1_2_repeated_overlapping_and_unclean_ranges_are_refused(sora: CustomerBrowser) -> None:
    found = faults_of(
        sora,
        addresses(
            "52.192.0.10", "52.192.0.10", "52.192.5.0/28", "52.192.5.15", "52.192.6.1/28", "52.192.1-9"
        ),
    )
    assert list(found) == ["C14", "C16", "C17", "C18"]
    assert "52.192.0.10" in found["C14"]
    assert "52.192.5.0/28" in found["C16"]
    assert "52.192.6.0/28" in found["C17"]  # what was meant
    assert "52.192.0.0/28" in found["C18"]  # how a range is written


def test_guide_1_2_an_address_just_outside_of_a_range_stands_beside_it(sora: CustomerBrowser) -> None:
    assert faults_of(sora, addresses("52.192.5.0/28", "52.192.5.16")) == {}


def test_guide_1_2_full_width_digits_are_made_half_width_before_anything_else(sora: CustomerBrowser) -> None:
    assert faults_of(sora, addresses("５２．１９２．０．１０")) == {}
    assert list(faults_of(sora, addresses("５２．１９２．０．１０", "52.192.0.10"))) == ["C14"]


def test_guide_1_2_at_least_one_address_is_needed(sora: CustomerBrowser) -> None:
    assert list(faults_of(sora, addresses())) == ["C13"]


def test_guide_1_2_who_has_no_static_address_is_advised_to_put_a_proxy_in_front(
    sora: CustomerBrowser,
) -> None:
    found = faults_of(sora, {(PARAMETERS, "C12"): "いいえ"})
    assert list(found) == ["C12"]
    assert "プロキシ" in found["C12"]
    assert not sora.has_button("お申し込みを提出する")
    assert list(faults_of(sora, {(PARAMETERS, "C12"): None})) == ["C12"]
    assert faults_of(sora, {}) == {}
    assert sora.has_button("お申し込みを提出する")
