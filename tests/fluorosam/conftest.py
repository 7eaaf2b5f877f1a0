"""X-ray files made on the fly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

DicomMaker = Callable[..., Path]


def make_dicom(path: Path, stored: np.ndarray, syntax: str = ExplicitVRLittleEndian, **elements: Any) -> Path:
    """A small DX image of `stored`, [h, w] or [frames, h, w]; elements override by keyword."""
    dataset = pydicom.Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.SOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID
    dataset.Modality = "DX"
    bits = stored.dtype.itemsize * 8
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = stored.shape[-2:]
    if stored.ndim == 3:
        dataset.NumberOfFrames = stored.shape[0]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = bits, bits, bits - 1
    dataset.PixelRepresentation = int(stored.dtype.kind == "i")
    order = ">" if syntax == pydicom.uid.ExplicitVRBigEndian else "<"
    data = stored.astype(stored.dtype.newbyteorder(order)).tobytes()
    dataset.PixelData = data + b"\0" * (len(data) % 2)
    dataset["PixelData"].VR = "OW" if bits == 16 else "OB"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def dicom() -> DicomMaker:
    return make_dicom


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network of the real kind, very small and untrained, as a weight file."""
    import torch

    from fluorosam import weights
    from fluorosam.model.config import ModelConfig
    from fluorosam.model.sam import FluoroSam

    torch.manual_seed(0)
    config = ModelConfig(side=64, widths=(8, 8, 16, 16, 16), blocks=(1, 1, 1, 1, 1), features=8, heads=4)
    taught = {"lung_left": 3, "lung_right": 3, "heart": 2, "hip_left": 1}
    path = tmp_path_factory.mktemp("weights") / "tiny.safetensors"
    return weights.write(FluoroSam(config).eval(), path, {"taught": taught})
