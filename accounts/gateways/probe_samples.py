"""The sample that a 疎通確認 posts, a notification function each (§1.7–1.9); docs/connectivity.md shows them.

They say that they are a check, carry invented values and nothing that would tell a secret.
"""

import json
from typing import Any

from accounts.rules.plans import NotificationFunction

NOTE = "疎通確認のための見本です。実際の通知ではありません。ステータスコード200を返してください。"
CONTENT_TYPE = "application/json; charset=utf-8"
USER_AGENT = "KMC-Connectivity-Check/1"

SAMPLES: dict[NotificationFunction, dict[str, Any]] = {
    NotificationFunction.SMS_RESULT: {  # §1.7
        "messageId": "check-0001",
        "to": "050-0000-0000",
        "status": "delivered",
        "reportedAt": "2026-04-01T10:00:00+09:00",
    },
    NotificationFunction.WEBHOOK: {  # §1.7
        "eventId": "check-0001",
        "event": "read",
        "from": "050-0000-0000",
        "occurredAt": "2026-04-01T10:00:00+09:00",
    },
    NotificationFunction.SMS_MO: {  # §1.8
        "messageId": "check-0001",
        "from": "050-0000-0000",
        "text": "疎通確認",
        "receivedAt": "2026-04-01T10:00:00+09:00",
    },
}


def payload(function: NotificationFunction) -> bytes:
    """The body as JSON in UTF-8."""
    content = {"kmc_check": True, "function": function.value, "note": NOTE, "sample": SAMPLES[function]}
    return json.dumps(content, ensure_ascii=False, indent=2).encode()
