"""Triangle surfaces from GLB, OBJ, PLY and STL files that may be damaged or hostile."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import LimitError, ReadError

MAX_BYTES = 256 * 2**20
MAX_FACES = 20_000_000


@dataclass(frozen=True)
class Surface:
    """A named set of triangles, in the file's own units and axes."""

    name: str
    vertices: Float[np.ndarray, "v 3"]
    faces: Int[np.ndarray, "f 3"]


def read_surfaces(path: str | Path) -> list[Surface]:
    """The surfaces of one file: every mesh node of a `.glb`, or the whole of an `.obj`, `.ply` or `.stl`.

    Nothing but this file is read: references to other files (buffers, materials) are refused or ignored.

    Raises ReadError for a file that is missing or broken, LimitError above 256 MiB or 20 million triangles.
    """
    from fluoroseg.patients._glb import parse_glb  # they need Surface
    from fluoroseg.patients._ply import parse_ply

    path = Path(path)
    known = {".glb": parse_glb, ".obj": _parse_obj, ".ply": parse_ply, ".stl": _parse_stl}
    parse = known.get(path.suffix.lower())
    if parse is None:
        raise ReadError(f"{path}: surfaces are read from .glb, .obj, .ply and .stl, not {path.suffix!r}")
    data = _read(path)
    try:
        surfaces = parse(data, path.stem)
    except LimitError as error:
        raise LimitError(f"{path}: {error}") from error
    except (ReadError, ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ReadError(f"{path}: not a surface that can be read ({error})") from error
    return [_checked(s, path) for s in surfaces]


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise ReadError(f"{path}: no such file")
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise LimitError(f"{path}: {size >> 20} MiB; a surface may have {MAX_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error})") from error


def _checked(surface: Surface, path: Path) -> Surface:
    vertices, faces = surface.vertices, surface.faces
    where = f"{path}: surface {surface.name!r}"
    if len(faces) > MAX_FACES:
        raise LimitError(f"{where} has {len(faces)} triangles; {MAX_FACES} are the limit")
    if not len(faces):
        raise ReadError(f"{where} has no triangles")
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise ReadError(f"{where}: triangles name vertices that it does not have ({len(vertices)})")
    if not np.isfinite(vertices).all() or np.abs(vertices).max() > 1e6:
        raise ReadError(f"{where} has vertices that are not numbers, or beyond 1e6")
    return surface


def _parse_obj(data: bytes, name: str) -> list[Surface]:
    """Wavefront: `v x y z` and `f a b c ...` (also `a/t/n`, negative = from the end), polygons as fans."""
    vertices: list[list[float]] = []
    faces: list[tuple[int, int, int]] = []
    for line in data.splitlines():
        word = line.split()
        if not word:
            continue
        if word[0] == b"v":
            vertices.append([float(x) for x in word[1:4]])
        elif word[0] == b"f":
            at = [int(w.split(b"/")[0]) for w in word[1:]]
            at = [n - 1 if n > 0 else len(vertices) + n for n in at]
            faces += [(at[0], at[k], at[k + 1]) for k in range(1, len(at) - 1)]
    if any(len(v) != 3 for v in vertices):
        raise ReadError("a vertex without three coordinates")
    return [Surface(name, np.array(vertices, float).reshape(-1, 3), np.array(faces, np.int64).reshape(-1, 3))]


def _parse_stl(data: bytes, name: str) -> list[Surface]:
    """Binary when the length says so, else ASCII."""
    number = int.from_bytes(data[80:84], "little") if len(data) >= 84 else -1
    if len(data) == 84 + 50 * number:
        record = np.dtype([("normal", "<f4", 3), ("corner", "<f4", (3, 3)), ("flag", "<u2")])
        corners = np.frombuffer(data, record, offset=84)["corner"].reshape(-1, 3).astype(float)
    elif data.lstrip()[:5] == b"solid":
        lines = (line.split() for line in data.splitlines())
        rows = [[float(x) for x in word[1:4]] for word in lines if word and word[0] == b"vertex"]
        corners = np.array(rows, float).reshape(-1, 3)
    else:
        raise ReadError(f"says {number} triangles, which its {len(data)} bytes do not hold")
    if len(corners) % 3:
        raise ReadError("a triangle without three corners")
    return [Surface(name, corners, np.arange(len(corners)).reshape(-1, 3))]
