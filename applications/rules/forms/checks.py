"""Which check a kind of field goes through: text as typed in, the normalised text out, or a ValueFault."""

import re
from collections.abc import Callable

from applications.rules.forms.description import Kind
from applications.rules.forms.faults import ValueFault

_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)


def email(text: str) -> str:
    """One plain mail address (no display name), as typed, full-width letters made half-width."""
    if len(text) > 254 or ".." in text or text.startswith(".") or ".@" in text or not _EMAIL.fullmatch(text):
        raise ValueFault(
            "email",
            f"メールアドレスの形式ではありません（{text}）。name@example.jp の形で1つだけご記入ください。",
        )
    return text


CHECKS: dict[Kind, Callable[[str], str]] = {
    Kind.EMAIL: email,
}
