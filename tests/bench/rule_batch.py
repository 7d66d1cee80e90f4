"""`manage.py rule --batch` against a bare Python process with the same lines and the same pure function."""

import json
import subprocess
import sys
from datetime import date, timedelta
from functools import partial

from kmc_portal.embedded.addresses import BASE_DIR
from tests.bench import Bench, seconds

FLOOR = """
import json, sys
from datetime import date
from kmc_portal.lib.business_days import OFFICE
for line in sys.stdin:
    args = json.loads(line)["args"]
    day = OFFICE.add_business_days(date.fromisoformat(args["after"]), int(args["days"]))
    print(json.dumps({"result": day.isoformat()}))
"""


def run(small: bool) -> Bench:
    count = 500 if small else 50_000
    lines = "".join(f"{json.dumps(_request(number))}\n" for number in range(count)).encode()
    floor = seconds(partial(_answer, ["-c", FLOOR], lines, count))
    measured = seconds(partial(_answer, ["manage.py", "rule", "--batch"], lines, count))
    return Bench("rule_batch", floor, measured, f"{count} business days, both with the start of Python")


def _request(number: int) -> dict[str, object]:
    after = date(2026, 1, 1) + timedelta(days=number % 365)
    return {
        "rule": "business-day",
        "args": {"after": after.isoformat(), "days": str(1 + number % 30), "calendar": "office"},
    }


def _answer(arguments: list[str], lines: bytes, count: int) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], input=lines, stdout=subprocess.PIPE, check=True, cwd=BASE_DIR
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(results) == count
    assert all("result" in result for result in results)
