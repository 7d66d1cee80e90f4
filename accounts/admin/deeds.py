"""What a button of the admin does: ask for what is needed, show the mail, do it through a service, say how it ended.

A `Deed` is one row of data. `perform` leads through its stages: the form; what will come of it, to be checked, or the
mail, editable, with its recipients; the write. Refused, Stale and NotAllowed come back as words on the page, and nothing that was typed is lost.
"""

import datetime
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from accounts.models import User
from accounts.services.errors import NotAllowed, Refused, Stale
from accounts.services.history import changes
from accounts.services.outbox import MailText
from accounts.services.rights import need
from kmc_portal.lib.business_days import japanese_date


@dataclass(frozen=True)
class Doing:
    """One press of a button: who, when, on what. `version` is the one the form was made from."""

    request: HttpRequest
    actor: User
    now: datetime.datetime
    obj: Any
    version: int | None = None

    @property
    def case(self) -> dict[str, Any]:
        """What every service of an application takes; Refused where the version did not come along."""
        if self.version is None:
            raise Refused("画面の情報が足りません。画面を開き直して、もう一度操作してください。")
        return {
            "application_id": self.obj.pk,
            "version": self.version,
            "actor": self.actor,
            "now": self.now,
        }


class DeedForm(forms.Form):
    """Asks for nothing. Forms that ask get the object as `self.doing.obj`."""

    required_css_class = "required"
    error_css_class = "has-error"

    def __init__(self, *args: Any, doing: Doing, **kwargs: Any) -> None:
        self.doing = doing
        super().__init__(*args, **kwargs)
        self.prepare()
        for name, one in self.fields.items():
            if one.help_text:
                one.widget.attrs.setdefault("aria-describedby", f"id_{name}_help")

    def prepare(self) -> None:
        """Choices and first values that depend on the object."""


class MailForm(forms.Form):
    """The mail as it will go out."""

    mail_subject = forms.CharField(
        label="件名", max_length=200, error_messages={"required": "件名を入力してください。"}
    )
    mail_body = forms.CharField(
        label="本文",
        widget=forms.Textarea(attrs={"rows": 20}),
        error_messages={"required": "本文を入力してください。"},
    )


@dataclass(frozen=True)
class MailDraft:
    """What would be sent, and to whom (as shown). `warnings` are lines to think over before it goes."""

    text: MailText
    to: Sequence[str]
    warnings: Sequence[str] = ()


Run = Callable[[Doing, dict[str, Any], MailText | None], str]


@dataclass(frozen=True)
class Deed:
    """`run` returns what to say when it is done. `direct` deeds have no page: a button posts them at once.

    `check` gives `check_template` what it shows before the write, from what was typed.
    """

    name: str
    label: str
    run: Run
    form: type[DeedForm] = DeedForm
    explain: str = ""
    button: str = ""
    permission: str = ""
    mail: Callable[[Doing, dict[str, Any]], MailDraft | None] | None = None
    check: Callable[[Doing, dict[str, Any]], dict[str, Any]] | None = None
    check_template: str = ""
    refusal: Callable[[Doing], str | None] | None = None
    seen: Callable[[Any], object] | None = None
    template: str = ""
    context: Callable[[Doing], dict[str, Any]] | None = None
    danger: bool = False
    direct: bool = False
    anchor: str = ""
    goes_to: Callable[[Doing], str] | None = field(default=None)

    @property
    def press(self) -> str:
        return self.button or self.label


def fingerprint(deed: Deed, obj: Any) -> str:
    """Of what the deed is about to replace: a form made from something else is stale."""
    return hashlib.sha256(repr(deed.seen(obj)).encode()).hexdigest()[:16] if deed.seen else ""


def perform(
    *, doing: Doing, deed: Deed, back: str, page: dict[str, Any], version: int | None = None
) -> HttpResponse:
    """Answer a request for this deed. `back` is the object's page, `version` its version as it is now."""
    try:
        return _answer(doing, deed, back, page, version)
    except NotAllowed as refusal:
        raise PermissionDenied(str(refusal)) from refusal
    except Refused as refusal:  # before there was a page to say it on
        messages.error(doing.request, str(refusal))
        return HttpResponseRedirect(back)


def _answer(doing: Doing, deed: Deed, back: str, page: dict[str, Any], version: int | None) -> HttpResponse:
    request = doing.request
    refusal = deed.refusal(doing) if deed.refusal else None
    if request.method != "POST":
        if deed.direct or refusal:
            messages.error(request, refusal or "この操作は画面のボタンから行ってください。")
            return HttpResponseRedirect(back)
        _need_right(doing, deed)
        form = deed.form(doing=doing, initial=request.GET.dict())
        return _ask_or_show_mail(doing, deed, form, back, page, version)
    _need_right(doing, deed)
    if too_large := getattr(request, "too_large", None):
        messages.error(request, f"{too_large} は大きすぎるため受け取れませんでした。")
        return HttpResponseRedirect(back if deed.direct else request.get_full_path())
    form = deed.form(request.POST, request.FILES, doing=doing)
    valid = form.is_valid()
    if refusal and (deed.mail or deed.context):  # there may be nothing to write the mail or the page from
        return _refused(doing, deed, form, back, page, version, refusal)
    if not valid:
        if deed.direct and not form.visible_fields():
            messages.error(request, _first_error(form))
            return HttpResponseRedirect(back)
        return _page(doing, deed, form, back, page, version, stage="ask")
    if "back" in request.POST:
        return _page(doing, deed, form, back, page, version, stage="ask")
    if deed.mail and "mail_body" not in request.POST:
        draft = _draft(doing, deed, form)
        if draft is not None:
            return _page(doing, deed, form, back, page, version, stage="mail", draft=draft)
    if deed.check and "checked" not in request.POST:
        try:
            found = deed.check(doing, form.cleaned_data)
        except NotAllowed:
            raise
        except Refused as fault:
            messages.error(request, str(fault))
            return _page(doing, deed, form, back, page, version, stage="ask")
        return _page(doing, deed, form, back, {**page, **found}, version, stage="check")
    return _write(doing, deed, form, back, page, version)


def _need_right(doing: Doing, deed: Deed) -> None:
    if deed.permission:
        need(doing.actor, deed.permission, f"「{deed.label}」を行う")


def _refused(
    doing: Doing,
    deed: Deed,
    form: DeedForm,
    back: str,
    page: dict[str, Any],
    version: int | None,
    refusal: str,
) -> HttpResponse:
    """Too late for this step: say so, with what was typed and the mail as it was worded."""
    messages.error(doing.request, refusal)
    bare = replace(deed, template="", context=None)
    if "mail_body" not in doing.request.POST:
        return _page(doing, bare, form, back, page, version, stage="ask")
    posted = doing.request.POST
    draft = MailDraft(MailText(posted.get("mail_subject", ""), posted["mail_body"]), [])
    return _page(doing, bare, form, back, page, version, stage="mail", draft=draft, stale=True)


def _ask_or_show_mail(
    doing: Doing, deed: Deed, form: DeedForm, back: str, page: dict[str, Any], version: int | None
) -> HttpResponse:
    """A deed that asks for nothing but mails begins with its mail."""
    if deed.mail and not form.fields:
        form = deed.form({}, doing=doing)
        form.is_valid()
        draft = _draft(doing, deed, form)
        if draft is not None:
            return _page(doing, deed, form, back, page, version, stage="mail", draft=draft)
    return _page(doing, deed, form, back, page, version, stage="ask")


def _draft(doing: Doing, deed: Deed, form: DeedForm) -> MailDraft | None:
    assert deed.mail is not None
    return deed.mail(doing, form.cleaned_data)


def _write(
    doing: Doing, deed: Deed, form: DeedForm, back: str, page: dict[str, Any], version: int | None
) -> HttpResponse:
    request = doing.request
    draft = _draft(doing, deed, form) if deed.mail and "mail_body" in request.POST else None
    mail_form = MailForm(request.POST) if draft else None
    if mail_form is not None and not mail_form.is_valid():
        return _page(doing, deed, form, back, page, version, stage="mail", draft=draft, mail_form=mail_form)
    try:
        said = _run(doing, deed, form, _edited(draft, mail_form))
    except NotAllowed:
        raise
    except Refused as refusal:
        messages.error(request, str(refusal))
        if deed.direct and not form.visible_fields():
            return HttpResponseRedirect(_at(back, deed))
        stage = "mail" if draft else "ask"
        return _page(
            doing,
            deed,
            form,
            back,
            page,
            version,
            stage=stage,
            draft=draft,
            mail_form=mail_form,
            stale=isinstance(refusal, Stale),
        )
    messages.success(request, said)
    return HttpResponseRedirect(deed.goes_to(doing) if deed.goes_to else _at(back, deed))


def _run(doing: Doing, deed: Deed, form: DeedForm, edited: MailText | None) -> str:
    if deed.seen is None or doing.obj is None:
        return deed.run(doing, form.cleaned_data, edited)
    with transaction.atomic():
        now_there = type(doing.obj)._default_manager.select_for_update().get(pk=doing.obj.pk)
        if doing.request.POST.get("seen") != fingerprint(deed, now_there):
            raise Stale(_who_was_faster(now_there))
        return deed.run(doing, form.cleaned_data, edited)


def _who_was_faster(obj: models.Model) -> str:
    last = next(iter(changes([obj], limit=1)), None) if hasattr(obj, "history") else None
    who = f"{last.who} さん" if last and last.who else "ほかの方"
    return (
        f"{who}が先に内容を変更したため、この操作は反映されませんでした。"
        "最新の内容を確認して、もう一度操作してください。"
    )


def _edited(draft: MailDraft | None, form: MailForm | None) -> MailText | None:
    """Staff's own wording, or None where nothing was changed (then each recipient gets their own greeting)."""
    if draft is None or form is None:
        return None
    subject = form.cleaned_data["mail_subject"].strip()
    body = form.cleaned_data["mail_body"].replace("\r\n", "\n").strip() + "\n"
    if (subject, body.strip()) == (draft.text.subject.strip(), draft.text.body.strip()):
        return None
    return MailText(subject=subject, body=body)


def _page(
    doing: Doing,
    deed: Deed,
    form: DeedForm,
    back: str,
    page: dict[str, Any],
    version: int | None,
    *,
    stage: str,
    draft: MailDraft | None = None,
    mail_form: MailForm | None = None,
    stale: bool = False,
) -> HttpResponse:
    if draft is not None and mail_form is None:
        mail_form = MailForm(initial={"mail_subject": draft.text.subject, "mail_body": draft.text.body})
    context = {
        **page,
        **(deed.context(doing) if deed.context else {}),
        "title": deed.label,
        "deed": deed,
        "form": form,
        "asks": bool(form.visible_fields()),
        "answers": _answers(form) if stage == "mail" else [],
        "draft": draft,
        "mail_form": mail_form,
        "stage": stage,
        "more_to_come": stage == "ask" and deed.mail is not None,
        "more_to_check": stage == "ask" and deed.check is not None,
        "version": version,
        "seen": fingerprint(deed, doing.obj) if doing.obj is not None else "",
        "stale": stale,
        "back": back,
    }
    return TemplateResponse(doing.request, "admin/deed.html", context)


def _answers(form: DeedForm) -> list[tuple[str, str]]:
    """What was typed in the stage before, as text."""
    shown = []
    for bound in form.visible_fields():
        value = form.cleaned_data.get(bound.name, bound.value())
        if value not in (None, "", []):
            choices = (
                dict(cast(Any, bound.field.choices)) if isinstance(bound.field, forms.ChoiceField) else {}
            )
            values = value if isinstance(value, (list, tuple)) else [value]
            shown.append((str(bound.label), "、".join(_in_words(one, choices) for one in values)))
    return shown


def _in_words(value: Any, choices: dict[Any, Any]) -> str:
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return japanese_date(value)
    return str(choices.get(value, value))


def _first_error(form: forms.Form) -> str:
    for errors in form.errors.values():
        return str(errors[0])
    return "入力内容を確認してください。"


def _at(back: str, deed: Deed) -> str:
    return f"{back}#{deed.anchor}" if deed.anchor else back
