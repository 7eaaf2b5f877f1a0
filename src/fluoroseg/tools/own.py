"""A tool from a surface file of one's own."""

from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import GeometryError, LimitError, ReadError, UsageError
from fluoroseg.patients.surfaces import read_surfaces
from fluoroseg.physics.materials import DENSITY_G_CM3
from fluoroseg.project.mesh_body import Mesh
from fluoroseg.tools.tool import Part, Tool

FILES = (".stl", ".obj", ".ply", ".glb")
MOST_FACES = 2_000_000
_METRES = ".glb"  # glTF's unit
_DEFAULT_MATERIAL = "titanium_alloy"


def tool_from_file(
    path: str | Path,
    material: str = _DEFAULT_MATERIAL,
    description: str = "",
    unit_mm: float | None = None,
    site: str = "field",
    keep_frame: bool = False,
) -> Tool:
    """A tool whose surface is an STL, OBJ, PLY or GLB file; its name is the file's.

    unit_mm: of the file's numbers; None: 1 mm, of a GLB 1 m.
    site: how it is placed, one of `SITES`.
    keep_frame: the tip is at the file's origin, pointing to +z; otherwise the tool is laid so that its
        longest axis is z, its thinner end the tip.
    A surface that is inside out is turned; one with holes is used, and projected as `Mesh` says.
    Raises UsageError for a material or unit that is none, ReadError (and LimitError) for a file that is no
    such surface, has more than 2 million triangles, or is smaller than 0.1 mm or larger than 3 m.
    """
    path = Path(path)
    unit = (1000.0 if path.suffix.lower() == _METRES else 1.0) if unit_mm is None else float(unit_mm)
    if material not in DENSITY_G_CM3:
        raise UsageError(f"there is no material {material!r}; there are {', '.join(DENSITY_G_CM3)}")
    if not 0 < unit < np.inf:
        raise UsageError(f"a unit is above 0 mm, not {unit_mm}")
    mesh = _mesh(path, unit)
    if not keep_frame:
        mesh = Mesh(_laid(mesh.vertices_mm), mesh.faces)
    length = float(np.ptp(mesh.vertices_mm, axis=0).max())
    stem = " ".join(path.stem.replace("_", " ").split()) or "tool"
    told = description or f"{stem}, {material.replace('_', ' ')}, {length:.0f} mm long"
    part = Part(mesh, material)
    return Tool(
        path.name, "own", told, length, tuple(dict.fromkeys(("tool", stem, path.name))), site, lambda: (part,)
    )


def stl_bytes(tool: Tool) -> bytes:
    """All parts of a tool as one binary STL, mm in its own frame."""
    record = np.dtype([("normal", "<f4", 3), ("corner", "<f4", (3, 3)), ("flag", "<u2")])
    corners = np.concatenate([part.mesh.vertices_mm[part.mesh.faces] for part in tool.parts])
    rows = np.zeros(len(corners), dtype=record)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    rows["normal"] = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
    rows["corner"] = corners
    return (
        tool.name.encode("ascii", "replace")[:79].ljust(80) + len(rows).to_bytes(4, "little") + rows.tobytes()
    )


def is_file(name: str) -> bool:
    """Whether a tool's name means a file: "x.stl", "x.stl:titanium"."""
    return Path(name.rpartition(":")[0] or name).suffix.lower() in FILES or Path(name).suffix.lower() in FILES


def tool_of_words(name: str) -> Tool:
    """ "x.stl" or "x.stl:titanium" as a tool. Errors as `tool_from_file`."""
    if Path(name).suffix.lower() in FILES:
        return tool_from_file(name)
    path, _, material = name.rpartition(":")
    return tool_from_file(path, material)


def _mesh(path: Path, unit_mm: float) -> Mesh:
    surfaces = read_surfaces(path)
    if sum(len(s.faces) for s in surfaces) > MOST_FACES:
        raise LimitError(f"{path}: more than {MOST_FACES} triangles; make a tool of fewer")
    first = np.cumsum([0, *(len(s.vertices) for s in surfaces)])
    faces = np.concatenate([s.faces + n for s, n in zip(surfaces, first, strict=False)])
    vertices, faces = _joined(np.concatenate([s.vertices for s in surfaces]) * unit_mm, faces)
    size = float(np.ptp(vertices, axis=0).max()) if len(faces) else 0.0
    if not 0.1 <= size <= 3000:
        raise ReadError(f"{path}: {size:g} mm large; a tool has 0.1 to 3000 mm. Is its unit {unit_mm:g} mm?")
    try:
        return Mesh(vertices, faces)
    except GeometryError:
        return Mesh(vertices, faces[:, ::-1])


def _joined(
    vertices: Float[np.ndarray, "v 3"], faces: Int[np.ndarray, "f 3"]
) -> tuple[Float[np.ndarray, "u 3"], Int[np.ndarray, "g 3"]]:
    """Corners at one place made one (an STL names each three times); faces without area left out."""
    places, one = np.unique(vertices[faces.ravel()], axis=0, return_inverse=True)
    joined = one.reshape(-1, 3)
    a, b, c = joined.T
    return places, joined[(a != b) & (b != c) & (c != a)]


def _laid(vertices_mm: Float[np.ndarray, "v 3"]) -> Float[np.ndarray, "v 3"]:
    """The longest principal axis along z, the thinner end at the origin and the rest below it."""
    centred = vertices_mm - vertices_mm.mean(axis=0)
    axes = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    out = centred @ np.stack([axes[:, 1], np.cross(axes[:, 0], axes[:, 1]), axes[:, 0]], axis=1)
    end = 0.1 * np.ptp(out[:, 2])
    wide = [np.ptp(out[near, :2], axis=0).max() for near in _ends(out[:, 2], end)]
    if wide[0] < wide[1]:
        out = out * [1.0, -1.0, -1.0]  # half a turn about x
    middle = (out[:, :2].min(axis=0) + out[:, :2].max(axis=0)) / 2
    return out - [*middle, out[:, 2].max()]


def _ends(z: Float[np.ndarray, " v"], depth: float) -> tuple[np.ndarray, np.ndarray]:
    return z <= z.min() + depth, z >= z.max() - depth
