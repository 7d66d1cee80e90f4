"""Two people at their browsers, without JavaScript: they read pages, follow links, fill in forms and press buttons.

What a page does not offer cannot be pressed: every verb looks for the link or button by its words first.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bs4 import BeautifulSoup, Tag
from django_webtest import DjangoTestApp
from webtest import Upload
from webtest.forms import Form

Values = Mapping[str, Any]
File = tuple[str, bytes]  # name, content
REDIRECTS = (301, 302, 303)


class Browser:
    """`page` is what is on the screen. Verbs fail where the page does not have what they press."""

    def __init__(self, email: str, password: str) -> None:
        self.email, self.password = email, password
        self.app = DjangoTestApp()
        self.page: Any = None
        self._read: tuple[Any, BeautifulSoup] | None = None

    # going about ----------------------------------------------------------------------------------

    def log_in(self) -> None:
        """A fresh browser window, as on a new morning."""
        self.app.reset()
        self.open("/account/login/")
        self.press("ログイン", login=self.email, password=self.password)
        assert "ログアウト" in self.page.text, self.page.text

    def open(self, address: str, status: int = 200) -> str:
        """Follow an address to where it leads; who is asked to log in does so. The text of the page."""
        self.page = self.app.get(address, expect_errors=True)
        text = self._arrive(status)
        if self.page.request.path == "/account/login/" and address != "/account/login/":
            self.log_in()
            return self.open(address, status)
        return text

    def follow(self, words: str, within: str = "") -> str:
        """Follow the link with these words."""
        return self.open(self.link(words, within))

    def fetch(self, words: str, within: str = "") -> bytes:
        """Download what the link with these words leads to; the page stays."""
        answer = self.app.get(self.link(words, within))
        assert answer.headers["Content-Disposition"].startswith("attachment"), answer.headers
        return bytes(answer.body)

    def press(self, words: str, within: str = "", status: int = 200, **values: Any) -> str:
        """Fill in the form that has this button and press it. Files are (name, content), several as a list."""
        form = self.form(words, within)
        for name, value in values.items():
            _fill(form, name, value)
        button = _button(form.html, words)
        assert button is not None and not button.has_attr("disabled"), (
            f"「{words}」は押せません。\n{self.text}"
        )
        named = button.get("name")
        self.page = (
            form.submit(named, value=button.get("value"), expect_errors=True)
            if named
            else form.submit(expect_errors=True)
        )
        return self._arrive(status)

    def _arrive(self, status: int) -> str:
        while self.page.status_int in REDIRECTS:
            self.page = self.page.follow(expect_errors=True)
        assert self.page.status_int == status, f"{self.page.status}\n{self.text}"
        return self.text

    # reading --------------------------------------------------------------------------------------

    @property
    def soup(self) -> BeautifulSoup:
        if self._read is None or self._read[0] is not self.page:
            self._read = (self.page, BeautifulSoup(self.page.text, "html.parser"))
        return self._read[1]

    @property
    def text(self) -> str:
        """The words on the page, blanks made single."""
        return words_of(self.soup.select_one("main#main, .kmc-narrow, .kmc-case") or self.soup)

    @property
    def said(self) -> str:
        """The messages at the top of the page."""
        return " ".join(words_of(part) for part in self.soup.select(".messages, [data-messages]"))

    def part(self, within: str) -> Tag:
        """The part of the page that a CSS selector names, or the innermost section with this heading."""
        if within.startswith(("#", ".", "[")):
            found = self.soup.select_one(within)
        else:
            headings = [(words_of(tag), tag) for tag in self.soup.find_all(["h1", "h2", "h3", "h4"])]
            exact = [tag for words, tag in headings if words == within]
            heading = next(iter(exact or [tag for words, tag in headings if words.startswith(within)]), None)
            found = heading.find_parent(["section", "li", "article", "fieldset"]) if heading else None
        assert found is not None, f"画面に「{within}」がありません。\n{self.text}"
        return found

    def text_of(self, within: str) -> str:
        return words_of(self.part(within))

    def text_of_page(self, address: str, within: str) -> str:
        """A part of the page at that address; a heading's id means its section."""
        self.open(address)
        found = self.part(within)
        section = found.find_parent("section") if found.name.startswith("h") else found
        return words_of(section or found)

    def has_button(self, words: str) -> bool:
        """Whether the page has a link or an enabled button with these words."""
        button = _button(self.soup, words)
        return (button is not None and not button.has_attr("disabled")) or _link(self.soup, words) is not None

    def link(self, words: str, within: str = "") -> str:
        found = _link(self.part(within) if within else self.soup, words)
        assert found is not None, f"画面に「{words}」のリンクがありません。\n{self.text}"
        return str(found["href"])

    def form(self, words: str, within: str = "", **hidden: str) -> Form:
        """The form with this button; where several have it, the one in that part of the page."""
        inside = str(self.part(within)) if within else None
        for form in self._forms():
            if _button(form.html, words) is None:
                continue
            if inside is not None and str(form.html.form) not in inside and inside not in str(form.html.form):
                continue
            if all(form.fields.get(name) and form[name].value == value for name, value in hidden.items()):
                return form
        raise AssertionError(f"画面に「{words}」のボタンがありません。\n{self.text}")

    def _forms(self) -> Iterator[Form]:
        forms = self.page.forms
        yield from (forms[number] for number in range(sum(isinstance(key, int) for key in forms)))


def words_of(tag: Tag) -> str:
    return re.sub(r"\s+", " ", tag.get_text(" ")).strip()


def _said(tag: Tag) -> str:
    """A button's words without what only a screen reader hears."""
    copy = BeautifulSoup(str(tag), "html.parser")
    for hidden in copy.select(".sr, .sr-only, .material-symbols-outlined"):
        hidden.decompose()
    return re.sub(r"\s+", "", copy.get_text())


def _button(inside: Tag, words: str) -> Tag | None:
    wanted = re.sub(r"\s+", "", words)
    return next((tag for tag in inside.find_all("button") if _said(tag) == wanted), None)


def _link(inside: Tag, words: str) -> Tag | None:
    wanted = re.sub(r"\s+", "", words)
    links = inside.find_all("a", href=True)
    exact = next((tag for tag in links if _said(tag) == wanted), None)
    return exact or next((tag for tag in links if _said(tag).startswith(wanted)), None)


def _fill(form: Form, name: str, value: Any) -> None:
    fields = form.fields.get(name)
    assert fields, f"「{name}」の欄がありません。あるのは {list(form.fields)} です。"
    if isinstance(value, tuple):
        form[name] = Upload(*value)
    elif isinstance(value, list) and value and isinstance(value[0], tuple):
        form[name] = [Upload(*file) for file in value]
    else:
        form[name] = value
