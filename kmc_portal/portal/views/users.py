"""The company's own logins, for its administrators: invite, change the role, stop and reopen."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.rules.roles import CustomerRole
from accounts.services import customers
from accounts.services.errors import Refused
from kmc_portal.portal.access import PortalRequest, administrator_view
from kmc_portal.portal.acting import accepted
from kmc_portal.portal.forms import InvitationForm, RoleForm


@administrator_view
@require_safe
def index(request: PortalRequest) -> HttpResponse:
    return render(
        request, "portal/users.html", {"users": request.access.users(), "roles": list(CustomerRole)}
    )


@administrator_view
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: PortalRequest) -> HttpResponse:
    form = InvitationForm(request.POST if request.method == "POST" else None)

    def write() -> None:
        customers.invite_user(
            customer=request.access.customer,
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            role=CustomerRole(form.cleaned_data["role"]),
            actor=request.access.user,
            now=timezone.now(),
        )

    if request.method == "POST" and accepted(form, write):
        messages.success(request, f"{form.cleaned_data['email']} に招待メールをお送りします。")
        return redirect("portal:users")
    return render(request, "portal/user_invite.html", {"form": form}, status=422 if form.is_bound else 200)


@administrator_view
@require_POST
def set_role(request: PortalRequest, pk: int) -> HttpResponse:
    user = request.access.colleague(pk)
    form = RoleForm(request.POST)

    def write() -> None:
        if not form.is_valid():
            raise Refused("役割を選び直してください。")
        role = CustomerRole(form.cleaned_data["role"])
        customers.set_user_role(user=user, role=role, actor=request.access.user)

    return _act(request, write, f"{user} 様の役割を変更しました。")


@administrator_view
@require_POST
def set_active(request: PortalRequest, pk: int) -> HttpResponse:
    user = request.access.colleague(pk)
    active = request.POST.get("active") == "yes"

    def write() -> None:
        if request.POST.get("active") not in ("yes", "no"):
            raise Refused("画面の情報が足りません。画面を開き直して、もう一度操作してください。")
        customers.set_user_active(user=user, active=active, actor=request.access.user)

    return _act(request, write, f"{user} 様の利用を{'再開' if active else '停止'}しました。")


@administrator_view
@require_POST
def resend_invitation(request: PortalRequest, pk: int) -> HttpResponse:
    user = request.access.colleague(pk)

    def write() -> None:
        if not user.is_active:
            raise Refused("利用を停止しているユーザーには招待を送れません。先に利用を再開してください。")
        customers.send_invitation(user=user, actor=request.access.user, now=timezone.now())

    return _act(request, write, f"{user.email} に招待メールをもう一度お送りします。")


def _act(request: PortalRequest, write: Callable[[], object], done: str) -> HttpResponse:
    try:
        write()
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("portal:users")
