"""資料: publish the next edition; earlier ones stay with what was consented to."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, Value, When
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from accounts.admin.deeds import Deed, DeedForm, Doing
from accounts.admin.fields import DayInput, name_and_data
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_file
from accounts.models import MaterialCode, MaterialEdition
from accounts.models.materials import CONSENT_MATERIALS
from accounts.services import materials
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge, jdate
from kmc_portal.lib.jst import date_of

Given = dict[str, Any]


class PublishForm(DeedForm):
    material = forms.ChoiceField(
        label="資料",
        choices=[("", "選んでください"), *MaterialCode.choices()],
        error_messages={"required": "資料を選んでください。"},
    )
    edition = forms.CharField(
        label="版",
        max_length=20,
        help_text="例：2.1版",
        error_messages={"required": "版の名前を入力してください。"},
    )
    published_on = forms.DateField(
        label="公開日",
        widget=DayInput,
        help_text="この日から、お客様にはこの版が示されます。",
        error_messages={"required": "公開日を入力してください。"},
    )
    file = forms.FileField(
        label="ファイル",
        help_text="PDF、またはExcelブック（.xlsx）",
        error_messages={"required": "ファイルを選んでください。"},
    )


def _publish(doing: Doing, given: Given, edited: MailText | None) -> str:
    name, data = name_and_data(given["file"])
    edition = materials.publish(
        material=MaterialCode(given["material"]),
        edition=given["edition"].strip(),
        published_on=given["published_on"],
        name=name,
        data=data,
        actor=doing.actor,
        now=doing.now,
    )
    return f"{edition} を公開しました。"


def _standing(row: Any) -> tuple[str, str]:
    """Label and colour; `row` comes from the admin's queryset."""
    if row.published_on > date_of(timezone.now()):
        return "公開前", "warn"
    return ("現在の版", "good") if row.is_current else ("以前の版", "quiet")


@admin.register(MaterialEdition)
class MaterialEditionAdmin(PageAdmin):
    page_template = "admin/accounts/materialedition/page.html"
    list_display = (
        "material",
        "edition_column",
        "now_column",
        "published_column",
        "secret_column",
        "file_column",
    )
    list_display_links = ("material", "edition_column")
    list_filter = (("material", ChoicesDropdownFilter),)
    list_filter_submit = True
    list_select_related = ("file",)
    add_deed = Deed(
        "new", "新しい版を公開する", _publish, PublishForm, permission="accounts.add_materialedition", button="公開する",
        explain="利用規約・配信ガイドライン・手続きガイドは、公開日からの申込で新しい版への同意を求めます。以前の版と同意の記録は残ります。",
    )  # fmt: skip

    def own_urls(self, name: str) -> list[URLPattern]:
        return [path("<int:pk>/file/", self.admin_site.admin_view(self.file_view), name=f"{name}_own_file")]

    def get_ordering(self, request: HttpRequest) -> list[Any]:
        """By material as MaterialCode lists them, the newest edition first."""
        order = [When(material=code.value, then=Value(place)) for place, code in enumerate(MaterialCode)]
        return [Case(*order, default=Value(99)), "-published_on", "-pk"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """Each row knows whether it is the one that customers get today."""
        current = MaterialEdition.objects.current(date_of(timezone.now())).values("pk")
        is_current = Case(When(pk__in=current, then=Value(True)), default=Value(False))
        return super().get_queryset(request).annotate(is_current=is_current)

    @admin.display(description="版", ordering="edition")
    def edition_column(self, row: MaterialEdition) -> str:
        return format_html('<span class="kmc-nowrap">{}</span>', row.edition)

    @admin.display(description="公開日", ordering="published_on")
    def published_column(self, row: MaterialEdition) -> str:
        return jdate(row.published_on)

    @admin.display(description="いま示される版")
    def now_column(self, row: MaterialEdition) -> str:
        return badge(*_standing(row))

    @admin.display(description="公開の範囲")
    def secret_column(self, row: MaterialEdition) -> str:
        consent = "・申込で同意" if row.material in CONSENT_MATERIALS else ""
        return f"{'守秘義務契約の締結後' if row.confidential else 'すべてのお客様'}{consent}"

    @admin.display(description="ファイル")
    def file_column(self, row: MaterialEdition) -> str:
        url = reverse("admin:accounts_materialedition_own_file", args=[row.pk])
        return format_html(
            '<a class="kmc-file" href="{}" target="_blank" rel="noopener">{}</a>', url, row.file.name
        )

    def page_context(self, request: HttpRequest, obj: MaterialEdition) -> dict[str, Any]:
        return {
            "edition": obj,
            "standing": _standing(obj),
            "may_publish": self.has_add_permission(request),
            "others": MaterialEdition.objects.filter(material=obj.material).exclude(pk=obj.pk),
        }

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        return send_file(request, obj.file, what=str(obj), inline=True)
