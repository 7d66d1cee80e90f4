"""フリガナ: full-width katakana."""

import re
import unicodedata

import jaconv

_KATAKANA = re.compile(r"[ァ-ヺー・\u3000 ]+")
ADVICE = "全角カタカナで入力してください（例: カブシキガイシャサンプル）。"


def is_katakana(text: str) -> bool:
    """Full-width katakana, long-vowel mark, middle dot and spaces only, and not only spaces."""
    return bool(text.strip()) and _KATAKANA.fullmatch(text) is not None


def to_katakana(text: str) -> str:
    """Half-width kana and hiragana as full-width katakana; everything else is left as it is."""
    wide = jaconv.h2z(text.strip(), kana=True, ascii=False, digit=False)
    return unicodedata.normalize("NFC", jaconv.hira2kata(wide))
