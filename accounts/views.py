"""Logging in, where allauth's own view does not do."""

from typing import Any

from allauth.account.views import LoginView as AllauthLoginView
from django.http import HttpResponse

LOCKED_OUT = 429


class LoginView(AllauthLoginView):
    """Says 429 where too many guesses have locked an address out; allauth shows that as a mere fault of the form."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response: HttpResponse = super().form_invalid(form)
        if form.has_error("__all__", "too_many_login_attempts"):
            response.status_code = LOCKED_OUT
        return response
