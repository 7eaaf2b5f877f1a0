"""The published layout, COCO and merged sets: read back what was written; hostile files are refused."""

import base64
import json

import numpy as np
import pytest
from PIL import Image
from small_sets import write_dataset

import fluoroseg
from fluoroseg.dataset import rle, segmentation
from fluoroseg.dataset.coco import write_coco
from fluoroseg.dataset.merge import merge
from fluoroseg.dataset.published import Published, read_tiff
from fluoroseg.dataset.published_write import write_published
from fluoroseg.dataset.verify import verify
from fluoroseg.errors import ReadError, UsageError

SIZE = (20, 30)


def blob(row, column, radius):
    rows, columns = np.indices(SIZE)
    return (rows - row) ** 2 + (columns - column) ** 2 < radius**2


def uncompressed(mask):
    """COCO's list of runs, the slow way."""
    runs, inside = [0], False
    for value in mask.T.ravel():
        if value != inside:
            runs.append(0)
            inside = value
        runs[-1] += 1
    return {"size": list(SIZE), "counts": runs}


def test_the_four_kinds_of_masks():
    one, two = blob(8, 9, 5), blob(10, 20, 4)
    lengths = np.where(one, np.indices(SIZE).sum(0) + 1, 0).astype("<f2")
    travel = rle.encode(one) | {"travel": base64.b64encode(lengths[one].tobytes()).decode()}
    hits = {"hits": [rle.encode(one) | {"entry": "AAAA"}, [rle.encode(two) | {"exit": "AAAA"}]]}
    for kind, mask in (
        (rle.encode(one), one),
        (uncompressed(one), one),
        (travel, one),
        (hits, one | two),
        (hits["hits"], one | two),
        ([[2, 3, 7, 3, 7, 9, 2, 9], [20, 0, 30, 0, 30, 4, 20, 4]], None),
    ):
        if mask is None:
            mask = np.zeros(SIZE, dtype=bool)
            mask[3:9, 2:7] = mask[0:4, 20:30] = True
        np.testing.assert_array_equal(segmentation.decode(kind, SIZE), mask)
    np.testing.assert_array_equal(segmentation.travel_mm(travel, SIZE), lengths.astype(np.float32))
    assert segmentation.travel_mm(rle.encode(one), SIZE) is None


def test_polygons_are_the_pixels_whose_centres_lie_inside():
    """The slow twin: the winding of one corner after the other as seen from each pixel's centre."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        corners = rng.uniform(-5, 35, (int(rng.integers(3, 9)), 2))
        mask = np.zeros(SIZE, dtype=bool)
        for row, column in np.ndindex(SIZE):
            x, y = column + 0.5, row + 0.5
            for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
                if (y0 > y) != (y1 > y) and x > x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                    mask[row, column] ^= True
        np.testing.assert_array_equal(segmentation.polygons([corners.ravel().tolist()], SIZE), mask)


@pytest.mark.parametrize(
    "hostile",
    [
        None,
        7,
        {},
        {"size": [20, 30]},
        {"size": [20, 31], "counts": [620]},
        {"size": [20, 30], "counts": [600, -1, 1]},
        {"size": [20, 30], "counts": [1 << 40]},
        {"size": [1 << 20, 1 << 20], "counts": "0"},
        {"size": [20, 30], "counts": []},
        {"hits": {"hits": {"hits": {"hits": {"hits": []}}}}},
        {"hits": [3]},
        [[1, 2, 3, 4]],
        [[1, 2, 3, 4, 5, 6, 7]],
        [[1, 2, 3, 4, 5, float("nan")]],
        [[1, 2, 3, 4, 5, 1e300]],
        [["a"] * 6],
        ["abc"],
    ],
)
def test_hostile_masks_are_refused(hostile):
    with pytest.raises(ReadError):
        segmentation.decode(hostile, SIZE)


@pytest.mark.parametrize("travel", ["###", "AAAA", base64.b64encode(bytes(2000)).decode()])
def test_hostile_path_lengths_are_refused(travel):
    with pytest.raises(ReadError, match="travel"):
        segmentation.travel_mm(rle.encode(blob(8, 9, 5)) | {"travel": travel}, SIZE)


def published(root, annotations, image=None, **listed):
    """A published case of one image, of which the case alone has the annotations."""
    folder = root / "ct-000007_scene-001"
    folder.mkdir(parents=True)
    image = np.full(SIZE, 3000, dtype=np.uint16) if image is None else image
    Image.fromarray(image).save(folder / "0000000003.tiff")
    names = {
        1: "spleen",
        303: "fibula",
        1000: "tool",
        5: "Liver of another spelling",
        10005: "liver_cutoff_I",
    }
    told = {"id": 3, "file_name": "0000000003.tiff", "height": 20, "width": 30, "camera": {}} | listed
    case = {
        "categories": [{"id": i, "name": n, "supercategory": "x"} for i, n in names.items()],
        "images": [told],
        "annotations": [{"image_id": 3, "id": n} | a for n, a in enumerate(annotations)],
    }
    (root / "ct-000007_scene-001.json").write_text(json.dumps(case))
    return root


def annotation(category, mask):
    return {"category_id": category, "segmentation": uncompressed(mask)}


def test_a_published_case_reads(tmp_path):
    one, two = blob(8, 9, 5), blob(10, 20, 4)
    parts = [annotation(1, one), annotation(1, two), annotation(1000, one), annotation(1000, two)]
    image = np.arange(600, dtype=np.uint16).reshape(SIZE) * 100
    sample = Published(published(tmp_path, [*parts, annotation(10005, two)], image))[0]
    assert sample.key == "ct-000007_scene-001/0000000003"
    np.testing.assert_allclose(sample.image, image / 59900, rtol=1e-6)
    assert set(sample.masks) == {"spleen", "tool", "tool (2)"}
    np.testing.assert_array_equal(sample.masks["spleen"], one | two)
    np.testing.assert_array_equal(sample.masks["tool (2)"], two)
    assert "spleen" in sample.phrases["spleen"]
    assert sample.record["absent"] == ["fibula"]  # the liver's part beyond the CT is in view: unknown
    assert {p.name for p in sample.prompts(np.random.default_rng(0), 40)} >= {"spleen", "tool"}


@pytest.mark.parametrize(("mode", "scale"), [("float", 1), ("float", 1000), ("int32", 1)])
def test_images_of_32_bits(tmp_path, mode, scale):
    image = (np.random.default_rng(0).random(SIZE) * scale).astype(np.float32)
    if mode == "int32":
        image = (image * 1e6).astype(np.int32)
    Image.fromarray(image).save(tmp_path / "a.tiff")
    want = image if mode == "float" and scale == 1 else image / image.max()
    np.testing.assert_allclose(read_tiff(tmp_path / "a.tiff"), want, rtol=1e-6)


@pytest.mark.parametrize("change", ["cut", "text", "grey", "nan", "negative"])
def test_images_that_are_none(tmp_path, change):
    image = {"nan": np.nan, "negative": -1.0}.get(change, 1.0) * np.ones(SIZE, dtype=np.float32)
    Image.fromarray(image.astype(np.uint8) if change == "grey" else image).save(tmp_path / "a.tiff")
    if change in ("cut", "text"):
        whole = (tmp_path / "a.tiff").read_bytes()
        (tmp_path / "a.tiff").write_bytes(whole[:100] if change == "cut" else b"hello")
    with pytest.raises(ReadError, match=r"a\.tiff"):
        read_tiff(tmp_path / "a.tiff")


@pytest.mark.parametrize(
    "listed",
    [
        {"file_name": "../../etc/passwd"},
        {"file_name": "/etc/passwd"},
        {"file_name": "no.tiff"},
        {"height": 21},
        {"height": "20"},
        {"width": 1 << 30},
        {"id": None},
    ],
)
def test_hostile_cases_are_refused(tmp_path, listed):
    with pytest.raises(ReadError):
        Published(published(tmp_path, [], **listed))[0]


@pytest.mark.parametrize(
    "hostile",
    [{"category_id": 99, "segmentation": []}, {"segmentation": []}, {"category_id": 1}, {"image_id": "3"}],
)
def test_hostile_annotations_are_refused(tmp_path, hostile):
    with pytest.raises(ReadError):
        Published(published(tmp_path, [hostile]))[0]


def test_written_as_published_and_read_again(torso_set, tmp_path):
    data = fluoroseg.Dataset(torso_set)
    assert write_published(data, tmp_path / "out") == 12
    back = Published(tmp_path / "out")
    assert [
        len(back),
        len(Published(tmp_path / "out", "train")),
        len(Published(tmp_path / "out", "val")),
    ] == [12, 6, 6]
    for ours, theirs in zip(data, back, strict=True):
        np.testing.assert_array_equal(ours.image, theirs.image)
        assert ours.phrases == theirs.phrases
        for name, mask in ours.masks.items():
            np.testing.assert_array_equal(mask, theirs.masks[name])
        for field in ("known", "absent"):
            assert ours.record[field] == theirs.record[field]
    (tmp_path / "out" / "val.txt").write_text("../secret.json\n")
    with pytest.raises(ReadError, match="secret"):
        Published(tmp_path / "out", "val")
    with pytest.raises(UsageError, match="exists"):
        write_published(data, tmp_path / "out")


def test_cases_without_lists_are_split_by_name(tmp_path):
    for n in range(10):
        (tmp_path / f"ct-{n:06d}_scene-000.json").write_text('{"categories":[],"images":[],"annotations":[]}')
    assert len(Published(tmp_path)) == 0
    from fluoroseg.dataset.published import case_names

    assert case_names(tmp_path, "val") == ["ct-000009_scene-000.json"]
    assert len(case_names(tmp_path, "train")) == 9
    with pytest.raises(UsageError):
        case_names(tmp_path, "test")
    with pytest.raises(ReadError, match="no case"):
        Published(tmp_path / "nothing")


def test_coco(torso_set, tmp_path):
    data = fluoroseg.Dataset(torso_set)
    assert write_coco(data, tmp_path / "coco") == 12
    told = json.loads((tmp_path / "coco" / "instances.json").read_text())
    names = {c["id"]: c["name"] for c in told["categories"]}
    assert len({a["id"] for a in told["annotations"]}) == len(told["annotations"]) > 30
    for number, image in enumerate(told["images"]):
        picture = Image.open(tmp_path / "coco" / "images" / image["file_name"])
        assert (picture.mode, picture.size) == ("L", (48, 48))
        own = {a["name"]: a for a in told["annotations"] if a["image_id"] == image["id"]}
        assert set(own) == set(data[number].masks)
        for name, one in own.items():
            np.testing.assert_array_equal(rle.decode(one["segmentation"]), data[number].masks[name])
            assert names[one["category_id"]] in (name, "tool")
    assert not list(tmp_path.glob(".*"))


def test_merged_sets(torso_set, tmp_path):
    small = write_dataset(tmp_path / "small")
    out = tmp_path / "both"
    assert merge([torso_set, small], out) == 17
    assert verify(out) == (17, [])
    data = fluoroseg.Dataset(out)
    parts = fluoroseg.Dataset([torso_set, small])
    assert [s.key for s in data] == [f"{i:08d}" for i in range(17)]
    for i in range(17):
        assert data[i].record["source"] == {"set": int(i >= 12), "key": parts[i].key}
        np.testing.assert_array_equal(data[i].image, parts[i].image)
        assert list(data[i].masks) == list(parts[i].masks)
    told = data.descriptions[0]
    assert [(s["name"], s["images"]) for s in told["sources"]] == [("set", 12), ("small", 5)]
    merge([torso_set, small], tmp_path / "twin")
    assert (out / "dataset.json").read_bytes() == (tmp_path / "twin" / "dataset.json").read_bytes()
    assert str(tmp_path) not in (out / "dataset.json").read_text()
    for wrong in ([small], [small, small]):
        with pytest.raises(UsageError):
            merge(wrong, tmp_path / "new")
    with pytest.raises(UsageError, match="exists"):
        merge([torso_set, small], out)
    (small / "shard-000000.tar").write_bytes(b"x" * 5000)
    with pytest.raises(ReadError):
        merge([torso_set, small], tmp_path / "new")
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*"))
