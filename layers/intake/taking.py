"""Opens what was delivered and takes it in, raster or vector."""

from __future__ import annotations

from layers.checks import FindingLog
from layers.config import LayersConfig
from layers.dictionary import DescribedSource
from layers.errors import SourceError
from layers.extent import BoundingBox
from layers.intake.model import Intake, Observer, Progress
from layers.intake.raster import take_steps
from layers.intake.systems import declared_crs
from layers.intake.vector import VectorIntake
from layers.joins import JoinedSource
from layers.merging import MergingStore, kept_as_text
from layers.plan import IntakePlan
from layers.raster import RasterStore
from layers.sources import RasterSource, SourceOptions, open_source
from layers.stores import FeatureStore


def take_in(
    plan: IntakePlan,
    layer: str,
    number: int,
    features: FeatureStore,
    rasters: RasterStore,
    limits: LayersConfig,
    progress: Progress,
    observer: Observer | None = None,
) -> Intake:
    """Take a file in as release ``number`` of ``layer``; raises SourceError where it cannot be read."""
    options = SourceOptions(
        plan.source_layer, plan.crs, plan.encoding, plan.x, plan.y, plan.wkt, plan.tags, kept_as_text(plan)
    )
    log = FindingLog()
    with open_source(plan.file, options, limits.archive, log) as source:
        if isinstance(source, RasterSource):
            return take_steps(
                source,
                plan,
                layer,
                number,
                rasters,
                BoundingBox(*limits.extent),
                log,
                lambda step: open_source(step.file, options, limits.archive, log),
            )
        if plan.time is not None:
            raise SourceError("time_not_raster", file=plan.file.name)
        described = DescribedSource(source, plan.fields, log)
        plan = described.translated(plan)
        joined = JoinedSource(described, plan.joins, limits.archive, plan.file.name, log) if plan.joins else described
        crs = declared_crs(joined.layer, plan, log)
        run = VectorIntake(joined, plan, crs, BoundingBox(*limits.extent), log, progress, observer)
        return run.store(
            features if plan.update is None else MergingStore(features, plan, plan.update, log), layer, number
        )
