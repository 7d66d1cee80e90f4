"""How allauth behaves here: no sign-up (logins come by invitation), and its mails go through the outbox."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services import outbox

log = logging.getLogger(__name__)

MAIL_KINDS = {  # allauth's template prefix: our mail
    "account/email/password_reset_key": "password_reset",
    "account/email/unknown_account": "unknown_account",
    "account/email/password_changed": "password_changed",
    "account/email/password_reset": "password_changed",
    "account/email/password_set": "password_changed",
}
# For what is switched off here: sign-up, own change of address, login by code. tests/accounts/login/ compares both
# with all that allauth has.
NEVER_SENT = frozenset(
    {
        "account/email/account_already_exists",
        "account/email/email_changed",
        "account/email/email_confirm",
        "account/email/email_confirmation",
        "account/email/email_confirmation_signup",
        "account/email/email_deleted",
        "account/email/login_code",
        "account/email/password_reset_code",
    }
)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "このログインは停止されています。貴社の管理者の方か、窓口にお尋ねください。",
        "email_password_mismatch": "メールアドレスかパスワードが正しくありません。",
        "too_many_login_attempts": (
            "ログインに続けて失敗したため、しばらくログインできません。"
            "10分ほどおいてからもう一度お試しいただくか、パスワードを再設定してください。"
        ),
        "rate_limited": "操作が続いたため、しばらくお待ちいただいてからもう一度お試しください。",
        "invalid_password_reset": "このリンクは使えません。もう一度パスワードの再設定をお申し込みください。",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """By address alone. allauth adds the Host header, whose port anybody may vary to go on guessing."""
        return str(credentials.get("email", "")).strip().lower()

    def set_password(self, user: User, password: str) -> None:
        """A new password ends the lock that guessing at the old one brought (allauth asks its own list of addresses)."""
        super().set_password(user, password)
        self._delete_login_attempts_cached_email(self.request, email=user.email)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """To the user's one address; allauth would look into a list of its own, which we do not keep."""
        self.send_mail(template_prefix, user.email, {"user": user})

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        kind = MAIL_KINDS.get(template_prefix)
        if kind is None:  # nobody's login should fail over it
            log.error("allauth wants to send %s, for which there is no mail", template_prefix)
            return
        now = timezone.now()
        user: User | None = context.get("user")
        recipe = (
            {"link": {"make": "password_link", "user": user.pk}} if user and kind == "password_reset" else {}
        )
        outbox.queue(
            kind=kind,
            to=email,
            to_name=user.name if user else "",
            context={"user_name": user.name if user else "", "email": email},
            secrets=recipe,
            idempotency_key=f"{kind}-{email.lower()}-{now.timestamp():.3f}",
            customer=user.customer if user else None,
            actor=None,
            now=now,
        )
