"""How every button of the portal ends: done, refused or overtaken, each said at the top of the page."""

import datetime
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from accounts.services.errors import Refused, Stale
from applications.models import Application
from kmc_portal.portal.access import PortalRequest

Write = Callable[[], object]
JUST_NOW = datetime.timedelta(minutes=5)


def version_of(request: PortalRequest) -> int:
    """The version the page was made from (optimistic lock); Refused when it did not come along."""
    text = request.POST.get("version", "")
    if not text.isdecimal() or len(text) > 9:
        raise Refused("画面の情報が足りません。画面を開き直して、もう一度操作してください。")
    return int(text)


def act(
    request: PortalRequest, application: Application, write: Write, *, done: str, action: str = ""
) -> HttpResponse:
    """Take a step and go back to the application's page, with the outcome said there.

    A second click on the same button finds the work done by the first (`action` names it) and is told so.
    """
    try:
        write()
    except Stale as stale:
        if action and _did_it_just_now(request, application, action):
            messages.info(request, "すでに受け付けています。二重には登録されていません。")
        else:
            messages.error(request, str(stale))
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("portal:application", application.pk)


def accepted(form: forms.Form, write: Write) -> bool:
    """Whether a filled-in form was valid and its write went through; a refusal stands in the form's errors."""
    if not form.is_valid():
        return False
    try:
        write()
    except Refused as refusal:
        form.add_error(None, str(refusal))
        return False
    return True


def _did_it_just_now(request: PortalRequest, application: Application, action: str) -> bool:
    event = application.events.last()
    return (
        event is not None
        and event.actor_id == request.user.pk
        and event.action == action
        and timezone.now() - event.at < JUST_NOW
    )
