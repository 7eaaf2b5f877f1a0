"""Binary glTF 2.0: the triangles of every mesh node in scene coordinates; no other file is read."""

import json
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from fluoroseg.errors import LimitError, ReadError
from fluoroseg.patients.surfaces import MAX_FACES, Surface

JSON_CHUNK, BINARY_CHUNK, TRIANGLES = 0x4E4F534A, 0x004E4942, 4
MAX_JSON = 16 * 2**20
MAX_NODES = 100_000
COMPONENT = {5121: "<u1", 5123: "<u2", 5125: "<u4", 5126: "<f4"}


def parse_glb(data: bytes, name: str) -> list[Surface]:
    """The surfaces of a GLB file's default scene, one per mesh node, named as their nodes (else `name`).

    Raises ReadError, LimitError, or what Python raises on a structure that is no glTF.
    """
    gltf, binary = _chunks(data)
    out, total = [], 0
    for node, world in _mesh_nodes(gltf):
        for primitive in gltf["meshes"][_index(node["mesh"])]["primitives"]:
            if primitive.get("mode", TRIANGLES) != TRIANGLES:
                continue
            points = _accessor(gltf, binary, primitive["attributes"]["POSITION"], "VEC3").astype(float)
            faces = _faces(gltf, binary, primitive, len(points))
            total += len(faces)
            if total > MAX_FACES:
                raise LimitError(f"more than {MAX_FACES} triangles")
            with np.errstate(invalid="ignore", over="ignore"):  # `surfaces` refuses what is not finite
                moved = points @ world[:3, :3].T + world[:3, 3]
            out.append(Surface(str(node.get("name", name)), moved, faces))
    if not out:
        raise ReadError("holds no triangles")
    return out


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    if len(data) < 20 or data[:4] != b"glTF" or struct.unpack_from("<I", data, 4)[0] != 2:
        raise ReadError("not a binary glTF 2 file")
    found: dict[int, bytes] = {}
    at = 12
    while at + 8 <= len(data):
        length, kind = struct.unpack_from("<II", data, at)
        if at + 8 + length > len(data):
            raise ReadError("cut short")
        found.setdefault(kind, data[at + 8 : at + 8 + length])
        at += 8 + length
    text = found.get(JSON_CHUNK, b"")
    if len(text) > MAX_JSON:
        raise LimitError(f"a description of {len(text) >> 20} MiB; {MAX_JSON >> 20} MiB are the limit")
    try:
        gltf = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"its description is not JSON ({error})") from error
    if not isinstance(gltf, dict):
        raise ReadError("its description is not an object")
    if gltf.get("extensionsRequired"):
        raise ReadError(f"needs the extensions {gltf['extensionsRequired']}; export it without compression")
    return gltf, found.get(BINARY_CHUNK, b"")


def _mesh_nodes(gltf: dict[str, Any]) -> Iterator[tuple[dict[str, Any], Float[np.ndarray, "4 4"]]]:
    """Nodes with a mesh and their world transforms; every node once (a node has one parent in glTF)."""
    nodes = gltf["nodes"]
    if len(nodes) > MAX_NODES:
        raise LimitError(f"{len(nodes)} nodes; {MAX_NODES} are the limit")
    scene = gltf["scenes"][_index(gltf.get("scene", 0))]
    waiting = [(_index(n), np.eye(4)) for n in scene["nodes"]]
    seen: set[int] = set()
    while waiting:
        at, parent = waiting.pop()
        if at in seen:
            raise ReadError(f"node {at} hangs on two parents")
        seen.add(at)
        world = parent @ _local(nodes[at])
        if "mesh" in nodes[at]:
            yield nodes[at], world
        waiting += [(_index(n), world) for n in nodes[at].get("children", [])]


def _local(node: dict[str, Any]) -> Float[np.ndarray, "4 4"]:
    if "matrix" in node:
        return np.array(node["matrix"], float).reshape(4, 4).T
    x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    out = np.eye(4)
    out[:3, :3] = turn * np.array(node.get("scale", (1, 1, 1)), float)
    out[:3, 3] = np.array(node.get("translation", (0, 0, 0)), float)
    return out


def _faces(
    gltf: dict[str, Any], binary: bytes, primitive: dict[str, Any], points: int
) -> Int[np.ndarray, "f 3"]:
    if "indices" in primitive:
        corner = _accessor(gltf, binary, primitive["indices"], "SCALAR").astype(np.int64)
    else:
        corner = np.arange(points)
    if len(corner) % 3:
        raise ReadError("a triangle without three corners")
    return corner.reshape(-1, 3)


def _accessor(gltf: dict[str, Any], binary: bytes, at: int, kind: str) -> np.ndarray:
    """An accessor's numbers, `[n, 3]` or `[n]`; its extent is checked against the file before it is read."""
    accessor = gltf["accessors"][_index(at)]
    if (
        accessor["type"] != kind
        or "sparse" in accessor
        or (kind == "VEC3") != (accessor["componentType"] == 5126)
    ):
        raise ReadError(f"accessor {at} is not a plain {kind}")
    view = gltf["bufferViews"][_index(accessor["bufferView"])]
    buffer = gltf["buffers"][_index(view["buffer"])]
    if "uri" in buffer or view["buffer"] != 0:
        raise ReadError("its numbers lie in another file; only a GLB that holds all of itself is read")
    item = np.dtype(COMPONENT[accessor["componentType"]])
    width = 3 if kind == "VEC3" else 1
    stride = _index(view.get("byteStride", 0)) or item.itemsize * width
    count = _index(accessor["count"])
    start = _index(view.get("byteOffset", 0)) + _index(accessor.get("byteOffset", 0))
    end = start + stride * (count - 1) + item.itemsize * width if count else start
    if end > len(binary) or stride < item.itemsize * width:
        raise ReadError(f"accessor {at} wants {end} bytes of {len(binary)}")
    if not count:
        return np.zeros((0, 3)[: 1 + (width > 1)], item)
    rows = np.ndarray((count, width), item, binary, start, (stride, item.itemsize))
    return rows if width > 1 else rows[:, 0]


def _index(value: Any) -> int:
    """A whole number of 0 or more; Python's negative indices would silently mean something else."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ReadError(f"expected a whole number of 0 or more, not {str(value)[:40]!r}")
    return value
