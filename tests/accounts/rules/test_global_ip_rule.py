"""§1.2: which addresses may be registered. Ranges from the IANA special-purpose registries."""

import pytest

from accounts.rules.global_ip import (
    ADVICE,
    IpReason,
    check_global_ip,
    check_list,
    normalise,
    split_entries,
)

R = IpReason


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("52.192.0.1", "52.192.0.1"),
        ("52.192.0.0", "52.192.0.0"),
        ("52.192.0.255", "52.192.0.255"),
        ("52.192.0.1/32", "52.192.0.1"),
        ("52.192.0.0/24", "52.192.0.0/24"),
        ("52.192.0.128/25", "52.192.0.128/25"),
        ("198.20.7.8/29", "198.20.7.8/29"),
        ("198.17.255.255", "198.17.255.255"),  # just before the benchmark range
        ("198.20.0.0", "198.20.0.0"),  # just after it
        ("9.255.255.255", "9.255.255.255"),
        ("11.0.0.0", "11.0.0.0"),
        ("100.63.255.255", "100.63.255.255"),
        ("100.128.0.0", "100.128.0.0"),
        ("126.255.255.255", "126.255.255.255"),
        ("172.15.255.255", "172.15.255.255"),
        ("172.32.0.0", "172.32.0.0"),
        ("192.167.255.255", "192.167.255.255"),
        ("192.169.0.0", "192.169.0.0"),
        ("203.0.112.255", "203.0.112.255"),
        ("203.0.114.0", "203.0.114.0"),
        ("223.255.255.255", "223.255.255.255"),
        ("1.0.0.0", "1.0.0.0"),
        ("2400:4050::1", "2400:4050::1"),
        ("2400:4050:0:0:0:0:0:A", "2400:4050::a"),
        ("2400:4050::/64", "2400:4050::/64"),
        ("2400:4050:0:1::/128", "2400:4050:0:1::"),
        ("2001:200::1", "2001:200::1"),  # just after 2001::/23
    ],
)
def test_guide_1_2_a_fixed_global_address_is_accepted(value: str, stored: str) -> None:
    verdict = check_global_ip(value)
    assert (verdict.allowed, verdict.reason, verdict.value) == (True, None, stored)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("10.0.0.0", R.PRIVATE),
        ("10.255.255.255", R.PRIVATE),
        ("10.0.0.0/8", R.PRIVATE),
        ("172.16.0.0", R.PRIVATE),
        ("172.31.255.255", R.PRIVATE),
        ("192.168.0.1", R.PRIVATE),
        ("192.168.255.255", R.PRIVATE),
        ("192.168.1.5/24", R.PRIVATE),
        ("fc00::1", R.PRIVATE),
        ("fdff::1", R.PRIVATE),
        ("fec0::1", R.PRIVATE),
        ("127.0.0.1", R.LOOPBACK),
        ("127.255.255.255", R.LOOPBACK),
        ("::1", R.LOOPBACK),
        ("169.254.0.1", R.LINK_LOCAL),
        ("169.254.169.254", R.LINK_LOCAL),
        ("fe80::1", R.LINK_LOCAL),
        ("febf::1", R.LINK_LOCAL),
        ("100.64.0.0", R.CGNAT),
        ("100.127.255.255", R.CGNAT),
        ("224.0.0.1", R.MULTICAST),
        ("239.255.255.255", R.MULTICAST),
        ("ff02::1", R.MULTICAST),
        ("192.0.2.1", R.DOCUMENTATION),
        ("198.51.100.255", R.DOCUMENTATION),
        ("203.0.113.0", R.DOCUMENTATION),
        ("203.0.113.255", R.DOCUMENTATION),
        ("203.0.113.0/24", R.DOCUMENTATION),
        ("233.252.0.1", R.DOCUMENTATION),
        ("2001:db8::1", R.DOCUMENTATION),
        ("2001:DB8:ffff::/64", R.DOCUMENTATION),
        ("3fff:fff::1", R.DOCUMENTATION),
        ("198.18.0.0", R.BENCHMARK),
        ("198.19.255.255", R.BENCHMARK),
        ("2001:2::1", R.BENCHMARK),
        ("0.0.0.0", R.UNSPECIFIED),
        ("::", R.UNSPECIFIED),
        ("0.0.0.1", R.RESERVED),
        ("0.255.255.255", R.RESERVED),
        ("192.0.0.1", R.RESERVED),
        ("240.0.0.0", R.RESERVED),
        ("255.255.255.255", R.RESERVED),
        ("2001:20::1", R.RESERVED),
        ("3ffe::1", R.RESERVED),
        ("4000::1", R.RESERVED),
        ("5f00::1", R.RESERVED),
        ("100::1", R.RESERVED),
        ("::/64", R.RESERVED),
        ("192.88.99.1", R.TRANSITION),
        ("::ffff:52.192.0.1", R.TRANSITION),
        ("::ffff:34c0:1", R.TRANSITION),
        ("::52.192.0.1", R.TRANSITION),
        ("64:ff9b::34c0:1", R.TRANSITION),
        ("64:ff9b:1::1", R.TRANSITION),
        ("2001::1", R.TRANSITION),
        ("2002:34c0:1::1", R.TRANSITION),
        ("0.0.0.0/0", R.TOO_WIDE),
        ("52.192.0.0/23", R.TOO_WIDE),
        ("52.0.0.0/8", R.TOO_WIDE),
        ("52.192.1.5/16", R.TOO_WIDE),
        ("2400:4050::/63", R.TOO_WIDE),
        ("::/0", R.TOO_WIDE),
        ("52.192.0.1/24", R.HOST_BITS),
        ("52.192.0.129/25", R.HOST_BITS),
        ("2400:4050::1/64", R.HOST_BITS),
        ("５２.192.0.1", R.FULL_WIDTH),
        ("５２．１９２．０．１", R.FULL_WIDTH),
        ("52.192.0.0／24", R.FULL_WIDTH),
        ("052.192.0.1", R.LEADING_ZERO),
        ("52.192.00.1", R.LEADING_ZERO),
        ("52.192.0.01/32", R.LEADING_ZERO),
        ("52.192.0.1-52.192.0.9", R.RANGE_NOTATION),
        ("52.192.0.1～52.192.0.9", R.RANGE_NOTATION),
        ("52.192.0.1-9", R.RANGE_NOTATION),
        ("52.192.0.0/255.255.255.0", R.NETMASK_NOTATION),
        ("52.192.0.0/0.0.0.255", R.NETMASK_NOTATION),
        ("52.192.0", R.MALFORMED),
        ("52.192.0.256", R.MALFORMED),
        ("52.192.0.1.1", R.MALFORMED),
        ("52.192.0.1:443", R.MALFORMED),
        ("52.192.0.0/33", R.MALFORMED),
        ("52.192.0.0/-1", R.RANGE_NOTATION),
        ("52.192.0.0/", R.MALFORMED),
        ("52.192.0.0/024", R.MALFORMED),
        (" 52.192.0.1", R.MALFORMED),
        ("52.192.0.1 52.192.0.2", R.MALFORMED),
        ("0x34.192.0.1", R.MALFORMED),
        ("884998145", R.MALFORMED),
        ("2400:4050::1%eth0", R.MALFORMED),
        ("2400:4050:::1", R.MALFORMED),
        ("[2400:4050::1]", R.MALFORMED),
        ("api.example.jp", R.MALFORMED),
        ("動的", R.MALFORMED),
        ("", R.EMPTY),
        ("　", R.EMPTY),
    ],
)
def test_guide_1_2_any_other_address_is_refused_with_its_reason(value: str, reason: IpReason) -> None:
    verdict = check_global_ip(value)
    assert (verdict.allowed, verdict.reason) == (False, reason)
    assert verdict.message


def test_guide_1_2_who_has_no_global_address_is_advised_to_use_a_proxy() -> None:
    for value in ("192.168.0.1", "100.64.0.1", "127.0.0.1"):
        assert "proxyサーバ" in check_global_ip(value).message


def test_guide_1_2_host_bits_are_answered_with_both_ways_out() -> None:
    message = check_global_ip("52.192.0.5/24").message
    assert "「52.192.0.0/24」" in message
    assert "「52.192.0.5」" in message


@pytest.mark.parametrize(
    ("value", "v4", "v6", "reason"),
    [
        ("52.192.0.0/23", 23, 64, None),
        ("52.192.0.0/22", 23, 64, R.TOO_WIDE),
        ("52.192.0.0/28", 28, 64, None),
        ("52.192.0.0/27", 28, 64, R.TOO_WIDE),
        ("2400:4050::/48", 24, 48, None),
        ("2400:4050::/47", 24, 48, R.TOO_WIDE),
        ("203.0.112.0/20", 16, 64, R.DOCUMENTATION),  # holds 203.0.113.0/24
        ("192.0.0.0/8", 8, 64, R.RESERVED),
    ],
)
def test_guide_1_2_the_widest_range_is_a_setting(
    value: str, v4: int, v6: int, reason: IpReason | None
) -> None:
    assert check_global_ip(value, widest_v4=v4, widest_v6=v6).reason is reason


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("５２．１９２．０．１", "52.192.0.1"),
        (" 52.192.0.0／２４　", "52.192.0.0/24"),
        ("2400:4050::A", "2400:4050::a"),
    ],
)
def test_guide_1_2_what_is_typed_is_normalised_before_it_is_checked(typed: str, normal: str) -> None:
    assert normalise(typed) == normal
    assert check_global_ip(normalise(typed)).allowed


def test_guide_1_2_a_cell_may_hold_several_entries() -> None:
    typed = "52.192.0.1\n５２．１９２．０．２、52.192.1.0/24, 52.192.2.1"
    assert split_entries(typed) == ["52.192.0.1", "52.192.0.2", "52.192.1.0/24", "52.192.2.1"]
    assert split_entries("  ") == []


def test_guide_1_2_a_repeated_entry_names_the_first_one() -> None:
    first, second, third = check_list(["52.192.0.1", "52.192.0.2", "52.192.0.1/32"])
    assert first.allowed
    assert second.allowed
    assert (third.reason, third.other) == (R.DUPLICATE, "52.192.0.1")
    assert "1件目の52.192.0.1と同じ" in third.message


@pytest.mark.parametrize(
    ("values", "other"),
    [
        (["52.192.0.0/24", "52.192.0.7"], "52.192.0.0/24"),
        (["52.192.0.7", "52.192.0.0/24"], "52.192.0.7"),
        (["52.192.0.0/25", "52.192.0.64/26"], "52.192.0.0/25"),
        (["2400:4050::/64", "2400:4050::1"], "2400:4050::/64"),
    ],
)
def test_guide_1_2_an_overlap_names_the_other_entry(values: list[str], other: str) -> None:
    first, second = check_list(values)
    assert first.allowed
    assert (second.reason, second.other) == (R.OVERLAP, other)


def test_guide_1_2_entries_side_by_side_do_not_overlap() -> None:
    values = ["52.192.0.0/25", "52.192.0.128/25", "52.192.1.0", "2400:4050::1", "2400:4050::2"]
    assert all(verdict.allowed for verdict in check_list(values))


def test_guide_1_2_a_refused_entry_is_still_refused_in_a_list() -> None:
    assert [v.reason for v in check_list(["10.0.0.1", "52.192.0.1"])] == [R.PRIVATE, None]


def test_guide_1_2_at_least_one_address_is_required() -> None:
    [verdict] = check_list([])
    assert verdict.reason is R.EMPTY
    assert "1つ以上" in verdict.message


def test_every_reason_has_advice() -> None:
    assert set(ADVICE) == set(IpReason)
