"""A real, tiny run: data made here, trained, stopped, resumed bit by bit, loaded, asked."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

import fluorosam
from fluorosam.errors import ReadError, UsageError, WeightsError
from fluorosam.model.config import ModelConfig
from fluorosam.training import checkpoint
from fluorosam.training.concepts import taught
from fluorosam.training.config import TrainConfig, read_config
from fluorosam.training.data import Order, Pictures, collate
from fluorosam.training.selection import kept
from fluorosam.training.train import train
from fluoroseg.anatomy import members
from fluoroseg.dataset.concepts import TOOL, concepts
from fluoroseg.dataset.prompts import draw_prompts
from fluoroseg.dataset.reading import Dataset
from fluoroseg.generate import generate

TINY = ModelConfig(
    side=64, widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 1), features=16, heads=4, decoder=8, text=16
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "phantom"
    generate(folder, ["phantom"], 6, size=64, seed=1, workers=1, per_shard=6)
    return folder


def config(data: Path, run: Path, **changes: object) -> TrainConfig:
    base = TrainConfig(
        run=str(run), data=(str(data),), steps=6, batch=2, prompts=2, warmup=2, workers=0, threads=1,
        precision="fp32", save_every=3, model=TINY,
    )  # fmt: skip
    return dataclasses.replace(base, **changes)


def test_a_resumed_run_ends_with_the_same_bits(data: Path, tmp_path: Path) -> None:
    whole = train(config(data, tmp_path / "whole"))
    assert (tmp_path / "whole" / "batch.png").stat().st_size > 1000

    class Halt(Exception):
        pass

    first = config(data, tmp_path / "parts")
    real = checkpoint.save

    def save_then_die(*arguments: object) -> None:
        real(*arguments)
        raise Halt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoint, "save", save_then_die)
        with pytest.raises(Halt):
            train(first)
    with pytest.raises(UsageError, match="--resume"):
        train(first)
    with pytest.raises(UsageError, match="lr"):
        train(dataclasses.replace(first, lr=1.0), resume=True)
    parts = train(first, resume=True)
    assert parts.read_bytes() == whole.read_bytes().replace(b"whole", b"parts")


def test_batches_are_a_function_of_seed_and_step(data: Path, tmp_path: Path) -> None:
    cfg = config(data, tmp_path)
    late = next(iter(Order(cfg, [6], 4)))
    assert late == list(Order(cfg, [6], 0))[4]
    a, b = (collate([Pictures(cfg)[item] for item in late]) for _ in range(2))
    assert torch.equal(a.pictures, b.pictures)
    assert a.phrases == b.phrases
    assert len(a.phrases) == 2 * (2 + 12)
    first = a.first(2)
    assert first.phrases == [*a.phrases[:2], *a.phrases[14:16]]
    assert torch.equal(first.masks, a.masks[:, :2])
    assert a.masks.shape[-2:] == (a.pictures.shape[2] // 2, a.pictures.shape[3] // 2)


def test_left_out_pictures_are_never_drawn(data: Path, tmp_path: Path) -> None:
    one = Dataset(data)
    tools = {i for i, sample in enumerate(one) if sample.record["tools"]}
    drawn = {i for i, sample in enumerate(one) if sample.record["factors"]}
    assert set(kept(one, ())) == set(range(6))
    assert 0 < len(tools) < 6
    assert 0 < len(drawn) < 6
    assert set(kept(one, ["tools"])) == set(range(6)) - tools
    assert set(kept(one, ["attenuation", "no-such-*"])) == set(range(6)) - drawn
    with pytest.raises(UsageError, match="nothing is kept"):
        kept(one, ["phantom-*"])
    cfg = config(data, tmp_path, leave_out=("tools",), steps=20)
    pictures = Pictures(cfg)
    items = [item for batch in Order(cfg, [len(pictures.kept[0])], 0) for item in batch]
    assert {int(pictures.kept[0][item.index]) for item in items} == set(range(6)) - tools
    assert TOOL in taught([(one, kept(one, ()))])
    assert TOOL not in taught([(one, kept(one, ["tools"]))])


def test_only_what_is_wanted_is_asked(data: Path, tmp_path: Path) -> None:
    one, wanted = Dataset(data), {"heart", "ribs"}
    shows = {
        i for i, entry in enumerate(one.entries) if {*entry.names} & (members("heart") | members("ribs"))
    }
    assert set(kept(one, (), ["heart", "ribs"])) == shows
    pictures = Pictures(config(data, tmp_path, only=("heart", "ribs")))
    assert set(pictures.kept[0]) == shows
    for number in shows:
        for prompt in draw_prompts(one[number], np.random.default_rng(number), 20, only=wanted):
            assert prompt.name in wanted
    known = taught([(one, kept(one, (), ["heart", "ribs"]))], ["heart", "ribs"])
    assert {"heart"} < known.keys() <= members("heart") | members("ribs")  # of no other it says "taught"
    assert taught([(one, kept(one, ()))], ["lung_left"]).keys() >= {"lung_left_above_dome"}
    with pytest.raises(UsageError, match="nothing is kept"):
        kept(one, (), ["patella_left"])
    with pytest.raises(UsageError, match="only: names"):
        config(data, tmp_path, only=("hearts",))
    anything = draw_prompts(one[0], np.random.default_rng(0), 20, only={"no such thing"})
    assert len({prompt.name for prompt in anything}) > 2


def test_only_sure_things_are_asked(data: Path) -> None:
    for taken in Dataset(data):
        here, absent = concepts(taken.record)
        names = {c.name for c in here}
        assert names.isdisjoint(c.name for c in absent)
        assert {"lungs", "spine"} & (names | {c.name for c in absent})
        ignorant = {**taken.record, "known": [n for n in taken.record["known"] if "rib" not in n]}
        for part in concepts(ignorant):
            assert not {"rib_left_3", "ribs", "left_ribs"} & {c.name for c in part}


def test_weights_are_loaded_and_asked(data: Path, tmp_path: Path) -> None:
    path = train(config(data, tmp_path / "run"))
    sam = fluorosam.load(path)
    assert "heart" in sam.structures
    view = sam.encode(np.random.default_rng(0).random((90, 130)).astype(np.float32))
    answers = view.segment(["left lung", "heart"])
    assert [a.structure for a in answers] == ["lung_left", "heart"]
    for answer in answers:
        assert answer.array.shape == (90, 130)
        assert 0 <= answer.score <= 1
        assert answer.present or not answer.array.any()
    pointed = view.segment("heart", points=[(60, 40, 1), (5, 5, 0)], box=(20, 10, 100, 80))
    assert pointed.presence == 1
    assert view.segment(points=[(60, 40, 1)]).prompt == ""
    assert view.segment("no such thing at all").structure == ""


def test_what_was_never_taught_is_not_present(data: Path, tmp_path: Path) -> None:
    path = train(config(data, tmp_path / "run", steps=1))
    tensors, notes = checkpoint.load(path)
    for name in members("heart"):
        notes["taught"].pop(name, None)
    checkpoint.save(tmp_path / "less.safetensors", tensors, notes)
    view = fluorosam.load(tmp_path / "less.safetensors").encode(np.eye(64, dtype=np.float32))
    heart = view.segment("heart")
    assert not heart.present
    assert heart.presence == 0
    assert not heart.array.any()


@pytest.mark.parametrize("content", [b"", b"\x80\x04pickle", b"\xff" * 64, b"\x08\0\0\0\0\0\0\0{}      "])
def test_broken_weights_give_one_clear_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.safetensors").write_bytes(content)
    with pytest.raises(WeightsError, match=r"w\.safetensors"):
        fluorosam.load(tmp_path / "w.safetensors")


def test_configuration_is_strict(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('run = "r"\ndata = ["d"]\nsteps = 10\n[model]\nside = 128\n')
    assert read_config(path).model.side == 128
    assert read_config(path).data == (str(tmp_path / "d"),)
    for text, error in [
        ('run = "r"\ndata = ["d"]\nstep = 10\n', UsageError),
        ('run = "r"\ndata = ["d"]\nsteps = "10"\n', UsageError),
        ('run = "r"\ndata = []\n', UsageError),
        ('run = "r"\n', UsageError),
        ('run = "r"\ndata = ["d"]\nweights = ["a"]\n', UsageError),
        ('run = "r"\ndata = ["d"]\nprompts = 65\n', UsageError),
        ('run = "r"\ndata = ["d"]\nrough = 63\n', UsageError),
        ('run = "r"\ndata = ["d"]\nrandomize = ["colour"]\n', UsageError),
        ('run = "r"\ndata = ["d"]\n[model]\nwidths = [8]\n', UsageError),
        ('run = "r"\ndata = ["d"]\n[model]\nfeatures = 30\n', UsageError),
        ("run = \n", ReadError),
    ]:
        path.write_text(text)
        with pytest.raises(error):
            read_config(path)
