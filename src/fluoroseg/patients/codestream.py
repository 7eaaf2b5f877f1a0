"""How large a compressed picture says it is, read before a decoder allocates for it."""

_J2K_START_AND_SIZE = b"\xff\x4f\xff\x51"
_NO_FRAME_HEADER = (0xC4, 0xC8, 0xCC)  # the other markers C0 .. CF are JPEG's frame headers, F7 is JPEG-LS's


def stated_size(data: bytes) -> tuple[int, int] | None:
    """(rows, columns) in the header of a JPEG, JPEG-LS or JPEG 2000 stream; None where there is none."""
    at = data[:4096].find(_J2K_START_AND_SIZE)
    if at >= 0:
        x1, y1, x0, y0 = (int.from_bytes(data[at + 8 + 4 * i : at + 12 + 4 * i], "big") for i in range(4))
        return y1 - y0, x1 - x0
    return _jpeg_size(data) if data.startswith(b"\xff\xd8") else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if (0xC0 <= marker <= 0xCF and marker not in _NO_FRAME_HEADER) or marker == 0xF7:
            return int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
        # a marker may be padded with FF; a segment's length counts its own two bytes
        at += 1 if marker == 0xFF else 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None
