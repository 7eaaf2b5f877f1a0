"""How many points of each structure a picture shows (numba)."""

from numba import njit


@njit(cache=True, nogil=True)
def count_seen(points, first, rows, field, seen):
    """Counts the points of each structure that fall on an exposed pixel.

    points: float64 [n, 3]; first: int64 [s + 1], the points of structure s are first[s] to first[s + 1].
    rows: float64 [3, 4]: times (point, 1) the pixel's row, its column, both times the third, the distance
    before the source. field: bool [h, w].  seen: int64 [s].
    """
    height, width = field.shape
    for s in range(len(seen)):
        inside = 0
        for n in range(first[s], first[s + 1]):
            x, y, z = points[n, 0], points[n, 1], points[n, 2]
            depth = rows[2, 0] * x + rows[2, 1] * y + rows[2, 2] * z + rows[2, 3]
            if depth <= 1e-3:
                continue
            r = (rows[0, 0] * x + rows[0, 1] * y + rows[0, 2] * z + rows[0, 3]) / depth + 0.5
            c = (rows[1, 0] * x + rows[1, 1] * y + rows[1, 2] * z + rows[1, 3]) / depth + 0.5
            if 0 <= r < height and 0 <= c < width and field[int(r), int(c)]:
                inside += 1
        seen[s] = inside
