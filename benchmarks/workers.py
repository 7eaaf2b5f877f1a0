"""Workers: one process per method's library, asked in turn over pipes."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np

from fluoroseg.geometry.camera import Camera
from fluoroseg.patients.patient import Patient
from fluoroseg.physics.materials import densities_g_cm3

PEERS = Path(__file__).parent / "peers"
TWO_THREADS = {
    "OMP_NUM_THREADS": "2",
    "NUMBA_NUM_THREADS": "2",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "2",
    "OMP_WAIT_POLICY": "passive",  # threads without work sleep: the next method has the cores
    "GOMP_SPINCOUNT": "0",
    "KMP_BLOCKTIME": "0",
}


class Worker:
    """One library in a process of its own, with the scene in memory."""

    def __init__(self, script: str, scene_folder: Path, python: str) -> None:
        """python: the interpreter that runs it. `missing` names a module that it could not import."""
        self._process = subprocess.Popen(
            [python, str(PEERS / f"{script}_worker.py"), str(scene_folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(scene_folder / f"{script}.log").open("w"),
            text=True,
            env=os.environ | TWO_THREADS,
        )
        self._script, self._log = script, scene_folder / f"{script}.log"
        self.missing: str | None = self._read().get("missing")

    def render(self, method: str, camera: Camera, save: Path | None = None) -> float:
        """Milliseconds of one picture; `save` keeps the line integrals of the density, g/cm^2."""
        request = {"method": method, "view": camera.to_record(), "save": str(save) if save else None}
        assert self._process.stdin
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._read()["ms"]

    def close(self) -> None:
        self._process.communicate()

    def _read(self) -> dict:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._script} ended:\n{self._log.read_text()[-2000:]}")
        return json.loads(line)


def hand_over(patient: Patient, folder: Path) -> None:
    """Writes the scene as the workers read it."""
    np.save(folder / "hu.npy", patient.hu)
    np.save(folder / "labels.npy", patient.labels)
    density = np.stack([densities_g_cm3(slab).sum(axis=0).astype(np.float32) for slab in patient.hu])
    np.save(folder / "density.npy", density)
    grid = {"world_from_index": patient.world_from_index.tolist(), "structures": patient.structures}
    (folder / "scene.json").write_text(json.dumps(grid))


def take_over(folder: Path) -> Patient:
    """The patient that `hand_over` wrote."""
    grid = json.loads((folder / "scene.json").read_text())
    structures = {int(label): name for label, name in grid["structures"].items()}
    hu, labels = np.load(folder / "hu.npy"), np.load(folder / "labels.npy")
    return Patient(hu, labels, np.array(grid["world_from_index"]), structures)
