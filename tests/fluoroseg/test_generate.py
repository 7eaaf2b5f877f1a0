"""`fluoroseg generate` on a tiny patient: the same bytes however it was made, and broken inputs."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from fluoroseg.cli import main
from fluoroseg.dataset.reading import Dataset
from fluoroseg.errors import ReadError, UsageError
from fluoroseg.generate import generate

SIZE = 48


@pytest.fixture(scope="module")
def reference(patients, tmp_path_factory) -> Path:
    """12 images in 3 shards, made by one worker without a break."""
    out = tmp_path_factory.mktemp("reference") / "set"
    outcome = generate(out, patients, 12, SIZE, seed=5, workers=1, per_shard=4)
    assert (outcome.images, outcome.errors) == (12, [])
    return out


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_was_made(reference, patients):
    data = Dataset(reference)
    assert [s.key for s in data] == [f"{i:08d}" for i in range(12)]
    for sample in data:
        assert sample.image.shape == (SIZE, SIZE)
        assert sample.image.min() > 0
        assert sample.record["kvp"] >= 60
        assert sample.masks
        for name, mask in sample.masks.items():
            assert mask.any()
            assert sample.phrases[name]
        tools = {t["key"] for t in sample.record["tools"]}
        assert {o["name"] for o in sample.record["objects"] if o["id"] == 1000} <= tools
        names = set(sample.masks) - tools
        assert set(sample.record["absent"]) == set(sample.record["known"]) - names
    names = [Path(p).name for p in patients]
    assert [s.record["patient"] for s in data] == [names[0]] * 6 + [names[1]] * 6
    assert len({json.dumps(s.record["camera"]) for s in data}) == 12
    description = json.loads((reference / "dataset.json").read_text())
    assert description["complete"] is True
    assert description["seed"] == 5
    assert description["plan"]["images"] == 12
    assert main(["dataset", "verify", str(reference)]) == 0


def test_two_workers_give_the_same_bytes(reference, patients, tmp_path):
    seen = []
    generate(tmp_path / "set", patients, 12, SIZE, 5, workers=2, progress=seen.append, per_shard=4)
    assert contents(tmp_path / "set") == contents(reference)
    assert [p.done for p in seen] == [4, 8, 12]
    assert seen[-1].seconds_left == 0


def test_another_seed_gives_other_bytes(reference, patients, tmp_path):
    generate(tmp_path / "set", patients, 12, SIZE, 6, workers=1, per_shard=12)
    theirs, ours = Dataset(reference), Dataset(tmp_path / "set")
    assert all((a.image != b.image).any() for a, b in zip(theirs, ours, strict=True))


def test_shard_size_changes_no_sample(reference, patients, tmp_path):
    generate(tmp_path / "set", patients, 12, SIZE, 5, workers=1, per_shard=5)
    for a, b in zip(Dataset(reference), Dataset(tmp_path / "set"), strict=True):
        assert a.record == b.record
        np.testing.assert_array_equal(a.image, b.image)


def test_resume_after_an_interruption(reference, patients, tmp_path):
    out = tmp_path / "set"

    class Enough(Exception):
        pass

    def stop(progress):
        raise Enough

    with pytest.raises(Enough):
        generate(out, patients, 12, SIZE, 5, workers=1, progress=stop, per_shard=4)
    assert sorted(contents(out)) == ["dataset.json", "shard-000000.tar"]
    with pytest.raises(ReadError, match="--resume"):
        Dataset(out)
    made = (out / "shard-000000.tar").stat().st_mtime_ns
    (out / ".shard-000001.tar.77.tmp").write_bytes(b"half a shard")
    (out / "shard-000002.tar").write_bytes(b"not a shard")
    generate(out, patients, 12, SIZE, 5, workers=1, resume=True, per_shard=4)
    assert contents(out) == contents(reference)
    assert (out / "shard-000000.tar").stat().st_mtime_ns == made


def test_resume_after_kill_9(reference, patients, tmp_path):
    """Killed at an arbitrary moment; its workers go too, and nothing half-written stays."""
    out = tmp_path / "set"
    code = (
        "from fluoroseg.generate import generate\n"
        f"if __name__ == '__main__': generate({str(out)!r}, {patients!r}, 12, {SIZE}, 5, 2, per_shard=4)\n"
    )
    script = tmp_path / "make.py"
    script.write_text(code)
    process = subprocess.Popen([sys.executable, str(script)], start_new_session=True)
    deadline = time.monotonic() + 60
    while not list(out.glob("shard-*.tar")) and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    while _alive_in_group(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive_in_group(process.pid)
    generate(out, patients, 12, SIZE, 5, workers=1, resume=True, per_shard=4)
    assert contents(out) == contents(reference)


def test_a_full_disk_is_told_and_loses_nothing(reference, patients, tmp_path):
    """No file may grow beyond 60 kB, as if the disk ended there: one line, and later the same bytes."""
    out = tmp_path / "set"
    code = (
        "import resource, sys; from fluoroseg.cli import main\n"
        "if __name__ == '__main__':\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))\n"
        f"    sys.exit(main(['generate', {str(out)!r}, '--patients', *{patients!r}, '--images', '12', "
        f"'--size', '{SIZE}', '--seed', '5', '--workers', '1']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "cannot be written: File too large" in done.stderr
    assert "--resume" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in out.iterdir()] == ["dataset.json"]
    generate(out, patients, 12, SIZE, 5, workers=1, resume=True)
    assert main(["dataset", "verify", str(out)]) == 0
    made, whole = Dataset(out), Dataset(reference)
    assert [sample.record for sample in made] == [sample.record for sample in whole]


def _alive_in_group(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_exists_is_not_overwritten(reference, patients, tmp_path, capsys):
    before = contents(reference)
    argv = ["generate", str(reference), "--patients", *patients, "--images", "12", "--size", str(SIZE)]
    assert main(argv) == 2
    assert main([*argv, "--resume", "--seed", "1"]) == 2
    assert "seed" in capsys.readouterr().err
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(UsageError, match="exists"):
        generate(tmp_path, patients, 1, resume=True)
    with pytest.raises(UsageError, match="cannot be made"):
        generate(tmp_path / "mine.txt" / "set", patients, 1)
    assert contents(reference) == before
    assert contents(tmp_path) == {"mine.txt": b"keep me"}


def test_a_broken_patient_is_told_and_left_out(patients, tmp_path, capsys):
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"this is no CT")
    out = tmp_path / "set"
    argv = ["generate", str(out), "--patients", patients[0], str(broken), "--images", "4"]
    argv += ["--size", str(SIZE), "--workers", "1"]
    assert main([*argv, "--json"]) == 3
    captured = capsys.readouterr()
    assert "broken.nii.gz" in captured.err
    assert json.loads(captured.out)["images"] == 2
    (line,) = [json.loads(text) for text in (out / "errors.jsonl").read_text().splitlines()]
    assert (line["patient"], line["keys"]) == (str(broken), ["00000002", "00000003"])
    assert [s.key for s in Dataset(out)] == ["00000000", "00000001"]
    assert main(["dataset", "verify", str(out)]) == 0


def test_resume_takes_up_a_patient_that_was_mended(patients, tmp_path):
    """In one process, and without an index that points into shards which are being made anew."""
    mended, out = tmp_path / "late", tmp_path / "set"

    def make(resume, progress=lambda _: None):
        kind = {"workers": 1, "per_shard": 4, "resume": resume, "progress": progress}
        return generate(out, [patients[0], str(mended)], 4, SIZE, 5, **kind)

    assert [line["keys"] for line in make(False).errors] == [["00000002", "00000003"]]
    shutil.copytree(patients[1], mended)

    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(True, stop)
    with pytest.raises(ReadError, match="--resume"):
        Dataset(out)
    assert make(True).errors == []
    assert len(Dataset(out)) == 4
    assert not (out / "errors.jsonl").exists()
    assert main(["dataset", "verify", str(out)]) == 0


def test_only_the_views_that_are_named(patients, tmp_path):
    out = tmp_path / "set"
    argv = ["generate", str(out), "--patients", patients[0], "--images", "3", "--size", str(SIZE)]
    assert main([*argv, "--view", "abdomen ap", "--view", "ap pelvis"]) == 0
    assert {s.record["view"]["name"] for s in Dataset(out)} <= {"ap abdomen", "ap pelvis"}
    assert main([*argv, "--resume"]) == 2  # another plan


def test_nothing_but_broken_patients(tmp_path, capsys):
    out = tmp_path / "set"
    assert main(["generate", str(out), "--patients", str(tmp_path / "gone"), "--images", "2"]) == 2
    assert "gone" in capsys.readouterr().err
    assert not out.exists()


def test_real_ct_and_phantom(shared_data, tmp_path):
    ct = shared_data / "ct" / "totalsegmentator-example"
    if not ct.exists():
        pytest.skip("the TotalSegmentator example is not in ../shared/data/ct")
    out = tmp_path / "set"
    argv = ["generate", str(out), "--patients", str(ct), "phantom", "--images", "4", "--size", "96"]
    assert main(argv) == 0
    assert main(["dataset", "verify", str(out)]) == 0
    data = Dataset(out)
    assert [s.record["patient"] for s in data][:2] == ["totalsegmentator-example"] * 2
    assert all(len(s.masks) > 3 for s in data)
