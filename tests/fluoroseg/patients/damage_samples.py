"""Valid patients' files of every kind that `open_patient` takes, small."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import dicom_writer as dicom
import nibabel as nib
import numpy as np

IDS = {"liver": 5, "spleen": 1, "kidney_left": 3, "vertebrae_L3": 29}
RAS = np.diag([4.0, 4.0, 4.0, 1.0])


@dataclass(frozen=True)
class Sample:
    """What `open_patient` is to be given."""

    patient: Path
    labels: Path | None = None


@cache
def body() -> tuple[np.ndarray, np.ndarray]:
    """HU and labels `[i, j, k]` in RAS at 4 mm, small."""
    i, j, _ = np.indices((24, 20, 16))
    hu = np.where(((i - 12) / 11) ** 2 + ((j - 10) / 9) ** 2 < 1, 40, -1000).astype(np.int16)
    labels = np.zeros(hu.shape, np.uint8)
    labels[14:20, 6:14, 6:12], labels[4:8, 4:9, 6:11] = IDS["liver"], IDS["spleen"]
    labels[5:8, 4:8, 1:5], labels[11:14, 2:5, 4:9] = IDS["kidney_left"], IDS["vertebrae_L3"]
    hu[labels == 29] = 400
    return hu, labels


def nifti(values: np.ndarray, extension: str = "") -> bytes:
    image = nib.Nifti1Image(values, RAS)
    if extension:
        image.header.extensions.append(nib.nifti1.Nifti1Extension(0, extension.encode()))
    return image.to_bytes()


@cache
def slices() -> list:
    hu, _ = body()
    return dicom.slices(hu[::-1, ::-1].transpose(2, 1, 0), spacing=(4, 4), gap=4, origin=(-92, -76, 0))


@cache
def segments() -> dict[str, np.ndarray]:
    labels = body()[1][::-1, ::-1].transpose(2, 1, 0)
    return {name: labels == label for name, label in IDS.items()}


@cache
def whole(kind: str) -> dict[str, bytes]:
    """Relative path -> content of a valid sample."""
    hu, labels = body()
    names = {label: name for name, label in IDS.items()}
    ct = {"p/ct.nii": nifti(hu)}
    table = "label,name\n" + "".join(f"{label},{name}\n" for label, name in names.items())
    xml = "".join(f'<Label Key="{n}" Red="1"><![CDATA[{name}]]></Label>\n' for n, name in names.items())
    series = {f"p/{n}": dicom.as_bytes(one) for n, one in enumerate(slices())}
    colours = "".join(f"{n} {name} 1 2 3 255\n" for n, name in names.items())
    snap = "".join(f'{n} 1 2 3 1 1 1 "{name}"\n' for n, name in names.items())
    square = np.array([[-40.0, -20, 0], [0, -20, 0], [0, 20, 0], [-40, 20, 0]])
    up = np.array([0.0, 0, 4])
    loops = {"Liver": [square + n * up for n in (2, 3, 4)], "Spleen": [3 * up - square]}
    made: dict[str, dict[str, bytes]] = {
        "nii": ct | {"p/labels.nii": nifti(labels)},
        "nii.gz": {"p/ct.nii.gz": gzip.compress(ct["p/ct.nii"]), "p/labels.nii": nifti(labels)},
        "labels": ct | {"p/labels.nii.gz": gzip.compress(nifti(labels.astype(np.float32)))},
        "masks": ct | {f"p/segmentations/{n}.nii.gz": gzip.compress(nifti((labels == v) * np.uint8(1)))
                       for n, v in IDS.items()},
        "header names": ct | {"p/labels.nii": nifti(labels, f"<LabelTable>{xml}</LabelTable>")},
        "csv": ct | {"p/labels.nii": nifti(labels), "p/labels.csv": table.encode()},
        "json": ct | {"p/labels.nii": nifti(labels), "p/labels.json": json.dumps(names).encode()},
        "ctbl": ct | {"p/labels.nii": nifti(labels), "p/labels.ctbl": colours.encode()},
        "itk-snap": ct | {"p/labels.nii": nifti(labels), "p/labels.label": snap.encode()},
        "dicom": series | {"seg.dcm": dicom.as_bytes(dicom.segmentation(segments(), slices()))},
        "enhanced": {"p/ct.dcm": dicom.as_bytes(dicom.enhanced(
            hu[::-1, ::-1].transpose(2, 1, 0), spacing=(4, 4), gap=4, origin=(-92, -76, 0)))}
        | {"seg.dcm": dicom.as_bytes(dicom.segmentation(segments(), slices()))},
        "seg": series | {"seg.dcm": dicom.as_bytes(dicom.segmentation(segments(), slices()))},
        "fractional seg": series
        | {"seg.dcm": dicom.as_bytes(dicom.segmentation(segments(), slices(), fractional=True))},
        "rtstruct": series | {"seg.dcm": dicom.as_bytes(dicom.contours(loops))},
        "stored": stored(),
        "glb": {f"p/{name}": data for name, data in atlas_glb().items()},
        "obj": {f"p/{name}": data for name, data in atlas_obj().items()},
    }  # fmt: skip
    return made[kind]


TARGETS = {
    "nii": "p/ct.nii", "nii.gz": "p/ct.nii.gz", "labels": "p/labels.nii.gz", "masks": "p/segmentations",
    "header names": "p/labels.nii", "csv": "p/labels.csv", "json": "p/labels.json", "ctbl": "p/labels.ctbl",
    "itk-snap": "p/labels.label", "dicom": "p/", "enhanced": "p/ct.dcm", "seg": "seg.dcm",
    "fractional seg": "seg.dcm", "rtstruct": "seg.dcm", "stored": "p/", "glb": "p/", "obj": "p/",
}  # fmt: skip
"""Kind of sample -> where the file is that is damaged (the beginning of its path)."""

KINDS = tuple(TARGETS)


@cache
def stored() -> dict[str, bytes]:
    """A folder of `save_patient`."""
    import tempfile

    from fluoroseg.patients import Patient
    from fluoroseg.patients.store import save_patient

    hu, labels = body()
    world = np.diag([-4.0, -4, 4, 1])
    with tempfile.TemporaryDirectory() as folder:
        names = {label: name for name, label in IDS.items()}
        save_patient(Patient(hu, labels.astype(np.uint16), world, names), Path(folder) / "p")
        return {f"p/{f.name}": f.read_bytes() for f in (Path(folder) / "p").iterdir()}


def box(low: tuple[float, ...], high: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices and outward faces of a box."""
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
    faces = [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]]
    faces += [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
    return corners * (np.array(high) - low) + low, np.array(faces, np.uint32)


def glb(vertices: np.ndarray, faces: np.ndarray, name: str) -> bytes:
    points, corners = vertices.astype("<f4").tobytes(), faces.astype("<u4").tobytes()
    scene = {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": name}],
        "meshes": [{"name": name, "primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": len(points) + len(corners)}],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": len(points)},
            {"buffer": 0, "byteOffset": len(points), "byteLength": len(corners)},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(vertices), "type": "VEC3"},
            {"bufferView": 1, "componentType": 5125, "count": faces.size, "type": "SCALAR"},
        ],
    }  # fmt: skip
    text = json.dumps(scene).encode()
    text += b" " * (-len(text) % 4)
    chunks = len(text).to_bytes(4, "little") + b"JSON" + text
    chunks += (len(points) + len(corners)).to_bytes(4, "little") + b"BIN\0" + points + corners
    return b"glTF" + (2).to_bytes(4, "little") + (12 + len(chunks)).to_bytes(4, "little") + chunks


def atlas_glb() -> dict[str, bytes]:
    """An HRA folder: metres, y up: skin, liver, spleen of a small body."""
    return {
        "vh_m_skin.glb": glb(*box((-0.1, 0.0, -0.06), (0.1, 0.2, 0.06)), "VH_M_skin"),
        "vh_m_liver.glb": glb(*box((-0.08, 0.1, -0.04), (0.0, 0.16, 0.04)), "VH_M_liver"),
        "vh_m_spleen.glb": glb(*box((0.04, 0.1, -0.04), (0.08, 0.15, 0.0)), "VH_M_spleen"),
    }


def atlas_obj() -> dict[str, bytes]:
    """A BodyParts3D folder of four boxes of bone."""
    bones = {"Left femur": ((40, 0, -100), (60, 20, 0)), "Right femur": ((-60, 0, -100), (-40, 20, 0))}
    bones |= {"Third lumbar vertebra": ((-15, 20, 40), (15, 60, 70)), "Sacrum": ((-30, 20, 0), (30, 50, 30))}
    table, files = "file,name,group\n", {}
    for n, (name, ends) in enumerate(bones.items()):
        vertices, faces = box(*ends)
        text = "".join(f"v {x} {y} {z}\n" for x, y, z in vertices)
        text += "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in faces)
        table += f"{n}.obj,{name},bone\n"
        files[f"{n}.obj"] = text.encode()
    return files | {"parts.csv": table.encode()}
