"""Amounts as documents and screens write them: 1,234 and, below zero, ▲1,234."""

from decimal import Decimal

MINUS = "▲"


def yen(amount: int | Decimal) -> str:
    """With thousands separators and without the word 円; decimals only where there are some: `8.8`, `1,234.0625`."""
    text = f"{abs(amount):,f}" if isinstance(amount, Decimal) else f"{abs(amount):,}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{MINUS}{text}" if amount < 0 else text
