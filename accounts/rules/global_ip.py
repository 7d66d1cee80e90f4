"""アクセス可能グローバルIPアドレス (§1.2): which address or CIDR may call us, and why another may not.

`normalise` makes of what somebody typed the text that is checked and stored; `check_global_ip` refuses
a text that was not normalised; `check_list` looks at all entries of one contract together.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from kmc_portal.lib.choices import Labelled
from kmc_portal.lib.public_address import AddressClass, Network, class_held, class_of

WIDEST_V4 = 24  # a setting; this is its first value
WIDEST_V6 = 64
_C = AddressClass  # what makes an address itself unfit; the other reasons are of how it is written


class IpReason(Labelled):
    EMPTY = "empty", "未入力"
    FULL_WIDTH = "full_width", "全角文字"
    MALFORMED = "malformed", "形式の誤り"
    LEADING_ZERO = "leading_zero", "先頭の0"
    RANGE_NOTATION = "range_notation", "範囲の書き方"
    NETMASK_NOTATION = "netmask_notation", "サブネットマスクの書き方"
    PRIVATE = _C.PRIVATE.value, _C.PRIVATE.label
    LOOPBACK = _C.LOOPBACK.value, _C.LOOPBACK.label
    LINK_LOCAL = _C.LINK_LOCAL.value, _C.LINK_LOCAL.label
    CGNAT = _C.CGNAT.value, _C.CGNAT.label
    MULTICAST = _C.MULTICAST.value, _C.MULTICAST.label
    DOCUMENTATION = _C.DOCUMENTATION.value, _C.DOCUMENTATION.label
    BENCHMARK = _C.BENCHMARK.value, _C.BENCHMARK.label
    RESERVED = _C.RESERVED.value, _C.RESERVED.label
    UNSPECIFIED = _C.UNSPECIFIED.value, _C.UNSPECIFIED.label
    TRANSITION = _C.TRANSITION.value, _C.TRANSITION.label
    TOO_WIDE = "too_wide", "範囲が広すぎる"
    HOST_BITS = "host_bits", "CIDRのホスト部"
    DUPLICATE = "duplicate", "重複"
    OVERLAP = "overlap", "範囲の重なり"


_PROXY = "固定のグローバルIPアドレスを持つproxyサーバを用意し、そのアドレスを入力してください。"
ADVICE: dict[IpReason, str] = {
    IpReason.EMPTY: "接続元の固定グローバルIPアドレスを1つ以上入力してください。",
    IpReason.FULL_WIDTH: "半角の数字と記号で入力し直してください。",
    IpReason.MALFORMED: "「52.192.0.1」または「52.192.0.0/28」の形で、1件ずつ入力してください。",
    IpReason.LEADING_ZERO: "各数字の先頭の0を取って入力してください（例: 052 → 52）。",
    IpReason.RANGE_NOTATION: "「～」「-」を使わず、「52.192.0.1」か「52.192.0.0/28」の形で入力してください。",
    IpReason.NETMASK_NOTATION: "サブネットマスクではなく「/28」のような長さで入力してください。",
    IpReason.PRIVATE: f"社内だけで使われるアドレスです。{_PROXY}",
    IpReason.LOOPBACK: f"機器自身を指すアドレスです。{_PROXY}",
    IpReason.LINK_LOCAL: f"同じ回線の中だけで使われるアドレスです。{_PROXY}",
    IpReason.CGNAT: f"通信事業者が複数の契約者で共有するアドレスです。{_PROXY}",
    IpReason.MULTICAST: f"接続元にはならないアドレスです。{_PROXY}",
    IpReason.DOCUMENTATION: "説明用の例のアドレスです。実際に接続するサーバのアドレスを入力してください。",
    IpReason.BENCHMARK: "機器の試験用のアドレスです。実際に接続するサーバのアドレスを入力してください。",
    IpReason.RESERVED: "インターネットで使われていないアドレスです。番号を確認して入力し直してください。",
    IpReason.UNSPECIFIED: "どのサーバも指していません。実際に接続するサーバのアドレスを入力してください。",
    IpReason.TRANSITION: "移行技術用のアドレスです。サーバに割り当てられた本来のアドレスを入力してください。",
    IpReason.TOO_WIDE: "実際に接続するサーバのアドレスだけに絞って入力してください。",
    IpReason.HOST_BITS: "CIDRはネットワークアドレスで入力してください。",
    IpReason.DUPLICATE: "どちらか一方を削除してください。",
    IpReason.OVERLAP: "広い方だけを残すか、重ならないように分けて入力してください。",
}

_LEADING_ZERO = re.compile(r"0[0-9]+(\.[0-9]+){3}(/.*)?|[0-9]+(\.[0-9]+)*\.0[0-9]+(\.[0-9]+)*(/.*)?")
_PREFIX = re.compile(r"0|[1-9][0-9]{0,2}")
_SEPARATORS = re.compile(r"[\s,、，;；]+")
_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−ー〜~"}


@dataclass(frozen=True)
class IpVerdict:
    """What is said of one entry. `value` is the canonical text where allowed, else the text as given."""

    value: str
    network: Network | None = None
    reason: IpReason | None = None
    message: str = ""
    other: str = ""  # the entry it repeats or overlaps

    @property
    def allowed(self) -> bool:
        return self.reason is None


def normalise(text: str) -> str:
    """What somebody typed, ready to be checked: half-width, lower case, no spaces at the ends."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def split_entries(text: str) -> list[str]:
    """The entries of a cell or text area: by line, comma, 読点 or space, each normalised."""
    return [normalise(part) for part in _SEPARATORS.split(text) if part]


def check_global_ip(value: str, *, widest_v4: int = WIDEST_V4, widest_v6: int = WIDEST_V6) -> IpVerdict:
    """One address or CIDR, by itself (§1.2)."""
    if not value.strip():
        return _refused(value, IpReason.EMPTY, "IPアドレスが入力されていません。")
    half_width = unicodedata.normalize("NFKC", value)
    if "-" in half_width.translate(_DASHES):
        return _refused(value, IpReason.RANGE_NOTATION, "範囲の書き方が受け付けられない形です。")
    if not value.isascii() and half_width.isascii():
        return _refused(value, IpReason.FULL_WIDTH, "全角の文字があります。")
    address, slash, prefix = value.partition("/")
    if _LEADING_ZERO.fullmatch(value):
        return _refused(value, IpReason.LEADING_ZERO, "先頭に0の付いた数字があります。")
    if slash and "." in prefix:
        return _refused(value, IpReason.NETMASK_NOTATION, "サブネットマスクで書かれています。")
    if not value.isascii() or "%" in value or (slash and not _PREFIX.fullmatch(prefix)):
        return _refused(value, IpReason.MALFORMED, "IPアドレスとして読めません。")
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return _refused(value, IpReason.MALFORMED, "IPアドレスとして読めません。")
    if special := class_of(network):
        reason = IpReason(special.value)
        return _refused(value, reason, f"{reason.label}は登録できません。")
    widest = widest_v4 if network.version == 4 else widest_v6
    if network.prefixlen < widest:
        return _refused(
            value, IpReason.TOO_WIDE, f"IPv{network.version}で登録できる範囲は/{widest}までです。"
        )
    if special := class_held(network):  # only where the width setting lets wide ranges pass
        reason = IpReason(special.value)
        return _refused(value, reason, f"範囲の中に{reason.label}が含まれています。")
    if slash and str(network.network_address) != str(ip_network(address).network_address):
        return replace(
            _refused(value, IpReason.HOST_BITS, "CIDRのホスト部に0でない値があります。"),
            message=f"{value}: CIDRのホスト部に0でない値があります。範囲であれば「{network}」、"
            f"1台であれば「{address}」と入力してください。",
        )
    return IpVerdict(canonical(network), network)


def canonical(network: Network) -> str:
    """The stored form: a single address without its prefix length, otherwise CIDR, v6 compressed."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


def check_list(
    values: Sequence[str], *, widest_v4: int = WIDEST_V4, widest_v6: int = WIDEST_V6
) -> list[IpVerdict]:
    """All entries of one contract in order; the later of two that meet is refused and names the earlier.

    An empty list gives one refusal: at least one address is required.
    """
    if not values:
        return [_refused("", IpReason.EMPTY, "IPアドレスが入力されていません。")]
    verdicts: list[IpVerdict] = []
    for value in values:
        verdict = check_global_ip(value, widest_v4=widest_v4, widest_v6=widest_v6)
        for number, earlier in enumerate(verdicts, start=1):
            if verdict.network is None or earlier.network is None:
                continue
            if verdict.network.version != earlier.network.version:
                continue
            if verdict.network == earlier.network:
                reason, said = IpReason.DUPLICATE, "と同じです。"
            elif verdict.network.overlaps(earlier.network):
                reason, said = IpReason.OVERLAP, "と範囲が重なっています。"
            else:
                continue
            verdict = replace(
                _refused(value, reason, f"{number}件目の{earlier.value}{said}"),
                network=verdict.network,
                other=earlier.value,
            )
            break
        verdicts.append(verdict)
    return verdicts


def _refused(value: str, reason: IpReason, said: str) -> IpVerdict:
    """The entry as it may stand in one line of a message, what is wrong with it, and what to do."""
    line = "".join(character if character.isprintable() else "?" for character in value.strip())
    shown = f"{line[:60]}: " if line else ""
    return IpVerdict(value, reason=reason, message=f"{shown}{said}{ADVICE[reason]}")
