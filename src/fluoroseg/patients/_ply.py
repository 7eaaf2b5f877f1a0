"""Stanford PLY: text, and binary of both byte orders."""

import itertools
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import LimitError, ReadError
from fluoroseg.patients.surfaces import MAX_FACES, Surface

_KINDS = {"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"}
_KINDS |= {"float": "f4", "double": "f8", "int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2"}
_KINDS |= {"int32": "i4", "uint32": "u4", "float32": "f4", "float64": "f8"}
_ORDER = {"binary_little_endian": "<", "binary_big_endian": ">", "ascii": ""}
_MOST_HEADER = 2**16
_MOST_ROWS = 2_000_000
"""Of lists that have to be read one by one."""


@dataclass(frozen=True)
class _Property:
    name: str
    kind: str
    length: str  # kind of a list's length; "" for a single number


@dataclass(frozen=True)
class _Element:
    name: str
    count: int
    properties: tuple[_Property, ...]


def parse_ply(data: bytes, name: str) -> list[Surface]:
    """The one surface of a PLY file; polygons as fans. ReadError, LimitError, or what Python raises."""
    order, elements, at = _header(data)
    vertices = np.zeros((0, 3))
    faces = np.zeros((0, 3), dtype=np.int64)
    rows = _Text(data[at:]) if not order else _Binary(data, at, order)
    for element in elements:
        if element.count > 3 * MAX_FACES:
            raise LimitError(f"says {element.count} of {element.name!r}; {3 * MAX_FACES} are the limit")
        if not element.properties:
            raise ReadError(f"{element.name!r} has no properties")
        if element.name == "vertex":
            vertices = rows.numbers(element, ("x", "y", "z"))
        elif element.name == "face":
            faces = _fans(rows.lists(element))
        else:
            rows.skip(element)
    return [Surface(name, vertices, faces)]


def _header(data: bytes) -> tuple[str, list[_Element], int]:
    end = data.find(b"end_header", 0, _MOST_HEADER)
    line_end = data.find(b"\n", end)
    if not data.startswith(b"ply") or end < 0 or line_end < 0:
        raise ReadError("not a PLY file: it begins with ply and has end_header")
    order, found = "?", []
    for line in data[:end].decode("ascii", "replace").splitlines():
        word = line.split()
        if word[:1] == ["format"]:
            order = _ORDER[word[1]]
        elif word[:1] == ["element"]:
            found.append(_Element(word[1], _count(word[2]), ()))
        elif word[:1] == ["property"]:
            if word[1] == "list":
                one = _Property(word[4], _KINDS[word[3]], _KINDS[word[2]])
            else:
                one = _Property(word[2], _KINDS[word[1]], "")
            last = found.pop()
            found.append(_Element(last.name, last.count, (*last.properties, one)))
    if order == "?":
        raise ReadError("names no format")
    return order, found, line_end + 1


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise ReadError(f"says {count} elements")
    return count


class _Binary:
    """Rows of elements, one after the other."""

    def __init__(self, data: bytes, at: int, order: str) -> None:
        self._data, self._at, self._order = data, at, order

    def numbers(self, element: _Element, names: tuple[str, ...]) -> Float[np.ndarray, "n 3"]:
        if any(p.length for p in element.properties):
            raise ReadError(f"a list among the properties of {element.name!r}")
        kind = np.dtype([(p.name, self._order + p.kind) for p in element.properties])
        rows = self._take(kind, element.count)
        return np.stack([rows[n].astype(np.float64) for n in names], axis=1).reshape(-1, 3)

    def lists(self, element: _Element) -> list[Int[np.ndarray, "n k"]]:
        """The first list of each row; rows of triangles alone at one go, others one by one."""
        triangles = self._all_triangles(element)
        if triangles is not None:
            return [triangles]
        return [np.array([row]) for row in self._rows(element) if row]

    def skip(self, element: _Element) -> None:
        if any(p.length for p in element.properties):
            self._rows(element)
        else:
            self._take(np.dtype([(p.name, p.kind) for p in element.properties]), element.count)

    def _all_triangles(self, element: _Element) -> Int[np.ndarray, "n 3"] | None:
        fields: list[tuple] = []
        for p in element.properties:
            fields.append(
                (p.name + "#", self._order + p.length) if p.length else (p.name, self._order + p.kind)
            )
            if p.length:
                fields.append((p.name, self._order + p.kind, 3))
        kind, lists = np.dtype(fields), [p.name for p in element.properties if p.length]
        if not lists or self._at + kind.itemsize * element.count > len(self._data):
            return None
        rows = np.frombuffer(self._data, kind, element.count, self._at)
        if any((rows[name + "#"] != 3).any() for name in lists):
            return None
        self._at += kind.itemsize * element.count
        return rows[lists[0]].astype(np.int64)

    def _rows(self, element: _Element) -> list[list[int]]:
        if element.count > _MOST_ROWS:
            raise LimitError(f"{element.count} lists of uneven lengths; {_MOST_ROWS} are the limit")
        return [self._row(element) for _ in range(element.count)]

    def _row(self, element: _Element) -> list[int]:
        found: list[int] | None = None
        for p in element.properties:
            count = int(self._take(np.dtype(self._order + p.length), 1)[0]) if p.length else 1
            values = self._take(np.dtype(self._order + p.kind), count)
            if p.length and found is None:
                found = [int(v) for v in values]
        return found or []

    def _take(self, kind: np.dtype, count: int) -> np.ndarray:
        if count < 0 or self._at + kind.itemsize * count > len(self._data):
            raise ReadError(f"cut short: {count} numbers wanted at byte {self._at} of {len(self._data)}")
        rows = np.frombuffer(self._data, kind, count, self._at)
        self._at += kind.itemsize * count
        return rows


class _Text:
    """Lines of elements."""

    def __init__(self, data: bytes) -> None:
        self._lines = (line.split() for line in data.splitlines() if line.strip())

    def numbers(self, element: _Element, names: tuple[str, ...]) -> Float[np.ndarray, "n 3"]:
        column = [[p.name for p in element.properties].index(n) for n in names]
        rows = [[float(line[c]) for c in column] for line in self._some(element)]
        return np.array(rows, dtype=np.float64).reshape(-1, 3)

    def lists(self, element: _Element) -> list[Int[np.ndarray, "n k"]]:
        if not element.properties or not element.properties[0].length:
            raise ReadError("faces whose first property is no list of vertices")
        rows = ([int(w) for w in line[1 : 1 + int(line[0])]] for line in self._some(element))
        return [np.array([row]) for row in rows if row]

    def skip(self, element: _Element) -> None:
        for _ in self._some(element):
            pass

    def _some(self, element: _Element) -> list[list[bytes]]:
        lines = list(itertools.islice(self._lines, element.count))
        if len(lines) != element.count:
            raise ReadError(f"cut short: {len(lines)} of {element.count} lines of {element.name!r}")
        return lines


def _fans(polygons: list[Int[np.ndarray, "n k"]]) -> Int[np.ndarray, "f 3"]:
    fans = [
        np.stack([np.broadcast_to(p[:, :1], p[:, 2:].shape), p[:, 1:-1], p[:, 2:]], axis=-1).reshape(-1, 3)
        for p in polygons
        if p.shape[1] >= 3
    ]
    return np.concatenate(fans).astype(np.int64) if fans else np.zeros((0, 3), dtype=np.int64)
