"""The key in links that set a password (invitation and reset)."""

from typing import Any

from django.contrib.auth.tokens import PasswordResetTokenGenerator


class PasswordLinkTokens(PasswordResetTokenGenerator):
    """Dies with the next password, login or change of address, after PASSWORD_RESET_TIMEOUT, and while deactivated.

    Django's own instead of allauth's, which keeps a second list of addresses per user (EmailAddress): one left over
    there would go on being good for logging in after the user's address changed.
    """

    def check_token(self, user: Any, token: str | None) -> bool:
        return user is not None and user.is_active and super().check_token(user, token)
