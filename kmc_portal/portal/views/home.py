from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect


def front(request: HttpRequest) -> HttpResponse:
    """Everybody to where their work is."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect("admin:index" if request.user.is_staff else "portal:home")
