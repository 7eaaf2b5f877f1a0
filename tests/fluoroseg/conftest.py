"""Patients that are small enough for every test."""

import nibabel
import numpy as np
import pytest


@pytest.fixture(scope="session")
def patients(tmp_path_factory) -> list[str]:
    """Two coarse torsos with a liver, a spleen, hip bones and two vertebrae; 8 mm voxels, RAS."""
    made = []
    for number in range(2):
        folder = tmp_path_factory.mktemp(f"patient{number}")
        i, j, _ = np.indices((44, 30, 40))
        body = ((i - 22) / 20) ** 2 + ((j - 15) / 13) ** 2 < 1
        labels = np.zeros(body.shape, np.uint8)
        labels[24:36, 10:22, 28:36] = 5
        labels[8:15, 8:16, 28:36] = 1
        labels[20:24, 5:10, 10:18] = 28
        labels[20:24, 5:10, 18:26] = 29
        labels[8:16, 8:14, 3:14] = 77
        labels[28:36, 8:14, 3:14] = 78
        hu = np.where(body, 30 + 10 * number, -1000).astype(np.int16)
        hu[labels > 20] = 500
        affine = np.diag([8.0, 8.0, 8.0, 1.0])
        nibabel.save(nibabel.Nifti1Image(hu, affine), folder / "ct.nii.gz")
        nibabel.save(nibabel.Nifti1Image(labels, affine), folder / "labels.nii.gz")
        made.append(str(folder))
    return made
