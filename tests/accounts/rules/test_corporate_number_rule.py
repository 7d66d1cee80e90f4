import pytest

from accounts.rules.corporate_number import (
    NumberReason,
    check_corporate_number,
    check_registration_number,
)

R = NumberReason


@pytest.mark.parametrize(
    "written", ["9011101031552", "９０１１１０１０３１５５２", "9-0111-0103-1552", " 9 0111 0103 1552 "]
)
def test_a_corporate_number_is_stored_as_13_digits(written: str) -> None:
    verdict = check_corporate_number(written)
    assert (verdict.allowed, verdict.value) == (True, "9011101031552")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("9011101031553", R.CHECK_DIGIT),
        ("8011101031552", R.CHECK_DIGIT),
        ("0000000000000", R.CHECK_DIGIT),
        ("901110103155", R.LENGTH),
        ("90111010315520", R.LENGTH),
        ("T9011101031552", R.CHARACTERS),
        ("九011101031552", R.CHARACTERS),
        ("", R.CHARACTERS),
    ],
)
def test_a_wrong_corporate_number_is_refused(written: str, reason: NumberReason) -> None:
    verdict = check_corporate_number(written)
    assert verdict.reason is reason
    assert "法人番号" in verdict.message


def test_a_registration_number_is_t_and_13_digits() -> None:
    verdict = check_registration_number("ｔ９０１１１０１０３１５５２")
    assert (verdict.allowed, verdict.value, verdict.warning) == (True, "T9011101031552", "")


def test_a_sole_traders_registration_number_warns_and_is_not_refused() -> None:
    verdict = check_registration_number("T9011101031553")
    assert verdict.allowed
    assert "個人事業者" in verdict.warning


@pytest.mark.parametrize(
    ("written", "reason"),
    [("9011101031552", R.NO_T), ("T901110103155", R.LENGTH), ("TT011101031552", R.CHARACTERS)],
)
def test_a_wrong_registration_number_is_refused(written: str, reason: NumberReason) -> None:
    assert check_registration_number(written).reason is reason
