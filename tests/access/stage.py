"""The objects that the access tables name, each made when it is first asked for, in the state in which the URL is of use."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import (
    CompanyClosingDay,
    Contract,
    Download,
    MailProblem,
    MaterialCode,
    MaterialEdition,
    OutgoingMail,
    Setting,
    User,
)
from accounts.rules.plans import Option, Plan
from accounts.rules.roles import CustomerRole, StaffGroup
from accounts.services import customers, notice_requests, settings, staff
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.services import carriers, changes, drafts, review
from billing.rules.prices import ChargeModel, PriceItem, PriceRow, Scope, Tier
from billing.rules.tax import TaxCategory
from billing.services import prices
from kmc_portal.demo import papers
from kmc_portal.demo.companies import Company, Goal
from kmc_portal.demo.story import Story, make_materials, make_staff
from kmc_portal.lib.jst import date_of
from kmc_portal.lib.months import Month
from tests.access import change_things, close_things
from tests.fixtures.invoices import invoice_for

PEOPLE = ("anon", "admin", "member", "other", "受", "承", "請", "運", "閲", "root")
STAFF = {
    "受": "reception",
    "承": "approval",
    "請": "billing",
    "運": "operations",
    "閲": "viewing",
    "root": "system",
}

_O = Option
STORIES: dict[str, tuple[Goal, Plan, tuple[Option, ...]]] = {
    "draft": (Goal.DRAFT, Plan.SMS, ()),
    "submitted": (Goal.SUBMITTED, Plan.SMS, ()),
    "in_review": (Goal.IN_REVIEW, Plan.SMS, ()),
    "reviewed": (Goal.SUBMITTED, Plan.SMS, ()),
    "returned": (Goal.RETURNED, Plan.SMS, ()),
    "accepted": (Goal.ACCEPTED, Plan.SMS, ()),
    "on_hold": (Goal.ON_HOLD, Plan.SMS, ()),
    "confirming": (Goal.CONFIRMING, Plan.SMS, (_O.SMS_RESULT_NOTIFICATION,)),
    "remarked": (Goal.REMARKED, Plan.PLUS, ()),
    "answered": (Goal.REMARKED, Plan.PLUS, ()),
    "partly": (Goal.PARTLY_APPROVED, Plan.PLUS, ()),
    "approved": (Goal.PARTLY_APPROVED, Plan.PLUS, ()),
    "setup": (Goal.SETUP, Plan.SMS_PLUS, ()),
    "ready": (Goal.SETUP, Plan.SMS, ()),
    "notice_waits": (Goal.NOTICE, Plan.SMS, ()),
    "active": (Goal.ACTIVE, Plan.PLUS, (_O.STORE_DISPLAY,)),
    "active_with_function": (Goal.ACTIVE, Plan.SMS, (_O.SMS_RESULT_NOTIFICATION,)),
    "reissue": (Goal.ACTIVE, Plan.SMS, ()),
    "with_test": (Goal.ACTIVE, Plan.PLUS, (_O.TEST_ACCOUNT,)),
    "release_accepted": (Goal.RELEASE, Plan.PLUS, (_O.STORE_DISPLAY,)),
    "trying": (Goal.DRAFT, Plan.SMS, (_O.SMS_RESULT_NOTIFICATION,)),
    "changing": (Goal.ACTIVE, Plan.SMS, ()),
    "ending": (Goal.ACTIVE, Plan.SMS, ()),
    "by_mail": (Goal.DRAFT, Plan.SMS, ()),
    "other": (Goal.DRAFT, Plan.SMS, ()),
}


class Stage:
    """`value(name)` is what an argument of a URL means; `story(name)` the case behind it."""

    def __init__(self) -> None:
        # make_staff puts people into groups by name; a missing group would weaken the whole table
        assert Group.objects.filter(name__in=list(StaffGroup)).count() == len(StaffGroup)
        self.staff = make_staff()
        make_materials(self.staff["system"], timezone.now())
        self._stories: dict[str, Story] = {}
        self._values: dict[str, Any] = {}
        self._clients: dict[int | None, Client] = {}

    def story(self, name: str) -> Story:
        if name not in self._stories:
            goal, plan, options = STORIES[name]
            company = Company(
                name=f"{name}株式会社",
                kana="シケンカブシキガイシャ",
                domain=f"{name.replace('_', '-')}.example.jp",
                goal=goal,
                plan=plan,
                options=frozenset(options),
                days_ago=30,
            )
            self._stories[name] = Story(company, self.staff, timezone.now())
            self._stories[name].play()
            AFTERWARDS.get(name, lambda stage: None)(self)
        return self._stories[name]

    def case(self, name: str) -> Application:
        """As it is now."""
        application = self.story(name).application
        application.refresh_from_db()
        return application

    def version(self, name: str) -> int:
        return self.case(name).version

    def value(self, name: str) -> Any:
        if name not in self._values:
            self._values[name] = (
                THINGS[name].make(self) if name in THINGS else self.story(name).application.pk
            )
        return self._values[name]

    def owner(self, name: str) -> Story:
        """The story whose company a thing belongs to."""
        return self.story(THINGS[name].of if name in THINGS else name)

    def person(self, who: str, story: Story) -> User | None:
        if who == "anon":
            return None
        if who in STAFF:
            return self.staff[STAFF[who]]
        if who == "other":
            return self.story("other").user
        assert story.user.customer is not None
        role = CustomerRole.ADMINISTRATOR if who == "admin" else CustomerRole.MEMBER
        return story.user.customer.users.filter(customer_role=role).earliest("pk")

    def client(self, who: str, story: Story) -> Client:
        """The browser of one of PEOPLE, where `admin` and `member` are of the story's company."""
        user = self.person(who, story)
        key = user.pk if user else None
        if key not in self._clients:
            self._clients[key] = Client()
            if user is not None:
                self._clients[key].force_login(user)
        return self._clients[key]


# what a story needs besides ------------------------------------------------------------------------


def _make_good(stage: Stage) -> None:
    draft = stage.story("draft")
    now = timezone.now()
    uploads = papers.application_uploads(draft.company, date_of(now))
    drafts.attach(
        application_id=draft.application.pk, version=None, uploads=uploads, actor=draft.user, now=now
    )


def _accept_all(stage: Stage, name: str = "reviewed") -> None:
    actor, now = stage.staff["reception"], timezone.now()
    for step in (review.take, review.accept_all_documents):
        case = stage.case(name)
        step(application_id=case.pk, version=case.version, actor=actor, now=now)


def _change_draft(stage: Stage) -> int:
    return changes.start(
        contract=stage.case("changing").own_contract,
        items=[ChangeItem.COMPANY],
        actor=stage.story("changing").user,
        now=timezone.now(),
    ).pk


def _accept_release(stage: Stage) -> None:
    _accept_all(stage, "release_accepted")
    case = stage.case("release_accepted")
    review.accept(
        application_id=case.pk, version=case.version, actor=stage.staff["reception"], now=timezone.now()
    )


def _answer(stage: Stage) -> None:
    case = stage.case("answered")
    carriers.reply(
        application_id=case.pk,
        version=case.version,
        review_id=case.carrier_reviews.get(state="remarked").pk,
        text="書き換えました。",
        file=case.attachments.filter(slot="icon").get().file,
        actor=stage.story("answered").user,
        now=timezone.now(),
    )


def _approve_all(stage: Stage) -> None:
    for row in stage.case("approved").carrier_reviews.exclude(state="approved"):
        case = stage.case("approved")
        carriers.approve(
            application_id=case.pk,
            version=case.version,
            review_id=row.pk,
            actor=stage.staff["operations"],
            now=timezone.now(),
        )


def _ask_for_reissue(stage: Stage) -> None:
    notice_requests.request(
        contract_id=stage.case("reissue").own_contract.pk,
        reason="連絡先の変更",
        actor=stage.staff["operations"],
        now=timezone.now(),
    )


AFTERWARDS: dict[str, Callable[[Stage], None]] = {
    "draft": _make_good,
    "reviewed": _accept_all,
    "release_accepted": _accept_release,
    "answered": _answer,
    "approved": _approve_all,
    "reissue": _ask_for_reissue,
}


# what the tables name besides applications ---------------------------------------------------------


def _received_mail(stage: Stage) -> int:
    story, now = stage.story("by_mail"), timezone.now()
    mail = drafts.Upload("mail.eml", papers.received_mail(story.company, "Application", date_of(now)))
    [kept] = drafts.attach(
        application_id=story.application.pk,
        version=None,
        uploads=[mail],
        actor=stage.staff["reception"],
        now=now,
    )
    return int(kept.pk)


def _colleague(stage: Stage) -> int:
    draft = stage.story("draft")
    assert draft.user.customer is not None
    user = customers.invite_user(
        customer=draft.user.customer,
        email="colleague@draft.example.jp",
        name="招待 された人",
        role=CustomerRole.MEMBER,
        actor=draft.user,
        now=timezone.now(),
    )
    return user.pk


def _invited_of_ours(stage: Stage) -> int:
    user = staff.invite(
        email="newcomer@staff.example.jp",
        name="新人 七郎",
        groups=[StaffGroup.VIEWING],
        actor=stage.staff["system"],
        now=timezone.now(),
    )
    return user.pk


def _mail(stage: Stage, state: str) -> int:
    mail = OutgoingMail.objects.filter(kind="submission_received").earliest("pk")
    OutgoingMail.objects.filter(pk=mail.pk).update(state=state)
    return int(mail.pk)


def _problem(stage: Stage) -> int:
    return MailProblem.objects.create(
        address="nobody@draft.example.jp", kind="refused", detail="550", at=timezone.now()
    ).pk


def _download(stage: Stage) -> int:
    return Download.objects.create(user=stage.staff["reception"], what="試験", at=timezone.now()).pk


def _closing_day(stage: Stage) -> int:
    day = settings.add_closing_day(
        day=datetime.date(2030, 6, 3), name="創立記念日", actor=stage.staff["system"]
    )
    assert isinstance(day, CompanyClosingDay)
    return day.pk


def _partner(stage: Stage) -> int:
    return customers.enter_sales_partner(
        partner_id=None,
        name="つなぐ代理店",
        name_kana="ツナグダイリテン",
        email="",
        actor=stage.staff["system"],
    ).pk


@dataclass(frozen=True)
class Thing:
    of: str
    make: Callable[[Stage], Any]


def _first(queryset: Any) -> int:
    return int(queryset.earliest("pk").pk)


def _price_list(stage: Stage, contract: Contract | None, start: str) -> int:
    row = PriceRow(
        0,
        PriceItem.SMS,
        "",
        ChargeModel.FLAT,
        Scope.CONTRACT,
        TaxCategory.STANDARD,
        (Tier(0, Decimal(3)),),
    )
    made = prices.publish(
        contract=contract,
        name="料金表",
        start=Month.parse(start),
        rows=[row],
        note="",
        actor=stage.staff["billing"],
        now=timezone.now(),
    )
    return made.pk


def _test_account(stage: Stage) -> int:
    contract = stage.case("with_test").own_contract
    return contract.official_accounts.get(production__isnull=False).pk


THINGS: dict[str, Thing] = {
    "form": Thing("draft", lambda s: _first(s.case("draft").attachments.filter(replaced_at=None))),
    "received_mail": Thing("by_mail", _received_mail),
    "colleague": Thing("draft", _colleague),
    "sent": Thing("returned", lambda s: _first(s.case("returned").submissions.get().files)),
    "sent_file": Thing("returned", lambda s: s.case("returned").submissions.get().files.get().file_id),
    "finding": Thing("in_review", lambda s: s.case("in_review").submissions.get().findings.get().pk),
    "remark": Thing("remarked", lambda s: s.case("remarked").carrier_reviews.get(state="remarked").pk),
    "answered_review": Thing(
        "answered", lambda s: s.case("answered").carrier_reviews.get(state="answered").pk
    ),
    "applied_review": Thing("partly", lambda s: s.case("partly").carrier_reviews.get(state="applied").pk),
    "answer": Thing(
        "answered",
        lambda s: (
            s.case("answered").carrier_reviews.get(state="answered").messages.exclude(file=None).get().pk
        ),
    ),
    "endpoint": Thing("confirming", lambda s: s.case("confirming").own_contract.endpoints.get().pk),
    "checked_endpoint": Thing(
        "active_with_function", lambda s: _first(s.case("active_with_function").own_contract.endpoints)
    ),
    "contract_with_function": Thing(
        "active_with_function", lambda s: s.case("active_with_function").own_contract.pk
    ),
    "account": Thing("setup", lambda s: s.case("setup").own_contract.official_accounts.get().pk),
    "changing_contract": Thing("changing", lambda s: s.case("changing").own_contract.pk),
    "change_draft": Thing("changing", _change_draft),
    "change_in_setup": Thing("changing", change_things.set_up),
    "change_to_prepare": Thing("changing", change_things.to_prepare),
    "change_with_numbers": Thing("changing", change_things.with_numbers),
    "change_waits": Thing("changing", change_things.waiting),
    "cancellation_waits": Thing("ending", change_things.cancellation_to_decide),
    "contract": Thing("active", lambda s: s.case("active").own_contract.pk),
    "notice": Thing("active", lambda s: s.case("active").own_contract.notices.get().pk),
    "sent_invoice": Thing(
        "active",
        lambda s: invoice_for(s.case("active").own_contract, "2026-10", approved_by=s.staff["system"]).pk,
    ),
    "run_approved": Thing("active", close_things.run_approved),
    "run_final": Thing("active", close_things.run_final),
    "run_previewed": Thing("active", close_things.run_previewed),
    "run_open": Thing("active", close_things.run_open),
    "previewed_invoice": Thing("active", close_things.previewed_invoice),
    "bundle": Thing("active", close_things.bundle),
    "usage_file": Thing("active", close_things.usage_file),
    "failed_job": Thing("active", close_things.failed_job),
    "reissue_contract": Thing("reissue", lambda s: s.case("reissue").own_contract.pk),
    "test_contract": Thing("with_test", lambda s: s.case("with_test").own_contract.pk),
    "test_account": Thing("with_test", _test_account),
    "official_account_guide": Thing(
        "active", lambda s: MaterialEdition.objects.get(material=MaterialCode.OFFICIAL_ACCOUNT_GUIDE).pk
    ),
    "company": Thing("draft", lambda s: s.case("draft").customer.pk),
    "company_file": Thing("draft", lambda s: _first(s.case("draft").customer.files)),
    "other_company": Thing("other", lambda s: s.case("other").customer.pk),
    "partner": Thing("draft", _partner),
    "edition": Thing("draft", lambda s: MaterialEdition.objects.get(material=MaterialCode.API_GUIDE).pk),
    "setting": Thing("draft", lambda s: Setting.objects.get(key="service_name").pk),
    "password_setting": Thing("draft", lambda s: Setting.objects.get(key="support_site_password").pk),
    "closing_day": Thing("draft", _closing_day),
    "sent_mail": Thing("submitted", lambda s: (s.story("submitted"), _mail(s, "sent"))[1]),
    "queued_mail": Thing("draft", lambda s: _first(OutgoingMail.objects.filter(state="queued"))),
    "problem": Thing("draft", _problem),
    "download": Thing("draft", _download),
    "colleague_of_ours": Thing("draft", lambda s: s.staff["reception_2"].pk),
    "invited_of_ours": Thing("draft", _invited_of_ours),
    "price_list": Thing("draft", lambda s: _price_list(s, None, "2098-01")),
    "own_price_list": Thing("active", lambda s: _price_list(s, s.case("active").own_contract, "2099-01")),
    "billing_account": Thing(
        "active", lambda s: s.case("active").own_contract.billing_assignments.get().account_id
    ),
    "charge": Thing("active", lambda s: s.case("active").own_contract.one_off_charges.get().pk),
}
