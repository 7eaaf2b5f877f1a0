"""A writer of DICOM CTs, segmentations and contours for the tests; knows nothing of our readers."""

from pathlib import Path

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED = "1.2.840.10008.5.1.4.1.1.2.1"
SEG = "1.2.840.10008.5.1.4.1.1.66.4"
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
FRAME = "1.2.826.0.1.3680043.8.498.1"

AXIAL = (1, 0, 0, 0, 1, 0)
DIRECTIONS = {
    "head first supine": AXIAL,
    "feet first prone": (-1, 0, 0, 0, -1, 0),
    "head first prone": (-1, 0, 0, 0, -1, 0),
    "sagittal": (0, 1, 0, 0, 0, -1),
    "coronal": (1, 0, 0, 0, 0, -1),
    "oblique": (np.cos(0.3), np.sin(0.3), 0, -np.sin(0.3), np.cos(0.3), 0),
}


def header(sop: str, modality: str, series: str = "1.2.3", number: int = 1) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = sop
    uid = generate_uid(entropy_srcs=[series, modality, str(number)])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = uid
    dataset.Modality, dataset.SeriesInstanceUID, dataset.InstanceNumber = modality, series, number
    dataset.StudyInstanceUID, dataset.FrameOfReferenceUID = "1.2.4", FRAME
    dataset.PatientName, dataset.PatientID = "Test^Body", "1"
    dataset.StudyDate = dataset.StudyTime = dataset.StudyID = dataset.AccessionNumber = ""
    dataset.PatientBirthDate = dataset.PatientSex = dataset.ReferringPhysicianName = ""
    return dataset


def pixels(dataset: Dataset, values: np.ndarray, bits: int = 16) -> None:
    """Grey pixels of one picture, or of frames `[frame, row, column]`."""
    dataset.Rows, dataset.Columns = values.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit, dataset.PixelRepresentation = bits - 1, int(values.dtype.kind == "i")
    if bits == 1:
        packed = np.packbits(values.reshape(-1).astype(np.uint8), bitorder="little").tobytes()
        dataset.PixelData = packed + b"\0" * (len(packed) % 2)
    else:
        dataset.PixelData = values.astype(values.dtype.newbyteorder("<")).tobytes()
        dataset.PixelData += b"\0" * (len(dataset.PixelData) % 2)


def slices(
    hu: np.ndarray, directions=AXIAL, spacing=(2.0, 1.5), gap=3.0, origin=(-20.0, 10.0, 100.0), series="1.2.3"
) -> list[Dataset]:
    """CT slices of `hu[slice, row, column]`, stacked along rows x columns."""
    made = []
    normal = np.cross(directions[:3], directions[3:])
    for n, plane in enumerate(hu):
        one = header(CT, "CT", series, n + 1)
        one.ImageType, one.SeriesDescription = ["ORIGINAL", "PRIMARY", "AXIAL"], "test body"
        one.ImagePositionPatient = [float(f"{c:.6f}") for c in np.array(origin) + n * gap * normal]
        one.ImageOrientationPatient = [float(f"{c:.8f}") for c in directions]
        one.PixelSpacing, one.SliceThickness = list(spacing), gap
        one.RescaleSlope, one.RescaleIntercept, one.RescaleType = 1, -1024, "HU"
        pixels(one, (plane + 1024).astype(np.uint16))
        made.append(one)
    return made


def save(folder: Path, datasets: list[Dataset], name="IM{:04d}") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for n, dataset in enumerate(datasets):
        dataset.save_as(folder / name.format(n), enforce_file_format=True)
    return folder


def enhanced(hu: np.ndarray, **geometry) -> Dataset:
    """The same as `slices`, as one enhanced multi-frame CT."""
    single = slices(hu, **geometry)
    whole = header(ENHANCED, "CT")
    whole.ImageType, whole.NumberOfFrames = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"], len(single)
    pixels(whole, (hu + 1024).astype(np.uint16))
    shared = Dataset()
    shared.PixelMeasuresSequence = [group(single[0], "PixelSpacing", "SliceThickness")]
    shared.PlaneOrientationSequence = [group(single[0], "ImageOrientationPatient")]
    shared.PixelValueTransformationSequence = [
        group(single[0], "RescaleSlope", "RescaleIntercept", "RescaleType")
    ]
    whole.SharedFunctionalGroupsSequence = [shared]
    whole.PerFrameFunctionalGroupsSequence = Sequence(
        [frame(PlanePositionSequence=[group(one, "ImagePositionPatient")]) for one in single]
    )
    return whole


def segmentation(masks: dict[str, np.ndarray], like: list[Dataset], fractional=False) -> Dataset:
    """A DICOM-SEG of `masks[slice, row, column]` on the grid of CT slices; empty frames are left out."""
    seg = header(SEG, "SEG", "1.2.5")
    seg.SegmentationType = "FRACTIONAL" if fractional else "BINARY"
    if fractional:
        seg.MaximumFractionalValue, seg.SegmentationFractionalType = 200, "PROBABILITY"
    shared = Dataset()
    measures = group(like[0], "PixelSpacing", "SliceThickness")
    measures.SpacingBetweenSlices = like[0].SliceThickness
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [group(like[0], "ImageOrientationPatient")]
    seg.SharedFunctionalGroupsSequence = [shared]
    segments, frames, groups = [], [], []
    for number, (name, mask) in enumerate(masks.items(), 1):
        segments.append(segment(number, name))
        for k in np.flatnonzero(mask.any((1, 2))):
            frames.append(mask[k])
            identity = Dataset()
            identity.ReferencedSegmentNumber = number
            groups.append(
                frame(
                    PlanePositionSequence=[group(like[k], "ImagePositionPatient")],
                    SegmentIdentificationSequence=[identity],
                )
            )
    seg.SegmentSequence, seg.PerFrameFunctionalGroupsSequence = segments, groups
    seg.NumberOfFrames = len(frames)
    values = np.array(frames).astype(np.uint8)
    pixels(seg, values * 200 if fractional else values, 8 if fractional else 1)
    return seg


def segment(number: int, label: str) -> Dataset:
    one = Dataset()
    one.SegmentNumber, one.SegmentLabel, one.SegmentAlgorithmType = number, label, "MANUAL"
    one.SegmentedPropertyCategoryCodeSequence = [code("123037004", "Anatomical Structure")]
    one.SegmentedPropertyTypeCodeSequence = [code("0", "Tissue")]
    return one


def code(value: str, meaning: str) -> Dataset:
    one = Dataset()
    one.CodeValue, one.CodingSchemeDesignator, one.CodeMeaning = value, "SCT", meaning
    return one


def contours(rois: dict[str, list[np.ndarray]], kinds: dict[str, str] | None = None) -> Dataset:
    """An RTSTRUCT; every ROI is a list of closed planar contours `[point, xyz]` in LPS mm."""
    made = header(RTSTRUCT, "RTSTRUCT", "1.2.6")
    names, drawn, observed = [], [], []
    for number, (name, loops) in enumerate(rois.items(), 1):
        roi, lines, seen = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ReferencedFrameOfReferenceUID = number, name, FRAME
        lines.ReferencedROINumber = number
        lines.ContourSequence = [loop_item(loop) for loop in loops]
        seen.ObservationNumber = seen.ReferencedROINumber = number
        seen.RTROIInterpretedType = (kinds or {}).get(name, "ORGAN")
        names.append(roi), drawn.append(lines), observed.append(seen)
    made.StructureSetROISequence, made.ROIContourSequence = names, drawn
    made.RTROIObservationsSequence = observed
    return made


def loop_item(loop: np.ndarray) -> Dataset:
    one = Dataset()
    one.ContourGeometricType, one.NumberOfContourPoints = "CLOSED_PLANAR", len(loop)
    one.ContourData = [f"{c:.4f}" for c in loop.reshape(-1)]
    return one


def group(of: Dataset, *keywords: str) -> Dataset:
    one = Dataset()
    for keyword in keywords:
        setattr(one, keyword, getattr(of, keyword))
    return one


def frame(**macros) -> Dataset:
    one = Dataset()
    for keyword, items in macros.items():
        setattr(one, keyword, Sequence(items))
    return one


def as_bytes(dataset: Dataset) -> bytes:
    import io

    file = io.BytesIO()
    pydicom.dcmwrite(file, dataset, enforce_file_format=True)
    return file.getvalue()
