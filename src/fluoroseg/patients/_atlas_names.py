"""BodyParts3D's part names -> canonical structure names."""

import re

ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth",
)  # fmt: skip
WHOLE = {
    "Atlas": "vertebrae_C1", "Axis": "vertebrae_C2", "Sacrum": "sacrum", "Mandible": "mandible",
    "Manubrium": "sternum", "Body of sternum": "sternum",
}  # fmt: skip
SIDED = {
    "clavicle": "clavicula", "hip bone": "hip", "femur": "femur", "humerus": "humerus", "scapula": "scapula",
    "patella": "patella", "tibia": "tibia", "fibula": "fibula", "radius": "radius", "ulna": "ulna",
    "gluteus maximus": "gluteus_maximus", "gluteus medius": "gluteus_medius",
    "gluteus minimus": "gluteus_minimus", "psoas major": "iliopsoas", "iliacus": "iliopsoas",
    **dict.fromkeys(
        ("scaphoid", "lunate", "triquetral", "pisiform", "trapezium", "trapezoid", "capitate", "hamate"),
        "carpal",
    ),
    **dict.fromkeys(
        ("talus", "calcaneus", "cuboid bone", "medial cuneiform bone", "intermediate cuneiform bone",
         "lateral cuneiform bone", "Navicular bone of foot"), "tarsal"
    ),
}  # fmt: skip
SKULL = re.compile(
    r"(occipital|frontal|parietal|temporal|sphenoid|ethmoid|vomer|nasal|lacrimal|palatine|zygomatic|maxilla|concha)"
)
SOFT = re.compile(r"^intervertebral disk|tendon|ligament|retinaculum|membrane|linea alba", re.IGNORECASE)


def canonical(name: str) -> str:
    """The structure that a part belongs to; empty for soft parts and bones that have no name of their own."""
    low = name.lower()
    if name in WHOLE:
        return WHOLE[name]
    if SOFT.search(name):
        return ""
    side = next((s for s in ("left", "right") if re.search(rf"\b{s}\b", low)), "")
    rest = re.sub(rf"\s*\b{side}\b\s*", " ", low).strip() if side else low
    number = next((n for n, word in enumerate(ORDINALS, 1) if re.search(rf"\b{word}\b", rest)), 0)
    if number and rest.endswith("vertebra"):
        return f"vertebrae_{ {'cervical': 'C', 'thoracic': 'T', 'lumbar': 'L'}[rest.split()[1]] }{number}"
    if side:
        sided = {key.lower(): value for key, value in SIDED.items()}
        if rest in sided:
            return f"{sided[rest]}_{side}"
        if number and rest.endswith(" rib"):
            return f"rib_{side}_{number}"
        if rest.endswith("costal cartilage"):
            return "costal_cartilages"
        if "phalanx" in rest:
            return f"phalanges_{'feet' if rest.endswith('toe') else 'hand'}_{side}"
        if "metacarpal" in rest or "metatarsal" in rest:
            return f"{'metacarpal' if 'metacarpal' in rest else 'metatarsal'}_{side}"
    return "skull" if SKULL.search(low) and is_bone(name, "bones") else ""


def is_bone(name: str, group: str) -> bool:
    """Whether a part is bone (else cartilage, muscle, tendon)."""
    if "costal cartilage" in name.lower() or name.lower().startswith("intervertebral disk"):
        return False
    return group == "bones" or name in WHOLE
