"""Captions as cues: SRT, WebVTT and ASS, with where they stand, how they look and when words are said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stoat_ferret.edit.refusal import refuse

__all__ = ["Cue", "cues_of"]

MOST = 10_000
"""Cues of one file."""

_SRT_TIMES = re.compile(
    r"^(\d+):([0-5]\d):([0-5]\d)[,.](\d{3})\s*-->\s*(\d+):([0-5]\d):([0-5]\d)[,.](\d{3})(.*)$"
)
_VTT_TIMES = re.compile(
    r"^(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})[ \t]+-->[ \t]+(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})(.*)$"
)
_ASS_TIME = re.compile(r"^\s*(\d+):([0-5]\d):([0-5]\d)\.(\d{2})\s*$")
_MARKS = re.compile(r"(</?[A-Za-z][^<>]*>|<\d[\d:.]*>|\{\\[^{}]*\})")
_OVERRIDES = re.compile(r"(\{[^{}]*\})")
_WORD_TIME = re.compile(r"^<(?:(\d+):)?([0-5]\d):([0-5]\d)\.(\d{3})>$")
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&nbsp;": "\u00a0", "&lrm;": "\u200e", "&rlm;": "\u200f", "&amp;": "&"}
_JOINERS = "\u200c\u200d"
"""Not seen themselves, they say which letters are written as one."""
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
"""Which way letters run: in texts that are written from left to right alone they do nothing."""
_NAMED = {
    "white": "#ffffff",
    "lime": "#00ff00",
    "cyan": "#00ffff",
    "red": "#ff0000",
    "yellow": "#ffff00",
    "magenta": "#ff00ff",
    "blue": "#0000ff",
    "black": "#000000",
}
_PLACES = {
    1: "bottom_left",
    2: "bottom_center",
    3: "bottom_right",
    5: "center",
    7: "top_left",
    8: "top_center",
    9: "top_right",
}
"""Alignments, as the keys of a number pad lie, that positions have names for."""
_NO_TIME = "captions that last no time"
_EXACT = 10.0
"""Percent of the height from an edge within which a line counts as at it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cue:
    """A caption."""

    start: float
    """Seconds from the start of the programme."""
    end: float
    """Seconds."""
    text: str
    """What is shown, without marks."""
    position: Any = None
    """Where it stands, as titles have it; none: where captions usually do."""
    look: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of a title that the file says; lengths are parts of the picture's height."""
    words: tuple[float, ...] = ()
    """When each word is said, in seconds from the start of the programme; empty: the file does not say."""
    left_out: frozenset[str] = frozenset()
    """Names of what the file says besides."""


def cues_of(text: str, kind: str) -> list[Cue]:
    """The captions of a file; refused with the number of the line that is wrong."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    told = list({"srt": _srt, "vtt": _vtt, "ass": _ass}[kind](lines))
    found = [cue for cue in told if cue.text]
    if not found:
        raise refuse("/text", "captions.none", "There is no caption in it.", f"Is this {kind}?")
    if len(found) > MOST:
        raise refuse(
            "/text",
            "captions.too_many",
            f"There are {len(found)} captions.",
            f"At most {MOST} are read at once.",
        )
    # What those say that are not shown is told with the first that is.
    unseen = frozenset(name for cue in told if not cue.text for name in cue.left_out)
    return [replace(found[0], left_out=found[0].left_out | unseen), *found[1:]]


@dataclass(kw_only=True)
class _Marked:
    """A text with marks, while it is read."""

    start: float
    end: float
    parts: list[tuple[float, str]] = field(default_factory=list)
    """Texts, each with the moment from which it is said."""
    timed: bool = False
    until: float | None = None
    """When the syllable ends that was begun last."""
    position: Any = None
    look: dict[str, Any] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)

    def add(self, text: str) -> None:
        """What is said from the moment on that was reached."""
        begun, before = self.parts[-1] if self.parts else (self.start, "")
        self.parts[-1:] = [(begun, before + text)]

    def reach(self, moment: float) -> None:
        """What follows is said from then on."""
        self.timed = True
        if self.parts and self.parts[-1][1].strip() == "":
            self.parts[-1] = (moment, self.parts[-1][1])
        else:
            self.parts.append((moment, ""))

    @property
    def begun(self) -> bool:
        """Whether there was text."""
        return any(text.strip() for _, text in self.parts)

    def cue(self, entities: Mapping[str, str] | None = None) -> Cue:
        """The caption; one that is not shown has no text."""
        if self.end == self.start:
            return Cue(start=self.start, end=self.end, text="", left_out=frozenset({_NO_TIME}))
        parts = [(moment, _read(text, entities or {})) for moment, text in self.parts]
        text = _plain("".join(text for _, text in parts))
        words = _words(parts, self.end) if self.timed else ()
        # What is out of order, or comes before its caption, says nothing.
        sound = list(words) == sorted(words) and all(self.start <= time for time in words)
        return Cue(
            start=self.start,
            end=self.end,
            text=text,
            position=self.position,
            look=self.look,
            words=words if sound and len(words) == len(text.split()) else (),
            left_out=frozenset(self.left_out if sound else {*self.left_out, "times of words out of order"}),
        )


def _read(text: str, entities: Mapping[str, str]) -> str:
    for entity, letter in entities.items():
        text = text.replace(entity, letter)
    leads_left = any(unicodedata.bidirectional(letter) in {"R", "AL"} for letter in text)
    kept = f"\n\t\u00a0{_JOINERS}{_DIRECTIONS if leads_left else ''}"
    return "".join(letter for letter in text if letter in kept or letter.isprintable())


def _words(parts: Sequence[tuple[float, str]], end: float) -> tuple[float, ...]:
    """When each word begins: those of a part share its time by their lengths."""
    found: list[float] = []
    inside = False
    for number, (moment, text) in enumerate(parts):
        following = parts[number + 1][0] if number + 1 < len(parts) else end
        words = list(re.finditer(r"\S+", text))
        letters = sum(len(word[0]) for word in words) or 1
        before = 0
        for word in words:
            if word.start() > 0 or not inside:
                found.append(moment + (following - moment) * before / letters)
            before += len(word[0])
        if text:
            inside = not text[-1].isspace()
    return tuple(found)


def _srt(lines: list[str]) -> Iterator[Cue]:
    for marked, text in _srt_texts(lines):
        _tags(marked, "\n".join(text))
        yield marked.cue()


def _srt_texts(lines: list[str]) -> list[tuple[_Marked, list[str]]]:
    """Captions and the lines of their texts, in which lines may be empty."""
    captions: list[tuple[_Marked, list[str]]] = []
    for number, block in _blocks(lines):
        at = 1 if block[0].strip().isdigit() and len(block) > 1 else 0
        if found := _SRT_TIMES.match(block[at].strip()):
            marked = _between(found, number + at)
            if found[9].strip():
                marked.left_out.add("coordinates")
            captions.append((marked, block[at + 1 :]))
        elif not captions or any("-->" in line for line in block):
            raise _wrong(number + at, "00:00:01,000 --> 00:00:03,500")
        elif len(block) > 1 or not block[0].strip().isdigit():
            captions[-1][1].extend(block)
    return captions


def _vtt(lines: list[str]) -> Iterator[Cue]:
    if not re.match(r"^WEBVTT(?:[ \t].*)?$", lines[0]):
        raise _wrong(1, "WEBVTT")
    sheets: set[str] = set()
    for number, block in _blocks(_headless(lines)):
        kind = block[0].split(" ")[0]
        if kind in {"STYLE", "REGION"}:
            sheets.add(f"{kind} blocks")
        if kind in {"NOTE", "STYLE", "REGION"}:
            continue
        at = next((index for index, line in enumerate(block[:2]) if "-->" in line), None)
        if at is None or not (found := _VTT_TIMES.match(block[at].strip())):
            line = at or 0
            raise _wrong(number + line, "00:01.000 --> 00:03.500")
        marked = _between(found, number + at)
        marked.left_out |= sheets
        _settings(marked, found[9].split())
        _tags(marked, "\n".join(block[at + 1 :]))
        yield marked.cue(_ENTITIES)


def _headless(lines: Sequence[str]) -> list[str]:
    """The lines without the header's, which ends with an empty line, or where a caption begins."""
    ends = (number for number, line in enumerate(lines) if not line.strip() or "-->" in line)
    end = next(ends, len(lines))
    return [""] * end + list(lines[end:])


def _settings(marked: _Marked, settings: Sequence[str]) -> None:
    """Where a cue stands: the nearest place that has a name."""
    given = dict(one.split(":", 1) for one in settings if ":" in one)
    marked.left_out |= {name for name in given if name not in {"line", "align"}}
    line = given.get("line", "").split(",")[0]
    across = {"start": "left", "left": "left", "end": "right", "right": "right"}.get(given.get("align", ""))
    height = "bottom"
    if percent := re.fullmatch(r"(\d+(?:\.\d+)?)%", line):
        share = float(percent[1])
        height = "top" if share < 50 else "bottom"
        if _EXACT < share < 100 - 2 * _EXACT:
            marked.left_out.add("exact lines")
    elif re.fullmatch(r"-?\d+", line):
        height = "bottom" if line.startswith("-") else "top"
        if line not in {"0", "1", "-1", "-2"}:
            marked.left_out.add("exact lines")
    if line or across:
        marked.position = f"{height}_{across or 'center'}"


def _between(found: re.Match[str], line: int) -> _Marked:
    start, end = (_seconds(found.groups(default="0")[i : i + 4]) for i in (0, 4))
    if end < start:
        raise _wrong(line, "an end after the start")
    return _Marked(start=start, end=end)


def _tags(marked: _Marked, raw: str) -> None:
    """A text of SRT or WebVTT: what its tags say of all of it is kept."""
    pieces = _MARKS.split(raw)
    whole = [index for index, piece in enumerate(pieces) if index % 2 == 0 and piece.strip()]
    for index, piece in enumerate(pieces):
        if index % 2 == 0:
            marked.add(piece)
        elif piece.startswith("{"):
            _overrides(marked, piece, (1.0, 1.0))
        elif time := _WORD_TIME.match(piece):
            marked.reach(_seconds(time.groups(default="0")))
        elif piece.startswith("<") and piece[1].isdigit():
            marked.left_out.add("times of words that cannot be read")
        elif not piece.startswith("</") and piece != "<c>":
            name = re.split(r"[\s.>]", piece[1:])[0].lower()
            closing = [at for at, one in enumerate(pieces) if at % 2 and one.lower() == f"</{name}>"]
            around = bool(whole) and index < whole[0] and bool(closing) and closing[0] > whole[-1]
            color = _tag_color(name, piece) if around else None
            if color is None:
                marked.left_out.add(f"<{name}>")
            else:
                marked.look["fontcolor"] = color


def _tag_color(name: str, tag: str) -> str | None:
    """The colour that a tag gives, if it does nothing else."""
    if name == "font":
        found = re.fullmatch(r"<font\s+color\s*=\s*[\"']?(#[0-9a-f]{6}|[a-z]+)[\"']?\s*>", tag.lower())
        given = found[1] if found else ""
    else:
        given = tag[3:-1].strip().lower() if name == "c" else ""
    return given if given.startswith("#") else _NAMED.get(given)


def _plain(text: str) -> str:
    return "\n".join(line.strip() for line in text.strip().split("\n"))


def _seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    return whole + int(fraction) / float(10 ** len(fraction))


def _blocks(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Lines that stand together, with the number of the first."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), block
            block = []


def _ass(lines: list[str]) -> Iterator[Cue]:
    columns = ["layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text"]
    kinds: list[str] = []
    styles: dict[str, dict[str, str]] = {}
    size = {"playresx": 384.0, "playresy": 288.0}
    section = ""
    older: frozenset[str] = frozenset()
    for number, line in enumerate(lines, start=1):
        name, _, rest = line.partition(":")
        if line.startswith("["):
            section = line.strip().lower()
        elif section == "[script info]" and name.strip().lower() in size:
            size[name.strip().lower()] = _number(rest) or size[name.strip().lower()]
        elif section == "[v4+ styles]" and name == "Format":
            kinds = [one.strip().lower() for one in rest.split(",")]
        elif section == "[v4+ styles]" and name == "Style":
            style = dict(zip(kinds, (one.strip() for one in rest.split(",")), strict=False))
            styles[style.get("name", "")] = style
        elif section == "[v4 styles]" and name == "Style":
            older = frozenset({"styles of SSA"})
        elif section == "[events]" and name == "Format":
            columns = [one.strip().lower() for one in rest.split(",")]
        elif section == "[events]" and name == "Dialogue":
            values = rest.split(",", len(columns) - 1)
            fields = dict(zip(columns, values, strict=False))
            cue = _dialogue(fields, number, styles, (size["playresx"], size["playresy"]))
            yield replace(cue, left_out=cue.left_out | older)


def _dialogue(
    fields: Mapping[str, str],
    number: int,
    styles: Mapping[str, Mapping[str, str]],
    size: tuple[float, float],
) -> Cue:
    times = [_ASS_TIME.match(fields.get(name, "")) for name in ("start", "end")]
    start, end = (_seconds(found.groups()) if found else None for found in times)
    if start is None or end is None or end < start or "text" not in fields:
        raise _wrong(number, "Dialogue: 0,0:00:01.00,0:00:03.50,Default,,0,0,0,,Words")
    marked = _Marked(start=start, end=end)
    # As players do: a style that the file lacks is its default one.
    named = fields.get("style", "").strip().lstrip("*")
    _style(marked, styles.get(named, styles.get("Default", {})), size[1])
    if fields.get("effect", "").strip():
        marked.left_out.add("effects")
    drawing = False
    for index, piece in enumerate(_OVERRIDES.split(fields["text"])):
        if index % 2 == 1:
            _overrides(marked, piece, size)
            for scale in re.findall(r"\\p(\d+)", piece):
                drawing = int(scale) > 0
        elif not drawing:
            marked.add(piece.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " "))
    return marked.cue()


def _style(marked: _Marked, style: Mapping[str, str], height: float) -> None:
    """What a style of ASS says that titles have as well."""
    look = marked.look
    for name, param in (("primarycolour", "fontcolor"), ("outlinecolour", "border_color")):
        if (color := _ass_color(style.get(name, ""))) is not None:
            look[param] = color
    for name, param in (("fontsize", "fontsize"), ("outline", "border_width"), ("marginv", "margin")):
        if (number := _number(style.get(name, ""))) is not None:
            look[param] = number / height
    if style.get("borderstyle") == "3":
        look["box"] = True
        look["box_color"] = look.pop("border_color", "#000000")
        look["box_padding"] = look.pop("border_width", 0.0)
    if (place := _number(style.get("alignment", ""))) is not None:
        _align(marked, int(place))
    if font := style.get("fontname"):
        marked.left_out.add(f"font {font}")
    for name in ("bold", "italic", "underline", "strikeout"):
        if style.get(name, "0") != "0":
            marked.left_out.add(name)
    for name, usual in (("shadow", 0), ("spacing", 0), ("angle", 0), ("scalex", 100), ("scaley", 100)):
        if (_number(style.get(name, "")) or usual) != usual:
            marked.left_out.add(name)


def _align(marked: _Marked, place: int) -> None:
    if place in _PLACES:
        marked.position = _PLACES[place]
    else:
        marked.left_out.add(f"\\an{place}")


def _overrides(marked: _Marked, block: str, size: tuple[float, float]) -> None:
    """The tags of a block; what stands in braces and is none is a comment."""
    for name, given in re.findall(r"\\(\d?[A-Za-z]+)(\([^()]*\)|[^\\{}]*)", block):
        value = given.strip("() ")
        # Names and values are written together: what is a number begins the value.
        color = _ass_color(value) if name in {"c", "1c"} else None
        if name in {"k", "K", "kf", "ko"} and (length := _number(value)) is not None:
            _syllable(marked, length / 100)
        elif name == "an" and value.isdigit():
            _align(marked, int(value))
        elif color is not None and not marked.begun:
            marked.look["fontcolor"] = color
        elif name == "pos" and (place := _place(value, size)) is not None and marked.position == "center":
            marked.position = place
        else:
            marked.left_out.add(f"\\{name}")


def _syllable(marked: _Marked, length: float) -> None:
    """What follows is said for so long; syllables follow one another."""
    begin = marked.start if marked.until is None else marked.until
    marked.reach(begin)
    marked.until = begin + length


def _place(value: str, size: tuple[float, float]) -> dict[str, float] | None:
    numbers = [_number(one) for one in value.split(",")]
    if len(numbers) != 2 or numbers[0] is None or numbers[1] is None or size == (1.0, 1.0):
        return None
    x, y = numbers[0] / size[0], numbers[1] / size[1]
    return {"x": x, "y": y} if -1 <= x <= 2 and -1 <= y <= 2 else None


def _ass_color(text: str) -> str | None:
    """A colour of ASS, `&HAABBGGRR`, whose alpha says what it lets through."""
    found = re.fullmatch(r"&?H?([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})&?", text.strip())
    if not found:
        return None
    digits = found[1].lower().rjust(8, "0")
    through, blue, green, red = (digits[at : at + 2] for at in (0, 2, 4, 6))
    covers = 255 - int(through, 16)
    return f"#{red}{green}{blue}" + ("" if covers == 255 else f"{covers:02x}")


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if abs(number) < 1e6 else None


def _wrong(number: int, expected: str) -> Exception:
    # What stands there is not told: it may come from a file that the client cannot read itself.
    return refuse(
        "/text",
        "captions.invalid",
        f"Line {number} cannot be read.",
        f"It should look like: {expected}",
    )
