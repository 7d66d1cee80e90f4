"""疎通確認 (§1.9): what one POST can end in, and when a check of three POSTs is OK.

Times are milliseconds. The connection's time counts from the start of connecting to the last byte of the answer, TLS
included and DNS apart; each POST is made on a fresh connection.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Self

from kmc_portal.lib.choices import Labelled

THRESHOLD_MS = 500  # §1.9
POSTS = 3  # in a row; all must get 200, their median decides (ours)


class CheckReason(Labelled):
    """Why a check is NG. All but the last are of a single POST."""

    URL_REFUSED = "url_refused", "通知先に使えないURL"
    DNS_FAILED = "dns_failed", "ドメイン名が見つからない"
    DNS_TIMEOUT = "dns_timeout", "名前解決の時間切れ"
    NO_ADDRESS = "no_address", "IPアドレスの登録がない"
    NOT_PUBLIC = "not_public", "インターネットに公開されていないアドレス"
    CONNECT_REFUSED = "connect_refused", "接続の拒否"
    CONNECT_FAILED = "connect_failed", "接続の失敗"
    CONNECT_TIMEOUT = "connect_timeout", "接続の時間切れ"
    TLS_FAILED = "tls_failed", "TLS接続の失敗"
    TLS_EXPIRED = "tls_expired", "証明書の有効期間外"
    TLS_WRONG_NAME = "tls_wrong_name", "証明書の名前の不一致"
    TLS_UNTRUSTED = "tls_untrusted", "信頼できない証明書"
    READ_TIMEOUT = "read_timeout", "応答の時間切れ"
    DROPPED = "dropped", "応答の途中での切断"
    BAD_ANSWER = "bad_answer", "HTTPではない応答"
    TOO_LARGE = "too_large", "大きすぎる応答"
    REDIRECT = "redirect", "リダイレクト"
    STATUS = "status", "200以外のステータスコード"
    TOO_SLOW = "too_slow", f"応答時間{THRESHOLD_MS}ミリ秒超過"


_R = CheckReason
ADVICE: dict[CheckReason, str] = {
    _R.URL_REFUSED: "通知先にご利用いただける https:// のURLに変更してください。",
    _R.DNS_FAILED: "URLのホスト名の綴りと、DNSの登録を確認してください。",
    _R.DNS_TIMEOUT: "ドメインのDNSサーバが応答しません。DNSサーバの稼働と設定を確認してください。",
    _R.NO_ADDRESS: "ホスト名にAレコードまたはAAAAレコードを登録してください。",
    _R.NOT_PUBLIC: "DNSに登録されたアドレスを確認し、インターネットから接続できるアドレスだけを登録してください。",
    _R.CONNECT_REFUSED: "サーバの稼働、ポート番号、ファイアウォールの設定を確認してください。",
    _R.CONNECT_FAILED: "DNSに登録されたアドレス、経路、ファイアウォールの設定を確認してください。",
    _R.CONNECT_TIMEOUT: "ファイアウォールで弊社からの接続が許可されているか、サーバが応答できる状態かを確認してください。",
    _R.TLS_FAILED: "TLS 1.2以上で接続でき、クライアント証明書を求めない設定になっているかを確認してください。",
    _R.TLS_EXPIRED: "サーバ証明書の有効期間を確認し、更新してください。",
    _R.TLS_WRONG_NAME: "URLのホスト名を含むサーバ証明書を設定してください。",
    _R.TLS_UNTRUSTED: "公的な認証局が発行したサーバ証明書を、中間証明書とあわせて設定してください。",
    _R.READ_TIMEOUT: "通知を受け取ったら、処理の完了を待たずにステータスコード200を返してください。",
    _R.DROPPED: "応答を返し終えるまで接続を閉じないよう、サーバと途中の機器の設定を確認してください。",
    _R.BAD_ANSWER: "URLのポート番号と、HTTP/1.1で応答することを確認してください。",
    _R.TOO_LARGE: "応答のヘッダーを小さくしてください。応答の本文は不要です。",
    _R.REDIRECT: "リダイレクトはたどりません。転送先のURLを通知先に指定してください。",
    _R.STATUS: "POSTリクエストを受け取ったら、ステータスコード200を返すようにしてください。",
    _R.TOO_SLOW: f"通知を受け取ったら処理の完了を待たず、接続の開始から{THRESHOLD_MS}ミリ秒以内に200を返してください。",
}


@dataclass(frozen=True)
class Post:
    """One POST as it was measured; phases that it did not come to are None.

    `total_ms` runs from the start of connecting to the last byte of the answer that was read (of another status than
    200 only the head is); `first_byte_ms` from the end of the request to the first byte of the answer. `reason` None:
    200 was received whole, in whatever time.
    """

    address: str  # connected to; "" if none
    dns_ms: float | None
    connect_ms: float | None
    tls_ms: float | None
    first_byte_ms: float | None
    total_ms: float | None
    status: int | None
    reason: CheckReason | None
    detail: str  # status, target of a redirect, class of an address, what the certificate is refused for
    started_at: str  # ISO, with its offset

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"reason": None if self.reason is None else self.reason.value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """ValueError or TypeError for what `as_json` never gave."""
        reason = stored.get("reason")
        return cls(**{**stored, "reason": None if reason is None else CheckReason(reason)})


@dataclass(frozen=True)
class Verdict:
    """`median_ms` only where all three got 200; `message` says what was found and, if NG, what to do."""

    ok: bool
    reason: CheckReason | None
    median_ms: float | None
    message: str


def verdict(posts: Sequence[Post]) -> Verdict:
    """§1.9: OK where all three got 200 and their median is 500 ms or less; the first that failed gives the reason."""
    if len(posts) != POSTS:
        raise ValueError(f"a check is {POSTS} POSTs, not {len(posts)}")
    for number, post in enumerate(posts, start=1):
        if post.reason is not None:
            said = f"{post.reason.label}：{post.detail}" if post.detail else post.reason.label
            return Verdict(False, post.reason, None, f"{number}回目：{said}。{ADVICE[post.reason]}")
    found = median(_total(post) for post in posts)
    said = f"{POSTS}回とも200、接続開始から応答完了までの中央値は{found:,.1f}ミリ秒でした。"
    if found > THRESHOLD_MS:
        reason = CheckReason.TOO_SLOW
        return Verdict(False, reason, found, f"{said}{ADVICE[reason]}")
    return Verdict(True, None, found, said)


def _total(post: Post) -> float:
    if post.total_ms is None:
        raise ValueError("a POST that got 200 has a total")
    return post.total_ms
