"""Dates and times as people write them: ISO 8601, 5/1/2024 1:00 PM, 01.05.2024 13:00, 2024050113, 1714568400, ..."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "jan ene gen",
            "feb fév fev",
            "mar mär maa mrt",
            "apr avr abr",
            "may mai mei mag maj",
            "jun jui giu",
            "jul lug",
            "aug aoû ago aou",
            "sep set",
            "oct okt ott out",
            "nov",
            "dec dez déc dic des",
        ],
        start=1,
    )
    for name in names.split()
} | {"juin": 6, "juil": 7}
DIGITS = {8: "%Y%m%d", 10: "%Y%m%d%H", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
DATE = [
    (re.compile(r"(\d{4})([-/. ])(\d{1,2})\2(\d{1,2})(?!\d)"), (1, 3, 4)),
    (re.compile(r"(\d{4})(\d{2})(\d{2})(?!\d)"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2 ?(\d{4}|\d{2})(?!\d)"), None),  # day and month in either order
    (re.compile(r"(\d{1,2})\.?[-/. ]*([^\W\d_]{3,})[-/., ]*(\d{4}|\d{2})(?!\d)"), (3, 2, 1)),
    (re.compile(r"([^\W\d_]{3,})[-/. ]*(\d{1,2}),? +(\d{4})(?!\d)"), (3, 1, 2)),
]
TIME = re.compile(
    r"(\d{1,2})(?:[:.h]?(\d{2})(?:[:.]?(\d{2})(?:[.,]\d+)?)?)?h? ?(?:([ap])\.? ?m?\.?)? ?(uhr)?"
    r" ?(z|utc|gmt)? ?([+-]\d{2}:?(?:\d{2})?)?(?: ?\[?([a-z_]+/?[a-z_]*)\]?)?",
    re.IGNORECASE,
)
WEEKDAY = re.compile(r"^[^\W\d]{2,10}\.?,? +(?=\d|[^\W\d]{3,} *\d)")


class Moment:
    """A text split into a date, or none, and a time, or none; `swapped` where day and month may stand in either order."""

    __slots__ = ("clock", "next_day", "numbers", "swapped", "zone")

    def __init__(
        self, numbers: tuple[int, int, int] | None, swapped: bool, clock: time | None, next_day: bool, zone: tzinfo | None
    ) -> None:
        self.numbers, self.swapped, self.clock, self.next_day, self.zone = numbers, swapped, clock, next_day, zone

    def day(self, day_first: bool) -> date:
        """The date; a ValueError if there is no such."""
        assert self.numbers is not None
        year, month, day = self.numbers
        if self.swapped and day_first:
            month, day = day, month
        return date(year, month, day)

    def at(self, day_first: bool) -> datetime:
        """Date and time, midnight if there is none, with the zone if there is one."""
        day = self.day(day_first) + timedelta(days=self.next_day)
        return datetime.combine(day, self.clock or time(), self.zone)


def split(text: str) -> Moment | None:
    """A text as a date, a time or both; None if it is neither."""
    text = " ".join(text.strip().strip("'\"").split())
    if text.isdecimal():
        return of_digits(text)
    if re.fullmatch(r"1\d{9}\.\d*", text):  # seconds since 1970, with parts of a second
        return of_digits(text[:10])
    if re.fullmatch(r"[34]\d{4}[.,]\d+", text):  # days since 1899-12-30, as Excel counts them
        moment = datetime(1899, 12, 30) + timedelta(seconds=round(float(text.replace(",", ".")) * 86400))
        return Moment((moment.year, moment.month, moment.day), False, moment.time(), False, None)
    if len(text) >= 16 and text[4:5] == "-":  # the usual form, fast
        try:
            moment = datetime.fromisoformat(text)
            return Moment((moment.year, moment.month, moment.day), False, moment.time(), False, moment.tzinfo)
        except ValueError:
            pass
    for character, other in zip("年月日時分秒", ("-", "-", " ", ":", ":", "")):
        text = text.replace(character, other)
    text = text.strip(" :")
    if (weekday := WEEKDAY.match(text)) is not None and text[:3].lower() not in MONTHS:
        text = text[weekday.end() :]
    for pattern, places in DATE:
        if (found := pattern.match(text)) is not None:
            numbers = numbers_of(found, places)
            if numbers is None:
                continue
            rest = text[found.end() :].lstrip(" T:,-_")
            return with_clock(numbers, places is None, rest) if rest else Moment(numbers, places is None, None, False, None)
    return with_clock(None, False, text) if re.match(r"\d{1,2}[:h]\d{2}|\d{1,2} ?[ap]m", text, re.IGNORECASE) else None


def of_digits(text: str) -> Moment | None:
    """Digits alone: 20240501, 2024050113, 202405011300 and so on, or seconds (1714568400) or milliseconds since 1970."""
    if len(text) in DIGITS and "1800" <= text[:4] <= "2199":
        last = len(text) >= 10 and text[8:10] == "24"  # hour 24 ends the day
        try:
            moment = datetime.strptime(text[:8] + "00" + text[10:] if last else text, DIGITS[len(text)])
            clock = None if len(text) == 8 else moment.time()
            return Moment((moment.year, moment.month, moment.day), False, clock, last, None)
        except ValueError:
            pass
    if len(text) in (10, 13, 16, 19) and text[0] == "1":
        moment = datetime.fromtimestamp(int(text[:10]), UTC)
        return Moment((moment.year, moment.month, moment.day), False, moment.time(), False, UTC)
    return None


def numbers_of(found: re.Match[str], places: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
    """Year, month and day; where day and month may stand in either order, in the order of the text."""
    year, first, second = (found[place] for place in (places or (4, 1, 3)))
    if not first.isdecimal():
        month = MONTHS.get(first[:4].lower()) or MONTHS.get(first[:3].lower())
        if month is None:
            return None
        first = str(month)
    return (int(year) + (2000 if len(year) == 2 else 0), int(first), int(second))


def with_clock(numbers: tuple[int, int, int] | None, swapped: bool, text: str) -> Moment | None:
    """A date that is known, and the text of a time: 13:00, 1 PM, 13.00 Uhr, 1300, 24:00, 13:00Z, 13:00 +0200, 13:00 CET."""
    found = TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, second = int(found[1]), int(found[2] or 0), int(found[3] or 0)
    if found[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (found[4].lower() == "p")
    zone: tzinfo | None = UTC if found[6] else None
    if found[7]:
        digits = found[7].replace(":", "")
        away = timedelta(hours=int(digits[1:3]), minutes=int(digits[3:] or 0))
        zone = timezone(-away if digits[0] == "-" else away)
    try:
        return Moment(numbers, swapped, time(hour % 24 if hour == 24 else hour, minute, second), hour == 24, zone)
    except ValueError:
        return None


def clock(text: str) -> Moment | None:
    """The text of a column of times or hours: also 13, 1300 and 13.30."""
    text = text.strip().removesuffix(".0")
    if text.isdecimal() and len(text) <= 4:
        text = text.zfill(2) if len(text) <= 2 else text.zfill(4)
    return with_clock(None, False, text)


def day_comes_first(texts: Iterable[str]) -> tuple[bool, bool]:
    """The order of dates such as 5/1/2024: True if the day comes first, and True if the texts themselves settle it.

    A number above 12 settles it, or else a dot, a 12-hour clock, or the reading in which the dates lie closer together.
    """
    texts = list(texts)
    moments = [moment for text in texts if (moment := split(text)) is not None and moment.swapped and moment.numbers]
    if not moments:
        return False, True
    if any(moment.numbers[1] > 12 for moment in moments):
        return True, True
    if any(moment.numbers[2] > 12 for moment in moments):
        return False, True
    spans = []
    for day_first in (True, False):
        days = {moment.day(day_first) for moment in moments}
        spans.append((max(days) - min(days)).days)
    if spans[0] != spans[1]:
        return spans[0] < spans[1], True
    if any(moment.numbers[1] != moment.numbers[2] for moment in moments):
        if any(re.match(r"\d+\.", text.strip()) for text in texts):
            return True, True
        if any(re.search(r"\d ?[ap]\.? ?m", text, re.IGNORECASE) for text in texts):
            return False, True
        return True, False
    return True, True


def zone_named(text: str) -> tzinfo:
    """A time zone by its name, Europe/Berlin, or its hours from UTC, +2; a ValueError if there is no such."""
    if (found := re.fullmatch(r"(?:UTC)?([+-]\d{1,2})(?::?(\d{2}))?", text)) is not None:
        hours = timedelta(hours=int(found[1]), minutes=int(found[2] or 0) * (-1 if found[1][0] == "-" else 1))
        return timezone(hours)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"{text!r} is not a time zone such as Europe/Berlin or +2") from None
