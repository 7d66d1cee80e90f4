"""A model's admin as pages of our own: list, object page, and its deeds. Nothing is saved or deleted by the admin itself."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from accounts.admin.deeds import Deed, Doing, perform
from accounts.models import User

KEPT_URLS = ("_changelist", "_add", "_change")


class PageAdmin(ModelAdmin):
    """`deeds` belong to an object, `list_deeds` to the list; `add_deed` answers the list's add button."""

    page_template = ""
    deeds: tuple[Deed, ...] = ()
    list_deeds: tuple[Deed, ...] = ()
    add_deed: Deed | None = None
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    actions: Any = ()

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        kept = [
            url
            for url in super().get_urls()
            if (url.name and url.name.endswith(KEPT_URLS)) or _is_own(url, name)
        ]
        own = [
            path("do/<slug:deed>/", self.admin_site.admin_view(self.list_deed_view), name=f"{name}_list_do"),
            path("<int:pk>/do/<slug:deed>/", self.admin_site.admin_view(self.deed_view), name=f"{name}_do"),
        ]
        return [*self.own_urls(name), *own, *kept]

    def own_urls(self, name: str) -> list[URLPattern]:
        return []

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only what the list's own filters ask for; Django would take any lookup of an own field, sense or none.

        A name that is no field passes: the list then says that it cannot read the filter.
        """
        field, _, rest = lookup.partition("__")
        if field in {one.name for one in self.opts.get_fields()} - self._filtered():
            return False
        dates = {"year", "month", "day"} if field == self.date_hierarchy else set()
        if rest in dates and not (value.isascii() and value.isdecimal() and len(value) <= 4):
            return False
        return rest in {"", "exact", "isnull", "id__exact", *dates} and bool(
            super().lookup_allowed(lookup, value, request)  # type: ignore[arg-type]
        )

    def _filtered(self) -> set[str]:
        """Names that the list's filters and its date line put into the address."""
        filters = cast(Iterable[Any], self.list_filter)
        names = {one[0] if isinstance(one, tuple) else getattr(one, "parameter_name", one) for one in filters}
        return names | {self.date_hierarchy}

    # rights: looking is every staff's, writing is the services' affair ------------------------------

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.add_deed is not None and super().has_add_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Django's own form is never used."""
        return False

    def may(self, request: HttpRequest, action: str = "change") -> bool:
        """Whether the user's groups may do this to objects of this model (for buttons; services ask again)."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.{action}_{self.opts.model_name}"))

    # pages ----------------------------------------------------------------------------------------

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if self.add_deed is None or not self.has_add_permission(request):
            raise PermissionDenied("この画面を使う権限がありません。")
        return perform(
            doing=self.doing(request, None),
            deed=self.add_deed,
            back=self.list_url(),
            page=self.frame(request),
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in chosen):
            messages.error(request, "選んだ行を読み取れません。一覧で選び直してください。")
            return HttpResponseRedirect(request.get_full_path())
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        obj = self.fetch(request, object_id)
        context = {**self.frame(request, obj), **self.page_context(request, obj)}
        return TemplateResponse(request, self.page_template, context)

    def page_context(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        return {}

    def deed_view(self, request: HttpRequest, pk: int, deed: str) -> HttpResponse:
        found = next((row for row in self.deeds if row.name == deed), None)
        if found is None:
            raise Http404
        obj = self.fetch(request, str(pk))
        return perform(
            doing=self.doing(request, obj),
            deed=self.deed_for(found, obj),
            back=self.page_url(obj),
            page=self.frame(request, obj),
            version=getattr(obj, "version", None),
        )

    def deed_for(self, deed: Deed, obj: Any) -> Deed:
        """The deed in the words that fit this object."""
        return deed

    def list_deed_view(self, request: HttpRequest, deed: str) -> HttpResponse:
        found = next((row for row in self.list_deeds if row.name == deed), None)
        if found is None:
            raise Http404
        if not self.has_view_permission(request):
            raise PermissionDenied("この画面を使う権限がありません。")
        return perform(
            doing=self.doing(request, None), deed=found, back=self.list_url(), page=self.frame(request)
        )

    # pieces ---------------------------------------------------------------------------------------

    def fetch(self, request: HttpRequest, object_id: str) -> Any:
        if not self.has_view_permission(request):
            raise PermissionDenied("この画面を使う権限がありません。")
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        return obj

    def doing(self, request: HttpRequest, obj: Any) -> Doing:
        text = request.POST.get("version", "")
        version = int(text) if text.isdecimal() and len(text) < 10 else None
        return Doing(
            request=request, actor=cast(User, request.user), now=timezone.now(), obj=obj, version=version
        )

    def frame(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """What every page around an object needs."""
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "object": obj,
            "original": obj,
            "title": str(obj) if obj is not None else self.opts.verbose_name_plural,
            "may_change": self.may(request),
            "media": self.media,
            "has_view_permission": True,
        }

    def list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def page_url(self, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[obj.pk])


def _is_own(url: URLPattern, name: str) -> bool:
    return bool(url.name) and str(url.name).startswith(f"{name}_own_")
