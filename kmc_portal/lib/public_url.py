"""What can be said of a public https URL without a connection: its form and its host's name.

Nothing here resolves a name or connects; whether the address behind the name is public is seen at connection.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from kmc_portal.lib.choices import Labelled

MAX_LENGTH = 2048


class UrlReason(Labelled):
    EMPTY = "empty", "未入力"
    TOO_LONG = "too_long", "長すぎる"
    WHITESPACE = "whitespace", "空白・改行・制御文字"
    NON_ASCII = "non_ascii", "半角英数字以外の文字"
    BAD_CHARACTER = "bad_character", "URLに使えない文字"
    SCHEME = "scheme", "https以外"
    NO_HOST = "no_host", "ホスト名がない"
    USER_INFO = "user_info", "ユーザー名・パスワード付き"
    BAD_PORT = "bad_port", "ポート番号の誤り"
    FRAGMENT = "fragment", "#以降の指定"
    IP_LITERAL = "ip_literal", "IPアドレスの直接指定"
    BAD_HOST = "bad_host", "ホスト名の誤り"
    IDN = "idn", "日本語などのドメイン名"
    SINGLE_LABEL = "single_label", "ドメインのないホスト名"
    LOCAL_NAME = "local_name", "社内・機器内だけのホスト名"
    HTTP = "http", "http（暗号化なし）"


ADVICE: dict[UrlReason, str] = {
    UrlReason.EMPTY: "https:// から始まるURLを入力してください。",
    UrlReason.TOO_LONG: "短いURLを用意して入力してください。",
    UrlReason.WHITESPACE: "前後や途中の空白・改行を取り除いて入力してください。",
    UrlReason.NON_ASCII: "半角英数字で入力してください。日本語を含むパスは%表記にしてください。",
    UrlReason.BAD_CHARACTER: "「\\」「<」「>」などを取り除くか、%表記にしてください。",
    UrlReason.SCHEME: "https:// から始まるURLを入力してください。",
    UrlReason.NO_HOST: "「https://hooks.example.jp/path」の形で入力してください。",
    UrlReason.USER_INFO: "「@」より前のユーザー名とパスワードを取り除いてください。",
    UrlReason.BAD_PORT: "ポート番号は1から65535の数字で入力するか、省略してください。",
    UrlReason.FRAGMENT: "「#」以降を取り除いてください。通知では送られません。",
    UrlReason.IP_LITERAL: "公開されたドメイン名で入力してください。",
    UrlReason.BAD_HOST: "ホスト名の綴りを確認してください。",
    UrlReason.IDN: "「xn--」で始まる表記（Punycode）で入力してください。",
    UrlReason.SINGLE_LABEL: "「hooks.example.jp」のように公開されたドメイン名で入力してください。",
    UrlReason.LOCAL_NAME: "インターネットから接続できる公開されたドメイン名で入力してください。",
    UrlReason.HTTP: "サーバ証明書を設定し、https:// から始まるURLを入力してください。",
}
HTTP_WARNING = "httpは通信が暗号化されません。httpsへの切り替えをお勧めします。"

# Names that never are on the public internet (RFC 6761, RFC 6762, RFC 8375, RFC 9476 and common use).
_LOCAL_ENDINGS = (
    "localhost", "localdomain", "local", "internal", "intranet", "private", "lan", "home", "corp",
    "home.arpa", "test", "invalid", "example", "onion", "alt",
)  # fmt: skip

_NOT_IN_URL = re.compile(r"[\\<>\"^`{|}]")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[0-9]{1,5}")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(//)?", re.IGNORECASE)


@dataclass(frozen=True)
class PublicUrl:
    """What is said. `url` is the form to store (host in lower case, no final dot, no default port)."""

    url: str
    host: str = ""
    port: int = 0
    reason: UrlReason | None = None
    message: str = ""
    warning: str = ""

    @property
    def allowed(self) -> bool:
        return self.reason is None


def check_public_url(url: str, *, allow_http: bool = False, max_length: int = MAX_LENGTH) -> PublicUrl:
    """Form and host name of a URL. `host` is filled as soon as it is known, refused or not."""
    if reason := _characters(url, max_length):
        return _refused(url, reason)
    found = _SCHEME.match(url)
    if found is None or found[1].lower() not in ("https", "http"):
        return _refused(url, UrlReason.SCHEME)
    if not found[2]:
        return _refused(url, UrlReason.NO_HOST)
    try:
        parts = urlsplit(url)
    except ValueError:  # unbalanced brackets
        return _refused(url, UrlReason.BAD_HOST)
    if "@" in parts.netloc:
        return _refused(url, UrlReason.USER_INFO)
    name, colon, port_text = _split_port(parts.netloc)
    host = name.lower().removesuffix(".")
    if not host:
        return _refused(url, UrlReason.NO_HOST)
    if reason := _host(host):
        return _refused(url, reason, host)
    scheme = parts.scheme.lower()
    default_port = 443 if scheme == "https" else 80
    port = default_port
    if colon:
        if not _PORT.fullmatch(port_text) or not 1 <= int(port_text) <= 65535:
            return _refused(url, UrlReason.BAD_PORT, host)
        port = int(port_text)
    if "#" in url:
        return _refused(url, UrlReason.FRAGMENT, host)
    if scheme == "http" and not allow_http:
        return _refused(url, UrlReason.HTTP, host)
    netloc = host if port == default_port else f"{host}:{port}"
    query = f"?{parts.query}" if "?" in url else ""
    return PublicUrl(
        f"{scheme}://{netloc}{parts.path or '/'}{query}",
        host,
        port,
        warning=HTTP_WARNING if scheme == "http" else "",
    )


def _characters(url: str, max_length: int) -> UrlReason | None:
    if not url.strip():
        return UrlReason.EMPTY
    if len(url) > max_length:
        return UrlReason.TOO_LONG
    if any(character.isspace() or not character.isprintable() for character in url):
        return UrlReason.WHITESPACE
    if _NOT_IN_URL.search(url):
        return UrlReason.BAD_CHARACTER
    if not url.isascii():
        authority = url.partition("://")[2]
        return UrlReason.NON_ASCII if re.split("[/?#]", authority)[0].isascii() else UrlReason.IDN
    return None


def _split_port(netloc: str) -> tuple[str, str, str]:
    """(host, ":" or "", port); a bracketed IPv6 address is left whole."""
    if netloc.startswith("["):
        inside, _, rest = netloc.partition("]")
        return f"{inside}]", ":" if rest.startswith(":") else "", rest.removeprefix(":")
    return netloc.partition(":")


def _host(host: str) -> UrlReason | None:
    labels = host.split(".")
    if host.startswith("[") or _NUMBER_LABEL.fullmatch(labels[-1]):  # 127.0.0.1, 2130706433, 0x7f.1, 0177.1
        return UrlReason.IP_LITERAL
    if any(host == ending or host.endswith(f".{ending}") for ending in _LOCAL_ENDINGS):
        return UrlReason.LOCAL_NAME
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return UrlReason.BAD_HOST
    if len(labels) == 1:
        return UrlReason.SINGLE_LABEL
    return None


def _refused(url: str, reason: UrlReason, host: str = "") -> PublicUrl:
    said = {
        UrlReason.EMPTY: "URLが入力されていません。",
        UrlReason.TOO_LONG: "URLが長すぎます。",
    }.get(reason, f"このURLは登録できません（{reason.label}）。")
    return PublicUrl(url, host, reason=reason, message=f"{said}{ADVICE[reason]}")
