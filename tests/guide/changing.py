"""A contract in use whose customer changes or cancels it in the portal; our people's part is done by the services.

tale = in_use(Plan.SMS)
tale.choose(ChangeItem.GLOBAL_IP)                    # up to the page of the new application
tale.hand_in(parameter_change={"global_ips.1": "52.192.9.1"})
tale.ours.accept()
"""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from accounts.models import Contract
from applications.models import Application
from applications.rules.changes import ChangeItem
from applications.rules.forms import FORMS
from applications.services import confirmation, places
from kmc_portal.demo.people import PASSWORD
from kmc_portal.demo.story import Story
from tests.fixtures.cases import fresh
from tests.fixtures.changes import Change
from tests.guide.actors import CustomerBrowser
from tests.guide.browsers import words_of
from tests.guide.papers import filled


class Tale:
    def __init__(self, story: Story) -> None:
        self.story = story
        self.browser = CustomerBrowser(story.user.email, PASSWORD)

    @property
    def contract(self) -> Contract:
        return Contract.objects.get(pk=fresh(self.story.application).own_contract.pk)

    @property
    def page(self) -> str:
        return f"/portal/contracts/{self.contract.pk}/"

    @property
    def case(self) -> Application:
        return Application.objects.select_related("customer", "contract").get(pk=self.browser.case)

    @property
    def ours(self) -> Change:
        """Our people at their work on this application."""
        return Change(self.case, self.story.user, self.story.staff)

    def ask_to_confirm(self) -> None:
        """内容確認依頼, by reception."""
        case = self.case
        confirmation.request(
            application_id=case.pk,
            version=case.version,
            actor=self.story.staff["reception"],
            now=timezone.now(),
        )

    # verbs ----------------------------------------------------------------------------------------

    def look(self, *items: ChangeItem) -> str:
        """Tick the items; what they take, before anything is made."""
        query = "&".join(f"items={item.value}" for item in items)
        self.browser.open(f"{self.page}change/?{query}")
        return self.browser.text_of("#entails")

    def choose(self, *items: ChangeItem) -> str:
        self.look(*items)
        return self._begin("この内容で変更申込を作成する")

    def cancel(self) -> str:
        self.browser.open(self.page)
        self.browser.follow("解約を申し込む")
        return self._begin("解約申込を作成する")

    def form(self, slot: str, **cells: Any) -> bytes:
        """The pre-filled workbook from the page, with some answers typed over (by the form's key)."""
        form = places.forms_asked(self.case)[slot]
        answers = {"network.static_declared": "はい"} if "global_ips.1" in cells else {}
        answers |= {
            key: one.field.options[0] for key, one in form.slots.items() if key.startswith("cancel.und")
        }
        places_of = {key: (one.sheet.title, one.cell) for key, one in FORMS[form.code].slots.items()}
        return filled(
            self.browser.form_for(form.title),
            {places_of[key]: value for key, value in {**answers, **cells}.items()},
        )

    def upload(self, **papers: dict[str, Any]) -> str:
        """`upload(service_change_form={…})`"""
        files = [(f"{slot}.xlsx", self.form(slot, **cells)) for slot, cells in papers.items()]
        return self.browser.upload(*files)

    def hand_in(self, **papers: dict[str, Any]) -> str:
        self.upload(**papers)
        return self.browser.submit()

    # reading --------------------------------------------------------------------------------------

    def changes(self) -> dict[str, tuple[str, str]]:
        """The table on the case's page: item → (before, after)."""
        self.browser.go_to_case()
        found = {}
        for line in self.browser.part("#changed").select("tbody tr"):
            label = line.select_one("th")
            assert label is not None
            for small in label.select("small"):
                small.decompose()
            old, new = (words_of(cell) for cell in line.select("td"))
            found[words_of(label)] = (old, new)
        return found

    def _begin(self, button: str) -> str:
        text = self.browser.press(button)
        self.browser.case = int(self.browser.page.request.path.rstrip("/").rpartition("/")[2])
        return text


InUse = Callable[..., Tale]


def dense(text: str) -> str:
    return "".join(text.split())


def dates_of(tale: Tale, heading: str) -> str:
    """The first line of a card: the dates in it, without blanks."""
    line = tale.browser.part(heading).select_one("p")
    assert line is not None
    return dense(words_of(line))
