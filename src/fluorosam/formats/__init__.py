"""Files in and out: X-rays as they are shown (DICOM, PNG, JPEG, TIFF), and results."""
