"""Reading surfaces: the same shape from three formats, node transforms, and files made to harm."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from fluoroseg.errors import LimitError, ReadError
from fluoroseg.patients import surfaces
from fluoroseg.patients.surfaces import read_surfaces


def glb(gltf: dict[str, Any] | bytes, binary: bytes = b"") -> bytes:
    text = gltf if isinstance(gltf, bytes) else json.dumps(gltf).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text
    body += struct.pack("<II", len(binary), 0x004E4942) + binary
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body


def triangle() -> tuple[dict[str, Any], bytes]:
    """One triangle (0,0,0) (1,0,0) (0,1,0) with 16-bit indices."""
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
    index = np.array([0, 1, 2, 0], "<u2").tobytes()
    gltf = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "part"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
            {"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteLength": 36},
            {"buffer": 0, "byteOffset": 36, "byteLength": 8},
        ],
        "buffers": [{"byteLength": 44}],
    }
    return gltf, points + index


@pytest.mark.parametrize("suffix", ["glb", "obj", "stl"])
def test_the_same_surface_from_every_format(tmp_path: Path, suffix: str) -> None:
    mesh = trimesh.creation.icosphere(subdivisions=2, radius=10)
    mesh.export(tmp_path / f"ball.{suffix}")
    (surface,) = read_surfaces(tmp_path / f"ball.{suffix}")
    again = trimesh.Trimesh(surface.vertices, surface.faces)
    assert again.volume == pytest.approx(mesh.volume, rel=1e-5)


def test_ascii_stl_and_polygons_of_obj(tmp_path: Path) -> None:
    mesh = trimesh.creation.box((2, 3, 4))
    (tmp_path / "a.stl").write_text(trimesh.exchange.stl.export_stl_ascii(mesh))
    (surface,) = read_surfaces(tmp_path / "a.stl")
    assert trimesh.Trimesh(surface.vertices, surface.faces).volume == pytest.approx(24)
    (tmp_path / "b.obj").write_text("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nmtllib ../s.mtl\nf 1/1 2/2 3/3 -1\n")
    (square,) = read_surfaces(tmp_path / "b.obj")
    assert square.faces.tolist() == [[0, 1, 2], [0, 2, 3]]


def test_transforms_of_nested_nodes(tmp_path: Path) -> None:
    gltf, binary = triangle()
    half = np.sqrt(0.5)
    gltf["scenes"][0]["nodes"] = [1]
    gltf["nodes"].append(  # turned by 90 degrees about z, twice as large, moved
        {"children": [0], "rotation": [0, 0, half, half], "scale": [2, 2, 2], "translation": [10, 0, 5]}
    )
    (tmp_path / "t.glb").write_bytes(glb(gltf, binary))
    (surface,) = read_surfaces(tmp_path / "t.glb")
    assert surface.name == "part"
    assert np.allclose(surface.vertices, [[10, 0, 5], [10, 2, 5], [8, 0, 5]])
    matrix = trimesh.load(tmp_path / "t.glb", force="mesh", process=False)
    assert np.allclose(matrix.vertices, surface.vertices)


def _broken() -> dict[str, bytes]:
    out = {"empty": b"", "text": b"hello", "deep": glb(b"[" * 100_000), "list": glb(b"[]"), "none": glb({})}

    def changed(name: str, **changes: Any) -> None:
        gltf, binary = triangle()
        for path, value in changes.items():
            at: Any = gltf
            *keys, last = path.split("__")
            for key in keys:
                at = at[int(key) if key.isdigit() else key]
            at[int(last) if last.isdigit() else last] = value
        out[name] = glb(gltf, binary)

    changed("huge count", accessors__0__count=10**12)
    changed("count is text", accessors__0__count="3")
    changed("negative", bufferViews__0__byteOffset=-4)
    changed("beyond", bufferViews__1__byteOffset=43)
    changed("other file", buffers__0={"uri": "../../../etc/passwd", "byteLength": 44})
    changed("address", buffers__0={"uri": "http://localhost/x.bin", "byteLength": 44})
    changed("ring", nodes__0={"mesh": 0, "children": [0]})
    changed("no mesh", nodes__0={"mesh": 7})
    changed("draco", extensionsRequired=["KHR_draco_mesh_compression"])
    changed("lines", meshes__0__primitives__0__mode=1)
    changed("zero stride", bufferViews__0__byteStride=1)
    changed("sparse", accessors__0__sparse={"count": 1})
    changed("turned", nodes__0={"mesh": 0, "rotation": [0, 0]})
    changed("far", nodes__0={"mesh": 0, "translation": [1e300, 0, 0]})
    gltf, binary = triangle()
    out["cut"] = glb(gltf, binary)[:-20]
    out["index"] = glb(gltf, binary[:36] + np.array([0, 1, 9, 0], "<u2").tobytes())
    out["nan"] = glb(gltf, np.full(9, np.nan, "<f4").tobytes() + binary[36:])
    return out


@pytest.mark.parametrize("name", sorted(_broken()))
def test_broken_glb(tmp_path: Path, name: str) -> None:
    path = tmp_path / "x.glb"
    path.write_bytes(_broken()[name])
    with pytest.raises(ReadError, match=r"x\.glb"):
        read_surfaces(path)


@pytest.mark.parametrize(
    ("suffix", "data"),
    [
        ("stl", b"\0" * 80 + struct.pack("<I", 2**32 - 1)),
        ("stl", b"solid x\nvertex 1 2\n"),
        ("stl", b"solid x\nvertex 1 2 3\n"),
        ("obj", b"v 1 2 3\nf 1 2 3\n"),
        ("obj", b"v 1 2\nv 1 2 3\nv 2 2 2\nf 1 2 3\n"),
        ("obj", b"f a b c\n"),
        ("obj", b"\xff\xfe\0\0"),
        ("ply", b"ply"),
    ],
)
def test_broken_stl_and_obj(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(data)
    with pytest.raises(ReadError):
        read_surfaces(path)


def test_mutations_give_one_class_of_errors(tmp_path: Path) -> None:
    good = glb(*triangle())
    rng = np.random.default_rng(3)
    path = tmp_path / "m.glb"
    refused = 0
    for _ in range(400):
        data = bytearray(good)
        for _ in range(int(rng.integers(1, 6))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        path.write_bytes(bytes(data[: int(rng.integers(len(data) // 2, len(data) + 1))]))
        try:
            (surface,) = read_surfaces(path)
            assert surface.faces.max() < len(surface.vertices)
        except ReadError:
            refused += 1
    assert refused > 100


def test_too_large_a_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(surfaces, "MAX_BYTES", 100)
    (tmp_path / "x.glb").write_bytes(glb(*triangle()))
    with pytest.raises(LimitError, match="MiB"):
        read_surfaces(tmp_path / "x.glb")
    with pytest.raises(ReadError, match="no such file"):
        read_surfaces(tmp_path / "gone.glb")
    (tmp_path / "folder.glb").mkdir()
    with pytest.raises(ReadError, match="no such file"):
        read_surfaces(tmp_path / "folder.glb")
