"""The network: shapes, prompts of every kind, words."""

import numpy as np
import pytest
import torch

from fluorosam.model import hints
from fluorosam.model.config import ModelConfig
from fluorosam.model.sam import FluoroSam
from fluorosam.model.text import hash_pieces

TINY = ModelConfig(
    side=64, widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 1), features=16, heads=4, decoder=8, text=16
)


@pytest.fixture(scope="module")
def model() -> FluoroSam:
    torch.manual_seed(0)
    return FluoroSam(TINY).eval()


@pytest.mark.parametrize("shape", [(64, 64), (32, 128), (96, 64)])
def test_shapes(model: FluoroSam, shape: tuple[int, int]) -> None:
    with torch.inference_mode():
        seen = model.encode(torch.rand(2, 2, *shape))
        grid = (shape[0] // 4, shape[1] // 4)
        out = model.decode(seen, ["left lung", "heart", "", "rib"], torch.zeros(2, 2, 4, *grid))
    assert out.logits.shape == (2, 2, shape[0] // 2, shape[1] // 2)
    assert out.score.shape == out.presence.shape == (2, 2)
    assert bool(((out.score >= 0) & (out.score <= 1)).all())


def test_prompts_do_not_disturb_each_other(model: FluoroSam) -> None:
    """Together or one by one: the same answers."""
    with torch.inference_mode():
        seen = model.encode(torch.rand(1, 2, 64, 64))
        hint = torch.from_numpy(hints.draw((16, 16), [(0.3, 0.4, 1), (0.8, 0.1, 0)]))
        both = model.decode(seen, ["heart", "left lung"], torch.stack([hint, torch.zeros_like(hint)])[None])
        alone = model.decode(seen, ["left lung"], torch.zeros(1, 1, 4, 16, 16))
    assert torch.allclose(both.logits[0, 1], alone.logits[0, 0], atol=1e-4)


def test_rough_answers_are_the_first_similarity_map(model: FluoroSam) -> None:
    """The very map that the mask decoder gets first: name by name, with all queries."""
    names = ["heart", "left lung", "rib"]
    with torch.inference_mode():
        seen = model.encode(torch.rand(1, 2, 64, 32))
        rough = model.rough(seen, names)
        assert rough.shape == (1, 3, 16, 8)
        for i, vector in enumerate(model.text(names)):
            asked = model.mask.ask(vector)[None, None]
            context = model.mask.look(asked, seen.tokens, seen.tokens)[0][0, 0]
            first = model.mask.queries(torch.cat([vector, context]))[:16]
            truth = torch.einsum("c,chw->hw", first, seen.features[0]) / 4
            assert torch.allclose(rough[0, i], truth, atol=1e-5)


def test_words_clicks_and_masks_all_matter(model: FluoroSam) -> None:
    with torch.inference_mode():
        seen = model.encode(torch.rand(1, 2, 64, 64))
        blank = torch.zeros(1, 1, 4, 16, 16)
        base = model.decode(seen, ["heart"], blank).logits
        assert not torch.equal(base, model.decode(seen, ["liver"], blank).logits)
        for channel in range(4):
            hint = blank.clone()
            hint[:, :, channel, 4:8, 4:8] = 1
            assert not torch.equal(base, model.decode(seen, ["heart"], hint).logits)


def test_hints_are_drawn_where_they_are_meant() -> None:
    drawn = hints.draw((16, 32), [(0.25, 0.5, 1), (0.75, 0.125, 0)], box=(0.5, 0.5, 1.0, 1.0))
    assert np.unravel_index(drawn[0].argmax(), (16, 32)) in [(3, 15), (4, 15), (3, 16), (4, 16)]
    assert np.unravel_index(drawn[1].argmax(), (16, 32)) in [(11, 3), (12, 3), (11, 4), (12, 4)]
    assert drawn[2, 12, 20] == 1
    assert drawn[2, 4, 20] == drawn[2, 12, 8] == 0
    assert not drawn[3].any()


def test_left_and_right_are_different_words_and_spelling_is_nearly_the_same() -> None:
    left, right = set(hash_pieces("left rib", 8192)), set(hash_pieces("right rib", 8192))
    assert len(left & right) < len(left) / 2 + 2
    good, typo = set(hash_pieces("vertebra", 8192)), set(hash_pieces("vertabra", 8192))
    assert len(good & typo) >= 4
    assert hash_pieces("L4", 64) == hash_pieces("l4", 64)
