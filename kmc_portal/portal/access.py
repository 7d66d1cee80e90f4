"""What a customer's user may see: their own company's, and nothing else.

The portal's views fetch through this module alone (tests/kmc_portal/portal/test_access_by_construction.py reads
their source). What is not theirs is a 404, as if it did not exist.
"""

import datetime
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.models import (
    AccountNotice,
    CheckOrder,
    ConnectivityCheck,
    Contract,
    ContractState,
    Customer,
    MailState,
    MaterialCode,
    MaterialEdition,
    NotificationEndpoint,
    OutgoingMail,
    User,
)
from accounts.rules.plans import Plan
from accounts.rules.roles import CustomerRole
from accounts.services import materials
from accounts.services.errors import Refused
from applications.models import Application, Attachment, CarrierMessage, Submission, SubmittedFile
from applications.workflow import Kind
from billing.models import Invoice, InvoiceLine

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

    # --- applications -------------------------------------------------------------------------------

    def applications(self) -> Any:
        return Application.objects.filter(customer=self.customer).select_related("customer", "contract")

    def application(self, pk: int) -> Application:
        return get_object_or_404(self.applications(), pk=pk)

    def attachments(self, application: Application) -> Any:
        """Mails that staff received and kept with the case are theirs alone."""
        own = self.application(application.pk)
        return own.attachments.exclude(slot=Attachment.Slot.RECEIVED_MAIL).select_related(
            "file", "attached_by"
        )

    def attachment(self, application_pk: int, pk: int) -> Attachment:
        return get_object_or_404(self.attachments(self.application(application_pk)), pk=pk)

    def submission(self, application_pk: int, number: int) -> Submission:
        submissions = self.application(application_pk).submissions.select_related("submitted_by")
        return get_object_or_404(submissions, version=number)

    def submitted_files(self, submission: Submission) -> Any:
        return submission.files.exclude(slot=Attachment.Slot.RECEIVED_MAIL).select_related("file")

    def submitted_file(self, application_pk: int, number: int, pk: int) -> SubmittedFile:
        return get_object_or_404(self.submitted_files(self.submission(application_pk, number)), pk=pk)

    def carrier_message(self, application_pk: int, pk: int) -> CarrierMessage:
        reviews = self.application(application_pk).carrier_reviews.all()
        messages = CarrierMessage.objects.filter(review__in=reviews, file__isnull=False)
        return get_object_or_404(messages.select_related("file"), pk=pk)

    def mails(self, application: Application) -> Any:
        """What we wrote about this application; never a colleague's invitation or password mail."""
        about = [f"application:{application.number}"]
        if application.kind == Kind.NEW:
            about += [
                f"notice:{pk}"
                for pk in self.notices().filter(contract=application.contract).values_list("pk", flat=True)
            ]
        mails = OutgoingMail.objects.filter(customer=self.customer).exclude(state=MailState.CANCELLED)
        return mails.filter(about__in=about).order_by("-created_at", "-pk")

    # --- contracts ----------------------------------------------------------------------------------

    def contracts(self) -> Any:
        return Contract.objects.registered().filter(customer=self.customer).exclude(state=ContractState.VOID)

    def contract(self, pk: int) -> Contract:
        return get_object_or_404(self.contracts().select_related("customer"), pk=pk)

    def notices(self) -> Any:
        return AccountNotice.objects.filter(contract__customer=self.customer)

    def notice(self, pk: int) -> AccountNotice:
        return get_object_or_404(self.notices().select_related("contract__customer"), pk=pk)

    def endpoint(self, pk: int) -> NotificationEndpoint:
        endpoints = NotificationEndpoint.objects.select_related("contract__customer")
        return get_object_or_404(endpoints.filter(contract__customer=self.customer), pk=pk)

    def tries(self) -> Any:
        """Checks of URLs before they were submitted, the newest first."""
        return ConnectivityCheck.objects.filter(customer=self.customer, endpoint=None)

    def open_tries(self) -> Any:
        return CheckOrder.objects.open().filter(customer=self.customer, endpoint=None)

    # --- invoices -----------------------------------------------------------------------------------

    def invoices(self) -> Any:
        """Of the company's own 請求先, once they are sent; also those that another replaced."""
        sent = Invoice.objects.filter(account__customer=self.customer, sending__isnull=False)
        return sent.select_related("account", "replaced_by__sending").order_by("-month", "-number")

    def invoice(self, pk: int) -> Invoice:
        return get_object_or_404(self.invoices(), pk=pk)

    def invoices_of(self, contract: Contract) -> Any:
        """Those on which a contract of the company stands."""
        lines = InvoiceLine.objects.filter(invoice=OuterRef("pk"), contract=self.contract(contract.pk))
        return self.invoices().filter(Exists(lines))

    # --- materials ----------------------------------------------------------------------------------

    def plans(self) -> set[Plan]:
        """What the company applied for or has: it decides which guides concern it."""
        return {Plan(code) for code in self.applications().values_list("plan", flat=True)}

    def materials(self, day: datetime.date) -> list[tuple[MaterialEdition, str]]:
        """The current editions that concern the company, in the guide's order, each with the reason why it cannot be
        fetched yet."""
        order = list(MaterialCode)
        rows = materials.visible_to(customer=self.customer, plans=self.plans(), day=day)
        return sorted(rows, key=lambda row: order.index(MaterialCode(row[0].material)))

    def material(self, pk: int, day: datetime.date) -> MaterialEdition:
        """An edition, also an earlier one, of what concerns the company; may it be fetched: materials.refusal."""
        concerned = {edition.material for edition, _ in self.materials(day)}
        editions = MaterialEdition.objects.filter(material__in=concerned, published_on__lte=day)
        return get_object_or_404(editions.select_related("file"), pk=pk)

    # --- people -------------------------------------------------------------------------------------

    def users(self) -> Any:
        return User.objects.filter(customer=self.customer).order_by("-is_active", "name")

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
        try:
            return view(request, *args, **kwargs)
        except Refused as refusal:  # a view that says it nicer catches it itself
            return render(request, "portal/refused.html", {"refusal": str(refusal)}, status=409)

    guarded.customers_only = True  # type: ignore[attr-defined]  # a test asks every address for it
    return guarded


def administrator_view(view: View) -> View:
    """For administrators of their company only."""

    @wraps(view)
    def guarded(request: PortalRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.access.is_administrator:
            raise PermissionDenied("この画面を使えるのは、貴社の管理者だけです。")
        return view(request, *args, **kwargs)

    return customer_view(guarded)
