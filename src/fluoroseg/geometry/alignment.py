"""The rotation between two sets of bodies, from their centres and the spread of each about its own."""

from itertools import permutations, product

import numpy as np
from jaxtyping import Float

TURNS = 25
"""Steps from every beginning."""
LAST_TURNS = 400
"""Steps from the best of them."""
SPREAD = 0.5
"""Weight of a structure's own shape beside the place of its centre."""
TIE = 0.02
"""Share of the score by which the expected rotation is preferred where shapes cannot tell."""


def align(
    centres: Float[np.ndarray, "n 3"],
    spreads: Float[np.ndarray, "n 3 3"],
    model_centres: Float[np.ndarray, "n 3"],
    model_spreads: Float[np.ndarray, "n 3 3"],
    weights: Float[np.ndarray, "n"],
    expected: Float[np.ndarray, "3 3"],
) -> Float[np.ndarray, "3 3"]:
    """The rotation R that brings a model best onto what was found: `found ~ R model`, up to size and place.

    centres: mean of each structure's points, mm.  spreads: their covariance, mm^2.
    Maximises sum w (p . R t) + SPREAD/2 sum w tr(R' C_p R C_t) / sqrt(|C_p| |C_t|): the orthogonal Procrustes
    problem (Kabsch 1976) with second moments. R <- nearest rotation to the gradient; the second sum is convex
    in R (spreads are positive semi-definite), so every step ascends. It begins at the 24 turns of a cube
    about `expected`, since a lone bone's shape alone does not tell its two ends apart.
    """
    share = weights / weights.sum()
    p, t = centres - share @ centres, model_centres - share @ model_centres
    size = np.linalg.norm(t, axis=1).mean() / max(float(np.linalg.norm(p, axis=1).mean()), 1e-9)
    p = p * (size if len(p) > 1 else 0.0)
    by_place = np.einsum("n,ni,nj->ij", share, p, t)
    one, other = _anisotropic(spreads), _anisotropic(model_spreads)
    norms = np.sqrt(np.linalg.norm(one, axis=(1, 2)) * np.linalg.norm(other, axis=(1, 2)))
    scale = SPREAD * share / np.maximum(norms, 1e-9)

    # sum C_p R C_t as a 9 x 9 matrix on the nine numbers of R
    of_shape = np.einsum("n,nij,nlk->iljk", scale, one, other, optimize=True)
    matrix = of_shape.reshape(9, 9)

    def by_shape(turns: Float[np.ndarray, "m 3 3"]) -> Float[np.ndarray, "m 3 3"]:
        return (turns.reshape(-1, 9) @ matrix.T).reshape(-1, 3, 3)

    turns = expected @ _CUBE
    much = max(float(np.linalg.norm(by_place) + np.linalg.norm(by_shape(turns), axis=(1, 2)).max()), 1e-9)
    hint = 1e-4 * much * expected

    def turned(turns: Float[np.ndarray, "m 3 3"], most: int) -> Float[np.ndarray, "m 3 3"]:
        for _ in range(most):
            before, turns = turns, _nearest_rotation(by_place + by_shape(turns) + hint)
            if np.abs(turns - before).max() < 1e-6:
                break
        return turns

    turns = turned(turns, TURNS)
    score = np.einsum("mij,mij->m", turns, by_place + by_shape(turns) / 2 + TIE * much * expected)
    best = int(score.argmax())
    return turned(turns[best : best + 1], LAST_TURNS)[0]


def _anisotropic(spreads: Float[np.ndarray, "n 3 3"]) -> Float[np.ndarray, "n 3 3"]:
    """Without the part that is the same in all directions and tells nothing about a rotation."""
    least = np.linalg.eigvalsh(spreads)[:, 0]
    return spreads - least[:, None, None] * np.eye(3)


def _nearest_rotation(matrices: Float[np.ndarray, "m 3 3"]) -> Float[np.ndarray, "m 3 3"]:
    u, _, v = np.linalg.svd(matrices)
    u[:, :, 2] *= np.linalg.det(u @ v)[:, None]
    return u @ v


def _cube() -> Float[np.ndarray, "24 3 3"]:
    found = []
    for order in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            turn = np.zeros((3, 3))
            turn[range(3), order] = signs
            if np.linalg.det(turn) > 0:
                found.append(turn)
    return np.stack(found)


_CUBE = _cube()
