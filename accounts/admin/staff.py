"""社内ユーザー, for system administrators; and the log of downloads, read only."""

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.contrib.filters.admin import DropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing, MailDraft
from accounts.admin.pages import PageAdmin
from accounts.models import Download, User
from accounts.names import NameField
from accounts.rules.roles import StaffGroup
from accounts.services import bounces, customers, staff
from accounts.services.errors import Refused
from accounts.services.history import changes, group_changes
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge, jtime
from kmc_portal.lib.jst import date_of, start_of

Given = dict[str, Any]
Edited = MailText | None
GROUP_WORDS: dict[StaffGroup, str] = {
    StaffGroup.RECEPTION: "受付：企業の登録、書類の確認、受付受理、内容確認の依頼",
    StaffGroup.APPROVAL: "承認：アカウント通知書の承認と発行、締めの承認",
    StaffGroup.BILLING: "請求：料金表・請求先・一時費用・配信実績・締め・請求書",
    StaffGroup.OPERATIONS: "運用：キャリア申請、アカウント設定、資料と設定値",
    StaffGroup.VIEWING: "閲覧：見るだけ",
}


class GroupsField(forms.MultipleChoiceField):
    def __init__(self) -> None:
        super().__init__(
            label="グループ",
            choices=[(group.value, GROUP_WORDS[group]) for group in StaffGroup],
            widget=forms.CheckboxSelectMultiple,
            error_messages={"required": "グループを一つ以上選んでください。"},
        )


class InviteStaffForm(DeedForm):
    name = NameField(label="氏名", max_length=80, error_messages={"required": "氏名を入力してください。"})
    email = forms.EmailField(
        max_length=254,
        label="メールアドレス",
        error_messages={"required": "メールアドレスを入力してください。"},
    )
    groups = GroupsField()

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if User.objects.filter(email__iexact=email).exists():
            raise forms.ValidationError("このメールアドレスは登録済みです。別のアドレスを入力してください。")
        return email


class GroupsForm(DeedForm):
    groups = GroupsField()

    def prepare(self) -> None:
        self.initial.setdefault("groups", [group.value for group in self.doing.obj.staff_groups])


def _invite(doing: Doing, given: Given, edited: Edited) -> str:
    groups = [StaffGroup(name) for name in given["groups"]]
    staff.invite(
        email=given["email"],
        name=given["name"],
        groups=groups,
        actor=doing.actor,
        now=doing.now,
        edited=edited,
    )
    return f"{given['name']} さんに招待メールを送ります。"


def _invitation(doing: Doing, given: Given) -> MailDraft:
    text = customers.invitation_preview(name=given["name"], company="")
    return MailDraft(text, [f"{given['name']} 様 <{given['email']}>"])


def _invite_again(doing: Doing, given: Given, edited: Edited) -> str:
    customers.send_invitation(user=doing.obj, actor=doing.actor, now=doing.now, edited=edited)
    return f"{doing.obj} さんに招待メールをもう一度送ります。"


def _invitation_again(doing: Doing, given: Given) -> MailDraft:
    if doing.obj.has_usable_password():
        raise Refused("このユーザーはすでにパスワードを設定済みです。パスワードの再設定をご案内ください。")
    text = customers.invitation_preview(name=doing.obj.name, company="")
    return MailDraft(text, [f"{doing.obj.name} 様 <{doing.obj.email}>"])


def _set_groups(doing: Doing, given: Given, edited: Edited) -> str:
    groups = [StaffGroup(name) for name in given["groups"]]
    staff.set_groups(user_id=doing.obj.pk, groups=groups, actor=doing.actor)
    return f"{doing.obj} さんのグループを変更しました。"


def _stop(doing: Doing, given: Given, edited: Edited) -> str:
    staff.set_active(user_id=doing.obj.pk, active=False, actor=doing.actor)
    return f"{doing.obj} さんの利用を停止しました。"


def _reopen(doing: Doing, given: Given, edited: Edited) -> str:
    staff.set_active(user_id=doing.obj.pk, active=True, actor=doing.actor)
    return f"{doing.obj} さんの利用を再開しました。"


class ActiveFilter(DropdownFilter):
    title = "利用"
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "利用中"), ("no", "停止中")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(is_active=self.value() == "yes")


@admin.register(User)
class StaffUserAdmin(PageAdmin):
    """Customers' users stand on their customer's page."""

    page_template = "admin/accounts/user/page.html"
    list_display = ("name", "email", "groups_column", "state_column", "login_column")
    list_display_links = ("name", "email")
    list_filter = (ActiveFilter,)
    list_filter_submit = True
    search_fields = ("name", "email")
    search_help_text = "氏名・メールアドレス"
    add_deed = Deed(
        "new", "社内ユーザーを招待する", _invite, InviteStaffForm, mail=_invitation,
        explain="ログインを作り、パスワードを設定するための招待メールを送ります。",
    )  # fmt: skip
    deeds = (
        Deed("groups", "グループを変更する", _set_groups, GroupsForm, button="変更する", seen=lambda user: sorted(user.groups.values_list("name", flat=True)),
             explain="変更は次の操作からすぐに効きます。"),
        Deed("invite_again", "招待メールをもう一度送る", _invite_again, mail=_invitation_again),
        Deed("stop", "利用を停止する", _stop, direct=True),
        Deed("reopen", "利用を再開する", _reopen, direct=True),
    )  # fmt: skip

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "社内ユーザー", **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(is_staff=True).prefetch_related("groups")

    @admin.display(description="グループ")
    def groups_column(self, row: User) -> str:
        if row.is_superuser:
            return "システム管理者"
        return "・".join(group.name for group in row.groups.all()) or "（なし）"

    @admin.display(description="利用", ordering="is_active")
    def state_column(self, row: User) -> str:
        if not row.is_active:
            return badge("停止中", "quiet")
        return badge("利用中", "good") if row.has_usable_password() else badge("招待中", "warn")

    @admin.display(description="最後のログイン", ordering="last_login")
    def login_column(self, row: User) -> str:
        return jtime(row.last_login)

    def page_context(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        return {
            "person": obj,
            "has_password": obj.has_usable_password(),
            "groups": [GROUP_WORDS[group] for group in StaffGroup if group in obj.staff_groups],
            "problem": bounces.open_problems(addresses=[obj.email]).get(obj.email.lower()),
            "changes": sorted(
                [*changes([obj], without=("created_at",)), *group_changes(obj)],
                key=lambda change: change.at,
                reverse=True,
            ),
            "is_self": obj.pk == request.user.pk,
        }


class WhoseFilter(DropdownFilter):
    title = "利用者"
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("staff", "社内"), ("customers", "ご利用企業")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("staff", "customers"):
            return queryset
        return queryset.filter(user__is_staff=self.value() == "staff")


class PeriodFilter(DropdownFilter):
    title = "期間"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "今日"), ("7", "今日までの7日間"), ("31", "今日までの31日間")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("1", "7", "31"):
            return queryset
        first = date_of(timezone.now()) - datetime.timedelta(days=int(self.value()) - 1)
        return queryset.filter(at__gte=start_of(first))


@admin.register(Download)
class DownloadAdmin(PageAdmin):
    page_template = "admin/accounts/download/page.html"
    list_display = ("time_column", "user", "company_column", "what", "ip")
    search_fields = ("what", "user__name", "user__email")
    search_help_text = "対象・利用者"
    date_hierarchy = "at"
    list_filter = (WhoseFilter, PeriodFilter)
    list_filter_submit = True
    list_display_links = ("time_column", "what")
    list_select_related = ("user__customer",)

    @admin.display(description="日時", ordering="at")
    def time_column(self, row: Download) -> str:
        return jtime(row.at)

    @admin.display(description="企業")
    def company_column(self, row: Download) -> str:
        return str(row.user.customer or "社内")

    def page_context(self, request: HttpRequest, obj: Download) -> dict[str, Any]:
        return {"download": obj}
