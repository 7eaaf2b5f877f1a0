"""A user's own surfaces: four formats, placed as they should be; damaged files: one error class, promptly."""

import struct
from pathlib import Path

import numpy as np
import pytest
import trimesh

from fluoroseg.cli import main
from fluoroseg.errors import LimitError, ReadError, UsageError
from fluoroseg.tools import tool, tool_from_file
from fluoroseg.tools.solids import box, union

FORMATS = ("stl", "obj", "ply", "glb")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A nail of 60 mm with a head of 8 x 8 mm, lying along x, head at +x."""
    nail = union(box((60, 2, 2)), box((2, 8, 8), (29, 0, 0)))
    whole = trimesh.Trimesh(nail.vertices_mm, nail.faces, process=False)
    made = {kind: tmp_path / f"my_nail.{kind}" for kind in FORMATS}
    for path in made.values():
        whole.export(path)
    made["text.ply"], made["text.stl"] = tmp_path / "text.ply", tmp_path / "text.stl"
    whole.export(made["text.ply"], encoding="ascii")
    whole.export(made["text.stl"], file_type="stl_ascii")
    return made


def test_four_formats_give_the_same_tool_with_its_thinner_end_as_the_tip(files: dict[str, Path]):
    for path in files.values():
        one = tool_from_file(path, material="titanium", unit_mm=1.0)
        [part] = one.parts
        assert part.material == "titanium"
        assert part.mesh.open_edges == 0
        assert part.mesh.volume_mm3 == pytest.approx(60 * 4 + 2 * 60, rel=1e-5)
        assert one.length_mm == pytest.approx(60, abs=1e-3)
        low, high = part.mesh.vertices_mm.min(axis=0), part.mesh.vertices_mm.max(axis=0)
        assert [low[2], high[2]] == pytest.approx([-60, 0], abs=1e-3)
        head = part.mesh.vertices_mm[np.hypot(*part.mesh.vertices_mm[:, :2].T) > 3]
        assert head[:, 2].max() < -57


def test_units_frames_words(files: dict[str, Path]):
    with pytest.raises(ReadError, match="60000 mm large"):
        tool_from_file(files["glb"])  # a GLB is in metres
    kept = tool_from_file(files["stl"], unit_mm=10.0, keep_frame=True, description="my own nail", site="bone")
    assert kept.parts[0].mesh.vertices_mm[:, 0].max() == pytest.approx(300)
    assert (kept.description, kept.site, kept.name) == ("my own nail", "bone", "my_nail.stl")
    assert tool(f"{files['ply']}:peek").parts[0].material == "peek"
    assert tool(str(files["ply"])).parts[0].material == "titanium_alloy"
    for wrong in ({"material": "unobtainium"}, {"unit_mm": 0.0}, {"site": "moon"}):
        with pytest.raises(UsageError):
            tool_from_file(files["stl"], **wrong)
    with pytest.raises(ReadError, match="Is its unit"):
        tool_from_file(files["stl"], unit_mm=1e-6)


def test_what_is_inside_out_is_turned(tmp_path: Path):
    cube = box((4, 5, 6))
    trimesh.Trimesh(cube.vertices_mm, cube.faces[:, ::-1], process=False).export(tmp_path / "x.stl")
    assert tool_from_file(tmp_path / "x.stl").parts[0].mesh.volume_mm3 == pytest.approx(120)


def test_hostile_files_are_refused(tmp_path: Path):
    header = b"ply\nformat binary_little_endian 1.0\nelement vertex {}\nproperty float x\nproperty float y\n"
    header += b"property float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
    nan = np.zeros(1, dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("f", "<u2")])
    nan["c"] = np.nan
    hostile = {
        "many.stl": b"\0" * 80 + struct.pack("<I", 2**32 - 1),
        "nan.stl": b"\0" * 80 + struct.pack("<I", 1) + nan.tobytes(),
        "empty.stl": b"",
        "range.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n",
        "negative.obj": b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf -1 -2 -9\n",
        "words.obj": b"v a b c\nf 1 2 3\n",
        "many.ply": header.replace(b"{}", b"99999999999"),
        "short.ply": header.replace(b"{}", b"3") + b"\0" * 20,
        "minus.ply": header.replace(b"{}", b"-3"),
        "endless.ply": b"ply\n" + b"comment x\n" * 20_000,
        "nothing.ply": b"ply\nformat ascii 1.0\nelement face 50000000\nend_header\n",
        "not.glb": b"glTF" + b"\xff" * 60,
        "flat.obj": b"v 0 0 0\nv 1 0 0\nv 2 0 0\nf 1 1 2\n",
        "wrong.txt": b"",
    }
    for name, data in hostile.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(ReadError, match=name):
            tool_from_file(tmp_path / name)
    with pytest.raises(LimitError):
        tool_from_file(tmp_path / "many.ply")
    with pytest.raises(ReadError):
        tool_from_file(tmp_path / "missing.stl")


@pytest.mark.parametrize("kind", [*FORMATS, "text.ply", "text.stl"])
def test_damage_gives_a_tool_or_the_one_error(kind: str, files: dict[str, Path]):
    """200 seeded mutations of each: bytes changed, cut out, doubled."""
    data, rng = bytearray(files[kind].read_bytes()), np.random.default_rng(len(kind))
    refused = 0
    for _ in range(200):
        damaged = bytearray(data)
        for _ in range(int(rng.integers(1, 5))):
            at, length = int(rng.integers(len(data))), int(rng.integers(1, 9))
            new = [rng.bytes(length), b"", bytes(data[at : at + length]) * 2][int(rng.integers(3))]
            damaged[at : at + length] = new
        files[kind].write_bytes(damaged)
        try:
            one = tool_from_file(files[kind])
        except ReadError:
            refused += 1
        else:
            assert one.parts[0].mesh.volume_mm3 >= 0
    assert refused > 10


def test_show_and_export_take_files_and_names(files: dict[str, Path], tmp_path: Path, capsys):
    picture, stl = tmp_path / "out.png", tmp_path / "out.stl"
    assert main(["tools", "show", f"{files['obj']}:lead", "-o", str(picture)]) == 0
    assert "lead, 360.0 mm^3" in capsys.readouterr().out
    assert picture.stat().st_size > 500
    assert main(["tools", "export", "pedicle screw", "-o", str(stl)]) == 0
    back = tool_from_file(stl, keep_frame=True)
    ours = tool("pedicle screw")
    volume = sum(part.mesh.volume_mm3 for part in ours.parts)
    assert back.parts[0].mesh.volume_mm3 == pytest.approx(volume, rel=1e-4)
    for argv in (
        ["show", "k-wire", "-o", str(picture)],
        ["export", "k-wire", "-o", "x.obj"],
        ["list", "--family", "x"],
    ):
        assert main(["tools", *argv]) == 2
    assert "error" in capsys.readouterr().err
