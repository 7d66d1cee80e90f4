"""What a customer's user may see: their own company's, and nothing else.

The portal's views fetch through this module alone (tests/kmc_portal/portal/test_access_by_construction.py reads
their source). What is not theirs is a 404, as if it did not exist.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from accounts.models import AccountNotice, Contract, Customer, StoredFile, User
from accounts.rules.roles import CustomerRole
from applications.models import Application

View = Callable[..., HttpResponse]


class CompanyAccess:
    """Everything a view of the portal may fetch, for one user."""

    def __init__(self, user: User) -> None:
        assert user.customer is not None, "only customers' users have company access"
        self.user = user
        self.customer: Customer = user.customer

    @property
    def is_administrator(self) -> bool:
        return self.user.customer_role == CustomerRole.ADMINISTRATOR

    def applications(self) -> Any:
        return Application.objects.filter(customer=self.customer)

    def application(self, pk: int) -> Application:
        return get_object_or_404(self.applications().select_related("customer", "contract"), pk=pk)

    def contracts(self) -> Any:
        return Contract.objects.registered().filter(customer=self.customer)

    def contract(self, pk: int) -> Contract:
        return get_object_or_404(self.contracts(), pk=pk)

    def notices(self) -> Any:
        return AccountNotice.objects.filter(contract__customer=self.customer)

    def notice(self, pk: int) -> AccountNotice:
        return get_object_or_404(self.notices().select_related("contract__customer"), pk=pk)

    def file(self, pk: int) -> StoredFile:
        return get_object_or_404(StoredFile.objects.filter(customer=self.customer), pk=pk)

    def users(self) -> Any:
        return User.objects.filter(customer=self.customer)

    def colleague(self, pk: int) -> User:
        return get_object_or_404(self.users(), pk=pk)


class PortalRequest(HttpRequest):
    """A request of a customer's user, as the portal's views get it."""

    access: CompanyAccess


def customer_view(view: View) -> View:
    """For customers' users only: staff go to the admin, everybody else to the login page."""

    @wraps(view)
    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = cast(User, request.user)
        if user.customer_id is None:
            return redirect("admin:index")
        cast(PortalRequest, request).access = CompanyAccess(user)
        return view(request, *args, **kwargs)

    return guarded


def administrator_view(view: View) -> View:
    """For administrators of their company only."""

    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.access.is_administrator:
            raise PermissionDenied("この画面を使えるのは、貴社の管理者だけです。")
        return view(request, *args, **kwargs)

    return customer_view(guarded)
