"""What is a DICOM file, by its first bytes: told without pydicom."""

from pathlib import Path

from fluoroseg.errors import ReadError

_FIRST_GROUPS = (b"\x02\0", b"\x08\0")  # little endian; an element of 0 to 18 hex follows


def is_dicom(path: Path) -> bool:
    """Whether a file begins as DICOM's file format (PS3.10), or as a bare data set of old software.

    False for what is no file. Raises ReadError for one that cannot be read.
    """
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(132)
    except OSError as error:
        raise ReadError(f"{path}: cannot be read ({error})") from error
    return head[128:] == b"DICM" or (
        head[:2] in _FIRST_GROUPS and len(head) > 8 and head[2] < 0x19 and head[3] == 0
    )
