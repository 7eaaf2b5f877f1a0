"""Pages to look at, counts and cards, and the commands that make them."""

import json
import re
import shutil
import subprocess
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image
from small_sets import make_shot

import fluoroseg
from fluoroseg.cli import main
from fluoroseg.dataset import record as records
from fluoroseg.dataset import rle, shards
from fluoroseg.dataset.browse import ACROSS, browse
from fluoroseg.dataset.browse import _shrunk as shrunk
from fluoroseg.dataset.info import info
from fluoroseg.errors import ReadError, UsageError

PAGE = files("fluoroseg.dataset").joinpath("browse.html")
EVIL = "</script><script>alert(1)</script>&amp;'\"\u2028`|"


def argument(path):
    """What a data script hands to the page, as JSON."""
    call = re.fullmatch(r"fluoroseg\w+\((.*)\);\n", path.read_text(encoding="ascii"), re.DOTALL)
    return json.loads(f"[{call[1]}]")


def strange_set(folder, **change):
    """A data set of one sample whose record was changed by somebody else."""
    shot = make_shot(0)
    record = records.sample_record(shot, "00000000") | change
    folder.mkdir()
    shards.write_shard(folder / "shard-000000.tar", [shards.pack(shot, record)])
    one, entries = shards.scan_shard(folder / "shard-000000.tar")
    shards.write_index(folder, entries)
    shards.write_json(folder / "dataset.json", {"format": shards.FORMAT, "images": 1, "shards": [vars(one)]})
    return folder


def test_pages_hold_every_sample(torso_set, tmp_path):
    data, out = fluoroseg.Dataset(torso_set), tmp_path / "web"
    assert browse(data, out, thumb=32) == 12
    assert (out / "index.html").read_bytes() == PAGE.read_bytes()
    (index,) = argument(out / "data" / "index.js")
    sheet, samples = argument(out / "data" / "masks-00000.js")
    assert (sheet, len(samples), len(index["samples"])) == (0, 12, 12)
    assert Image.open(out / "data" / "sheet-00000.jpg").size == (ACROSS * 32, ACROSS * 32)
    for number, (told, sample) in enumerate(zip(index["samples"], samples, strict=True)):
        taken, entry = data[number], data.entries[number]
        words = [
            index[kind][n]
            for kind, n in zip(("patients", "views", "regions", "procedures"), told[1:5], strict=True)
        ]
        assert [told[0], *words] == [entry.key, entry.patient, entry.view, entry.region, entry.procedure]
        assert {index["tools"][n] for n in told[5]} == set(entry.tools)
        assert [index["names"][n] for n in told[6]] == list(entry.names)
        for name, counts, area, _, own in sample["objects"]:
            mask = taken.masks[index["names"][name]]
            small = rle.decode({"size": sample["size"], "counts": counts})
            np.testing.assert_array_equal(small, shrunk(mask, (32, 32)))
            assert area == mask.sum()
            assert (own or index["phrases"][name]) == taken.phrases[index["names"][name]]
    with pytest.raises(UsageError, match="exists"):
        browse(data, out)
    with pytest.raises(UsageError, match="thumbnail"):
        browse(data, tmp_path / "new", thumb=5)


@pytest.mark.parametrize("size", [(128, 128), (40, 50), (13, 17), (80, 100)])
def test_small_masks_keep_what_fills_a_fifth_of_a_pixel(size):
    """The slow twin: one pixel after the other."""
    mask = np.random.default_rng(0).random((40, 50)) < 0.2
    small = shrunk(mask, size)
    for row, column in np.ndindex(size):
        top, left = row * 40 // size[0], column * 50 // size[1]
        bottom, right = max((row + 1) * 40 // size[0], top + 1), max((column + 1) * 50 // size[1], left + 1)
        assert small[row, column] == (mask[top:bottom, left:right].mean() >= 0.2)


def test_no_word_of_the_data_can_become_html(tmp_path):
    tool = {"tool": EVIL, "key": EVIL, "structure": EVIL}
    objects = records.sample_record(make_shot(0), "k")["objects"]
    objects[0] |= {"name": EVIL, "phrases": [EVIL]}
    folder = strange_set(tmp_path / "set", patient=EVIL, view={"name": EVIL}, tools=[tool], objects=objects)
    browse(fluoroseg.Dataset(folder), tmp_path / "web", thumb=32)
    for path in (tmp_path / "web" / "data").glob("*.js"):
        assert not set("<>&\u2028") & set(path.read_text())
    assert argument(tmp_path / "web" / "data" / "index.js")[0]["patients"] == [EVIL]
    assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|document.write|eval", PAGE.read_text())
    assert main(["dataset", "info", str(folder), "--card", str(tmp_path / "card.md")]) == 0
    assert "<script" not in (tmp_path / "card.md").read_text()


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_the_page_unpacks_masks_as_we_do(tmp_path):
    script = re.search("<script>(.*)</script>", PAGE.read_text(), re.DOTALL)[1]
    decode = re.search(r"function decode\(.*?\n}\n", script, re.DOTALL)[0]
    (tmp_path / "page.js").write_text(script)
    subprocess.run(["node", "--check", str(tmp_path / "page.js")], check=True)
    rng = np.random.default_rng(0)
    masks = [rng.random((37, 23)) < share for share in (0, 0.02, 0.5, 1)]
    masks.append(np.indices((37, 23)).sum(0) > 25)
    calls = [f"[...decode({json.dumps(rle.encode(m)['counts'])}, 37, 23)]" for m in masks]
    code = decode + f"console.log(JSON.stringify([{','.join(calls)}]))"
    told = subprocess.run(["node", "-e", code], check=True, capture_output=True, text=True).stdout
    for mask, theirs in zip(masks, json.loads(told), strict=True):
        np.testing.assert_array_equal(mask, np.array(theirs, dtype=bool).reshape(37, 23))


def test_info_counts_what_is_there(torso_set):
    counts, data = info(torso_set), fluoroseg.Dataset(torso_set)
    shown = [name for sample in data for name in sample.masks]
    assert counts["images"] == counts["records_read"] == 12
    assert counts["structures"]["liver"] == shown.count("liver")
    assert sum(counts["regions"].values()) == sum(counts["views"].values()) == 12
    assert counts["phrases"] == len({p for s in data for words in s.phrases.values() for p in words})
    assert counts["objects"] == round(len(shown) / 12, 1)
    assert counts["sizes"] == {"48 x 48": 12}
    assert 60 <= counts["kvp"][0] <= counts["kvp"][1] <= counts["kvp"][2] <= 125


@pytest.mark.parametrize(
    "change",
    [
        {"kvp": "90"},
        {"camera": 3},
        {"camera": {"right_mm": ["x"]}},
        {"not_placed": [[]]},
        {"view": "chest"},
        {"tools": 5},
        {"patient": None},
    ],
)
def test_strange_records_are_told_or_read(tmp_path, change):
    record = json.dumps(records.sample_record(make_shot(0), "k") | change).encode()
    if "right_mm" in str(change):
        assert info(strange_set(tmp_path / "set", **change))["pixel_mm"] == []
        return
    with pytest.raises(ReadError):
        records.load(record)


def test_commands(torso_set, tmp_path, capsys):
    def told(*argv):
        assert main(["dataset", *argv, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    card = tmp_path / "card.md"
    assert told("info", str(torso_set), "--card", str(card))["images"] == 12
    text = card.read_text()
    assert "## Body parts" in text
    assert "| liver | " in text
    assert main(["dataset", "info", str(torso_set), "--card", str(card)]) == 2
    assert main(["dataset", "info", str(torso_set)]) == 0
    assert "procedures" in capsys.readouterr().out
    assert told("verify", str(torso_set)) == {"ok": True, "sound": 12, "problems": []}
    assert told("browse", str(torso_set), "-o", str(tmp_path / "web"), "--thumb", "32")["images"] == 12
    for form in ("coco", "fluoroseg"):
        assert told("export", str(torso_set), "--format", form, "-o", str(tmp_path / form))["images"] == 12
    other = strange_set(tmp_path / "other")
    assert told("merge", str(torso_set), str(other), "-o", str(tmp_path / "both"))["images"] == 13
    assert main(["dataset", "merge", str(torso_set), str(other), "-o", str(tmp_path / "both")]) == 2
    assert "exists" in capsys.readouterr().err


def test_many_sheets_are_drawn_by_processes_as_by_one(torso_set, tmp_path, monkeypatch):
    data = fluoroseg.Dataset([torso_set] * 90)
    assert browse(data, tmp_path / "many", thumb=32) == 1080
    monkeypatch.setattr("fluoroseg.dataset.browse.cores", lambda: 1)
    browse(data, tmp_path / "one", thumb=32)
    many, one = (
        {path.name: path.read_bytes() for path in (tmp_path / name / "data").iterdir()}
        for name in ("many", "one")
    )
    assert len(one) == 1 + 2 * 44
    assert many == one
