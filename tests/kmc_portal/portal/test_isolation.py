"""Every page of the portal as everybody. One line per page; a page without a line fails the last test."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Download, MaterialEdition, User
from accounts.rules.plans import Option, Plan
from applications.models import Application, CaseEvent
from applications.rules.changes import ChangeItem
from applications.services import carriers, drafts
from kmc_portal.demo.companies import Goal
from kmc_portal.demo.papers import received_mail
from kmc_portal.demo.story import Story
from kmc_portal.portal.urls import urlpatterns
from tests.fixtures.cases import CaseAt, fresh
from tests.fixtures.changes import start_change
from tests.fixtures.invoices import invoice_for


@dataclasses.dataclass(frozen=True)
class Line:
    """What each gets. `other` is another company's administrator; staff and anonymous are led away by 302."""

    name: str
    method: str
    of: str  # which story the page's numbers belong to
    administrator: int
    member: int
    other: int


# fmt: off
LINES = (
    #    page                  method  of          administrator  member  other company
    Line("home",               "get",  "",         200, 200, 200),
    Line("me",                 "get",  "",         200, 200, 200),
    Line("applications",       "get",  "",         200, 200, 200),
    Line("application_new",    "get",  "",         200, 200, 200),
    Line("application_new",    "post", "",         422, 422, 422),
    Line("application",        "get",  "returned", 200, 200, 404),
    Line("application_choice", "get",  "returned", 200, 200, 404),
    Line("application_choice", "post", "returned", 422, 422, 404),
    Line("change_items",       "get",  "changing", 200, 200, 404),
    Line("change_items",       "post", "changing", 422, 422, 404),
    Line("withdraw",           "get",  "returned", 200, 200, 404),
    Line("withdraw",           "post", "returned", 422, 422, 404),
    Line("prefilled_form",     "get",  "returned", 200, 200, 404),
    Line("attach",             "post", "returned", 302, 302, 404),
    Line("attachment",         "get",  "returned", 200, 200, 404),
    Line("detach",             "post", "returned", 302, 302, 404),
    Line("submit",             "post", "returned", 302, 302, 404),
    Line("version",            "get",  "returned", 200, 200, 404),
    Line("submitted_file",     "get",  "returned", 200, 200, 404),
    Line("marked_file",        "get",  "returned", 200, 200, 404),
    Line("confirmation",       "get",  "remarked", 200, 200, 404),
    Line("confirm",            "post", "remarked", 302, 302, 404),
    Line("object",             "post", "remarked", 422, 422, 404),
    Line("carrier_reply",      "post", "remarked", 422, 422, 404),
    Line("carrier_file",       "get",  "remarked", 200, 200, 404),
    Line("function_ready",     "post", "remarked", 422, 422, 404),
    Line("tries",              "post", "returned", 409, 409, 404),
    Line("endpoint_result",    "get",  "remarked", 200, 200, 404),
    Line("endpoint_check",     "post", "remarked", 302, 302, 404),
    Line("endpoint_url",       "post", "remarked", 422, 422, 404),
    Line("contracts",          "get",  "",         200, 200, 200),
    Line("contract",           "get",  "active",   200, 200, 404),
    Line("start_release",      "post", "active",   302, 302, 404),
    Line("change_new",         "get",  "active",   200, 200, 404),
    Line("change_new",         "post", "active",   422, 422, 404),
    Line("cancellation_new",   "get",  "active",   200, 200, 404),
    Line("cancellation_new",   "post", "active",   200, 200, 404),  # shown once more: no month was seen
    Line("test_account",       "get",  "active",   200, 200, 404),
    Line("test_account",       "post", "active",   422, 302, 404),  # the member asked first
    Line("notice",             "get",  "active",   200, 200, 404),
    Line("invoices",           "get",  "",         200, 200, 200),
    Line("invoice",            "get",  "active",   200, 200, 404),
    Line("downloads",          "get",  "",         200, 200, 200),
    Line("material",           "get",  "material", 200, 200, 200),
    Line("blank_form",         "get",  "form",     200, 200, 200),
    Line("users",              "get",  "",         200, 403, 200),
    Line("user_invite",        "get",  "",         200, 403, 200),
    Line("user_invite",        "post", "",         422, 403, 422),
    Line("user_role",          "post", "active",   302, 403, 404),
    Line("user_active",        "post", "active",   302, 403, 404),
    Line("user_invitation",    "post", "active",   302, 403, 404),
)
# fmt: on
STAFF, ANONYMOUS = "/admin/", "/account/login/"


@dataclasses.dataclass
class World:
    stories: dict[str, Story]
    addresses: dict[str, str]
    other: User


@pytest.fixture
def world(case_at: CaseAt, client_for: Callable[[User], Client]) -> World:
    stories = {
        "returned": case_at(Goal.RETURNED, Plan.SMS),
        "remarked": case_at(Goal.REMARKED, Plan.PLUS, Option.WEBHOOK),
        "active": case_at(Goal.ACTIVE, Plan.PLUS, Option.STORE_DISPLAY, days_ago=60),
        "changing": case_at(Goal.ACTIVE, Plan.SMS, days_ago=60),
    }
    returned, remarked, active = (stories[key].application for key in ("returned", "remarked", "active"))
    change = start_change(stories["changing"], ChangeItem.COMPANY).application
    review = remarked.carrier_reviews.get(state="remarked")
    message = _answered_with_a_file(stories["remarked"], client_for)
    submission = returned.submissions.get()
    sent = submission.files.get(slot="application_form").pk
    attached = returned.attachments.get(slot="application_form").pk
    contract = active.own_contract
    edition = _terms()
    colleague = User.objects.get(customer=active.customer, customer_role="member").pk
    endpoint = remarked.own_contract.endpoints.get()
    numbers: dict[str, dict[str, Any]] = {
        "application": {"pk": returned.pk},
        "application_choice": {"pk": returned.pk},
        "change_items": {"pk": change.pk},
        "withdraw": {"pk": returned.pk},
        "prefilled_form": {"pk": returned.pk, "code": "application_sms"},
        "attach": {"pk": returned.pk},
        "attachment": {"pk": returned.pk, "attachment_pk": attached},
        "detach": {"pk": returned.pk, "attachment_pk": attached},
        "submit": {"pk": returned.pk},
        "version": {"pk": returned.pk, "number": 1},
        "submitted_file": {"pk": returned.pk, "number": 1, "file_pk": sent},
        "marked_file": {"pk": returned.pk, "number": 1, "file_pk": sent},
        "confirmation": {"pk": remarked.pk},
        "confirm": {"pk": remarked.pk},
        "object": {"pk": remarked.pk},
        "carrier_reply": {"pk": remarked.pk, "review_pk": review.pk},
        "carrier_file": {"pk": remarked.pk, "message_pk": message},
        "function_ready": {"pk": remarked.pk, "endpoint_pk": endpoint.pk},
        "tries": {"pk": returned.pk},
        "endpoint_result": {"pk": endpoint.pk},
        "endpoint_check": {"pk": endpoint.pk},
        "endpoint_url": {"pk": endpoint.pk},
        "contract": {"pk": contract.pk},
        "start_release": {"pk": contract.pk},
        "change_new": {"pk": contract.pk},
        "cancellation_new": {"pk": contract.pk},
        "test_account": {"pk": contract.pk},
        "notice": {"pk": contract.notices.get().pk},
        "invoice": {"pk": invoice_for(contract, "2026-10", approved_by=stories["active"].staff["system"]).pk},
        "material": {"pk": edition},
        "blank_form": {"code": "application_sms"},
        "user_role": {"pk": colleague},
        "user_active": {"pk": colleague},
        "user_invitation": {"pk": colleague},
    }
    addresses = {line.name: reverse(f"portal:{line.name}", kwargs=numbers.get(line.name)) for line in LINES}
    return World(stories, addresses, case_at(Goal.DRAFT, Plan.PLUS).user)


def _answered_with_a_file(told: Story, client_for: Callable[[User], Client]) -> int:
    """The customer answers the first remark with a PDF, and a second remark comes."""
    case, client = fresh(told.application), client_for(told.user)
    review = case.carrier_reviews.get(state="remarked")
    client.post(
        reverse("portal:carrier_reply", args=[case.pk, review.pk]),
        {
            "version": case.version,
            f"reply-{review.pk}-text": "説明文を直しました。",
            f"reply-{review.pk}-file": SimpleUploadedFile("説明.pdf", b"%PDF-1.4\n%%EOF\n"),
        },
    )
    carriers.apply(
        application_id=case.pk,
        version=fresh(case).version,
        review_id=review.pk,
        actor=told.staff["operations"],
        now=timezone.now(),
    )
    carriers.remark(
        application_id=case.pk,
        version=fresh(case).version,
        review_id=review.pk,
        text="もう少し具体的に書いてください。",
        actor=told.staff["operations"],
        now=timezone.now(),
    )
    return int(review.messages.get(is_remark=False).pk)


def _terms() -> int:
    return MaterialEdition.objects.get(material="terms").pk


def _ask(client: Client, line: Line, world: World) -> tuple[int, str]:
    answer = getattr(client, line.method)(world.addresses[line.name])
    return answer.status_code, getattr(answer, "url", "")


def _people(world: World, line: Line) -> tuple[User, User]:
    told = world.stories.get(line.of, world.stories["active"])
    return told.user, User.objects.get(customer=told.user.customer, customer_role="member")


def test_the_company_opens_its_own_pages_and_only_administrators_manage_users(
    world: World, client_for: Callable[[User], Client]
) -> None:
    """The member goes first: an administrator's POST may change what is there to see."""
    for line in LINES:
        administrator, member = _people(world, line)
        assert _ask(client_for(member), line, world)[0] == line.member, f"member: {line}"
        assert _ask(client_for(administrator), line, world)[0] == line.administrator, f"administrator: {line}"


def test_another_company_finds_nothing_of_it_and_changes_nothing(
    world: World, client_for: Callable[[User], Client]
) -> None:
    before = (CaseEvent.objects.count(), Download.objects.count(), Application.objects.count())
    versions = {key: fresh(told.application).version for key, told in world.stories.items()}
    theirs = [line for line in LINES if line.other == 404]
    client = client_for(world.other)
    for line in LINES:
        assert _ask(client, line, world)[0] == line.other, line
    assert len(theirs) == 38
    assert {key: fresh(told.application).version for key, told in world.stories.items()} == versions
    # the material and nothing else was downloaded; it is open to everybody and leaves no line
    assert (CaseEvent.objects.count(), Download.objects.count(), Application.objects.count()) == before


def test_staff_are_led_to_their_own_pages(world: World, client_for: Callable[[User], Client]) -> None:
    client = client_for(world.stories["active"].staff["reception"])
    for line in LINES:
        assert _ask(client, line, world) == (302, STAFF), line


def test_who_is_not_logged_in_is_led_to_the_login_page(world: World) -> None:
    for line in LINES:
        status, url = _ask(Client(), line, world)
        assert (status, url.partition("?")[0]) == (302, ANONYMOUS), line


def test_a_mail_that_staff_received_is_not_offered_to_the_customer(
    case_at: CaseAt, client_for: Callable[[User], Client]
) -> None:
    told = case_at(Goal.DRAFT, Plan.SMS)
    drafts.attach(
        application_id=told.application.pk,
        version=None,
        uploads=[drafts.Upload("mail.eml", received_mail(told.company, "Application", told.now.date()))],
        actor=told.staff["reception"],
        now=told.now,
    )
    kept = told.application.attachments.get(slot="received_mail")
    address = reverse("portal:attachment", args=[told.application.pk, kept.pk])
    assert client_for(told.user).get(address).status_code == 404


def test_every_page_of_the_portal_has_a_line() -> None:
    assert {pattern.name for pattern in urlpatterns} - {"sample"} == {line.name for line in LINES}
