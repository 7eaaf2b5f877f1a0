"""What each part of the training data buys: a small network, with everything and without each part.

    python scripts/ablation.py OUT --data SET ... --validation NAME=SET ... --real FOLDER ... [--steps 700]

OUT gets one run a variant, an evaluation set of randomised pictures for each validation set,
`ablation.json` and `ablation.md` (mean Dice by words alone). A second call goes on where the first stopped.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from PIL import Image

from fluorosam.evaluation.evaluate import wrong_side
from fluorosam.evaluation.metrics import dice
from fluorosam.evaluation.sets import read_mask, read_set
from fluorosam.formats import reading
from fluorosam.formats.output import new_folder
from fluorosam.model.config import ModelConfig
from fluorosam.model.hints import HINTS
from fluorosam.predictor import Sam, View, load
from fluorosam.training.config import TrainConfig
from fluorosam.training.selection import kept
from fluorosam.training.train import train
from fluorosam.words import understand
from fluoroseg import Dataset
from fluoroseg.dataset.prompts import draw_prompts
from fluoroseg.randomization import apply, sample
from fluoroseg.randomization.mix import GROUPS
from fluoroseg.randomization.pipeline import pack

SMALL = ModelConfig(
    side=128, widths=(16, 32, 64, 96, 128), blocks=(0, 1, 1, 1, 1), features=32, heads=8, decoder=16, text=96
)
CHEST = ("lungs", "lung_left", "lung_right", "cardiomediastinum", "heart", "airways", "liver")

CT = ("totalsegmentator*", "lidc-*", "cmb-*", "acrin-*", "openkbp-*", "fracsegnet-*")
ATLAS = ("bodyparts3d*", "hra*")
VARIANTS: dict[str, dict[str, Any]] = {
    "everything": {},
    "without drawn attenuation": {"leave_out": ("attenuation",)},
    "without pictures of tools": {"leave_out": ("tools",)},
    **{f"without {group}": {"randomize": tuple(g for g in GROUPS if g != group)} for group in GROUPS},
    "without any transform": {"randomize": ()},
    "without CT": {"leave_out": CT},
    "without atlases": {"leave_out": ATLAS},
    "without phantoms": {"leave_out": ("phantom-*",)},
}


def main() -> None:
    args = _arguments()
    sets = [Path(folder) for folder in args.real]
    for text in args.validation:
        name, _, folder = text.partition("=")
        sets.append(args.out / name)
        if not sets[-1].exists():
            write_set(Dataset(folder), sets[-1], args.names)
    found = {}
    for name, changes in VARIANTS.items():
        run = args.out / name.replace(" ", "-")
        config = TrainConfig(
            run=str(run),
            data=tuple(args.data),
            steps=args.steps,
            prompts=2,
            workers=1,
            ema=0.98,
            only=tuple(args.names),
            model=SMALL,
            **changes,
        )
        done = run / "weights.safetensors"
        if not done.exists() and train(config, resume=True) != done:
            return  # stopped by a signal
        sam = load(done)
        found[name] = {one.name: _means(sam, one, args.names) for one in sets}
        (args.out / "ablation.json").write_text(json.dumps(found, indent=1))
        (args.out / "ablation.md").write_text(table(found))
    sys.stdout.write(table(found))


def write_set(data: Dataset, out: Path, names: Sequence[str], prompts: int = 5) -> None:
    """Each sample that shows one of `names` once, randomised, with `prompts` phrases for them that were not
    taught -> an evaluation set."""
    with new_folder(out) as folder:
        (folder / "images").mkdir()
        rows = [("image", "prompt", "mask"), *_write_images(data, folder, names, prompts)]
        with (folder / "index.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)


def _write_images(
    data: Dataset, out: Path, names: Sequence[str], prompts: int
) -> Iterator[tuple[str, str, str]]:
    for number in kept(data, (), names):
        taken = data[int(number)]
        rng = np.random.default_rng([number, 77])
        asked = list(
            {p.name: p for p in draw_prompts(taken, rng, prompts, split="test", only=names)}.values()
        )
        bits = pack([prompt.mask for prompt in asked], taken.image.shape)
        pixels, bits, _ = apply(sample(rng, field=taken.field), taken.image, bits, (256, 256))
        image = f"images/{number:04d}.png"
        Image.fromarray((pixels * 255).astype(np.uint8)).save(out / image)
        for i, prompt in enumerate(asked):
            mask = (bits >> np.uint64(i)) & np.uint64(1)
            if prompt.present and mask.mean() < 0.002:
                continue
            path = f"images/{number:04d}-{i}.png"
            Image.fromarray((mask * 255).astype(np.uint8)).save(out / path)
            yield image, prompt.words, path


def table(found: dict[str, dict[str, dict[str, float]]]) -> str:
    """Markdown: one row a variant; in each cell the figure and its difference to the first row."""
    first = next(iter(found.values()))
    columns = [(one, prompt) for one, means in first.items() for prompt in means]
    lines = [
        "| | " + " | ".join(f"{one}: {prompt}" for one, prompt in columns) + " |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for name, means in found.items():
        cells = []
        for one, prompt in columns:
            value, base = means[one][prompt], first[one][prompt]
            cells.append(f"{value:.3f}" + (f" ({value - base:+.3f})" if means is not first else ""))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _means(sam: Sam, folder: Path, names: Sequence[str]) -> dict[str, float]:
    """Dice of what is there, share of absent things called absent, share of answers on the wrong side."""
    dices, absent, sides = [], [], []
    for image, cases in read_set(folder).by_image().items():
        cases = [case for case in cases if understand(case.prompt).name in names]
        if not cases:
            continue
        view = sam.encode(reading.open(image))
        masks = {case.prompt: read_mask(case.mask, view.shape) for case in cases}
        drawn, presence = _drawn(view, list(masks))
        for (prompt, truth), answer, sure in zip(masks.items(), drawn, presence, strict=True):
            if not truth.any():
                absent.append(sure < 0.5)
                continue
            dices.append(dice(truth, answer))
            sides += [wrong_side(prompt, masks, answer)]
    out = {"Dice": float(np.mean(dices))}
    if absent:
        out["absent told"] = float(np.mean(absent))
    if any(side is not None for side in sides):
        out["wrong side"] = float(np.mean([side for side in sides if side is not None]))
    return out


def _drawn(view: View, prompts: list[str]) -> tuple[Bool[np.ndarray, "p h w"], Float[np.ndarray, " p"]]:
    """The masks by words alone, whether or not the network believes that there is anything: what short runs
    learn last is when to say so."""
    phrases = [understand(prompt).phrase for prompt in prompts]
    with torch.inference_mode():
        blank = torch.zeros(1, len(phrases), HINTS, *view.seen.features.shape[2:], device=view.sam.device)
        out = view.sam.model.decode(view.seen, phrases, blank)
        logits = torch.nn.functional.interpolate(out.logits, view.shape, mode="bilinear", align_corners=False)
    return (logits[0] > 0).cpu().numpy(), out.presence.sigmoid()[0].cpu().numpy()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", nargs="+", required=True, help="data sets to train on")
    parser.add_argument(
        "--validation", nargs="*", default=[], metavar="NAME=SET", help="data sets of other seeds"
    )
    parser.add_argument("--real", nargs="*", default=[], help="evaluation sets (folders with index.csv)")
    parser.add_argument(
        "--names", nargs="+", default=CHEST, help="what is taught and asked; short runs learn few things"
    )
    parser.add_argument("--steps", type=int, default=700)
    return parser.parse_args()


if __name__ == "__main__":
    main()
