"""Choices that rules can use without Django: a string with a Japanese label."""

from enum import StrEnum
from typing import Self


class Labelled(StrEnum):
    """Members are written `NAME = "code", "ラベル"`; `choices` fits Django's `choices=`."""

    label: str

    def __new__(cls, value: str, label: str = "") -> Self:
        if not label:  # the default is there for type checkers alone, which read Plan("sms") as this call
            raise TypeError(f"{cls.__name__}: {value} has no label")
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        return [(member.value, member.label) for member in cls]

    @classmethod
    def label_of(cls, value: str) -> str:
        """The label of a stored code; ValueError for a code that is none of ours."""
        return cls(value).label

    @classmethod
    def from_label(cls, label: str) -> Self:
        """The member a form's drop-down text stands for; ValueError if there is none."""
        for member in cls:
            if member.label == label:
                return member
        raise ValueError(label)
