"""Which internet addresses are public, and what the others are for: one table for every rule that asks."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from kmc_portal.lib.choices import Labelled

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressClass(Labelled):
    """Why an address is not public."""

    PRIVATE = "private", "プライベートアドレス"
    LOOPBACK = "loopback", "ループバックアドレス"
    LINK_LOCAL = "link_local", "リンクローカルアドレス"
    CGNAT = "cgnat", "通信事業者の共有アドレス（CGNAT）"
    MULTICAST = "multicast", "マルチキャストアドレス"
    DOCUMENTATION = "documentation", "文書例示用アドレス"
    BENCHMARK = "benchmark", "性能測定用アドレス"
    RESERVED = "reserved", "予約済みアドレス"
    UNSPECIFIED = "unspecified", "未指定アドレス"
    TRANSITION = "transition", "IPv4/IPv6移行用アドレス"


_C = AddressClass
# One table, the narrower range before the wider one that holds it (IANA special-purpose registries).
_SPECIAL: tuple[tuple[str, AddressClass], ...] = (  # §1.2, §1.9
    ("0.0.0.0/32", _C.UNSPECIFIED),
    ("0.0.0.0/8", _C.RESERVED),
    ("10.0.0.0/8", _C.PRIVATE),
    ("100.64.0.0/10", _C.CGNAT),
    ("127.0.0.0/8", _C.LOOPBACK),
    ("169.254.0.0/16", _C.LINK_LOCAL),
    ("172.16.0.0/12", _C.PRIVATE),
    ("192.0.0.0/24", _C.RESERVED),
    ("192.0.2.0/24", _C.DOCUMENTATION),
    ("192.31.196.0/24", _C.RESERVED),  # AS112
    ("192.52.193.0/24", _C.RESERVED),  # AMT
    ("192.88.99.0/24", _C.TRANSITION),  # 6to4 relays
    ("192.168.0.0/16", _C.PRIVATE),
    ("192.175.48.0/24", _C.RESERVED),  # AS112
    ("198.18.0.0/15", _C.BENCHMARK),
    ("198.51.100.0/24", _C.DOCUMENTATION),
    ("203.0.113.0/24", _C.DOCUMENTATION),
    ("233.252.0.0/24", _C.DOCUMENTATION),
    ("224.0.0.0/4", _C.MULTICAST),
    ("240.0.0.0/4", _C.RESERVED),
    ("::/128", _C.UNSPECIFIED),
    ("::1/128", _C.LOOPBACK),
    ("::ffff:0:0/96", _C.TRANSITION),  # IPv4-mapped
    ("::ffff:0:0:0/96", _C.TRANSITION),  # IPv4-translated
    ("::/96", _C.TRANSITION),  # IPv4-compatible
    ("64:ff9b::/96", _C.TRANSITION),  # NAT64
    ("64:ff9b:1::/48", _C.TRANSITION),
    ("2001::/32", _C.TRANSITION),  # Teredo
    ("2001:2::/48", _C.BENCHMARK),
    ("2001:db8::/32", _C.DOCUMENTATION),
    ("2001::/23", _C.RESERVED),
    ("2002::/16", _C.TRANSITION),  # 6to4
    ("2620:4f:8000::/48", _C.RESERVED),  # AS112
    ("3ffe::/16", _C.RESERVED),  # former 6bone
    ("3fff::/20", _C.DOCUMENTATION),
    ("fc00::/7", _C.PRIVATE),
    ("fe80::/10", _C.LINK_LOCAL),
    ("fec0::/10", _C.PRIVATE),  # former site-local
    ("ff00::/8", _C.MULTICAST),
)
_SPECIAL_NETWORKS: tuple[tuple[Network, AddressClass], ...] = tuple(
    (ip_network(text), kind) for text, kind in _SPECIAL
)
_UNICAST_V6 = IPv6Network("2000::/3")  # nothing else has been given out


def classify(address: str | Address) -> AddressClass | None:
    """What a single address is, None where it is public; ValueError for a text that is no address.

    An address that carries another one inside (mapped, NAT64, 6to4, Teredo) is refused whole, one with a scope
    (`fe80::1%eth0`) is of a link.
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address) and parsed.scope_id is not None:
        return AddressClass.LINK_LOCAL
    return class_of(ip_network(parsed))


def class_of(network: Network) -> AddressClass | None:
    """The special range that a network lies in; None where it is public, or wider than a special range."""
    for special, kind in _SPECIAL_NETWORKS:
        if network.version == special.version and network.subnet_of(special):  # type: ignore[arg-type]
            return kind
    if isinstance(network, IPv6Network) and not network.overlaps(_UNICAST_V6):
        return AddressClass.RESERVED
    return None


def class_held(network: Network) -> AddressClass | None:
    """The first special range that a network holds or lies in."""
    return next((kind for special, kind in _SPECIAL_NETWORKS if network.overlaps(special)), None)
