"""Which addresses are public."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kmc_portal.lib.public_address import AddressClass, classify

C = AddressClass


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("52.192.0.1", None),
        ("2400:4050::1", None),
        ("127.0.0.1", C.LOOPBACK),
        ("::1", C.LOOPBACK),
        ("::ffff:52.192.0.1", C.TRANSITION),
        ("64:ff9b::34c0:1", C.TRANSITION),
        ("64:ff9b:1::1", C.TRANSITION),
        ("2001::1", C.TRANSITION),
        ("2002:34c0:1::1", C.TRANSITION),
        ("100.64.0.1", C.CGNAT),
        ("fe80::1", C.LINK_LOCAL),
        ("fe80::1%eth0", C.LINK_LOCAL),
        ("::1%lo", C.LINK_LOCAL),
        ("2400:4050::1%eth0", C.LINK_LOCAL),
    ],
)
def test_guide_1_9_an_address_is_public_or_of_a_class(address: str, kind: AddressClass | None) -> None:
    assert classify(address) == kind


@pytest.mark.parametrize("text", ["", "hooks.example.jp", "127.1", "0x7f.0.0.1", "52.192.0.1/32", "[::1]"])
def test_what_is_no_address_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        classify(text)


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_guide_1_9_what_the_standard_library_calls_not_global_is_never_public(
    address: IPv4Address | IPv6Address,
) -> None:
    if not address.is_global or address.is_multicast:
        assert classify(address) is not None


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::", "::", "::ffff:0:0:0"]))
def test_guide_1_9_an_address_inside_of_another_is_refused_whole(inner: IPv4Address, prefix: str) -> None:
    assert classify(IPv6Address(int(IPv6Address(prefix)) + int(inner))) is not None
