"""Temperatures with their times out of the text files that people have: which columns, which unit, which lines to leave out.

Columns are found by their names and by what stands in them, or given. What was taken is said, what is left out is named with
its line, and what could be read in two ways is refused with the option that settles it.
"""

from __future__ import annotations

import csv
import io
import math
import re
import statistics
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import moments


class UserError(Exception):
    """Something that the person at the keyboard can put right: shown without a traceback."""


# -- words ------------------------------------------------------------------------------------------------------------

WARMTH = re.compile(
    r"(?<!s)temp(?!o\b|s\b|ora|late)|tmp|thermo|"  # not Zeitstempel, tempo, temps
    r"lämpötila|t[ea]mpér|teplot|sıcakl|hőm|θερμοκρ|температ|celsius|fahrenheit|kelvin|気温|气温|氣溫|温度|기온|dry.?bulb|"
    r"(^|[^a-z])(t_?2_?m|tl|tt(_?(tu|10|ter))?|ta(_?avg)?|t_?air|airtc|tmp[cfk]|drybulb|tre200[a-z]\d|[tx]?ta|t|lt|ow_temp)([^a-z]|$)|"
    r"airtc|°\s*[cf]|℃|℉|deg_?[cfk]\b",
    re.IGNORECASE,
)
DEW = re.compile(r"dew|dwp|taupunkt|ros[ée]e|roc[ií]o|rugiada|orvalho", re.IGNORECASE)
OTHER = re.compile(
    r"rosy|rosn|δρόσου|露点|maks|最高|最低|地表|地面|体感|odczuw|grunt|"
    rf"{DEW.pattern}|dpt|daggpunkt|dauwpunt|dugpunkt|kastepist|росы|wet.?bulb|[uú]mido|feucht|humid|rhum|"
    r"feels?|felt|apparent|gefühlt|ressenti|heat|"
    r"chill|index|wtmp|wind|soil|boden|ground|grass|sol\b|(?<![a-z])sea(?!mless|son)|water|wasser|surface|skin|"
    r"indoor|inside|\bin(ner|nen|terior)|binnen|\bin[ _]?temp|interieur|room|cpu|chip|"
    r"max|min(?!ut)|high|\bhi\b|\blow\b|flag|quality|qualit|\bqc?\b|qn_|attributes|source|normal|uncert|code|mean_?dev|std|count|"
    r"press|radiation|depart|trend|change|5\s?cm|10\s?cm|20\s?cm|5m\b|10m\b|80m|120m|180m|(?<!h)pa\b|station|percent|%",
    re.IGNORECASE,
)
NO_WARMTH = re.compile(  # the name of one column, where none is named a temperature
    r"(?<![a-z])(rain(fall)?|precip\w*|niederschlag\w*|regen(menge)?|pluie|lluvia|pioggia|snow(fall|depth)?|schnee(höhe)?|neige|"
    r"cloud[ _]?cover|wolken|visib\w*|solar\w*|power|energ\w+|volt(age|s)?|batter\w+|watts?|(wind[ _]?)?speed|gusts?|flow|level|"
    r"co2|pm_?\d\w*|uv|lux|noise|[km]?wh?)(?![a-z])|[ ([_](mm|cm|ppm|ppb|w/m|m/s|km/h|mph|kn|v|mv|lx|db|µg)(?![a-z])",
    re.IGNORECASE,
)
ANY_QUANTITY = ("state", "value", "_value", "wert", "messwert", "valeur", "valor", "valore")
AIR = re.compile(
    r"air|luft|lufttemp|2\s?_?m|dry.?bulb|(?<![a-z])out|outdoor|aussen|außen|ext|temperature_?c\b|°\s*c|℃|celsius|tt_|_c$",
    re.IGNORECASE,
)
HUMIDITY = re.compile(r"humid|feucht|rhum|relh|^rh\b|humedad|umid", re.IGNORECASE)
INDOORS = re.compile(r"indoor|inside|\bin(ner|nen|terior)|\bin_", re.IGNORECASE)
PRESSURE = re.compile(r"press|baro|altim|qnh|qff|luftdruck|\bmslp?\b", re.IGNORECASE)
WHEN = re.compile(
    r"time|date|datum|zeit|fecha|hora|heure|data\b|\btid|tijd|aika|valid|when|observed|年月日|日時|時刻|aaaammjj|yyyymmdd|timestamp|"
    r"čas|godz|saat|tarih|ημερομην|ώρα|время|дата|idő|日期|时间|時間|일시|날짜|last_changed|^dh_|yyyy|epoch|unix|\bdt\b|^ts$|\bwhen|klo",
    re.IGNORECASE,
)
CLOCK = re.compile(
    r"time|zeit|hora|hour|heure|stunde|^h+(24)?$|uur|ti(js?)?d|aika|klo|^hr$|čas|godz|saat|ώρα|время|час|idő|時|时|시각|"
    r"^ora\b|orario|hodina|tunti|klock|^kl\b|vrijeme|vreme\b|laiks?\b|kell|waktu|^jam\b",
    re.IGNORECASE,
)
NOT_WHEN = re.compile(
    r"sunrise|sunset|update|modified|created|version|valid_?to|received|ingest|insert|issue|reference|last_updated", re.IGNORECASE
)
WORLD = re.compile(r"(utc|gmt)(?! ?[+-])|\bz\b|zulu", re.IGNORECASE)
PARTS = {
    "year": r"year month day hour minutes in yyyy|year|yr|yyyy|yy|jahr|a[nñ]o|anno|année|vuosi|år|jaar|rok|yıl|έτος|год|év|年",
    "month": r"month|mon|mo|mm|monat|mes|mese|mois|kuukausi|kk|maand|måned|miesiąc|měsíc|mês|ay|μήνας|месяц|hónap|月|m",
    "day": r"day|dy|dd|tag|d[ií]a|giorno|jour|päivä|pv|dag|dzień|den|gün|ημέρα|день|число|nap|日|d",
    "hour": r"hour|hours|hr|hh|hh24|stunde|hora|ora|heure|tunti|uur|godzina|hodina|saat|ώρα|час|óra|h|時|时|aika.*|klo|time.*",
    "minute": r"mi format in .*|minute|minutes|min|mi|mn|minuto|minuutti|分",
}
PLACE = re.compile(
    r"(station|stn|stn_?id|stations?_?id|station.?(name|number|code|abbr|id)|name|origin|site|location(_id)?|entity_id|device(_id)?|sensor"
    r"|icao|wban|usaf|num_poste|city|estación|naam|navn|ort|place|id)",
    re.IGNORECASE,
)
MISSING = {
    "", "-", "--", "---", "----", ".", "..", "/", "//", "///", "m", "na", "n/a", "#n/a", "<na>", "nan", "null", "none", "nil",
    "mq", "missing", "unavailable", "unknown", "x", "*", "?", "nd", "n.d.", "n/d", "n.a.", "not available", "s/d", "sin datos",
    "kein wert", "vvv", "\\n", "#value!", "#wert!", "#valeur!", "#nv", "#n/d", "-nan", "trace",
}  # fmt: skip
FILLERS = {
    9999.0,
    999.9,
    999.0,
    9999.9,
    99999.0,
    32767.0,
    32768.0,
    99.9,
    99.0,
    999.99,
    99.99,
    88.8,
    888.8,
    7999.0,
    6999.0,
    9999.99,
}
NUMBER = re.compile(r"([+\-−–]?)(\d+(?:[.,]\d*)?|[.,]\d+)(?:e([+-]?\d+))?\s*(°?\s*[cfk]|[℃℉]|[a-z*#]{1,2})?", re.IGNORECASE)
DEGREES = r"(°|º|deg\.?|degrees?|grad|[([_ /,.\]-]|Â°|\?)\s*_?"
UNIT = {
    "C": re.compile(rf"℃|celsius|{DEGREES}c([)\]\s_,.;/]|$)|tmpc|airtc|temp(erature)?_?c$", re.IGNORECASE),
    "F": re.compile(rf"℉|fahrenheit|{DEGREES}f([)\]\s_,.;/]|$)|tmpf|fahr?enheit|farenheit|temp(erature)?_?f$", re.IGNORECASE),
    "K": re.compile(rf"kelvin|{DEGREES}k([)\]\s_,.;/]|$)|temp_?k$", re.IGNORECASE),
}
SPELT = re.compile(r"(?:wmounit:)?(?:°|º|deg(?:ree)?s?[_ .]?)? ?(c|f|k|celsius|fahrenheit|kelvins?)|[℃℉]", re.IGNORECASE)
UNITS = re.compile(r"unit|einheit|unidad|unité|unità|uom|yksik|enhe[td]|eenheid|単位", re.IGNORECASE)
SHORT_DATE = re.compile(r"(\d\d)([-/.])(\d\d)\2(\d\d)(?!\d)")
TENTHS = re.compile(r"(0[.,]1|tenths?|1/10|zehntel)\D{0,12}(°|deg|c\b|grad)|dixi[eè]me", re.IGNORECASE)
AMERICAN, METRIC = re.compile(r"\bmph\b|inhg|°f|\(in\)|℉", re.IGNORECASE), re.compile(r"km/h|hpa|\bmm\b|m/s|mbar", re.IGNORECASE)
WEEWX = {"1": "F", "16": "C", "17": "C"}  # the numbers of systems of units in its column usUnits
WORDS = {"C": "degrees Celsius", "F": "degrees Fahrenheit", "K": "kelvins", "0.1C": "tenths of a degree Celsius"}
COLDEST, WARMEST = -90.0, 58.0  # of any weather, in degrees Celsius
JUMP = 8.0  # degrees Celsius away from the middle of what was measured around it
NEAR = timedelta(hours=3, minutes=5)


# the encodings of files, and words that a file in this encoding has
ENCODINGS = {
    "utf-8-sig": "",
    "shift_jis": "気温|年月日",
    "gb18030": "气温|温度|时间|日期",
    "big5": "氣溫|溫度|時間|日期",
    "cp949": "기온|온도|일시|날짜",
    "cp1250": "miesiąc|dzień|godzin|čas|měsíc|hőm|idő",
    "cp1251": "температ|время|дата",
    "cp1253": "θερμοκρ|ημερομην",
    "cp1254": "sıcakl",
    "cp1252": "",
}


def is_other(name: str) -> bool:
    """True if a name is of another temperature than that of the air outdoors, or of none."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)  # tempLow
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))  # Mínima
    return any(OTHER.search(text) for text in (name, words, plain))


def is_warmth(name: str) -> bool:
    return bool(WARMTH.search(name)) and not is_other(re.sub(r"2\s?_?m\b", "", name))


def celsius(value: float, unit: str) -> float:
    """Degrees Celsius of a value in a unit."""
    if unit == "F":
        return (value - 32) / 1.8
    return value - 273.15 if unit == "K" else value / 10 if unit == "0.1C" else value


# -- observations -----------------------------------------------------------------------------------------------------


class Observation(NamedTuple):
    line: int
    time: datetime
    """The clock's time, without a zone."""
    celsius: float


class LeftOut(NamedTuple):
    line: int
    time: datetime | None
    why: str
    fatal: bool = False
    """The day that it stands on cannot be used: it may be anything."""


@dataclass
class Options:
    """The answers of the person to questions that the file leaves open."""

    time: str | None = None
    temperature: str | None = None
    unit: str | None = None
    station: str | None = None
    dates: str | None = None
    zone: tzinfo | None = None


@dataclass
class WeatherFile:
    """The observations of a file in the order of their times, what was taken for what, and what was left out."""

    path: Path
    taken: str
    observations: list[Observation]
    left_out: list[LeftOut]
    columns: tuple[str, str]
    last_line: int
    notes: list[str] = field(default_factory=list)


class Line(NamedTuple):
    number: int
    cells: list[str]


# -- the text ---------------------------------------------------------------------------------------------------------


def text_of(path: Path) -> str:
    """The file's text, whichever of the usual encodings it has."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}.") from None
    for kind, start in (
        ("an Excel workbook or a zip archive", b"PK\x03\x04"),
        ("an old Excel workbook", b"\xd0\xcf\x11\xe0"),
        ("gzipped", b"\x1f\x8b"),
    ):
        if raw.startswith(start):
            raise UserError(f"{path}: this is {kind}, not a CSV text file. Save the table as CSV, or unpack it.")
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    if raw[1:400:2].count(0) > 0.8 * len(raw[1:400:2]) > 0 == raw[:400:2].count(0):
        return raw.decode("utf-16-le", "replace")
    if b"\x00" in raw:
        raise UserError(f"{path}: this is not a CSV text file (it has NUL bytes).")
    if raw.lstrip()[:1] in (b"{", b"<") or raw.lstrip()[:2] == b"[{":
        raise UserError(f"{path}: this is JSON, XML or a web page, not a CSV text file. Ask the service for CSV.")
    for encoding, words in ENCODINGS.items():
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if re.search(words, text, re.IGNORECASE):
            return text
    return raw.decode("latin-1")


def tables(text: str) -> Iterator[tuple[str, list[Line]]]:
    """The text split at each delimiter that it might have: the delimiter and the lines, without empty ones."""
    numbered = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    sample = [line for _, line in numbered[:400]]
    for delimiter in sorted(",;\t|", key=lambda d: -statistics.median([line.count(d) for line in sample] or [0])):
        if any(delimiter in line for line in sample):
            yield delimiter, split_lines(numbered, delimiter)
    if sample and statistics.median(len(line.split()) for line in sample) >= 2:
        yield " ", [Line(number, line.lstrip("# ").split()) for number, line in numbered]


def split_lines(numbered: list[tuple[int, str]], delimiter: str) -> list[Line]:
    """The cells of each line; a quoted cell may hold the delimiter."""
    lines = []
    for number, line in numbered:
        line = line.lstrip("\ufeff")
        if line.startswith("#"):
            line = line.lstrip("# ")
        if '"' in line:
            cells = next(csv.reader(io.StringIO(line), delimiter=delimiter, skipinitialspace=True), [])
        else:
            cells = line.split(delimiter)
        lines.append(Line(number, [cell.strip() for cell in cells]))
    return lines


def number_in(cell: str) -> tuple[float, str | None] | None:
    """The number in a cell and the unit or mark behind it; None if it is missing; a ValueError for other text."""
    if cell.lower() in MISSING:
        return None
    if (report := re.fullmatch(r"([+-]\d{4}),(\d|[A-Z])", cell)) is not None:  # tenths and a mark of quality, as in NOAA's ISD
        return (int(report[1]) / 10 if abs(int(report[1])) != 9999 else 9999.0), None
    found = NUMBER.fullmatch(cell)
    if found is None:
        raise ValueError
    value = float(found[2].replace(",", ".")) * 10 ** int(found[3] or 0) * (-1 if found[1] in ("-", "−", "–") else 1)
    return value, found[4]


def is_number(cell: str) -> bool:
    try:
        return number_in(cell) is not None
    except ValueError:
        return False


# -- which columns ----------------------------------------------------------------------------------------------------


@dataclass
class Layout:
    """Where the time and the temperature stand: the columns of a table by their places."""

    names: list[str]
    first: int  # place of the first line below the names
    when: dict[str, int]  # "moment"; or "date" and "clock"; or "year", "month", "day", "hour", "minute"; "half" of the day
    warmth: int
    named: bool  # both found by name
    above: list[Line]

    def moment(self, cells: Sequence[str]) -> moments.Moment | None:
        """The date and time in a line, or None."""

        def cell(part: str) -> str:
            text = cells[self.when[part]] if self.when[part] < len(cells) else ""
            return f"{text} {cell('half')}" if part in ("moment", "clock") and "half" in self.when else text

        if "moment" in self.when:
            return moments.split(cell("moment"))
        clock = moments.clock(cell("clock")) if "clock" in self.when else None
        if "date" in self.when:
            found = moments.split(cell("date"))
            if found is None or clock is None or found.numbers is None:
                return None
            return moments.Moment(found.numbers, found.swapped, clock.clock, clock.next_day, clock.zone or found.zone)
        if not (cell("year").removesuffix(".0").isdecimal() and cell("month").removesuffix(".0").isdecimal() and clock):
            return None
        year, month, day = (int(float(cell(part) or 0)) for part in ("year", "month", "day"))
        at = clock.clock
        if "minute" in self.when and at is not None and cell("minute").removesuffix(".0").isdecimal():
            at = at.replace(minute=int(float(cell("minute"))) % 60)
        return moments.Moment((year + (2000 if year < 100 else 0), month, day), False, at, clock.next_day, clock.zone)


def found_column(wanted: str, names: list[str]) -> int | None:
    """The place of a column by name, by a part of it that only one has, or by its number from 1."""
    for matches in (
        [k for k, name in enumerate(names) if name == wanted],
        [k for k, name in enumerate(names) if name.lower() == wanted.lower()],
        [k for k, name in enumerate(names) if wanted.lower() in name.lower() and not wanted.isdecimal()],
    ):
        if len(matches) == 1:
            return matches[0]
    return int(wanted) - 1 if wanted.isdecimal() and 1 <= int(wanted) <= len(names) else None


def share(lines: Sequence[Line], place: int, test) -> float:
    """The share of the lines whose cell at a place passes the test, of those where it is not missing."""
    cells = [line.cells[place] for line in lines if place < len(line.cells) and line.cells[place].lower() not in MISSING]
    return sum(1 for cell in cells if test(cell)) / len(cells) if cells else 0.0


def when_columns(names: list[str], lines: Sequence[Line], wanted: str | None) -> tuple[dict[str, int], bool] | None:
    """The columns of the time, and whether one has a name that says so."""

    def with_time(cell: str) -> bool:
        found = moments.split(cell)
        return found is not None and found.numbers is not None and found.clock is not None

    def date_alone(cell: str) -> bool:
        found = moments.split(cell)
        return (
            found is not None
            and found.numbers is not None
            and (found.clock is None or (found.clock.hour, found.clock.minute) == (0, 0))
        )

    def clock_alone(cell: str) -> bool:
        return not with_time(cell) and moments.clock(cell) is not None

    if wanted is not None:
        places = [found_column(part.strip(), names) for part in wanted.split("+")]
        if None in places:
            return None
        if len(places) == 2:
            return {"date": places[0], "clock": places[1]}, True
        if len(places) > 2:
            return dict(zip(("year", "month", "day", "clock", "minute"), places)), True
        return {"moment": places[0]}, True
    candidates = [
        k
        for k in range(len(names))
        if share(lines, k, lambda cell: with_time(cell) or date_alone(cell)) > 0.8 and plain(names[k], lines, k)
    ]
    candidates.sort(
        key=lambda k: (bool(NOT_WHEN.search(names[k])), not WHEN.search(names[k]), in_utc(names[k], lines, k), k)
    )  # the clock's own time before the world's
    parts = by_parts(names, lines)
    clocks = [k for k in range(len(names)) if k not in candidates and CLOCK.search(names[k])]
    clocks = [k for k in clocks if share(lines, k, clock_alone) > 0.8]
    for k in candidates:
        if share(lines, k, date_alone) < 0.5 or len({line.cells[k] for line in lines if k < len(line.cells)}) == len(lines) > 3:
            if share(lines, k, with_time) > 0.8 and not (parts and in_utc(names[k], lines, k)):
                return {"moment": k}, bool(WHEN.search(names[k]))
        elif clocks:
            return {"date": k, "clock": clocks[0]}, True
    if parts:
        return parts, True
    if candidates and share(lines, candidates[0], with_time) > 0.8:
        return {"moment": candidates[0]}, bool(WHEN.search(names[candidates[0]]))
    return None


def in_utc(name: str, lines: Sequence[Line], place: int) -> bool:
    """True if a column of times is in UTC, by its name or its first time."""
    first = next((moments.split(line.cells[place]) for line in lines if place < len(line.cells)), None)
    return bool(WORLD.search(name)) or (first is not None and first.zone is UTC)


def plain(name: str, lines: Sequence[Line], place: int) -> bool:
    """True if a column of digits alone may be one of times: by its name, or because it changes from line to line."""
    cells = [line.cells[place] for line in lines if place < len(line.cells)]
    return not all(cell.isdecimal() for cell in cells) or bool(WHEN.search(name)) or len(set(cells)) > len(cells) / 2


def by_parts(names: list[str], lines: Sequence[Line]) -> dict[str, int] | None:
    """Columns of year, month, day and hour, and of the minute if there is one."""
    found: dict[str, int] = {}
    for part, pattern in PARTS.items():
        for k, name in enumerate(names):
            words = re.sub(r"[\[(].*", "", name).strip() or name
            if (
                k not in found.values()
                and (re.fullmatch(pattern, words, re.IGNORECASE) or (words == "mm" and k - 1 == found.get("hour")))
                and share(lines, k, lambda c: moments.clock(c) is not None or c.isdecimal()) > 0.8
            ):
                found[part] = k
                break
    if not {"year", "month", "day", "hour"} <= found.keys():
        return None
    return {("clock" if part == "hour" else part): k for part, k in found.items()}


def warmth_column(names: list[str], lines: Sequence[Line], when: dict[str, int], wanted: str | None) -> tuple[int, bool] | None:
    """The column of the temperature, and whether its name says so; a UserError if several may be it."""
    if wanted is not None:
        place = found_column(wanted, names)
        return None if place is None else (place, True)
    free = [k for k in range(len(names)) if k not in when.values()]
    numeric = [k for k in free if share(lines, k, is_number) > 0.5]
    some = [k for k in free if share(lines, k, is_number) > 0.2 or not share(lines, k, bool)]  # or nothing but missing values
    named = [k for k in some if is_warmth(names[k])]
    if not named:
        named = [k for k in numeric if names[k].lower() in ANY_QUANTITY]
    if not named:
        numeric = [
            k for k in numeric if not is_other(names[k]) and not PLACE.fullmatch(names[k]) and not NO_WARMTH.search(names[k])
        ]
        return (numeric[0], False) if len(numeric) == 1 else None
    ranked = sorted(named, key=lambda k: (not AIR.search(names[k]), k))
    best = [k for k in ranked if bool(AIR.search(names[k])) == bool(AIR.search(names[ranked[0]]))]
    if len(best) > 1:
        exact = [k for k in best if re.fullmatch(r"(air_?)?(temp(erature)?|t|tt)\b.{0,8}", names[k], re.IGNORECASE)]
        best = exact or best
        stems = {k: re.sub(r"[^a-z]*(celsius|fahrenheit|farenheit|[cfk])?[^a-z]*$", "", names[k].lower()) for k in best}
        same = [k for k in best if stems[k] == stems[best[0]]]
        in_celsius = [k for k in same if UNIT["C"].search(names[k])]
        if len({names[k] for k in best}) == 1:  # as JMA's, whose marks of quality bear the same name
            best = [k for k in best if share(lines, k, lambda cell: len(cell) > 1) > 0.1] or best
        elif len(same) == len(best) and in_celsius:
            best = in_celsius[:1]
    if len(best) > 1 and len({names[k] for k in best}) == 1:
        raise UserError(
            f"columns {' and '.join(str(k + 1) for k in best)} have the same name, {names[best[0]]!r} "
            f"(found: {', '.join(names)}). "
            f"Choose one by its number, such as --temperature {best[0] + 1}."
        )
    if len(best) > 1:
        listed = ", ".join(repr(names[k]) for k in best)
        raise UserError(
            f"several columns may be the temperature: {listed}. Choose one, such as --temperature {names[best[0]]!r}."
        )
    return best[0], True


def layout_of(lines: list[Line], options: Options) -> tuple[Layout | None, str]:
    """The first place where names stand above times and temperatures; else None and what is missing."""
    problem, fallback = "", None
    for i in range(min(len(lines), 400)):
        names = [" ".join(cell.split()) for cell in lines[i].cells]
        if len(names) < 2 or sum(bool(name) for name in names) < 2:
            continue
        below = [line for line in lines[i + 1 : i + 60] if len(line.cells) >= len(names) / 2]
        place = found_column(options.temperature, names) if options.temperature and options.time else None
        given = place is not None and is_number(names[place])  # by numbers of columns
        if is_data(names) or (given and any(is_number(name) for name in names)):
            if fallback is None and not problem:  # there are no names: the data begin
                fallback = named_layout([f"column {k + 1}" for k in range(len(names))], lines, i, below, options)
            if given or all(is_data(line.cells) for line in lines[i : i + 10]):
                break
            continue  # a few numbers above the names, such as the years of a station
        heads_here = [names]
        if i and len(above := lines[i - 1].cells) == len(names) and not has_time(above):
            heads_here.append([f"{a} {b}".strip() for a, b in zip(above, names)])
            if len(set(names)) < len(names):  # the line above tells those of the same name apart
                heads_here.reverse()
        unclear: list[UserError] = []
        for heads in heads_here:
            try:
                found = named_layout(heads, lines, i + 1, below[3:] + below[:3] if len(below) > 6 else below, options)
            except UserError as error:
                unclear.append(error)
                continue
            if found is not None and found.named:
                return found, ""
            fallback = fallback or found
        if unclear and fallback is None:
            raise unclear[0]
        if not problem and any(WHEN.search(name) for name in names) and (below or i == len(lines) - 1):
            problem = str(i)
    return fallback, problem


def has_time(cells: Sequence[str]) -> bool:
    return any((found := moments.split(cell)) is not None and found.numbers is not None for cell in cells)


def is_data(cells: Sequence[str]) -> bool:
    return any(is_number(cell) for cell in cells) and (has_time(cells) or all(is_number(cell) for cell in cells))


def named_layout(names: list[str], lines: list[Line], first: int, sample: list[Line], options: Options) -> Layout | None:
    if not sample:
        return None
    when = when_columns(names, sample, options.time)
    if when is None:
        return None
    half = [k for k in range(len(names)) if share(sample, k, lambda cell: cell.lower().replace(".", "") in ("am", "pm")) == 1]
    if half and half[0] not in when[0].values():
        when[0]["half"] = half[0]  # AM or PM in a column of its own
    warmth = warmth_column(names, sample, when[0], options.temperature)
    if warmth is None:
        return None
    return Layout(names, first, when[0], warmth[0], when[1] and warmth[1], lines[:first])


# -- reading ----------------------------------------------------------------------------------------------------------


def read(path: Path, options: Options | None = None) -> WeatherFile:
    """The temperatures of a file.

    Raises a `UserError` that names the file, the line and the column if it cannot be read, or in two ways.
    """
    options = options or Options()
    text = text_of(path)
    best: tuple[str, list[Line], Layout] | None = None
    problem: tuple[list[Line], str] | None = None
    for delimiter, lines in tables(text):
        try:
            layout, what = layout_of(lines, options)
        except UserError as error:
            raise UserError(f"{path}: {error}") from None
        if layout is not None and (best is None or layout.named > best[2].named):
            best = (delimiter, lines, layout)
        if what and problem is None:
            problem = lines, what
        if layout is not None and layout.named:
            break
    if best is None:
        raise not_found(path, text, problem, options)
    return assembled(path, *best, options)


def not_found(path: Path, text: str, problem: tuple[list[Line], str] | None, options: Options) -> UserError:
    """The error for a file in which no times and temperatures were found: it says what is missing."""
    if not text.strip():
        return UserError(f"{path}, line 1: the file is empty; there is no column 'time'.")
    if problem is None:
        first = text.strip().splitlines()[0][:100]
        return UserError(
            f"{path}, line 1: there is no line with the names of columns, of which one is a time and one a temperature; "
            f"it begins with {first!r}. Name them with --time and --temperature, or write their "
            "numbers from 1, such as --time 1+2 --temperature 3."
        )
    lines, where = problem
    head = lines[int(where)]
    names, below = head.cells, lines[int(where) + 1 :]
    listed = ", ".join(name for name in names if name)
    for option, given in (("time", options.time), ("temperature", options.temperature)):
        for part in (given or "").split("+"):
            if given is not None and found_column(part.strip(), names) is None:
                return UserError(f"{path}, line {head.number}: there is no column {part!r} for --{option} (found: {listed}).")
    time_column = next(k for k, name in enumerate(names) if WHEN.search(name))
    if not below:
        return UserError(f"{path}, line {head.number + 1}, column {names[time_column]!r}: there are no observations.")
    cells = below[0].cells
    if when_columns(names, below, options.time) is None:
        shown = cells[time_column] if time_column < len(cells) else ""
        if moments.clock(shown) is not None and ":" in shown:
            return UserError(
                f"{path}, line {below[0].number}, column {names[time_column]!r}: {shown!r} is a time without a date, and there "
                "is no column of dates. Put one in front, such as 2010-07-15, in each line."
            )
        return UserError(
            f"{path}, line {below[0].number}, column {names[time_column]!r}: {shown!r} is not a date with a time such as "
            "2010-07-15T13:00. Name the column with --time, or two of them: --time date+hour."
        )
    warm = next((k for k, name in enumerate(names) if is_warmth(name) and not WHEN.search(name)), None)
    shown = cells[warm] if warm is not None and warm < len(cells) else ""
    if warm is not None and not is_number(shown):
        return UserError(f"{path}, line {below[0].number}, column {names[warm]!r}: {shown!r} is not a number.")
    return UserError(
        f"{path}, line {head.number}: no column is the temperature by its name (found: {listed}). Name it with --temperature."
    )


def assembled(path: Path, delimiter: str, lines: list[Line], layout: Layout, options: Options) -> WeatherFile:
    """The observations of a table whose columns are known."""
    name, body = layout.names[layout.warmth], lines[layout.first :]
    time_name = "+".join(layout.names[k] for k in layout.when.values())
    body, units_below = without_units(layout, body)
    body, station = of_one_series(path, layout, body, options)
    body = with_centuries(layout, body)
    day_first, order = date_order(path, layout, body, options)
    rows, left_out = cells_of(path, delimiter, layout, body, day_first, name)
    if not rows:
        where = body[0].number if body else lines[-1].number + 1
        raise UserError(f"{path}, line {where}, column {name!r}: there are no observations: no line has a time and a number.")
    rows, said = with_units(path, layout, body, rows, options)
    if said:
        unit, reason = "", f" in {said}"
    else:
        values = [value for _, _, value, _ in rows]
        unit, reason = unit_of(path, name + " " + units_below, layout, values, options, body)
        reason = f" in {WORDS[unit]}{reason}"
    refuse_a_mixture(path, name, rows)
    zones = {when.tzinfo is not None and when.utcoffset() for _, when, _, _ in rows}
    observations = []
    for line, when, value, mark in rows:
        own = mark or unit
        if not own:
            left_out.append(LeftOut(line, when.replace(tzinfo=None), f"{value:g} has no unit, where others have theirs"))
            continue
        if when.tzinfo is not None:
            when = (when.astimezone(options.zone) if options.zone is not None else when).replace(tzinfo=None)
        degrees = celsius(value, own)
        if (abs(value) in FILLERS and not (own == "F" and 0 < value < 100)) or not math.isfinite(value):
            left_out.append(LeftOut(line, when, f"{value:g} stands for a missing value"))
        elif not COLDEST <= degrees <= WARMEST:
            left_out.append(LeftOut(line, when, f"{value:g} ({degrees:.1f} C) is no weather"))
        else:
            observations.append(Observation(line, when, degrees))
    if not observations:
        raise UserError(f"{path}, line {rows[0][0]}, column {name!r}: no value is weather{reason}. Say --unit C, F, K or 0.1C.")
    observations.sort(key=lambda o: (o.time, o.line))
    taken = f"time from {time_name!r}{order}, temperature from {name!r}{reason}{station}"
    notes = zone_notes(layout, zones, options, time_name)
    return WeatherFile(path, taken, observations, left_out, (time_name, name), lines[-1].number, notes)


def without_units(layout: Layout, body: list[Line]) -> tuple[list[Line], str]:
    """The lines without those of units below the names, and the units."""
    units = ""
    while body and layout.moment(body[0].cells) is None and len(body) > 1 and not any(is_number(c) for c in body[0].cells):
        if layout.moment(body[1].cells) is None and len(body) > 4 and all(layout.moment(line.cells) is None for line in body[:5]):
            break
        if layout.warmth < len(body[0].cells):
            units += f" ({body[0].cells[layout.warmth]})"
        body = body[1:]
    return body, units


def of_one_series(path: Path, layout: Layout, body: list[Line], options: Options, chosen: str = "") -> tuple[list[Line], str]:
    """The lines of one station, or of the one quantity that is the temperature, and words for it."""
    several = {}
    for k in series_columns(layout, body):
        found = Counter(line.cells[k] for line in body if k < len(line.cells) and layout.moment(line.cells) is not None)
        several[k] = list(found)
        wanted = [text for text in found if text == options.station]
        if not is_warmth(layout.names[layout.warmth]) and not wanted:
            wanted = [text for text in found if is_warmth(text)]
        if len(wanted) == 1:
            rest = [line for line in body if k < len(line.cells) and line.cells[k] == wanted[0]]
            return of_one_series(path, layout, rest, options, f"{chosen}, of {wanted[0]}")
    if options.temperature is None and layout.names[layout.warmth].lower() in ANY_QUANTITY:
        refuse_another_quantity(path, layout, body)
    for k, texts in several.items():
        listed, name = ", ".join(texts[:8]), layout.names[k]
        if options.station is not None and options.station not in chosen:
            raise UserError(f"{path}, column {name!r}: there is no station {options.station!r}; there are {listed}.")
        raise UserError(f"{path}, column {name!r}: there are several stations or series ({listed}). Choose one with --station.")
    return body, chosen


def refuse_another_quantity(path: Path, layout: Layout, body: list[Line]) -> None:
    """Refuse a column of values that are humidities or the like, by another column that says so."""
    for k, name in enumerate(layout.names):
        of_places = PLACE.fullmatch(name) and not re.match("entity|sensor|device", name, re.IGNORECASE)
        said = {line.cells[k] for line in body if k < len(line.cells)}
        if k != layout.warmth and k not in layout.when.values() and not of_places and len(said) == 1:
            text = said.pop()
            if is_other(text) or NO_WARMTH.search(f" {text}"):
                raise UserError(
                    f"{path}, column {name!r}: by {text!r} the numbers in {layout.names[layout.warmth]!r} are no temperatures of "
                    f"the air outdoors. If they are, write --temperature {layout.names[layout.warmth]}."
                )


def series_columns(layout: Layout, body: list[Line]) -> list[int]:
    """The columns that tell several series apart: by their names, or because most times are there for each of them."""
    moments_of: dict[object, list[Line]] = {}
    for line in body:
        moment = layout.moment(line.cells)
        if moment is not None:
            moments_of.setdefault((moment.numbers, moment.clock, moment.next_day), []).append(line)
    together = [lines for lines in moments_of.values() if len(lines) > 1]
    doubled = sum(len(lines) for lines in together) > len(body) / 2

    def tells_apart(k: int) -> bool:
        cells = {line.cells[k] for lines in moments_of.values() for line in lines if k < len(line.cells)} - {""}
        if k == layout.warmth or k in layout.when.values() or not 2 <= len(cells) <= len(body) / 3:
            return False
        if PLACE.fullmatch(layout.names[k]):
            return True
        return doubled and all(len({line.cells[k] for line in lines if k < len(line.cells)}) == len(lines) for lines in together)

    return [k for k in range(len(layout.names)) if tells_apart(k)]


def with_centuries(layout: Layout, body: list[Line]) -> list[Line]:
    """Dates such as 24-05-01 with the century in front, if the days lie closest together where the first number is the year."""
    place = layout.when.get("moment", layout.when.get("date"))
    if place is None:
        return body
    found = [SHORT_DATE.match(line.cells[place]) for line in body if place < len(line.cells)]
    numbers = [tuple(map(int, match.group(1, 3, 4))) for match in found if match is not None]

    def days(year: int, month: int, day: int) -> int:
        try:
            dates = [date(2000 + number[year], number[month], number[day]) for number in numbers]
        except ValueError:
            return 10**6
        return (max(dates) - min(dates)).days

    if not numbers or days(0, 1, 2) >= min(days(2, 1, 0), days(2, 0, 1)):
        return body
    return [
        Line(number, [f"20{cell}" if k == place and SHORT_DATE.match(cell) else cell for k, cell in enumerate(cells)])
        for number, cells in body
    ]


def date_order(path: Path, layout: Layout, body: list[Line], options: Options) -> tuple[bool, str]:
    """The order of day and month: True if the day comes first, and words for it."""
    place = layout.when.get("moment", layout.when.get("date"))
    if place is None:
        return False, ""
    texts = [line.cells[place] for line in body if place < len(line.cells)]
    if not any((found := moments.split(text)) is not None and found.swapped for text in texts[:50]):
        return False, ""
    day_first, settled = moments.day_comes_first(texts)
    if options.dates is not None:
        day_first = options.dates == "dmy"
    words = " (day before month)" if day_first else " (month before day)"
    return (
        day_first,
        words if settled or options.dates else f"{words[:-1]}; if not so, write --dates {'mdy' if day_first else 'dmy'})",
    )


Row = tuple[int, datetime, float, str | None]


def cells_of(
    path: Path, delimiter: str, layout: Layout, body: list[Line], day_first: bool, name: str
) -> tuple[list[Row], list[LeftOut]]:
    """Line, time, value and mark of each line that has them, and the lines left out."""
    rows: list[Row] = []
    left_out: list[LeftOut] = []
    odd: list[LeftOut] = []
    for number, cells in body:
        moment = layout.moment(cells)
        try:
            when = None if moment is None or moment.numbers is None else moment.at(day_first)
        except ValueError:
            when = None
        if when is None:
            odd.append(LeftOut(number, None, f"{','.join(cells)[:40]!r} has no time"))
            continue
        if len([cell for cell in cells if cell]) > len(layout.names) and delimiter == ",":
            raise UserError(f"{path}, line {number}: there are more fields than columns; is there a decimal comma in {name!r}?")
        cell = cells[layout.warmth] if layout.warmth < len(cells) else ""
        try:
            found = number_in(cell)
        except ValueError:
            left_out.append(LeftOut(number, when.replace(tzinfo=None), f"{cell!r} is not a number", fatal=True))
            continue
        if found is None:
            left_out.append(LeftOut(number, when.replace(tzinfo=None), f"{cell!r}" if cell else "no value"))
        else:
            rows.append((number, when, *found))
    last = rows[-1][0] if rows else 0
    for entry in odd:
        if not rows or entry.line > last or entry.line < rows[0][0] or len(odd) > len(rows) / 20 + 2:
            left_out.append(entry)
        else:
            place = next(iter(layout.when.values()))
            line = next(line for line in body if line.number == entry.line)
            shown = line.cells[place] if place < len(line.cells) else ""
            left_out.append(LeftOut(entry.line, None, f"{shown!r} is not a time"))
    return rows, left_out


def spelt_unit(text: str | None) -> str:
    """C, F or K, if that is what a cell, or the mark behind a number, says; else nothing."""
    found = SPELT.fullmatch((text or "").strip())
    if found is None:
        return ""
    return found[1][0].upper() if found[1] else {"℃": "C", "℉": "F"}[found[0]]


def with_units(path: Path, layout: Layout, body: list[Line], rows: list[Row], options: Options) -> tuple[list[Row], str]:
    """The rows with the unit that each has of its own, behind the number or in a column of units, and words for them.

    A letter behind fewer than half of the numbers may mean anything, and is not taken for a unit.
    """
    own = [spelt_unit(mark) for *_, mark in rows]
    spelt = [k for k in range(len(layout.names)) if k != layout.warmth and k not in layout.when.values()]
    numbers = [k for k in spelt if layout.names[k] == "usUnits"]  # weewx's
    spelt = [k for k in spelt if share(body, k, spelt_unit) == 1 and UNITS.search(layout.names[k])] or numbers
    spelt.sort(key=lambda k: (is_other(layout.names[k]), k < layout.warmth, abs(k - layout.warmth)))
    name = layout.names[layout.warmth]
    if spelt and not any(own):
        cells = {line.number: line.cells[spelt[0]] for line in body if spelt[0] < len(line.cells)}
        own = [WEEWX.get(text, "") if numbers else spelt_unit(text) for text in (cells.get(row[0]) for row in rows)]
    elif 2 * sum(bool(unit) for unit in own) < len(rows):
        own = [""] * len(rows)
    found = sorted(set(own) - {""})
    if not found or options.unit is not None:
        return [(*row[:3], None) for row in rows], ""
    named = next((unit for unit in ("C", "F", "K") if UNIT[unit].search(name)), None)
    if spelt and named is not None and found != [named]:
        words = " and ".join(WORDS[unit] for unit in found)
        raise UserError(
            f"{path}, column {name!r}: by its name it is in {WORDS[named]}, by {layout.names[spelt[0]]!r} in {words}. "
            "Write --unit C, F or K."
        )
    if len(found) == 1:
        return [(*row[:3], found[0]) for row in rows], WORDS[found[0]]
    return [(*row[:3], unit) for row, unit in zip(rows, own)], " or ".join(WORDS[unit] for unit in found) + ", as each line says"


def refuse_a_mixture(path: Path, name: str, rows: list[Row]) -> None:
    """Refuse numbers without units that go on, three lines or more, in Fahrenheit where they were in Celsius before, or back."""
    if any(mark for *_, mark in rows):
        return
    ordered = sorted((when.replace(tzinfo=None), line, value) for line, when, value, _ in rows if abs(value) not in FILLERS)
    steps = list(pairwise(ordered))

    def changes(before: tuple[datetime, int, float], after: tuple[datetime, int, float]) -> bool:
        low, high = sorted((before[2], after[2]))
        return after[0] - before[0] <= NEAR and high - low > 25 and abs(low * 1.8 + 32 - high) <= 6

    found = [k for k, step in enumerate(steps) if changes(*step)]
    around = {k: steps[max(k - 2, 0) : k] + steps[k + 1 : k + 3] for k in found}
    lasting = [k for k in found if len(around[k]) == 4 and all(abs(b[2] - a[2]) <= 15 for a, b in around[k])]
    if lasting or len(found) > max(3, len(steps) / 5):
        (_, first, a), (_, second, b) = steps[(lasting or found)[0]]
        raise UserError(
            f"{path}, lines {first} and {second}, column {name!r}: {a:g} is followed by {b:g}, and so on: Celsius and Fahrenheit "
            "are mixed. Convert one of them, or write the unit behind each number."
        )


def unit_of_pressure(layout: Layout, body: list[Line]) -> str:
    """inHg or hPa, if a column of pressures is in it by its numbers."""
    for k, name in enumerate(layout.names):
        if PRESSURE.search(name):
            cells = [line.cells[k] for line in body[:200] if k < len(line.cells) and is_number(line.cells[k])]
            middle = statistics.median(number_in(cell)[0] for cell in cells) if cells else 0.0
            if 20 < middle < 32 or 600 < middle < 1100:
                return " inHg" if middle < 32 else " hPa"
    return ""


def unit_of_vapour(layout: Layout, body: list[Line]) -> str:
    """C or F, if in it alone the relative humidity follows from temperature and dew point: Magnus' formula, Alduchov 1996."""
    dew = next((k for k, name in enumerate(layout.names) if DEW.search(name)), None)
    damp = next((k for k, name in enumerate(layout.names) if HUMIDITY.search(name) and not INDOORS.search(name)), None)
    places = (layout.warmth, dew, damp)
    if dew is None or damp is None:
        return ""
    rows = [[line.cells[k] for k in places] for line in body[:500] if max(places) < len(line.cells)]
    numbers = [[number_in(cell)[0] for cell in row] for row in rows if all(is_number(cell) for cell in row)]
    numbers = [row for row in numbers if max(map(abs, row)) < 130]

    def error(unit: str) -> float:
        def pressure(value: float) -> float:
            degrees = celsius(value, unit)
            return math.exp(17.625 * degrees / (243.04 + degrees))

        return statistics.median(abs(100 * pressure(row[1]) / pressure(row[0]) - row[2]) for row in numbers)

    if len(numbers) < 6:
        return ""
    right, other = sorted("CF", key=error)
    return right if error(right) < 1.5 and error(other) > 4.5 else ""


def unit_of(path: Path, name: str, layout: Layout, values: list[float], options: Options, body: list[Line]) -> tuple[str, str]:
    """The unit of all numbers, and how it is known: said, by the name, by other columns, or the only one possible."""
    if options.unit is not None:
        return options.unit, " (as given)"
    above = "\n".join(",".join(line.cells) for line in layout.above)
    ordinary = sorted(value for value in values if abs(value) not in FILLERS and abs(value) < 900) or sorted(values)
    if TENTHS.search(name) or (TENTHS.search(above) and all(value == int(value) for value in ordinary)):
        return "0.1C", ""
    for unit in ("C", "F", "K"):
        if UNIT[unit].search(name):
            return unit, ""
    low, high = ordinary[len(ordinary) // 20], ordinary[-1 - len(ordinary) // 20]
    possible = [unit for unit in ("C", "F", "K") if celsius(low, unit) > COLDEST and celsius(high, unit) < WARMEST]
    beside = unit_of_pressure(layout, body)
    said = " ".join(layout.names) + above[:4000] + beside
    if "F" in possible and "HourlyDryBulb" in name and beside != " hPa":  # the second version of these files is metric
        return "F", ""
    if (unit := unit_of_vapour(layout, body)) in possible:
        return unit, " (the file names no unit; temperature, dew point and humidity agree in no other)"
    if "C" in possible and METRIC.search(said) and not AMERICAN.search(said):
        return "C", " (the file names no unit, but others that go with it; if it is another, write --unit F)"
    if "F" in possible and AMERICAN.search(said) and not METRIC.search(said):
        return "F", " (the file names no unit, but others that go with it)"
    if possible == ["F", "K"] or possible == ["K"]:
        return ("K", " (no other unit makes them weather)") if low > 180 else ("F", "")
    if possible == ["F"]:
        return "F", " (no other unit makes them weather)"
    if "C" in possible:
        if low >= 28 or high >= 45:
            raise UserError(
                f"{path}, column {layout.names[layout.warmth]!r}: the file names no unit, and {low:g} to {high:g} may be Celsius "
                "or Fahrenheit. Write --unit C or --unit F."
            )
        return "C", " (the file names no unit; if it is another, write --unit F or K)"
    if all(value == int(value) for value in ordinary) and low / 10 > COLDEST and high / 10 < WARMEST:
        return "0.1C", " (whole numbers that are weather in no other unit)"
    raise UserError(
        f"{path}, column {layout.names[layout.warmth]!r}: {low:g} to {high:g} is weather in no unit; name it with --temperature."
    )


def zone_notes(layout: Layout, zones: set[timedelta | bool | None], options: Options, time_name: str) -> list[str]:
    """Sentences about the clock that the file goes by."""
    away = sorted(zone for zone in zones if isinstance(zone, timedelta))
    if options.zone is not None:
        if not away:
            return [f"--zone: the times in {time_name!r} have no zone of their own; they are taken as they stand."]
        return [f"Times are those of {options.zone}."]
    if away == [timedelta(0)] or (not away and WORLD.search(time_name)):
        return [
            "Times are in UTC, and so are the day and the time asked for; --zone Europe/Berlin or --zone=-8 reads another clock."
        ]
    return ["The clock's distance from UTC changes: times are as the clock showed them."] if len(away) > 1 else []


# -- a day ------------------------------------------------------------------------------------------------------------


@dataclass
class Day:
    """The temperatures of one day, by the hours since its midnight, and remarks on them."""

    date: date
    hours: list[float]
    celsius: list[float]
    notes: list[str]


def jumps(observations: Sequence[Observation], first: int, end: int) -> list[tuple[int, float]]:
    """Those between two places that lie far from the middle of their neighbours on both sides, and how far."""
    found = []
    for i in range(first, end):
        here = observations[i]
        low = high = i
        while low > 0 and here.time - observations[low - 1].time <= NEAR:
            low -= 1
        while high + 1 < len(observations) and observations[high + 1].time - here.time <= NEAR:
            high += 1
        others = [o.celsius for o in observations[low : high + 1]]
        if len(others) >= 4:
            away = here.celsius - statistics.median(others)
            at_end = low == i or high == i  # a front may begin here
            if abs(away) > JUMP * (1.75 if at_end else 1):
                found.append((i, away))
    return found


def day_of(file: WeatherFile, day: date) -> Day:
    """The observations of a day without those that jump; doubles are averaged; a UserError if too few are left."""
    of_day = [i for i, o in enumerate(file.observations) if o.time.date() == day]
    named = f"{file.path}, line"
    for entry in file.left_out:
        if entry.fatal and entry.time is not None and entry.time.date() == day:
            raise UserError(f"{named} {entry.line}, column {file.columns[1]!r}: {entry.why}. Put it right, or leave it empty.")
    if not of_day:
        days = [o.time.date() for o in file.observations]
        raise UserError(
            f"{file.path}, lines 2 to {file.last_line}, column {file.columns[0]!r}: there is no observation on {day}; "
            f"the file has {min(days)} to {max(days)}."
        )
    notes = [f"Line {e.line} left out: {e.why}." for e in file.left_out if e.time is not None and e.time.date() == day]
    notes += [f"Line {e.line} left out: {e.why}." for e in file.left_out if e.time is None][:5]
    jumping = dict(jumps(file.observations, of_day[0], of_day[-1] + 1))
    for i, away in jumping.items():
        o = file.observations[i]
        notes.append(
            f"Line {o.line} left out: {o.celsius:.1f} C at {o.time:%H:%M} is {abs(away):.1f} C from what was measured around it."
        )
    at: dict[float, list[Observation]] = {}
    for i in of_day:
        if i not in jumping:
            o = file.observations[i]
            at.setdefault((o.time - datetime.combine(day, datetime.min.time())).total_seconds() / 3600, []).append(o)
    for several in at.values():
        if len(several) > 1:
            shown = " and ".join(f"{o.celsius:.1f}" for o in several)
            lines = ", ".join(str(o.line) for o in several)
            notes.append(f"{several[0].time:%H:%M} is there {len(several)} times (lines {lines}: {shown} C): averaged.")
    hours = sorted(at)
    if len(hours) < 6:
        last = file.observations[of_day[-1]].line
        raise UserError(
            f"{named} {last}, column {file.columns[0]!r}: {day} has {len(hours)} usable times; at least 6 are needed."
        )
    usual = max(1.05, 1.6 * step_of(hours))
    gaps = [(a, b) for a, b in pairwise([0.0, *hours, 24.0]) if b - a > usual]
    if gaps:
        shown = ", ".join(f"{clock(a)} to {clock(b)}" for a, b in gaps)
        notes.insert(0, f"{len(hours)} times; gaps: {shown}.")
    return Day(day, hours, [statistics.fmean(o.celsius for o in at[hour]) for hour in hours], notes)


def step_of(hours: Sequence[float]) -> float:
    return statistics.median(b - a for a, b in pairwise(hours))


def clock(hour: float) -> str:
    """13.75 as 13:45."""
    minutes = round(hour * 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def first_good_day(file: WeatherFile, earliest: date = date.min) -> date:
    """The first day with a time at least every three hours; without such, the day with the most times."""
    hours: dict[date, list[float]] = {}
    for o in file.observations:
        if o.time.date() >= earliest:
            hours.setdefault(o.time.date(), []).append(o.time.hour + o.time.minute / 60)
    if not hours:
        raise UserError(
            f"{file.path}, line {file.last_line}, column {file.columns[0]!r}: there is no observation from {earliest} on."
        )
    for day, times in sorted(hours.items()):
        if all(b - a <= 3 for a, b in pairwise([-1.0, *times, 24.0])):
            return day
    return max(sorted(hours), key=lambda day: len(set(hours[day])))


def value_at(file: WeatherFile, moment: datetime) -> float | None:
    """The temperature at a time: measured then, or between two that are at most two hours apart."""
    before = [o for o in file.observations if moment - timedelta(hours=2) <= o.time <= moment]
    after = [o for o in file.observations if moment <= o.time <= moment + timedelta(hours=2)]
    if not before or not after:
        return None
    a, b = before[-1], after[0]
    if a.time == b.time:
        return statistics.fmean(o.celsius for o in before if o.time == moment)
    if b.time - a.time > timedelta(hours=2):
        return None
    return a.celsius + (b.celsius - a.celsius) * ((moment - a.time) / (b.time - a.time))
