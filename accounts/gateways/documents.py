"""PDF documents from Typst templates: archivable (PDF/A-2b), with embedded fonts, the same bytes for the same data.

A template is `templates/documents/<name>.typ` with `<name>.fields.json` beside it: the Japanese name of each
field (`company.name`, `contacts[].email`) for messages. The data goes in as JSON, so markup in it stays text.
"""

import datetime
import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import noto_cjk
import typst

TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "documents"

_NO_GLYPH = re.compile(r'the text `(".*?")` could not be displayed', re.DOTALL)
_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")
# Typst would drop control signs (Cc but the line's end, Cs), and let the others turn the line around.
_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


class DocumentError(Exception):
    """The template does not fit the data, or has a mistake: for the developer."""


class UnprintableCharacter(Exception):
    """A character that the document's font does not have; says which, in which field, and what to do."""

    def __init__(self, character: str, field: str) -> None:
        self.character = character
        self.field = field
        codes = " ".join(f"U+{ord(sign):04X}" for sign in character)
        seen = f"「{character}」（{codes}）" if character.isprintable() else codes
        super().__init__(
            f"{field}にある文字{seen}は、文書に印字できません。別の文字に直してから、もう一度作成してください。"
        )


def render(
    template: str, data: Mapping[str, Any], fixed_date: datetime.date, *, tagged: bool = True
) -> bytes:
    """The PDF. `fixed_date` is the date of the document's making in its metadata.

    Tags tell a screen reader what is a table and a heading; a document of hundreds of pages weighs ten times as much
    with them.

    Raises UnprintableCharacter for the customer's data, DocumentError for a fault of ours.
    """
    names = _field_names(template)
    for path, value in _texts(data):
        if found := _INVISIBLE.search(value):
            raise UnprintableCharacter(found[0], names.get(path, path))
    # A compiler serves one thread at a time but costs nothing to make; the fonts are read once per process.
    compiler = typst.Compiler(str(TEMPLATES / f"{template}.typ"), root=str(TEMPLATES), font_paths=_fonts())
    try:
        pdf, warnings = compiler.compile_with_warnings(
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards="a-2b",
            timestamp=datetime.datetime.combine(fixed_date, datetime.time(12), tzinfo=datetime.UTC),
            pdf_tags=tagged,
        )
    except typst.TypstError as error:
        missing = _NO_GLYPH.search(error.message)
        if missing is None:
            raise DocumentError(f"{template}.typ: {error.message}\n{error.diagnostic}") from error
        raise _unprintable(_unquoted(missing[1]), data, names) from error
    if warnings:
        raise DocumentError(f"{template}.typ: " + "; ".join(warning.message for warning in warnings))
    assert isinstance(pdf, bytes)
    return pdf


@functools.cache
def _fonts() -> typst.Fonts:
    folders = [str(noto_cjk.font_path("sans", "jp", style).parent) for style in ("regular", "bold")]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)


@functools.cache
def _field_names(template: str) -> dict[str, str]:
    path = TEMPLATES / f"{template}.fields.json"
    if not path.is_file():
        raise DocumentError(f"{path.name} がありません。")
    return json.loads(path.read_text(encoding="utf-8"))


def _texts(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in the data, with its path as the field names write it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner, f"{path}[]")


def _unquoted(quoted: str) -> str:
    """The text inside Rust's debug quotes."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)) if match[1] else match[2], quoted[1:-1])


def _unprintable(character: str, data: Mapping[str, Any], names: Mapping[str, str]) -> UnprintableCharacter:
    for path, value in _texts(data):
        if character in value:
            return UnprintableCharacter(character, names.get(path, path))
    return UnprintableCharacter(character, "文書")
