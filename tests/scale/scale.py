"""How large a made-up ledger is, and what follows from that."""

from dataclasses import dataclass
from math import ceil
from typing import Any

# Science detectors of three cameras, and the share of the images that each has taken.
CAMERAS = {"LSSTCam": (189, 0.6), "HSC": (104, 0.25), "DECam": (62, 0.15)}
BANDS = ("u", "g", "r", "i", "z", "y")
VISITS_PER_NIGHT = 1000
TASKS = ("standardize", "calibrate", "subtract", "associate", "force", "match", "assess", "summarize")


@dataclass(frozen=True)
class Scale:
    """Numbers of things; every quantum is one task on one image."""

    quanta: int = 1_000_000
    edges: int = 10_000_000  # of the lineage, each also a planned input; about 1 in 100 belongs to what has not ended
    rows: int = 10_000_000  # of the source catalog
    measurements: int = 10_000_000
    loads: int = 60  # of each catalog, one partition each
    stars: int = 100_000  # of a reference catalog
    tasks: int = 2  # per image, one after the other; 2 to 8
    runs: int = 50
    shared: int = 1000  # calibrations and reference chunks, which many quanta read
    metrics: int = 50
    failing: int = 1000  # of so many images one fails for good
    sources_per_image: int = 500
    campaigns: int = 3
    turns: int = 4  # of each, as far as there are runs; each is one of the runs
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what cannot be made."""
        if not 2 <= self.tasks <= len(TASKS):
            raise ValueError(f"{self.tasks} tasks per image: 2 to {len(TASKS)} can be made")
        if self.quanta % self.tasks or self.edges < self.quanta:
            raise ValueError(
                f"{self.quanta} quanta, {self.edges} edges: give whole images, and an edge for each quantum"
            )
        needed = max(self.images_with_rows, self.measurements // self.metrics)
        if needed > 0.95 * (self.images - self.pending):
            raise ValueError(f"rows and measurements of {needed} images, of {self.images}: give more quanta")

    @property
    def images(self) -> int:
        """Detector images."""
        return self.quanta // self.tasks

    @property
    def pending(self) -> int:
        """Images that are still being worked on."""
        return max(self.images // 100, 6 * (self.tasks + 1))

    @property
    def images_with_rows(self) -> int:
        """Images whose sources are in the database; of the others only the files are left."""
        return ceil(self.rows / self.sources_per_image)

    def parameters(self) -> dict[str, Any]:
        """Give what the SQL files refer to."""
        images = [int(self.images * share) for _, share in CAMERAS.values()]
        images[0] += self.images - sum(images)
        detectors = [number for number, _ in CAMERAS.values()]
        tasks = list(TASKS[: self.tasks])
        products = ["post_isr_image", "source", *(f"{task}_product" for task in tasks[2:])]
        return {
            **vars(self),
            "images": self.images,
            "pending": self.pending,
            "instruments": list(CAMERAS),
            "detectors": detectors,
            "visits": [ceil(n / d) for n, d in zip(images, detectors, strict=True)],
            "images_of": images,
            "firsts": [1 + sum(images[:number]) for number in range(len(images))],
            "bands": list(BANDS),
            "visits_per_night": VISITS_PER_NIGHT,
            "tasks": tasks,
            "n_tasks": self.tasks,
            "dataset_types": ["raw_image", "reference_star", "calibration", *products, "visit_detector"],
            "stride": max(1, self.runs // (self.campaigns * self.turns)),
            "extra": self.edges // self.quanta - 1,
            "extra_rest": self.edges % self.quanta,
        }
