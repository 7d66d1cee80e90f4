"""Where a picture belongs when it comes in without a place: the application form names its pictures."""

from collections.abc import Mapping
from typing import Any

from accounts.gateways.contents import Inspected
from accounts.rules.official_account import ImageLimit
from accounts.services.errors import Refused
from applications.models import Application
from applications.rules.evaluation import IMAGE_KEYS, IMAGE_SLOTS
from applications.services.places import places


def stated_names(values: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(slot, file name) as a form's values state them, names in lower case."""
    return {(slot, str(values[key]).lower()) for slot, key in IMAGE_KEYS.items() if values.get(key)}


def place(
    picture: Inspected,
    application: Application,
    stated: set[tuple[str, str]],
    limits: Mapping[str, ImageLimit],
) -> str:
    """The slot: by the name on the form, else the only one the plan has, else the one with just these pixels."""
    wanted = [slot for slot in places(application) if slot in IMAGE_SLOTS]
    by_name = [slot for slot in wanted if (slot, picture.clean_name.lower()) in stated]
    by_size = [
        slot
        for slot in wanted
        if (limits[slot].width, limits[slot].height) == (picture.width, picture.height)
    ]
    for found in (by_name, wanted, by_size):
        if len(found) == 1:
            return found[0]
    if not wanted:
        raise Refused(f"{picture.clean_name}：この契約プランでは画像は必要ありません。")
    raise Refused(
        f"{picture.clean_name}：どの画像か判断できませんでした。"
        "申込書に書いたファイル名に合わせるか、それぞれの画像の欄からアップロードしてください。"
    )
