"""What the parameter sets of H.264 say, and which packets a decoder can begin with.

Shapes are those of ITU-T H.264, 7.3.2.1 and 7.3.2.2, and of ISO/IEC 14496-15 for the box `avcC`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Configuration", "Parameters", "configuration", "is_whole", "merged"]

IDR = 5
SLICES = frozenset((1, 2, 3, 4, 5))
SETS = frozenset((7, 8))

_WITH_CHROMA = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))
_LENGTH_BYTES = 4
_MOST_SETS = 31
_LARGEST_SET = 4096
_LONGEST_CYCLE = 255


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The content of a box `avcC`."""

    head: bytes
    """Version, profile, compatibility and level."""
    length_bytes: int
    """Bytes of the length before each unit."""
    sequence: tuple[bytes, ...]
    """Sequence parameter sets."""
    picture: tuple[bytes, ...]
    """Picture parameter sets."""
    tail: bytes
    """What follows in high profiles."""

    @property
    def is_full(self) -> bool:
        """Whether there is no room for a further set."""
        return max(len(self.sequence), len(self.picture)) >= _MOST_SETS

    @property
    def ids(self) -> tuple[int, ...]:
        """Numbers that its sets go by, each once."""
        used = {Parameters.of(one).number for one in self.sequence}
        used |= {_Bits(one[1:]).unsigned() for one in self.picture}
        return tuple(sorted(used))

    def box(self) -> bytes:
        """It as the content of a box."""
        parts = [self.head, bytes((0xFC | (self.length_bytes - 1), 0xE0 | len(self.sequence)))]
        parts += [len(one).to_bytes(2, "big") + one for one in self.sequence]
        parts.append(bytes((len(self.picture),)))
        parts += [len(one).to_bytes(2, "big") + one for one in self.picture]
        return b"".join((*parts, self.tail))


def configuration(content: bytes | memoryview) -> Configuration:
    """Read the content of a box `avcC`; raises `ValueError`."""
    data = bytes(content)
    if len(data) < 7 or data[0] != 1:
        raise ValueError("no H.264 configuration")
    sequence, at = _sets(data, 6, data[5] & 0x1F)
    picture, at = _sets(data, at + 1, data[at] if at < len(data) else 0)
    return Configuration(
        head=data[:4],
        length_bytes=(data[4] & 3) + 1,
        sequence=tuple(sequence),
        picture=tuple(picture),
        tail=data[at:],
    )


def merged(all_of: Sequence[Configuration]) -> Configuration:
    """One configuration for packets of all of them.

    Raises `ValueError` where two of them call different sets by the same number, or differ in more.
    """
    first = all_of[0]
    if any(one.length_bytes != _LENGTH_BYTES for one in all_of):
        raise ValueError("lengths of another size")
    sequence = _each_once([(Parameters.of(one).number, one) for other in all_of for one in other.sequence])
    picture = _each_once([(_Bits(one[1:]).unsigned(), one) for other in all_of for one in other.picture])
    level = max(one.head[3] for one in all_of)
    # The constraints that all of them keep.
    compatible = first.head[2]
    for one in all_of:
        compatible &= one.head[2]
    profile = max(one.head[1] for one in all_of)
    return Configuration(
        head=bytes((1, profile, compatible, level)),
        length_bytes=_LENGTH_BYTES,
        sequence=tuple(sequence),
        picture=tuple(picture),
        tail=next((one.tail for one in all_of if one.head[1] == profile), b""),
    )


def _each_once(numbered: Sequence[tuple[int, bytes]]) -> list[bytes]:
    known: dict[int, bytes] = {}
    for number, content in numbered:
        if known.setdefault(number, content) != content:
            raise ValueError(f"two different parameter sets of number {number}")
    if len(known) > _MOST_SETS:
        raise ValueError("too many parameter sets")
    return list(known.values())


def _sets(data: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    found = []
    for _ in range(count):
        size = int.from_bytes(data[at : at + 2], "big")
        one = data[at + 2 : at + 2 + size]
        if not one or len(one) != size or size > _LARGEST_SET:
            raise ValueError("a configuration that is cut off")
        found.append(one)
        at += 2 + size
    return found, at


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """What a sequence parameter set says."""

    number: int
    profile: int
    """As the standard numbers them: 66 is baseline, 77 main, 100 high."""
    progressive: bool
    """No frame consists of two fields."""

    @classmethod
    def of(cls, unit: bytes) -> Parameters:
        """Read one with its head; raises `ValueError`."""
        if len(unit) < 4 or unit[0] & 0x1F != 7:
            raise ValueError("no sequence parameter set")
        profile = unit[1]
        bits = _Bits(unit[4:])
        number = bits.unsigned()
        if profile in _WITH_CHROMA:
            bits.colours()
        bits.unsigned()
        bits.order()
        bits.unsigned()
        bits.skip(1)
        for _ in range(2):
            bits.unsigned()
        return cls(
            number=number,
            profile=profile,
            progressive=bits.bit() == 1,
        )


class _Bits:
    """Reads the bits of a unit."""

    def __init__(self, content: bytes) -> None:
        plain = content.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(plain, "big")
        self._left = 8 * len(plain)

    def bit(self) -> int:
        """The next one."""
        if not self._left:
            raise ValueError("a unit that is cut off")
        self._left -= 1
        return self._value >> self._left & 1

    def skip(self, count: int) -> None:
        """Pass over some."""
        for _ in range(count):
            self.bit()

    def unsigned(self) -> int:
        """A whole number by Exp-Golomb."""
        zeros = 0
        while not self.bit():
            zeros += 1
            if zeros > 32:
                raise ValueError("a number that is too large")
        value = 1
        for _ in range(zeros):
            value = value << 1 | self.bit()
        return value - 1

    def signed(self) -> int:
        """A whole number with its sign."""
        value = self.unsigned()
        return (value + 1) // 2 if value & 1 else -(value // 2)

    def colours(self) -> None:
        """Pass over how pictures are coded; raises `ValueError` where that is not 8-bit 4:2:0."""
        if (self.unsigned(), self.unsigned(), self.unsigned()) != (1, 0, 0):
            raise ValueError("its colours are not coded as 8-bit 4:2:0")
        self.skip(1)
        if self.bit():
            for index in range(8):
                if self.bit():
                    self.scaling_list(16 if index < 6 else 64)

    def order(self) -> None:
        """Pass over how pictures are counted."""
        how = self.unsigned()
        if how == 0:
            self.unsigned()
        elif how == 1:
            self.skip(1)
            for _ in range(2):
                self.unsigned()
            cycle = self.unsigned()
            if cycle > _LONGEST_CYCLE:
                raise ValueError("a parameter set that is none")
            for _ in range(cycle):
                self.unsigned()

    def scaling_list(self, size: int) -> None:
        """Pass over a list of factors."""
        last, following = 8, 8
        for _ in range(size):
            if following:
                following = (last + self.signed()) % 256
            last = following or last


def is_whole(packet: bytes, length_bytes: int = _LENGTH_BYTES) -> bool:
    """Whether a packet consists of units, none of them empty, and of nothing else."""
    at = 0
    while at + length_bytes < len(packet):
        size = int.from_bytes(packet[at : at + length_bytes], "big")
        if not size:
            return False
        at += length_bytes + size
    return 0 < at == len(packet)
