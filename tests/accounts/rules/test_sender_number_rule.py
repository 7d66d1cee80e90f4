"""SMS sender numbers, national digits (japan.md, Numbers)."""

import pytest

from accounts.rules.plans import Option
from accounts.rules.sender_numbers import (
    OPTION_FOR_KIND,
    SenderKind,
    SenderReason,
    check_sender_number,
)

K, R = SenderKind, SenderReason


@pytest.mark.parametrize(
    ("written", "digits", "kind"),
    [
        ("00051234", "00051234", K.SHARED),
        ("000512345", "000512345", K.SHARED),
        ("0005123456", "0005123456", K.SHARED),
        ("20000", "20000", K.SOFTBANK),
        ("299999", "299999", K.SOFTBANK),
        ("050-0000-1234", "05000001234", K.NUMBER_050),
        ("0120-000-123", "0120000123", K.FREE_0120),
        ("0800-000-1234", "08000001234", K.FREE_0800),
        ("0570-000-123", "0570000123", K.NAVI_0570),
        ("03-0000-1234", "0300001234", K.GEOGRAPHIC),
        ("０３ー００００ー１２３４", "0300001234", K.GEOGRAPHIC),
        ("+81 3-0000-1234", "0300001234", K.GEOGRAPHIC),
        ("052-000-0000", "0520000000", K.GEOGRAPHIC),
        ("0123-00-0000", "0123000000", K.GEOGRAPHIC),
        ("0997-00-0000", "0997000000", K.GEOGRAPHIC),
    ],
)
def test_sender_numbers_are_kept_as_national_digits(written: str, digits: str, kind: SenderKind) -> None:
    verdict = check_sender_number(written)
    assert (verdict.allowed, verdict.value, verdict.kind) == (True, digits, kind)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("0005123", R.LENGTH),
        ("00051234567", R.LENGTH),
        ("2000", R.LENGTH),
        ("2000000", R.LENGTH),
        ("050-0000-123", R.LENGTH),
        ("0120-000-12", R.LENGTH),
        ("0120-0000-1234", R.LENGTH),
        ("0570-000-1234", R.LENGTH),
        ("0800-000-123", R.LENGTH),
        ("090-0000-1234", R.MOBILE),
        ("080-1000-1234", R.MOBILE),
        ("070-0000-1234", R.MOBILE),
        ("060-0000-1234", R.MOBILE),
        ("10000", R.UNKNOWN),
        ("300000", R.UNKNOWN),
        ("03-0000-123", R.UNKNOWN),
        ("03-0000-12345", R.UNKNOWN),
        ("010-000-0000", R.UNKNOWN),
        ("0990-000-123", R.UNKNOWN),
        ("110", R.UNKNOWN),
        ("+1 202-555-0123", R.FOREIGN),
        ("SAMPLE", R.CHARACTERS),
        ("", R.EMPTY),
        (" ", R.EMPTY),
    ],
)
def test_other_numbers_are_refused_with_their_reason(written: str, reason: SenderReason) -> None:
    verdict = check_sender_number(written)
    assert (verdict.allowed, verdict.reason) == (False, reason)
    assert verdict.message


def test_guide_1_3_the_softbank_field_takes_only_its_own_kind() -> None:
    softbank = (SenderKind.SOFTBANK,)
    assert check_sender_number("20000", kinds=softbank).allowed
    verdict = check_sender_number("03-0000-1234", kinds=softbank)
    assert verdict.reason is R.KIND
    assert "2で始まる5～6桁" in verdict.message


def test_guide_2_1_the_option_a_kind_of_number_comes_with() -> None:
    assert OPTION_FOR_KIND == {
        K.SHARED: Option.TWO_WAY_SMS,
        K.SOFTBANK: Option.SOFTBANK_SENDER,
        K.NUMBER_050: Option.NUMBER_050,
    }
