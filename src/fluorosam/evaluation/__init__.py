"""Measuring: sets of real X-rays with true masks, overlap, the simulated user, reports."""
