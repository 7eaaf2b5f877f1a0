"""The sheets of patients in docs/images/patients, two of variations, and their gallery in docs/patients.md.

python scripts/make_patient_pictures.py SHARED_DATA [NAME ...]

SHARED_DATA: the folder with `ct` and `atlas`. Without names all are made. A patient that cannot be opened is
told, and the others are made. The gallery shows every sheet that is there, with its source's credit line.
"""

import io
import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

import fluoroseg
from fluoroseg.errors import FluorosegError
from fluoroseg.patients.patient import Patient
from fluoroseg.patients.show import sheet, xray
from fluoroseg.patients.variation import (
    Contrast,
    Gas,
    Opacity,
    Pneumothorax,
    Turn,
    Variation,
    Wave,
    sample_variation,
    vary,
)

DOCS = Path(__file__).parents[1] / "docs"
PICTURES, PAGE = DOCS / "images" / "patients", DOCS / "patients.md"
GALLERY = "Made by `python scripts/make_patient_pictures.py SHARED_DATA`.\n\n"
MOST_BYTES = 150_000
OWN = "made by FluoroSAM from code"
BODYPARTS = "BodyParts3D, © The Database Center for Life Science, CC BY-SA 2.1 Japan"
HRA = "HuBMAP Human Reference Atlas, CC BY 4.0"
LIDC = "LIDC-IDRI, The Cancer Imaging Archive, CC BY 3.0"
ACRIN = "ACRIN-FLT-Breast, The Cancer Imaging Archive, CC BY 3.0"
PHANTOMS = {
    "phantom-man": {"seed": 1, "sex": "male", "height_cm": 178},
    "phantom-woman": {"seed": 2, "sex": "female", "height_cm": 165},
    "phantom-child": {"seed": 3, "sex": "female", "height_cm": 115},
    "phantom-obese": {"seed": 4, "sex": "male", "height_cm": 175, "weight_kg": 130},
}
FILES = {
    "bodyparts3d": ("atlas/bodyparts3d", BODYPARTS),
    "hra-male": ("atlas/hra-male", HRA),
    "hra-female": ("atlas/hra-female", HRA),
    "mixed": ("atlas/bodyparts3d+atlas/hra-male", f"{BODYPARTS}; {HRA}"),
    "totalsegmentator-example": ("ct/totalsegmentator-example", "TotalSegmentator, Apache-2.0"),
    "lidc-0314-chest": ("ct/lidc-0314-chest.nii.gz", LIDC),
    "lidc-0001-chest": ("ct/lidc-0001-chest.nii.gz", LIDC),
    "cmb-crc-chest": ("ct/cmb-crc-chest.nii.gz", "CMB-CRC, The Cancer Imaging Archive, CC BY 4.0"),
    "acrin-head-arms-upper-chest": ("ct/acrin-head-arms-upper-chest.nii.gz", ACRIN),
    "acrin-abdomen-pelvis": ("ct/acrin-abdomen-pelvis.nii.gz", ACRIN),
    "fracsegnet-pelvis-001": ("ct/fracsegnet-pelvis-001", "FracSegNet, MIT"),
    "openkbp-247": ("ct/openkbp-head-neck/test_pt_247.npz", "OpenKBP, MIT"),
}
_POSTURE = (
    Turn("shoulder_left", 0, 25),
    Turn("elbow_right", 30),
    Turn("hip_left", 0, 12, 15),
    Turn("hip_right", 0, 8),
    Turn("lumbar", 0, 10),
    Turn("neck", 0, -12, 10),
)
SHAPES = {
    "as it is": Variation(),
    "waves": Variation(waves=(Wave((9.0, 3.0, 6.0), (0.004, 0.0, 0.013), 0.5),)),
    "scale": Variation(scale=(1.15, 1.1, 0.95)),
    "posture": Variation(turns=_POSTURE),
    "girth -8 mm": Variation(girth_mm=-8.0),
    "girth +8, fat 20 mm": Variation(girth_mm=8.0, fat_mm=20.0),
    "drawn, seed 1": sample_variation(np.random.default_rng(1)),
    "drawn, seed 2": sample_variation(np.random.default_rng(2)),
}
CONTENTS = {
    "as it is": Variation(),
    "osteoporosis": Variation(bone_gain=0.45),
    "densities": Variation(density_sd=0.15, density_seed=3),
    "mirrored": Variation(mirrored=True),
    "effusion, consolidation": Variation(
        opacities=(Opacity("right", (0.5, 0.5, 0.5), 0.0, 0.3), Opacity("left", (0.5, 0.4, 0.7), 35.0, 0.0))
    ),
    "pneumothorax": Variation(pneumothoraces=(Pneumothorax("left", 0.75),)),
    "bowel gas": Variation(gas=(Gas(25, 14.0, 1), Gas(4, 28.0, 2))),
    "contrast: vessels": Variation(contrasts=(Contrast("vessels", 500.0),)),
    "contrast: gut, bladder": Variation(contrasts=(Contrast("gut", 700.0), Contrast("urinary", 900.0))),
}
SHEETS = {
    "variation-shapes": (SHAPES, slice(None), 3.0, 8),
    "variation-contents": (CONTENTS, slice(100, 420), 2.2, 5),
}
_OPENKBP = {
    "m_Brainstem": "brainstem",
    "m_Esophagus": "esophagus",
    "m_Larynx": "larynx",
    "m_LeftParotid": "parotid_gland_left",
    "m_Mandible": "mandible",
    "m_RightParotid": "parotid_gland_right",
    "m_SpinalCord": "spinal_cord",
}


def main(data: Path, names: list[str]) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in names or [*PHANTOMS, *FILES, *SHEETS]:
        try:
            picture = _variations(*SHEETS[name]) if name in SHEETS else sheet(_open(name, data))
        except FluorosegError as error:
            sys.stderr.write(f"{name}: {error}\n")
            continue
        (PICTURES / f"{name}.png").write_bytes(_small(picture))
    _write_gallery()


def _write_gallery() -> None:
    credits = dict.fromkeys(PHANTOMS, OWN) | {name: credit for name, (_, credit) in FILES.items()}
    there = [name for name in credits if (PICTURES / f"{name}.png").exists()]
    lines = [f"![{n}](images/patients/{n}.png)\n*{n}: {credits[n]}*\n\n" for n in there]
    page = PAGE.read_text(encoding="utf-8")
    start = page.index(GALLERY) + len(GALLERY)
    end = page.index("\n## ", start) + 1
    PAGE.write_text(page[:start] + "".join(lines) + page[end:], encoding="utf-8")


def _open(name: str, data: Path) -> Patient:
    if name in PHANTOMS:
        return fluoroseg.phantom(**PHANTOMS[name])
    path, _ = FILES[name]
    if path.endswith(".npz"):
        return _open_openkbp(data / path)
    return fluoroseg.open_patient("+".join(str(data / part) for part in path.split("+")))


def _open_openkbp(file: Path) -> Patient:
    """Axes run to the back, to the left and down, as mandible, cord and the named parotids tell."""
    arrays = np.load(file)
    shape = arrays["ct"].shape
    names = dict(enumerate(_OPENKBP.values(), start=1))
    labels = np.zeros(shape, np.uint16)
    for label, key in enumerate(_OPENKBP, start=1):
        if key in arrays:
            labels[np.unpackbits(arrays[key])[: labels.size].reshape(shape) > 0] = label
    back, left, down = arrays["spacing"]
    affine = np.array([[0, left, 0, 0], [back, 0, 0, 0], [0, 0, -down, 0], [0, 0, 0, 1]], float)
    return Patient(arrays["ct"] - np.int16(1000), labels, affine, names, file.stem)


def _variations(variations: dict[str, Variation], rows: slice, mm: float, columns: int) -> Image.Image:
    """The same phantom from the front after each, side by side; `rows` of each picture."""
    patient = fluoroseg.phantom(seed=1, sex="male", height_cm=178)
    pictures = {n: Image.fromarray(xray(vary(patient, v), mm)[rows]) for n, v in variations.items()}
    width = max(p.width for p in pictures.values())
    height = max(p.height for p in pictures.values()) + 16
    whole = Image.new("L", (columns * width, -(-len(pictures) // columns) * height))
    draw = ImageDraw.Draw(whole)
    for n, (name, picture) in enumerate(pictures.items()):
        left, top = n % columns * width, n // columns * height
        whole.paste(picture, (left + (width - picture.width) // 2, top + height - picture.height))
        draw.text((left + 4, top), name, fill=255, font=ImageFont.load_default(12))
    return whole.convert("RGB")


def _small(picture: Image.Image) -> bytes:
    """A PNG below `MOST_BYTES`: fewer colours first, then fewer pixels."""
    for share in (1.0, 0.85, 0.7, 0.55, 0.4):
        size = (round(picture.width * share), round(picture.height * share))
        shrunk = picture.resize(size, Image.Resampling.LANCZOS).quantize(160, dither=Image.Dither.NONE)
        file = io.BytesIO()
        shrunk.save(file, "PNG", optimize=True)
        if file.tell() < MOST_BYTES:
            break
    return file.getvalue()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
