"""設定値 and 会社休業日: typed by their definition, masked where secret, with who set them when."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, Value, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing, MailDraft
from accounts.admin.fields import DayInput
from accounts.admin.pages import PageAdmin
from accounts.models import CompanyClosingDay, Setting
from accounts.rules.settings import BY_KEY, DEFINITIONS, Definition, Type
from accounts.services import announcements, bounces, settings
from accounts.services.history import Change, changes
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import jdate
from kmc_portal.lib.jst import date_of

Given = dict[str, Any]
MASK = "••••••••"
NAMED = 5  # recipients of a mail to many, before it is sent


def shown(definition: Definition, value: Any) -> str:
    """As staff read it; a secret one is masked."""
    if definition.secret:
        return MASK
    if definition.type is Type.YES_NO:
        return "はい" if value else "いいえ"
    if isinstance(value, list):
        return "\n".join(str(line) for line in value)
    return str(value)


class ValueForm(DeedForm):
    """One field of the definition's type. A secret one starts empty and stays as it is if left so."""

    def prepare(self) -> None:
        definition = BY_KEY[self.doing.obj.key]
        value = self.doing.obj.value
        if definition.type is Type.INTEGER:
            field: forms.Field = forms.IntegerField(min_value=definition.least)
        elif definition.type is Type.YES_NO:
            field = forms.TypedChoiceField(
                choices=[("yes", "はい"), ("no", "いいえ")],
                coerce=lambda text: text == "yes",
                widget=forms.RadioSelect,
            )
            value = "yes" if value else "no"
        elif definition.type is Type.LINES:
            field = forms.CharField(widget=forms.Textarea(attrs={"rows": 6}))
            value = "\n".join(value)
        else:
            field = forms.CharField(max_length=500)
        field.label, field.help_text = definition.label, definition.help
        field.error_messages["required"] = "値を入力してください。"
        if definition.secret:
            field.help_text = "いまの値は表示しません。新しい値を入力すると置き換わります。"
        else:
            self.initial.setdefault("value", value)
        self.fields["value"] = field

    def clean_value(self) -> Any:
        value = self.cleaned_data["value"]
        if BY_KEY[self.doing.obj.key].type is Type.LINES:
            return [line.strip() for line in value.splitlines() if line.strip()]
        return value


def _announced(doing: Doing) -> bool:
    return doing.obj.key in settings.ANNOUNCED


def _change_refusal(doing: Doing) -> str | None:
    if not _announced(doing):
        return None
    return "この値は、お客様へのお知らせと一緒に変更します。「変更してお知らせする」から操作してください。"


def _password_refusal(doing: Doing) -> str | None:
    return None if _announced(doing) else "この値は「変更する」から変更してください。"


def _password_mail(doing: Doing, given: Given) -> MailDraft:
    day = date_of(doing.now)
    found = announcements.audience(day)
    return MailDraft(announcements.text(day), _recipients(found), _warnings(found))


def _recipients(found: announcements.Audience) -> list[str]:
    """All by name while they are few, else how many, with the first ones."""
    if not found.contacts:
        return []
    named = [f"{row.name} 様 <{row.email}>（{row.contract.number}）" for row in found.contacts[:NAMED]]
    how_many = f"利用中の契約 {found.contracts:,}件のアカウント担当者 {len(found.contacts):,}名"
    rest = len(found.contacts) - len(named)
    return [how_many, *named, *([f"ほか{rest:,}名"] if rest else [])]


def _warnings(found: announcements.Audience) -> list[str]:
    warnings = []
    if found.unreachable:
        numbers = "、".join(str(row.number) for row in found.unreachable[:NAMED])
        warnings.append(
            f"アカウント担当者がいないためお知らせできない契約が{len(found.unreachable):,}件あります：{numbers}"
        )
    if bounced := bounces.open_problems(addresses=[row.email for row in found.contacts]):
        shown = "、".join(sorted(bounced)[:NAMED])
        warnings.append(f"以前のメールが届かなかった宛先が{len(bounced):,}件あります：{shown}")
    return warnings


def _change_password(doing: Doing, given: Given, edited: MailText | None) -> str:
    told = announcements.change_support_password(
        password=given["value"], actor=doing.actor, now=doing.now, edited=edited
    )
    return f"サポートサイトのパスワードを変更しました。お知らせのメール{told:,}通を送ります。"


def _change(doing: Doing, given: Given, edited: MailText | None) -> str:
    settings.change(key=doing.obj.key, value=given["value"], actor=doing.actor)
    return f"「{BY_KEY[doing.obj.key].label}」を変更しました。"


def _last_change(row: Setting) -> object:
    """Not the value itself: a secret one must not be on the page even as a fingerprint."""
    return row.history.order_by("-pgh_id").values_list("pgh_id", flat=True).first()  # type: ignore[attr-defined]


@admin.register(Setting)
class SettingAdmin(PageAdmin):
    page_template = "admin/accounts/setting/page.html"
    list_display = ("label_column", "value_column", "guide_column")
    list_display_links = ("label_column",)
    list_per_page = 200
    deeds = (
        Deed("change", "設定値を変更する", _change, ValueForm, permission="accounts.change_setting", button="変更する",
             seen=_last_change, refusal=_change_refusal,
             explain="変更はすぐに全体へ反映されます。前の値と変更した人は履歴に残ります。"),
        Deed("change_and_tell", "サポートサイトのパスワードを変更する", _change_password, ValueForm,
             permission="accounts.change_setting", button="変更してお知らせする", seen=_last_change,
             refusal=_password_refusal, mail=_password_mail,
             explain="新しいパスワードはすぐに有効になり、利用中のすべての契約のアカウント担当者へメールでお知らせします。"
                     "準備中の契約には、アカウント通知書でお伝えします。"),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(key__in=BY_KEY)

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """As the definitions stand."""
        order = [When(key=row.key, then=Value(place)) for place, row in enumerate(DEFINITIONS)]
        return [Case(*order, default=Value(999))]

    @admin.display(description="項目")
    def label_column(self, row: Setting) -> str:
        return BY_KEY[row.key].label

    @admin.display(description="値")
    def value_column(self, row: Setting) -> str:
        return format_html('<span class="kmc-lines">{}</span>', shown(BY_KEY[row.key], row.value))

    @admin.display(description="手続きガイド")
    def guide_column(self, row: Setting) -> str:
        return BY_KEY[row.key].guide

    def page_context(self, request: HttpRequest, obj: Setting) -> dict[str, Any]:
        definition = BY_KEY[obj.key]
        return {
            "definition": definition,
            "is_announced": obj.key in settings.ANNOUNCED,
            "value": shown(definition, obj.value),
            "first": shown(definition, definition.first),
            "changes": [_masked(definition, change) for change in changes([obj], without=("key",))],
            "title": definition.label,
        }


def _masked(definition: Definition, change: Change) -> Change:
    if not definition.secret:
        return change
    old = MASK if change.old else ""
    return Change(change.at, change.who, change.what, change.field, old, MASK)


class ClosingDayForm(DeedForm):
    day = forms.DateField(
        label="休業日", widget=DayInput, error_messages={"required": "日付を入力してください。"}
    )
    name = forms.CharField(
        label="名称",
        max_length=60,
        help_text="例：創立記念日",
        error_messages={"required": "名称を入力してください。"},
    )


def _add_day(doing: Doing, given: Given, edited: MailText | None) -> str:
    settings.add_closing_day(day=given["day"], name=given["name"], actor=doing.actor)
    return f"{jdate(given['day'])}を会社休業日にしました。納期の日数に数えません。"


def _remove_day(doing: Doing, given: Given, edited: MailText | None) -> str:
    settings.remove_closing_day(day_id=doing.obj.pk, actor=doing.actor)
    return f"{jdate(doing.obj.day)}の会社休業日を取り消しました。"


class ComingFilter(DropdownFilter):
    title = "時期"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("coming", "今日以降"), ("past", "過去")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        today = date_of(timezone.now())
        rows = {"coming": queryset.filter(day__gte=today), "past": queryset.filter(day__lt=today)}
        return rows.get(self.value() or "", queryset)


@admin.register(CompanyClosingDay)
class CompanyClosingDayAdmin(PageAdmin):
    page_template = "admin/accounts/companyclosingday/page.html"
    list_before_template = "admin/accounts/companyclosingday/_explain.html"
    list_display = ("day_column", "name")
    list_filter = (ComingFilter,)
    list_filter_submit = True
    add_deed = Deed(
        "new", "会社休業日を登録する", _add_day, ClosingDayForm, permission="accounts.add_companyclosingday", button="登録する",
        explain="土日・祝日・年末年始（12月29日〜1月3日）のほかに休む日を登録します。手続き中の申込の期限にもすぐに反映されます。",
    )  # fmt: skip
    deeds = (
        Deed("remove", "会社休業日を取り消す", _remove_day, permission="accounts.delete_companyclosingday", danger=True, button="取り消す",
             explain="営業日に戻ります。手続き中の申込の期限にもすぐに反映されます。",
             goes_to=lambda doing: reverse("admin:accounts_companyclosingday_changelist")),
    )  # fmt: skip

    @admin.display(description="休業日", ordering="day")
    def day_column(self, row: CompanyClosingDay) -> str:
        return jdate(row.day)

    def page_context(self, request: HttpRequest, obj: CompanyClosingDay) -> dict[str, Any]:
        return {
            "closing_day": obj,
            "may_remove": request.user.has_perm("accounts.delete_companyclosingday"),
            "changes": changes([obj]),
            "title": jdate(obj.day),
        }
