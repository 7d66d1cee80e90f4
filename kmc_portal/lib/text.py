"""Names as written, and the keys by which they are found and compared.

A name is stored as it was written (`clean_name`); searching uses `search_key`, comparing two names
`same_name`. Phone, postal, bank and registration numbers go through `normalise_digits`.
"""

import re
import unicodedata

import jaconv

# NFC, too, would replace these by their common forms, and some stand in people's names (U+FA19, U+FA5B …).
_COMPATIBILITY_KANJI = re.compile("([\uf900-\ufaff\U0002f800-\U0002fa1f]+)")

_LINE = "‐‑‒–—―−⁃﹘﹣－ーｰ─━➖"
_HYPHENS = {ord(character): "-" for character in _LINE}
_REMOVED = {ord(character): None for character in "・･·.．,，、。'’`\"”“"}

# Written one way in the register and another way in daily use; for finding and comparing only.
_VARIANTS = str.maketrans(
    "髙﨑𠮷邉邊齋齊濵濱德栁眞槇桒嶋澤舘廣國櫻會",
    "高崎吉辺辺斎斉浜浜徳柳真槙桑島沢館広国桜会",
)

_LEGAL_FORMS = {  # every way of writing → the form in full; keys as they read after NFKC and _VARIANTS
    "株式会社": ("株式会社", "(株)"),
    "有限会社": ("有限会社", "(有)"),
    "合同会社": ("合同会社", "(同)", "(合同)"),
    "合名会社": ("合名会社", "(名)"),
    "合資会社": ("合資会社", "(資)"),
    "一般社団法人": ("一般社団法人", "(一社)"),
    "一般財団法人": ("一般財団法人", "(一財)"),
    "公益社団法人": ("公益社団法人", "(公社)"),
    "公益財団法人": ("公益財団法人", "(公財)"),
    "社団法人": ("社団法人", "(社)"),
    "財団法人": ("財団法人", "(財)"),
    "医療法人": ("医療法人", "(医)"),
    "学校法人": ("学校法人", "(学)"),
    "社会福祉法人": ("社会福祉法人", "(福)"),
    "特定非営利活動法人": ("特定非営利活動法人", "npo法人"),
}
_FORM_OF = {written: form for form, spellings in _LEGAL_FORMS.items() for written in spellings}
_ANY_FORM = re.compile("|".join(re.escape(written) for written in sorted(_FORM_OF, key=len, reverse=True)))
_ANY_FORM_ANY_CASE = re.compile(_ANY_FORM.pattern, re.IGNORECASE)

_SPACES = re.compile(r"\s+")


def clean_name(text: str) -> str:
    """A name as written: NFC (kanji untouched), without spaces at the ends."""
    parts = _COMPATIBILITY_KANJI.split(text.strip())
    return "".join(
        part if index % 2 else unicodedata.normalize("NFC", part) for index, part in enumerate(parts)
    )


def _folded(text: str) -> str:
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    text = str(jaconv.hira2kata(text)).translate(_HYPHENS).translate(_REMOVED).translate(_VARIANTS)
    return unicodedata.normalize("NFKC", _SPACES.sub("", text))


def search_key(text: str) -> str:
    """The key a company is searched by: width, case, kana, dashes, spaces and legal form do not count.

    A text that is nothing but a legal form is kept, so that no name has an empty key because of it.
    """
    folded = _folded(text)
    key = folded
    while (shorter := _ANY_FORM.sub("", key)) != key:
        key = shorter
    return key or folded


def comparison_key(text: str) -> str:
    """As `search_key`, but the legal form stays, written in full: 株式会社甲 is not 有限会社甲."""
    return _ANY_FORM.sub(lambda found: _FORM_OF[found[0]], _folded(text))


def same_name(one: str, other: str) -> bool:
    """True if both name the same company or person, however written (㈱, widths, spaces)."""
    return comparison_key(one) == comparison_key(other)


def written_key(text: str) -> str:
    """Equal for two writings of the same name or address: widths, spaces, kinds of dashes and the legal form's
    writing (㈱) do not count. Every kanji, capital and mark does: 髙橋 is not 高橋 here.
    """
    parts = _COMPATIBILITY_KANJI.split(text)
    folded = "".join(
        part if index % 2 else unicodedata.normalize("NFKC", part) for index, part in enumerate(parts)
    )
    folded = _SPACES.sub("", folded.translate(_HYPHENS))
    return _ANY_FORM_ANY_CASE.sub(lambda found: _FORM_OF[found[0].lower()], folded)


def normalise_digits(text: str) -> str:
    """Phone, postal, bank and registration numbers: NFKC, one kind of hyphen, no spaces at the ends."""
    return unicodedata.normalize("NFKC", text).translate(_HYPHENS).strip()


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, as carriers count characters."""
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
