import numpy as np
import pytest


@pytest.fixture(scope="package")
def blobs():
    """Three groups of 120, 90 and 60 points in six dimensions, and the truth."""
    generator = np.random.default_rng(3)
    centres = np.array([[0] * 6, [8] * 6, [0, 8, 0, 8, 0, 8]], dtype=float)
    truth = np.repeat([1, 2, 3], [120, 90, 60])
    points = centres[truth - 1] + generator.normal(size=(270, 6))
    order = generator.permutation(270)
    return points[order].astype(np.float32), truth[order].astype(np.int32)
