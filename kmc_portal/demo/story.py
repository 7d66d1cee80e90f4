"""Play every company's story through the services, each step at its own time in the past."""

import datetime
from collections.abc import Iterator
from itertools import pairwise

import pghistory
from django.contrib.auth.models import Group
from django.db import transaction

from accounts.models import (
    CheckCause,
    Contract,
    Customer,
    MaterialCode,
    MaterialEdition,
    SalesPartner,
    SmsSender,
    User,
)
from accounts.rules.plans import Channel, DeliveryMethod, Option
from accounts.rules.roles import CustomerRole
from accounts.services import customers, materials, settings, test_accounts
from applications.models import Application
from applications.services import (
    carriers,
    closing,
    confirmation,
    drafts,
    functions,
    review,
    setup,
    submission,
)
from kmc_portal.demo import checks, papers
from kmc_portal.demo.companies import COMPANIES, PARTNER, Company, Goal
from kmc_portal.demo.people import STAFF, password_hash
from kmc_portal.lib.jst import date_of, start_of
from kmc_portal.lib.text import search_key

_G = Goal
MAIN_WAY = (
    _G.SUBMITTED,
    _G.IN_REVIEW,
    _G.ACCEPTED,
    _G.CONFIRMING,
    _G.PARTLY_APPROVED,
    _G.SETUP,
    _G.NOTICE,
    _G.ACTIVE,
)


@transaction.atomic
def play(now: datetime.datetime) -> int:
    """Everything or nothing. Returns the number of companies."""
    with pghistory.context(source="デモデータ"):
        staff = make_staff()
        make_materials(staff["system"], now)
        SalesPartner.objects.create(
            name=PARTNER,
            name_kana="ツナグダイリテン",
            search_key=search_key(PARTNER),
            email="partner@tsunagu.example.jp",
        )
        for company in COMPANIES:
            Story(company, staff, now).play()
    return len(COMPANIES)


class Story:
    """One company's way. `self.at` moves on by office hours with every step, and never past `now`."""

    application: Application
    user: User

    def __init__(self, company: Company, staff: dict[str, User], now: datetime.datetime) -> None:
        self.company, self.staff, self.now = company, staff, now
        self.times = office_hours(now, company.days_ago)
        self.at = next(self.times)

    def play(self) -> None:
        customer = self._customer()
        if self.company.goal is Goal.INVITED:
            return
        self._draft(customer)
        if self.company.goal is Goal.DRAFT:
            return
        self._submit()
        getattr(self, f"_to_{self.company.goal.value}", lambda: self._along_to(self.company.goal))()
        if self.company.test_account_later:
            self._ask_for_a_test_account()

    # the company and its application --------------------------------------------------------------

    def _customer(self) -> Customer:
        company = self.company
        customer = customers.create_customer(
            actor=self.staff["reception"],
            now=self.at,
            profile={"name": company.name, "name_kana": company.kana},
            sales_partner=SalesPartner.objects.filter(name=company.partner).first(),
            nda_concluded_on=date_of(self.at) if company.nda else None,
        )
        self.user = customers.invite_user(
            customer=customer,
            email=f"admin@{company.domain}",
            name="企業 管理者",
            role=CustomerRole.ADMINISTRATOR,
            actor=self.staff["reception"],
            now=self.at,
        )
        if company.goal is not Goal.INVITED:
            _set_password(self.user)
            member = customers.invite_user(
                customer=customer,
                email=f"member@{company.domain}",
                name="企業 メンバー",
                role=CustomerRole.MEMBER,
                actor=self.user,
                now=self.at,
            )
            _set_password(member)
        return customer

    def _draft(self, customer: Customer) -> None:
        company = self.company
        self.application = drafts.start(
            customer=customer,
            plan=company.plan,
            options=company.options,
            delivery_method=DeliveryMethod.API,
            actor=self.user,
            now=self.at,
        )
        self._attach(
            papers.application_uploads(company, date_of(self.at), good=company.goal is not Goal.DRAFT)
        )

    def _attach(self, uploads: list[drafts.Upload]) -> None:
        drafts.attach(
            application_id=self.application.pk, version=None, uploads=uploads, actor=self.user, now=self.at
        )

    def _submit(self) -> None:
        editions = [edition.pk for edition in materials.to_consent(day=date_of(self.at))]
        self._do(submission.submit, self.user, consented_editions=editions)
        if self.company.ends:
            checks.answer_open(self.application, at=self.at)

    def _do(self, service, actor: User, **arguments) -> object:  # type: ignore[no-untyped-def]
        """One step of a service, a little later than the last."""
        self.at = next(self.times)
        self.application.refresh_from_db()
        return service(
            application_id=self.application.pk,
            version=self.application.version,
            actor=actor,
            now=self.at,
            **arguments,
        )

    # the main way ----------------------------------------------------------------------------------

    def _along_to(self, goal: Goal) -> None:
        for before, step in pairwise(MAIN_WAY):
            if before is goal:
                return
            getattr(self, f"_reach_{step.value}")()

    def _reach_in_review(self) -> None:
        self._do(review.take, self.staff["reception"])

    def _reach_accepted(self) -> None:
        self._do(review.accept_all_documents, self.staff["reception"])
        self._do(review.accept, self.staff["reception"])

    def _reach_confirming(self) -> None:
        self._do(confirmation.request, self.staff["reception"])

    def _reach_partly_approved(self) -> None:
        self._do(confirmation.confirm, self.user)
        rows = list(self.application.carrier_reviews.all())
        for row in rows:
            self._do(carriers.apply, self.staff["operations"], review_id=row.pk)
        for row in rows[:2]:
            self._do(carriers.approve, self.staff["operations"], review_id=row.pk)

    def _reach_setup(self) -> None:
        for row in self.application.carrier_reviews.exclude(state="approved"):
            self._do(carriers.approve, self.staff["operations"], review_id=row.pk)
        if self.application.carrier_reviews.exists():
            self._do(carriers.finish, self.staff["operations"])

    def _reach_notice(self) -> None:
        self.application.refresh_from_db()
        contract = self.application.own_contract
        identifiers = {
            account.pk: f"{account.channel}-{contract.pk:04d}{'-t' if account.is_test else ''}"
            for account in contract.official_accounts.all()
        }
        if identifiers:
            self._do(setup.set_identifiers, self.staff["operations"], identifiers=identifiers)
        for kind, number in self._numbers_to_give(contract):
            self._do(setup.set_senders, self.staff["operations"], numbers={kind: {number}})
        self._check_functions(ok=self.company.goal is not Goal.ACTIVE or "ajisai" in self.company.domain)
        self._do(setup.prepare_notice, self.staff["operations"])

    def _numbers_to_give(self, contract: Contract) -> list[tuple[SmsSender.Kind, str]]:
        """What the options need, and one at least where SMS are sent."""
        held = set(contract.sms_senders.values_list("kind", flat=True))
        wanted = []
        if Option.TWO_WAY_SMS in self.company.options:
            wanted.append((SmsSender.Kind.COMMON, f"0005{contract.pk:06d}"))
        if Option.NUMBER_050 in self.company.options:
            wanted.append((SmsSender.Kind.NUMBER_050, f"0500000{contract.pk:04d}"))
        if "sms" in self.company.plan.channels and not held and not wanted:
            wanted.append((SmsSender.Kind.REGULAR, f"0120000{contract.pk:03d}"))
        return [(kind, number) for kind, number in wanted if kind not in held]

    def _reach_active(self) -> None:
        self._do(setup.issue_notice, self.staff["approval"])
        if self.company.ends:
            checks.recheck_until(self.application, since=self.at, now=self.now)

    def _check_functions(self, *, ok: bool) -> None:
        """Measured by the demo's own receiver, as the demo invents it; in a test's story marked by staff."""
        note = "応答 200、中央値 180 ms" if ok else "応答 200、中央値 930 ms（500 ms を超過）"
        for endpoint in self.application.own_contract.endpoints.all():
            if self.company.ends:
                self.at = next(self.times)
                checks.measure(
                    endpoint,
                    cause=CheckCause.STAFF,
                    actor=self.staff["operations"],
                    at=self.at,
                    good=ok and endpoint.url.endswith("/slow"),
                )
            else:
                self._do(
                    functions.mark_function,
                    self.staff["operations"],
                    endpoint_id=endpoint.pk,
                    ok=ok,
                    note=note,
                )

    # off the main way ------------------------------------------------------------------------------

    def _to_in_review(self) -> None:
        self._reach_in_review()
        self._find(
            "アカウントパラメータ申込書",
            "account_parameters",
            "同意取得方法を、取得する画面や時点まで具体的にご記入ください。",
        )

    def _to_returned(self) -> None:
        self._to_in_review()
        self._do(review.return_to_customer, self.staff["reception"])

    def _to_resubmitted(self) -> None:
        self._to_returned()
        self.at = next(self.times)
        answers = {"usage.consent_method": CORRECTED}
        self._attach(papers.application_uploads(self.company, date_of(self.at), corrected=answers)[:1])
        self._submit()

    def _to_on_hold(self) -> None:
        self._reach_in_review()
        self._do(
            closing.hold,
            self.staff["reception"],
            reason="登記簿の変更手続きが終わるまで待ってほしいとのご連絡",
        )

    def _to_remarked(self) -> None:
        self._along_to(_G.CONFIRMING)
        self._do(confirmation.confirm, self.user)
        rows = list(self.application.carrier_reviews.all())
        for row in rows:
            self._do(carriers.apply, self.staff["operations"], review_id=row.pk)
        self._do(
            carriers.remark,
            self.staff["operations"],
            review_id=rows[0].pk,
            text="アカウントの説明文から、配信する内容が読み取れるように書き換えてください。",
        )

    def _to_release(self) -> None:
        self._along_to(_G.ACTIVE)
        self.at = next(self.times)
        self.application.refresh_from_db()
        self.application = drafts.start_release(
            contract=self.application.own_contract, actor=self.user, now=self.at
        )
        self._attach(papers.release_uploads(self.company, date_of(self.at)))
        self._submit()

    def _to_shown(self) -> None:
        self._to_release()
        self._reach_in_review()
        self._reach_accepted()
        self._do(setup.show_in_store, self.staff["operations"])

    def _ask_for_a_test_account(self) -> None:
        """By the customer; its identifier is still to be entered."""
        self.at = next(self.times)
        self.application.refresh_from_db()
        test_accounts.add(
            contract=self.application.own_contract,
            webhook_urls={Channel.PLUS: f"https://hooks.{self.company.domain}/plus-test"},
            actor=self.user,
            now=self.at,
        )

    def _to_withdrawn(self) -> None:
        self._do(closing.withdraw, self.user, reason="社内の計画が延期になったため")

    def _to_rejected(self) -> None:
        self._reach_in_review()
        self._do(closing.reject, self.staff["reception"], reason="配信ガイドラインで認められない用途のため")

    def _find(self, sheet: str, document: str, text: str) -> None:
        sent = self.application.submissions.latest("version").content["sources"]
        cell = sent["usage.consent_method"][1]
        self._do(
            review.add_finding, self.staff["reception"], document=document, sheet=sheet, cell=cell, text=text
        )


CORRECTED = "会員登録の最後の画面で、配信への同意の欄に印を付けていただいた方にだけ送る"


def office_hours(now: datetime.datetime, days_ago: int) -> Iterator[datetime.datetime]:
    """Times from `days_ago` office days back until now: two steps a day, and never later than `now`."""
    calendar = settings.office()
    day = date_of(now)
    for _ in range(days_ago):
        day = calendar.previous_business_day(day)
    while True:
        for hour in (10, 15):
            yield min(start_of(day) + datetime.timedelta(hours=hour), now)
        day = calendar.next_business_day(day)


def make_staff() -> dict[str, User]:
    found = {}
    for key, member in STAFF.items():
        user = User.objects.create_user(
            member.email, name=member.name, is_staff=True, is_superuser=member.superuser
        )
        _set_password(user)
        user.groups.set(Group.objects.filter(name__in=[group.value for group in member.groups]))
        found[key] = user
    return found


def make_materials(actor: User, now: datetime.datetime) -> None:
    published = date_of(now) - datetime.timedelta(days=300)
    for code in MaterialCode:
        if not MaterialEdition.objects.filter(material=code).exists():
            materials.publish(
                material=code,
                edition="2.0版",
                published_on=published,
                name=f"{code.label}_2.0版.pdf",
                data=papers.material_pdf(code.label, "2.0版", published),
                actor=actor,
                now=now,
            )


def _set_password(user: User) -> None:
    user.password = password_hash()
    user.save(update_fields=["password"])
