"""How allauth behaves here: no sign-up (logins come by invitation), and its mails go through the outbox."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from accounts.services import outbox

MAIL_KINDS = {  # allauth's template prefix: our mail
    "account/email/password_reset_key": "password_reset",
    "account/email/unknown_account": "unknown_account",
    "account/email/password_changed": "password_changed",
    "account/email/password_reset": "password_changed",
    "account/email/password_set": "password_changed",
}


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        now = timezone.now()
        kind = MAIL_KINDS[template_prefix]
        user = context.get("user") or User.objects.filter(email__iexact=email).first()
        if user is not None and not user.is_active:
            return
        outbox.queue(
            kind=kind,
            to=email,
            to_name=user.name if user else "",
            context={"user_name": user.name if user else "", "email": email},
            secrets={"link": {"make": "password_link", "user": user.pk}} if kind == "password_reset" else {},
            idempotency_key=f"{kind}-{email.lower()}-{now.timestamp():.3f}",
            customer=user.customer if user else None,
            actor=None,
            now=now,
        )
