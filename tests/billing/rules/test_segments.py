"""§5.2: how many messages a text is charged as, each boundary of the guide's table for each carrier."""

import pytest

from billing.rules.carriers import DeliveryCarrier
from billing.rules.segments import LengthOutOfRange, characters, charged_segments, range_of, why

DOCOMO = [
    (1, 70),
    (71, 132),
    (133, 198),
    (199, 264),
    (265, 330),
    (331, 396),
    (397, 462),
    (463, 528),
    (529, 594),
    (595, 660),
]
AU = [
    (1, 70),
    (71, 134),
    (135, 201),
    (202, 268),
    (269, 335),
    (336, 402),
    (403, 469),
    (470, 536),
    (537, 603),
    (604, 670),
]
RAKUTEN = [*AU[:9], (604, 660)]
SOFTBANK = [(1, 670)]
TABLE = {"docomo": DOCOMO, "au": AU, "rakuten": RAKUTEN, "softbank": SOFTBANK}
LIMITS = {"docomo": 660, "au": 670, "rakuten": 660, "softbank": 670}

ROWS = [
    (carrier, charged, first, last)
    for carrier, ranges in TABLE.items()
    for charged, (first, last) in enumerate(ranges, start=1)
]


@pytest.mark.parametrize(("carrier", "charged", "first", "last"), ROWS)
def test_guide_5_2_the_shortest_and_the_longest_text_of_each_row(
    carrier: str, charged: int, first: int, last: int
) -> None:
    assert charged_segments(DeliveryCarrier(carrier), first) == charged
    assert charged_segments(DeliveryCarrier(carrier), last) == charged
    assert range_of(DeliveryCarrier(carrier), charged) == (first, last)


@pytest.mark.parametrize("carrier", list(DeliveryCarrier))
def test_guide_5_2_every_length_in_between_lies_in_its_row(carrier: DeliveryCarrier) -> None:
    for charged, (first, last) in enumerate(TABLE[carrier], start=1):
        assert {charged_segments(carrier, chars) for chars in range(first, last + 1)} == {charged}


@pytest.mark.parametrize("carrier", list(DeliveryCarrier))
def test_guide_5_2_no_text_and_a_text_beyond_the_limit_are_faults(carrier: DeliveryCarrier) -> None:
    for chars in (-1, 0, LIMITS[carrier] + 1, 10_000):
        with pytest.raises(LengthOutOfRange, match=f"1～{LIMITS[carrier]}文字です（指定: {chars}文字）"):
            charged_segments(carrier, chars)


@pytest.mark.parametrize(("carrier", "charged"), [("docomo", 0), ("docomo", 11), ("au", 11), ("softbank", 2)])
def test_guide_5_2_a_count_that_the_carrier_does_not_charge_has_no_lengths(
    carrier: str, charged: int
) -> None:
    with pytest.raises(LengthOutOfRange, match=f"{charged}通の課金はありません"):
        range_of(DeliveryCarrier(carrier), charged)


@pytest.mark.parametrize(
    ("carrier", "charged", "said"),
    [
        ("docomo", 3, "NTTドコモでは133～198文字のSMSを3通として課金します。"),
        ("rakuten", 10, "楽天モバイルでは604～660文字のSMSを10通として課金します。"),
        ("softbank", 1, "ソフトバンクでは1～670文字のSMSを1通として課金します。"),
    ],
)
def test_guide_5_2_why_so_many_messages(carrier: str, charged: int, said: str) -> None:
    assert why(DeliveryCarrier(carrier), charged) == said


@pytest.mark.parametrize(
    ("text", "chars"),
    [
        ("", 0),
        ("あ", 1),
        ("a\nb", 3),
        ("a\r\nb", 3),
        ("a\rb", 3),
        ("a\r\r\nb", 4),
        ("𠮷野家", 4),
        ("😀", 2),
        ("が", 1),
    ],
)
def test_guide_5_2_characters_are_utf_16_units_and_a_line_end_is_one(text: str, chars: int) -> None:
    assert characters(text) == chars
