import contextlib
import io
import json
import pickle
import subprocess
import tarfile

import numpy as np
import pytest
from PIL import Image
from small_sets import CAMERA, make_shot, write_dataset

from fluoroseg.dataset import files, shards
from fluoroseg.dataset import record as records
from fluoroseg.dataset.info import info
from fluoroseg.dataset.intensity import decode_png, encode_png
from fluoroseg.dataset.reading import Dataset, Sample
from fluoroseg.dataset.verify import verify
from fluoroseg.errors import LimitError, ReadError


@pytest.fixture
def folder(tmp_path):
    return write_dataset(tmp_path / "set")


def test_what_goes_in_comes_out(folder):
    data = Dataset(folder)
    assert len(data) == 5
    for number in (4, 0, 2):
        shot, sample = make_shot(number), data[number]
        assert sample.key == f"{number:08d}"
        assert sample.image.dtype == np.float32
        np.testing.assert_allclose(sample.image, shot.image, rtol=1.01e-4)
        assert set(sample.masks) == set(shot.masks)
        for name, mask in shot.masks.items():
            np.testing.assert_array_equal(sample.masks[name], mask)
            assert sample.phrases[name] == [name, f"the {name}"]
        assert sample.record["camera"] == CAMERA.to_record()
        assert sample.record["absent"] == ["liver"]
    assert [s.key for s in data] == [f"{n:08d}" for n in range(5)]
    assert data[-1].key == "00000004"
    with pytest.raises(IndexError):
        data[5]


def test_object_fields():
    record = json.loads(records.dump(records.sample_record(make_shot(2), "k")))
    heart, lung, wire = sorted(record["objects"], key=lambda o: o["name"] != "heart")
    assert [o["id"] for o in record["objects"]] == [10, 51, 1000]
    assert heart["bbox"] == [0, 0, 8, 40]
    assert heart["area"] == 320
    assert heart["cut"] == ["top", "bottom", "left"]
    assert (heart["share_visible"], heart["cut_by_volume"]) == (0.25, True)
    assert heart["path_mm"] == {"mean": 30.0, "max": 30.0}
    assert (lung["share_visible"], lung["cut"]) == (None, [])
    assert wire["cut"] == ["top", "bottom", "left"]


def test_transform_and_pickle_after_reading(folder):
    data = Dataset(folder, transform=_key_and_sum)
    first = data[0]
    twin = pickle.loads(pickle.dumps(data))  # noqa: S301
    assert twin[0] == first == data[0]
    data.close()
    assert data[3][0] == "00000003"


def _key_and_sum(sample: Sample) -> tuple[str, float]:
    return sample.key, float(sample.image.sum())


def test_in_the_workers_of_a_torch_loader(folder):
    data_module = pytest.importorskip("torch.utils.data")
    data = Dataset(folder, transform=_key_and_sum)
    alone = [data[i] for i in range(5)]
    loader = data_module.DataLoader(data, batch_size=None, num_workers=2, multiprocessing_context="fork")
    assert [tuple(x) for x in loader] == alone


def test_dark_and_bright_keep_their_detail():
    image = np.array([[1e-5, 1.00002e-5, 3e-4, 1.0, 2.9, 0.0]], dtype=np.float32)
    back = decode_png(encode_png(image))
    np.testing.assert_allclose(back[0, :5], image[0, :5], rtol=1.01e-4)
    assert 0 < back[0, 5] < 1e-5


def test_tar_and_pillow_read_the_shards_too(folder):
    """The slow twin: the standard library's reader finds the same members at the same places."""
    path = folder / "shard-000001.tar"
    with tarfile.open(path) as tar, path.open("rb") as file:
        theirs = [(m.name, m.offset_data, m.size) for m in tar.getmembers()]
        ours = [(f"{key}.{suffix}", at, size) for key, suffix, at, size in shards.members(file, "shard")]
        assert theirs == ours
        assert len({(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in tar.getmembers()}) == 1
        picture = Image.open(io.BytesIO(tar.extractfile("00000002.png").read()))
        assert picture.size == (50, 40)
        assert np.asarray(picture).max() <= 60000
    listed = subprocess.run(["tar", "tf", str(path)], capture_output=True, text=True, check=True)
    assert listed.stdout.split()[:2] == ["00000002.json", "00000002.png"]


def test_same_samples_same_bytes(folder, tmp_path):
    twin = write_dataset(tmp_path / "twin")
    for path in folder.iterdir():
        assert path.read_bytes() == (twin / path.name).read_bytes()


def test_info_counts(folder):
    counts = info(folder)
    assert counts["images"] == 5
    assert counts["patients"] == {"p0": 3, "p1": 2}
    assert counts["views"] == {"pa chest": 5}
    assert counts["tools"] == {"k-wire 2.0 mm": 5}
    assert counts["structures"]["heart"] == 5


def test_verify_finds_every_flipped_bit(folder):
    assert verify(folder) == (5, [])
    path = folder / "shard-000001.tar"
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.integers(0, len(whole), 25):
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        sound, problems = verify(folder)
        assert problems
        assert {p.shard for p in problems} == {"shard-000001.tar"}
        assert 2 <= sound <= 5
    path.write_bytes(whole)
    assert verify(folder) == (5, [])


@pytest.mark.parametrize("name", ["dataset.json", "index.jsonl", "errors.jsonl"])
def test_verify_finds_every_flipped_bit_beside_the_shards(folder, name):
    """1,000 flips over all files: scripts/flip_bits.py."""
    (folder / "errors.jsonl").write_text('{"patient":"p","error":"broken","keys":["00000009"]}\n')
    shards.write_json(folder / "dataset.json", json.loads((folder / "dataset.json").read_text()))
    assert verify(folder) == (5, [])
    path = folder / name
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for at in [0, len(whole) - 1, *rng.integers(0, len(whole), 20)]:
        damaged = bytearray(whole)
        damaged[at] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        with contextlib.suppress(ReadError):  # no longer JSON: found as well
            assert verify(folder)[1]
    path.unlink()
    with pytest.raises(ReadError) if name != "errors.jsonl" else contextlib.nullcontext():
        assert verify(folder)[1]


def test_sets_of_before_the_checksums_still_verify(folder):
    told = json.loads((folder / "dataset.json").read_text())
    old = {k: v for k, v in told.items() if k not in ("files", "check")}
    (folder / "dataset.json").write_text(json.dumps(old, indent=1) + "\n")
    assert verify(folder) == (5, [])


def test_verify_counts(folder):
    told = json.loads((folder / "dataset.json").read_text())
    shards.write_json(folder / "dataset.json", told | {"images": 6})
    assert [p.problem for p in verify(folder)[1]] == ["dataset.json tells of 6 images, the index of 5"]
    told["shards"][0]["samples"] += 1
    shards.write_json(folder / "dataset.json", told)
    assert [(p.shard, "number of samples" in p.problem) for p in verify(folder)[1]] == [
        ("shard-000000.tar", True)
    ]


def test_verify_names_the_damaged_sample(folder):
    path = folder / "shard-000001.tar"
    entry = Dataset(folder).entries[3]
    damaged = bytearray(path.read_bytes())
    damaged[entry.image[0] + entry.image[1] // 2] ^= 0xFF
    path.write_bytes(damaged)
    sound, problems = verify(folder)
    assert sound == 4
    assert {p.key for p in problems} == {"", "00000003"}
    with pytest.raises(ReadError, match="00000003"):
        Dataset(folder)[3]
    assert Dataset(folder)[4].key == "00000004"


def test_verify_finds_missing_cut_and_foreign_shards(folder):
    path = folder / "shard-000000.tar"
    whole = path.read_bytes()
    (folder / "shard-000007.tar").write_bytes(whole)
    assert [p.shard for p in verify(folder)[1]] == ["shard-000007.tar"]
    (folder / "shard-000007.tar").unlink()
    path.write_bytes(whole[:3000])
    sound, problems = verify(folder)
    assert sound == 3
    assert problems[0].shard == "shard-000000.tar"
    with pytest.raises(ReadError, match="cut off"):
        Dataset(folder)[1]
    path.unlink()
    assert verify(folder)[0] == 3
    with pytest.raises(ReadError, match="cannot be read"):
        Dataset(folder)[1]


def test_verify_finds_a_mask_that_is_not_its_box(tmp_path):
    shot = make_shot(0)
    record = records.sample_record(shot, "00000000")
    record["objects"][0]["area"] += 1
    folder = tmp_path / "set"
    folder.mkdir()
    shards.write_shard(folder / "shard-000000.tar", [shards.pack(shot, record)])
    one, entries = shards.scan_shard(folder / "shard-000000.tar")
    shards.write_index(folder, entries)
    told = {"format": shards.FORMAT, "images": 1, "shards": [vars(one)]}
    shards.write_json(folder / "dataset.json", told)
    sound, problems = verify(folder)
    assert sound == 0
    assert "area or box" in problems[0].problem


def test_nothing_is_left_of_a_writer_that_failed(tmp_path):
    def samples():
        yield shards.pack(make_shot(0), records.sample_record(make_shot(0), "00000000"))
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        shards.write_shard(tmp_path / "shard-000000.tar", samples())
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".shard-000000.tar.123.tmp").write_bytes(b"half")
    assert [p.name for p in files.leftovers(tmp_path)] == [".shard-000000.tar.123.tmp"]


def tar_of(path, **member):
    """A shard with one strange member."""
    info = tarfile.TarInfo(member.get("name", "a.json"))
    info.type = member.get("type", tarfile.REGTYPE)
    info.linkname = member.get("link", "")
    data = member.get("data", b"{}")
    info.size = len(data) if info.type == tarfile.REGTYPE else 0
    with tarfile.open(path, "w", format=member.get("format", tarfile.USTAR_FORMAT)) as tar:
        tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    "member",
    [
        {"name": "../../etc/a.json"},
        {"name": "/tmp/a.json"},
        {"name": "folder/a.json"},
        {"name": "a.exe"},
        {"name": "x" * 120 + ".json", "format": tarfile.GNU_FORMAT},
        {"type": tarfile.SYMTYPE, "link": "/etc/passwd"},
        {"type": tarfile.LNKTYPE, "link": "b.json"},
        {"type": tarfile.DIRTYPE},
        {"data": b"[" * 100_000},
        {"data": b"{" + b'"a":{' * 100_000},
        {"data": b"\xff\xfe"},
        {"data": b"NaN"},
        {"data": b"[]"},
    ],
)
def test_hostile_members_are_refused(tmp_path, member):
    with pytest.raises(ReadError):
        shards.scan_shard(tar_of(tmp_path / "s.tar", **member))


def test_a_member_that_claims_to_be_huge_is_refused(tmp_path):
    path = tar_of(tmp_path / "s.tar")
    header = bytearray(path.read_bytes())
    header[124:136] = b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header[:512]):06o}\0 ".encode()
    path.write_bytes(header)
    with pytest.raises(LimitError, match="claims"):
        shards.scan_shard(path)


GOOD = records.sample_record(make_shot(0), "k")


@pytest.mark.parametrize(
    "change",
    [
        {"key": 5},
        {"height": "40"},
        {"height": True},
        {"height": -1},
        {"objects": {}},
        {"objects": [7]},
        {"objects": [GOOD["objects"][0], GOOD["objects"][0]]},
        {"objects": [GOOD["objects"][0] | {"name": None}]},
        {"objects": [GOOD["objects"][0] | {"phrases": [3]}]},
        {"objects": [GOOD["objects"][0] | {"bbox": [0, 0, 1]}]},
        {"objects": [GOOD["objects"][0] | {"segmentation": {"size": [9, 9], "counts": "0"}}]},
        {"known": "heart"},
        {"absent": [1]},
    ],
)
def test_records_of_wrong_types_are_refused(change):
    assert records.load(records.dump(GOOD))["key"] == "k"
    with pytest.raises(ReadError):
        records.load(json.dumps(GOOD | change).encode())


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "nonsense",
        '{"key": "a"}',
        {"shard": "../set/shard-000000.tar"},
        {"shard": "/etc/passwd"},
        {"image": [0, -1]},
        {"image": [0, 1 << 60]},
        {"record": "here"},
        {"names": [1]},
    ],
)
def test_a_broken_index_is_refused(folder, line):
    first, *rest = (folder / "index.jsonl").read_text().splitlines()
    broken = line if isinstance(line, str) else json.dumps(json.loads(first) | line)
    (folder / "index.jsonl").write_text("\n".join([broken, *rest]))
    with pytest.raises(ReadError, match=r"index.jsonl:1"):
        Dataset(folder)


def test_folders_that_are_no_data_set(tmp_path, folder):
    with pytest.raises(ReadError, match=r"dataset.json"):
        Dataset(tmp_path)
    (folder / "index.jsonl").unlink()
    with pytest.raises(ReadError, match="--resume"):
        Dataset(folder)
    (folder / "dataset.json").write_text('{"format": "other"}')
    with pytest.raises(ReadError, match="format"):
        Dataset(folder)


@pytest.mark.parametrize("mode", ["L", "RGB", "1"])
def test_pictures_of_other_kinds_are_refused(mode):
    file = io.BytesIO()
    Image.new(mode, (4, 4)).save(file, format="PNG")
    with pytest.raises(ReadError, match="16-bit"):
        decode_png(file.getvalue())


def test_broken_and_huge_pictures_are_refused():
    data = encode_png(np.ones((64, 64), dtype=np.float32))
    for broken in (b"", b"GIF89a", data[:40], data[:-30]):
        with pytest.raises(ReadError):
            decode_png(broken)
    huge = data[:16] + (100_000).to_bytes(4, "big") * 2 + data[24:]
    with pytest.raises(LimitError):
        decode_png(huge)
