"""Limits of official accounts (japan.md) on both sides of each boundary."""

from dataclasses import replace

import pytest

from accounts.rules import official_account as rule
from accounts.rules.official_account import PLUS_LIMITS, RCS_LIMITS, Profile

GOOD = Profile(
    name="サンプル通知",
    description="ご注文と配送のお知らせをお届けします。",
    colour="#1A5FB4",
    phone="03-0000-1234",
    phone_label="お電話",
    privacy_policy_url="https://www.example.jp/privacy",
    terms_url="https://www.example.jp/terms",
)


def codes(profile: Profile, *, with_test_account: bool = False) -> list[tuple[str, str]]:
    faults = rule.profile_faults(profile, RCS_LIMITS, with_test_account=with_test_account)
    return [(fault.field, fault.code) for fault in faults]


def test_a_good_profile_has_no_faults() -> None:
    assert codes(GOOD, with_test_account=True) == []


@pytest.mark.parametrize(
    ("field", "most"),
    [
        ("name", 40),
        ("description", 100),
        ("phone_label", 25),
        ("email_label", 25),
        ("website_label", 25),
        ("email", 100),
    ],
)
def test_rcs_texts_at_their_limit(field: str, most: int) -> None:
    assert codes(replace(GOOD, **{field: "あ" * most})) == []
    assert codes(replace(GOOD, **{field: "あ" * (most + 1)})) == [(field, "too_long")]


@pytest.mark.parametrize("field", ["name", "description"])
def test_name_and_description_are_required(field: str) -> None:
    assert codes(replace(GOOD, **{field: "　"})) == [(field, "empty")]


def test_guide_2_1a_a_production_name_leaves_room_for_test() -> None:
    assert codes(replace(GOOD, name="あ" * 36), with_test_account=True) == []
    assert codes(replace(GOOD, name="あ" * 37), with_test_account=True) == [("name", "too_long")]


def test_guide_2_1a_the_test_account_is_named_after_the_production_account() -> None:
    assert rule.test_account_name("サンプル通知") == "サンプル通知TEST"
    assert len(rule.test_account_name("あ" * 36)) == 40


def test_guide_2_0_the_limit_of_a_plus_message_name_is_its_own() -> None:
    assert rule.name_limit(replace(PLUS_LIMITS, name=20), with_test_account=True) == 16
    assert PLUS_LIMITS.channel == "+メッセージ"


@pytest.mark.parametrize(
    ("profile", "faults"),
    [
        (replace(GOOD, phone=""), [("phone", "no_contact")]),
        (replace(GOOD, phone="", email="info@example.jp"), []),
        (replace(GOOD, phone="", website="https://www.example.jp/"), []),
    ],
)
def test_at_least_one_of_phone_email_and_website(profile: Profile, faults: list[tuple[str, str]]) -> None:
    assert codes(profile) == faults


@pytest.mark.parametrize(
    ("colour", "code"),
    [
        ("#000000", None),
        ("#767676", None),  # 4.54 : 1
        ("#777777", "contrast"),  # 4.47 : 1
        ("#FFFFFF", "contrast"),
        ("#ff0000", "contrast"),  # 3.99 : 1
        ("767676", "form"),
        ("#76767", "form"),
        ("#GGGGGG", "form"),
        ("＃767676", "form"),
        ("", "form"),
    ],
)
def test_a_colour_is_dark_enough_on_white(colour: str, code: str | None) -> None:
    fault = rule.colour_fault(colour, RCS_LIMITS)
    assert (fault and fault.code) == code


def test_contrast_of_black_and_white() -> None:
    assert rule.contrast_on_white("#000000") == pytest.approx(21.0)
    assert rule.contrast_on_white("#FFFFFF") == pytest.approx(1.0)


@pytest.mark.parametrize("field", ["privacy_policy_url", "terms_url"])
@pytest.mark.parametrize(
    ("url", "code"),
    [("", "empty"), ("http://www.example.jp/", "http"), ("https://localhost/", "local_name")],
)
def test_policy_and_terms_are_public_https_pages(field: str, url: str, code: str) -> None:
    assert codes(replace(GOOD, **{field: url})) == [(field, code)]


def test_a_website_may_have_2048_characters() -> None:
    start = "https://www.example.jp/"
    assert codes(replace(GOOD, website=start + "a" * (2048 - len(start)))) == []
    assert codes(replace(GOOD, website=start + "a" * (2049 - len(start)))) == [("website", "too_long")]


@pytest.mark.parametrize(
    ("width", "height", "size", "image_format", "expected"),
    [
        (224, 224, 51_200, "png", []),
        (224, 224, 51_200, "JPEG", []),
        (224, 224, 51_201, "png", ["size"]),
        (225, 224, 1, "png", ["dimensions"]),
        (224, 223, 1, "png", ["dimensions"]),
        (448, 448, 1, "png", ["dimensions"]),
        (224, 224, 1, "gif", ["format"]),
        (100, 100, 99_999, "webp", ["format", "dimensions", "size"]),
    ],
)
def test_an_rcs_logo(width: int, height: int, size: int, image_format: str, expected: list[str]) -> None:
    faults = rule.image_faults(
        "logo", RCS_LIMITS.logo, width=width, height=height, size=size, image_format=image_format
    )
    assert [fault.code for fault in faults] == expected


@pytest.mark.parametrize(
    ("width", "height", "size", "expected"),
    [(1440, 448, 204_800, []), (1440, 448, 204_801, ["size"]), (448, 1440, 1, ["dimensions"])],
)
def test_an_rcs_banner(width: int, height: int, size: int, expected: list[str]) -> None:
    faults = rule.image_faults(
        "banner", RCS_LIMITS.banner, width=width, height=height, size=size, image_format="jpeg"
    )
    assert [fault.code for fault in faults] == expected


def test_a_plus_message_account_is_not_held_to_the_limits_of_rcs() -> None:
    profile = replace(GOOD, colour="", privacy_policy_url="", terms_url="")
    assert rule.profile_faults(profile, PLUS_LIMITS, with_test_account=False) == []
