"""The people of the stories, with the verbs of the guide: upload, submit, accept a document, issue the notice."""

from collections.abc import Sequence
from typing import Any

from tests.guide.browsers import Browser, File, words_of

CUSTOMER_PASSWORD = "konnichiwa-sekai-2026"


class CustomerBrowser(Browser):
    """Somebody of the customer's in the portal. `case` is the number in the address of their application."""

    case: int = 0

    def accept_invitation(self, link: str) -> None:
        """Follow the link of the invitation, set a password, log in with it."""
        self.open(link)
        self.press("設定する", password1=self.password, password2=self.password)
        self.log_in()

    # applying -------------------------------------------------------------------------------------

    def look_at_choice(self, plan: str, *options: str, method: str = "api") -> str:
        """Choose on the page of a new application and see what it entails, before anything is begun."""
        query = "&".join([f"plan={plan}", f"delivery_method={method}", *(f"options={code}" for code in options)])
        return self.open(f"/portal/applications/new/?{query}")

    def begin(self, plan: str, *options: str, method: str = "api", status: int = 200) -> str:
        self.look_at_choice(plan, *options, method=method)
        text = self.press("この内容でお申し込みを作成する", status=status)
        if status == 200:
            self.case = int(self.page.request.path.rstrip("/").rpartition("/")[2])
        return text

    def go_to_case(self) -> str:
        return self.open(f"/portal/applications/{self.case}/")

    def form_for(self, paper: str) -> bytes:
        """The pre-filled workbook of one paper on the page."""
        self.go_to_case()
        return self.fetch("記入用のファイルをダウンロード", within=paper)

    def upload(self, *files: File) -> str:
        self.go_to_case()
        return self.press("アップロードする", within=".drop", files=list(files))

    def faults(self, paper: str) -> list[str]:
        """What is wrong with one paper: place, label and message of each fault that keeps it from being submitted."""
        box = self.part(paper)
        found = [words_of(line) for line in box.select("ul.faults:not(.faults--soft) > li")]
        return [line.replace(" ：", "：") for line in found]

    def submit(self, button: str = "お申し込みを提出する") -> str:
        """Agree to every edition shown and submit."""
        self.go_to_case()
        ticks = [str(tick["value"]) for tick in self.soup.select("input[name=consent]")]
        return self.press(button, consent=ticks)

    def submit_again(self) -> str:
        return self.submit("修正したお申し込みを提出する")

    # later on -------------------------------------------------------------------------------------

    def due(self) -> str:
        """The window shown for the account notice."""
        self.go_to_case()
        return words_of(self.part("アカウント通知書の発行").select_one("strong") or self.part("アカウント通知書の発行"))

    def steps(self) -> dict[str, str]:
        """The steps on the page: name → 済, いまここ, これから."""
        found = {}
        for line in self.soup.select("ol.steps > li"):
            hidden = line.select_one(".sr")
            status = words_of(hidden).strip("（）") if hidden else ""
            name = words_of(line).partition("（")[0].strip()
            found[name] = status
        return found

    def registered(self) -> dict[str, tuple[str, str]]:
        """The confirmation page: item → (what was sent, what we registered)."""
        self.open(f"/portal/applications/{self.case}/confirmation/")
        rows = {}
        for line in self.soup.select("table tbody tr"):
            label = line.select_one("th")
            cells = line.select("td")
            assert label is not None
            for small in label.select("small"):
                small.decompose()
            rows.setdefault(words_of(label), (words_of(cells[0]), words_of(cells[1])))
        return rows

    def confirm(self) -> str:
        self.registered()
        return self.press("この内容で間違いありません")

    def object_(self, reason: str) -> str:
        self.registered()
        return self.press("違っている点を知らせる", reason=reason)

    def withdraw(self, reason: str) -> str:
        self.go_to_case()
        self.follow("取り下げ")
        return self.press("取り下げる", reason=reason)


class StaffBrowser(Browser):
    """Somebody of ours in the admin."""

    def go_to(self, case: int) -> str:
        return self.open(f"/admin/applications/application/{case}/change/")

    def do(self, case: int, button: str, *, status: int = 200, **values: Any) -> str:
        """Press a button of the case; fill in what it asks, let the mail it shows go as it is."""
        self.go_to(case)
        return self.carry_out(button, status=status, **values)

    def carry_out(self, button: str, *, status: int = 200, **values: Any) -> str:
        raise NotImplementedError
