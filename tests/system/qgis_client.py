"""QGIS as a client, in a process of its own: run by Debian's Python, which has QGIS and nothing of this project.

Reads a job (JSON) from standard input, does all of it, and writes what it saw to standard output.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCategorizedSymbolRenderer,
    QgsCoordinateReferenceSystem,
    QgsFillSymbol,
    QgsGraduatedSymbolRenderer,
    QgsMapLayer,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPalLayerSettings,
    QgsPointXY,
    QgsRaster,
    QgsRasterLayer,
    QgsRectangle,
    QgsRendererCategory,
    QgsRendererRange,
    QgsRuleBasedRenderer,
    QgsSingleSymbolRenderer,
    QgsTextBufferSettings,
    QgsTextFormat,
    QgsVectorLayer,
    QgsVectorLayerSimpleLabeling,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, QFont

Json = dict[str, Any]


def open_layer(job: Json) -> QgsMapLayer:
    """Open a layer of a service."""
    if job["provider"] == "vectortile":
        layer = QgsVectorTileLayer(job["uri"], "tiles")
        layer.loadDefaultStyle()
        return layer
    if job["provider"] == "wms":
        return QgsRasterLayer(job["uri"], "map", "wms")
    return QgsVectorLayer(job["uri"], "features", job["provider"])


def draw(layer: QgsMapLayer, job: Json, file: Path) -> list[str]:
    """Draw the layer as a map of QGIS on white; return what went wrong."""
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(job["crs"]))
    settings.setExtent(QgsRectangle(*job["box"]))
    settings.setOutputSize(QSize(*job["size"]))
    settings.setOutputDpi(job.get("dpi", 96))
    settings.setBackgroundColor(QColor("white"))
    drawing = QgsMapRendererSequentialJob(settings)
    drawing.start()
    drawing.waitForFinished()
    drawing.renderedImage().save(str(file))
    return [error.message for error in drawing.errors()]


def picture(job: Json, file: Path) -> Json:
    """Draw one layer, and tell what it says of itself."""
    layer = open_layer(job)
    if not layer.isValid():
        return {"valid": False}
    seen: Json = {"valid": True, "errors": draw(layer, job, file), "crs": layer.crs().authid()}
    if "identify" in job:
        point, box = QgsPointXY(*job["identify"]), QgsRectangle(*job["box"])
        formats = {"html": QgsRaster.IdentifyFormatHtml, "text": QgsRaster.IdentifyFormatText}
        for name, format_ in formats.items():
            found = layer.dataProvider().identify(point, format_, box, *job["size"])
            # A copy, while what it is copied from is still there: PyQt would let go of it.
            answers = found.results()
            seen[name] = [str(answers[place]) + "" for place in sorted(answers)]
    return seen


def features(job: Json) -> list[Json]:
    """Read all features of a layer."""
    layer = open_layer(job)
    names = layer.fields().names()
    return [
        {
            "place": feature.geometry().asWkt(job["digits"]),
            "crs": layer.crs().authid(),
            **{name: feature[name] for name in names},
        }
        for feature in layer.getFeatures()
    ]


def read_sld(job: Json) -> Json:
    """Put a style of ours on a layer of features, draw it, and tell what QGIS took from it."""
    layer = QgsVectorLayer(job["data"], "features", "ogr")
    message, is_read = layer.loadSldStyle(job["sld"])
    renderer = layer.renderer()
    return {
        "is_read": is_read,
        "message": message,
        "kind": renderer.type(),
        "labels": layer.labelsEnabled(),
        "errors": draw(layer, job, Path(job["picture"])),
    }


def write_slds(data: str, folder: Path) -> None:
    """Save the styles that people make most as SLD."""
    fill = QgsFillSymbol.createSimple
    red = fill({"color": "192,32,32", "outline_color": "0,0,0", "outline_width": "0.4"})
    blue = fill({"color": "32,32,192", "outline_style": "no"})
    root = QgsRuleBasedRenderer.Rule(None)
    for filter_, symbol, label in (("\"name\" = '西區'", red, "west"), ('"people" > 2000', blue, "many")):
        root.appendChild(QgsRuleBasedRenderer.Rule(symbol.clone(), 0, 0, filter_, label))
    renderers = {
        "single": QgsSingleSymbolRenderer(red.clone()),
        "categorised": QgsCategorizedSymbolRenderer(
            "name",
            [QgsRendererCategory("西區", red.clone(), "西區"), QgsRendererCategory("東區", blue.clone(), "東區")],
        ),
        "graduated": QgsGraduatedSymbolRenderer(
            "people",
            [QgsRendererRange(0, 2000, blue.clone(), "few"), QgsRendererRange(2000, 9000, red.clone(), "many")],
        ),
        "rules": QgsRuleBasedRenderer(root),
    }
    for name, renderer in renderers.items():
        layer = QgsVectorLayer(data, name, "ogr")
        layer.setRenderer(renderer)
        layer.saveSldStyle(str(folder / f"{name}.sld"))
    layer = QgsVectorLayer(data, "labels", "ogr")
    layer.setRenderer(QgsSingleSymbolRenderer(red.clone()))
    layer.setLabeling(QgsVectorLayerSimpleLabeling(labels()))
    layer.setLabelsEnabled(True)
    layer.saveSldStyle(str(folder / "labels.sld"))


def labels() -> QgsPalLayerSettings:
    """Return labels with a halo."""
    text = QgsTextFormat()
    text.setFont(QFont("Noto Sans TC"))
    text.setSize(11)
    text.setColor(QColor("#333333"))
    halo = QgsTextBufferSettings()
    halo.setEnabled(True)
    halo.setColor(QColor("white"))
    text.setBuffer(halo)
    settings = QgsPalLayerSettings()
    settings.fieldName = "name"
    settings.setFormat(text)
    return settings


def main() -> None:
    """Do the job."""
    job = json.load(sys.stdin)
    application = QgsApplication([], False)
    application.initQgis()
    folder = Path(job["folder"])
    seen = {
        "version": Qgis.QGIS_VERSION,
        "pictures": {name: picture(one, folder / f"{name}.png") for name, one in job["pictures"].items()},
        "features": {name: features(one) for name, one in job["features"].items()},
        "read": {name: read_sld(one) for name, one in job["read"].items()},
    }
    json.dump(seen, sys.stdout, default=str)
    write_slds(job["data"], folder)
    sys.stdout.flush()
    # QGIS must not clean up: of what Python has handed over to it, it frees some things twice.
    os._exit(0)


if __name__ == "__main__":
    main()
