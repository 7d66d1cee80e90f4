"""通知先URL (§1.9): what can be said of a notification URL without a connection."""

import re
from dataclasses import dataclass

from kmc_portal.lib.public_url import MAX_LENGTH, PublicUrl, check_public_url

EXECUTE_API = "execute_api"
_EXECUTE_API_MESSAGE = (
    "Amazon API Gatewayの既定のドメイン（execute-api）は通知先にご利用いただけません。"
    "API Gatewayにカスタムドメインを設定し、そのURLを入力してください。"
)

# §1.9: every region, China's too, endpoints of a VPC, FIPS and the dual-stack domain
_EXECUTE_API_HOST = re.compile(
    r"(^|\.)execute-api(-fips)?\.[a-z0-9-]+(\.vpce)?"
    r"(\.amazonaws\.com(\.cn)?|\.api\.aws|\.api\.amazonwebservices\.com\.cn)$"
)


@dataclass(frozen=True)
class UrlVerdict:
    """`reason` is `execute_api` or a code of `kmc_portal.lib.public_url.UrlReason`; None where allowed."""

    url: str
    host: str
    port: int
    reason: str | None
    message: str
    warning: str

    @property
    def allowed(self) -> bool:
        return self.reason is None


def is_execute_api(host: str) -> bool:
    """§1.9: a host name (any case, final dot or not) under execute-api.<region>.amazonaws.com(.cn)."""
    return _EXECUTE_API_HOST.search(host.lower().removesuffix(".")) is not None


def check_notification_url(url: str, *, allow_http: bool = False, max_length: int = MAX_LENGTH) -> UrlVerdict:
    """§1.9 at entry. http is refused, or allowed with a warning where the setting says so."""
    seen: PublicUrl = check_public_url(url, allow_http=allow_http, max_length=max_length)
    if is_execute_api(seen.host):
        return UrlVerdict(url, seen.host, seen.port, EXECUTE_API, _EXECUTE_API_MESSAGE, "")
    reason = None if seen.reason is None else str(seen.reason)
    return UrlVerdict(seen.url, seen.host, seen.port, reason, seen.message, seen.warning)
