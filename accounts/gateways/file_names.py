"""Names of uploaded files: made safe to store, show and send back, and otherwise kept as the customer wrote them."""

import re
import unicodedata

MAX_CHARACTERS = 120
MAX_BYTES = 240  # UTF-8; folders allow 255
NAMELESS = "名称なし"

_FORBIDDEN = re.compile(r'[<>:"|?*]')
_EXTENSION = re.compile(r"\.[0-9A-Za-z]{1,8}\Z")


def extension(name: str) -> str:
    """`.xlsx` in small letters; empty where the name has none."""
    found = _EXTENSION.search(name)
    return found[0].lower() if found else ""


def clean(name: str) -> str:
    """NFC, no folders, no control, bidi or invisible characters, not too long; the extension stays."""
    text = unicodedata.normalize("NFC", name)
    text = re.split(r"[/\\]", text)[-1]
    text = "".join(" " if sign in "\t\r\n" else sign for sign in text)
    text = "".join(sign for sign in text if unicodedata.category(sign) not in ("Cc", "Cf", "Cs"))
    text = _FORBIDDEN.sub("_", text)
    text = re.sub(r"\s+", " ", text).strip(" .")
    suffix = _EXTENSION.search(text)
    ending = suffix[0] if suffix else ""
    stem = text[: len(text) - len(ending)].strip(" .") if ending else text
    if not stem:
        stem = NAMELESS
    return _shortened(stem, ending) + ending


def _shortened(stem: str, ending: str) -> str:
    stem = stem[: MAX_CHARACTERS - len(ending)]
    room = MAX_BYTES - len(ending.encode())
    return stem.encode()[:room].decode(errors="ignore").rstrip(" .")
