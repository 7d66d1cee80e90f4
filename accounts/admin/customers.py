"""ご利用企業 and 販売パートナー: entered by staff, then kept up by the accepted forms."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.contrib.filters.admin import DropdownFilter, RelatedDropdownFilter

from accounts.admin import customer_forms as asks
from accounts.admin.deeds import Deed, Doing, MailDraft
from accounts.admin.pages import PageAdmin
from accounts.admin.sending import send_file
from accounts.admin.tones import CONTRACT_TONES, mail_rows
from accounts.models import Customer, SalesPartner
from accounts.rules.roles import CustomerRole
from accounts.services import bounces, customers
from accounts.services.errors import Refused
from accounts.services.history import changes
from accounts.services.outbox import MailText
from accounts.templatetags.kmc_admin import badge
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.text import normalise_digits, search_key

Given = dict[str, Any]
Edited = MailText | None
CHANGE, USERS = "accounts.change_customer", "accounts.change_user"


def _create(doing: Doing, given: Given, edited: Edited) -> str:
    with transaction.atomic():
        customer = customers.create_customer(
            actor=doing.actor,
            now=doing.now,
            profile=asks.profile_of(given),
            sales_partner=given["sales_partner"],
            nda_concluded_on=given["nda_concluded_on"],
        )
        customers.invite_user(
            customer=customer,
            email=given["user_email"],
            name=given["user_name"],
            role=CustomerRole.ADMINISTRATOR,
            actor=doing.actor,
            now=doing.now,
            edited=edited,
        )
    doing.request.session["new_customer"] = customer.pk
    return f"{customer.name} を登録し、{given['user_name']} さんに招待メールを送ります。"


def _page_of_new(doing: Doing) -> str:
    return reverse("admin:accounts_customer_change", args=[doing.request.session.pop("new_customer")])


def _invitation_of_new(doing: Doing, given: Given) -> MailDraft:
    text = customers.invitation_preview(name=given["user_name"], company=given["name"])
    known = customers.alike(name=given["name"], corporate_number=given["corporate_number"])
    warnings = [
        f"{row.name}（{row.number}）がすでに登録されています。同じ企業なら登録をやめ、その企業の画面からユーザーを招待してください。"
        for row in known
    ]
    return MailDraft(text, [f"{given['user_name']} 様 <{given['user_email']}>"], warnings)


def _correct_profile(doing: Doing, given: Given, edited: Edited) -> str:
    customers.correct_profile(
        customer_id=doing.obj.pk, profile=asks.profile_of(given), actor=doing.actor, now=doing.now
    )
    return "企業情報を今日から適用しました。前の内容は履歴に残っています。"


def _set_terms(doing: Doing, given: Given, edited: Edited) -> str:
    customers.set_terms(customer_id=doing.obj.pk, actor=doing.actor, now=doing.now, **given)
    return "販売パートナーと守秘義務契約の締結日を保存しました。"


def _invite(doing: Doing, given: Given, edited: Edited) -> str:
    customers.invite_user(
        customer=doing.obj,
        email=given["user_email"],
        name=given["user_name"],
        role=CustomerRole(given["role"]),
        actor=doing.actor,
        now=doing.now,
        edited=edited,
    )
    return f"{given['user_name']} さんに招待メールを送ります。"


def _invitation(doing: Doing, given: Given) -> MailDraft:
    text = customers.invitation_preview(name=given["user_name"], company=doing.obj.name)
    return MailDraft(text, [f"{given['user_name']} 様 <{given['user_email']}>"])


def _invite_again(doing: Doing, given: Given, edited: Edited) -> str:
    customers.send_invitation(user=given["user"], actor=doing.actor, now=doing.now, edited=edited)
    return f"{given['user']} さんに招待メールをもう一度送ります。"


def _invitation_again(doing: Doing, given: Given) -> MailDraft:
    user = given["user"]
    if user.has_usable_password():
        raise Refused("このユーザーはすでにパスワードを設定済みです。パスワードの再設定をご案内ください。")
    text = customers.invitation_preview(name=user.name, company=doing.obj.name)
    return MailDraft(text, [f"{user.name} 様 <{user.email}>"])


def _stop(doing: Doing, given: Given, edited: Edited) -> str:
    customers.set_user_active(user=given["user"], active=False, actor=doing.actor)
    return f"{given['user']} さんのログインを停止しました。"


def _reopen(doing: Doing, given: Given, edited: Edited) -> str:
    customers.set_user_active(user=given["user"], active=True, actor=doing.actor)
    return f"{given['user']} さんのログインを再開しました。"


def _set_role(doing: Doing, given: Given, edited: Edited) -> str:
    role = CustomerRole(given["role"])
    customers.set_user_role(user=given["user"], role=role, actor=doing.actor)
    return f"{given['user']} さんを{role.label}にしました。"


def _profile_seen(customer: Customer) -> object:
    profile = customer.profiles.open_ended().first()
    return [getattr(profile, field) for field in customers.PROFILE_FIELDS] if profile else None


class NdaFilter(DropdownFilter):
    title = "守秘義務契約"
    parameter_name = "nda"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "締結済み"), ("no", "未締結")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(nda_concluded_on__isnull=self.value() == "no")


@admin.register(Customer)
class CustomerAdmin(PageAdmin):
    page_template = "admin/accounts/customer/page.html"
    list_display = (
        "number",
        "name_column",
        "partner_column",
        "nda_column",
        "contracts_column",
        "users_column",
    )
    list_display_links = ("number", "name_column")
    list_filter = (NdaFilter, ("sales_partner", RelatedDropdownFilter))
    list_filter_submit = True
    search_fields = ("number",)
    search_help_text = "企業名・フリガナ・企業番号・メールアドレス"
    ordering = ("-pk",)
    add_deed = Deed(
        "new", "ご利用企業を登録する", _create, asks.NewCustomerForm,
        mail=_invitation_of_new, permission="accounts.add_customer", goes_to=_page_of_new,
        explain="企業と最初の管理者を登録し、お申し込みサイトへの招待メールを送ります。"
        "企業名のほかは、あとで届く申込書の内容で埋まります。",
    )  # fmt: skip
    deeds = (
        Deed("profile", "企業情報を訂正する", _correct_profile, asks.ProfileForm, permission=CHANGE, seen=_profile_seen,
             button="今日から適用する", explain="入力した内容を今日から適用します。これまでの内容は期間とともに残ります。メールは送りません。"),
        Deed("terms", "販売パートナー・守秘義務契約", _set_terms, asks.TermsForm, permission=CHANGE, button="保存する",
             seen=lambda customer: (customer.sales_partner_id, customer.nda_concluded_on), explain="守秘義務契約の締結日を入れると、守秘資料がお客様の画面からダウンロードできるようになります。"),
        Deed("invite", "ユーザーを招待する", _invite, asks.InviteForm, mail=_invitation, permission=USERS, anchor="users"),
        Deed("invite_again", "招待メールをもう一度送る", _invite_again, asks.UserIdForm, mail=_invitation_again, permission=USERS, anchor="users"),
        Deed("stop", "ログインを停止する", _stop, asks.UserIdForm, direct=True, permission=USERS, anchor="users"),
        Deed("reopen", "ログインを再開する", _reopen, asks.UserIdForm, direct=True, permission=USERS, anchor="users"),
        Deed("role", "役割を変える", _set_role, asks.RoleForm, direct=True, permission=USERS, anchor="users"),
    )  # fmt: skip

    def own_urls(self, name: str) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [path("<int:pk>/files/<int:file_pk>/", view(self.file_view), name=f"{name}_own_file")]

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request).select_related("sales_partner")
        return rows.annotate(
            contract_count=Count("contracts", filter=Q(contracts__state="active"), distinct=True),
            user_count=Count("users", filter=Q(users__is_active=True), distinct=True),
        )

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        found = (
            Q(search_key__contains=search_key(text))
            | Q(number__iexact=normalise_digits(text))
            | Q(pk__in=Customer.objects.filter(users__email__icontains=text).values("pk"))
        )
        return queryset.filter(found), False

    @admin.display(description="企業名", ordering="search_key")
    def name_column(self, row: Customer) -> str:
        return row.name

    @admin.display(description="販売パートナー", ordering="sales_partner__name")
    def partner_column(self, row: Customer) -> str:
        return str(row.sales_partner or "—")

    @admin.display(description="守秘義務契約", ordering="nda_concluded_on")
    def nda_column(self, row: Customer) -> str:
        return f"{row.nda_concluded_on:%Y/%m/%d}" if row.nda_concluded_on else badge("未締結", "warn")

    @admin.display(description="利用中の契約", ordering="contract_count")
    def contracts_column(self, row: Any) -> str:
        return f"{row.contract_count}件"

    @admin.display(description="ユーザー", ordering="user_count")
    def users_column(self, row: Any) -> str:
        return f"{row.user_count}人"

    def page_context(self, request: HttpRequest, obj: Customer) -> dict[str, Any]:
        today = date_of(timezone.now())
        users = list(obj.users.order_by("-is_active", "customer_role", "email"))
        for user in users:
            user.has_password = user.has_usable_password()  # type: ignore[attr-defined]
        profiles = list(obj.profiles.order_by("-period"))
        return {
            "customer": obj,
            "profile": next((row for row in profiles if _holds(row, today)), None),
            "profiles": profiles,
            "users": users,
            "problems": bounces.open_problems(addresses=[user.email for user in users]),
            "contracts": [
                {"row": row, "tone": CONTRACT_TONES[row.state], "terms": row.terms_as_of(today)}
                for row in obj.contracts.order_by("-pk")
            ],
            "applications": list(obj.applications.select_related("assignee").order_by("-pk")),  # type: ignore[attr-defined]
            "mails": mail_rows(obj.mails.select_related("created_by").order_by("-pk")[:30]),
            "files": list(obj.files.select_related("uploaded_by").order_by("-pk")[:50]),
            "changes": changes([obj, *users], without=("search_key", "number", "created_at"), limit=30),
            "may_users": request.user.has_perm(USERS),
            "roles": CustomerRole,
        }

    def file_view(self, request: HttpRequest, pk: int, file_pk: int) -> HttpResponse:
        obj = self.fetch(request, str(pk))
        file = obj.files.filter(pk=file_pk).first()
        if file is None:
            raise Http404
        return send_file(request, file, what=obj.name)


def _holds(row: Any, day: Any) -> bool:
    return row.since <= day and (row.until is None or day <= row.until)


def _save_partner(doing: Doing, given: Given, edited: Edited) -> str:
    partner_id = doing.obj.pk if doing.obj is not None else None
    partner = customers.enter_sales_partner(partner_id=partner_id, actor=doing.actor, **given)
    return f"{partner} を保存しました。"


@admin.register(SalesPartner)
class SalesPartnerAdmin(PageAdmin):
    page_template = "admin/accounts/salespartner/page.html"
    list_display = ("name", "name_kana", "email", "customers_column")
    search_fields = ("name",)
    search_help_text = "名称・フリガナ"
    add_deed = Deed(
        "new",
        "販売パートナーを登録する",
        _save_partner,
        asks.PartnerForm,
        permission="accounts.add_salespartner",
        button="登録する",
    )
    deeds = (
        Deed("edit", "販売パートナーを訂正する", _save_partner, asks.PartnerForm, permission="accounts.change_salespartner", button="保存する",
             seen=lambda partner: (partner.name, partner.name_kana, partner.email)),
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(customer_count=Count("customers"))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        text = search_term.strip()
        return (queryset.filter(search_key__contains=search_key(text)) if text else queryset), False

    @admin.display(description="ご利用企業", ordering="customer_count")
    def customers_column(self, row: Any) -> str:
        return format_html(
            '<a href="{}?sales_partner__id__exact={}">{}社</a>',
            reverse("admin:accounts_customer_changelist"),
            row.pk,
            row.customer_count,
        )

    def page_context(self, request: HttpRequest, obj: SalesPartner) -> dict[str, Any]:
        return {
            "customers": list(obj.customers.order_by("search_key")),
            "changes": changes([obj], without=("search_key",)),
        }
