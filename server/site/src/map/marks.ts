import { getHeight, getWidth } from "ol/extent";
import type { Extent as OlExtent } from "ol/extent";
import GeoJSON from "ol/format/GeoJSON";
import VectorLayer from "ol/layer/Vector";
import type OlMap from "ol/Map";
import Overlay from "ol/Overlay";
import { fromLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import type { StyleFunction } from "ol/style/Style";
import type { Geometry, LonLat } from "../api/types";

const COLOUR = "#d6336c";
const FILL = new Fill({ color: "rgba(214, 51, 108, 0.16)" });

/** CSS pixels; an area that is larger on the screen is only outlined, for its fill would hide the map. */
const LARGEST_FILL = 480;

// A white casing below the line keeps the highlight visible on any map.
const CASING = new Style({ stroke: new Stroke({ color: "rgba(255, 255, 255, 0.9)", width: 7 }) });
const LINE = new Stroke({ color: COLOUR, width: 3 });
const OUTLINED = [CASING, new Style({ stroke: LINE })];
const FILLED = [
  CASING,
  new Style({ stroke: LINE, fill: FILL, image: new Circle({ radius: 15, fill: FILL, stroke: LINE }) }),
];

const highlight: StyleFunction = (feature, resolution) => {
  const extent = feature.getGeometry()?.getExtent();
  const size = extent ? Math.max(getWidth(extent), getHeight(extent)) / resolution : 0;
  return size > LARGEST_FILL ? OUTLINED : FILLED;
};

/** The highlighted geometry and the pins of a map. */
export interface Marks {
  highlight(geometry: Geometry | null): void;
  pin(name: PinName, point: LonLat | null, label?: string): void;
}

export type PinName = "place" | "spot" | "here";

function pinElement(name: PinName): HTMLElement {
  const element = document.createElement("div");
  element.className = `pin pin-${name}`;
  return element;
}

function createPin(map: OlMap, name: PinName): Overlay {
  const overlay = new Overlay({
    element: pinElement(name),
    positioning: name === "place" ? "bottom-center" : "center-center",
    stopEvent: false,
  });
  map.addOverlay(overlay);
  return overlay;
}

/** Whether an extent has both corners; that of an empty geometry is infinite. */
function isFilled(extent: OlExtent): boolean {
  return extent.every(Number.isFinite);
}

export function createMarks(map: OlMap): Marks {
  const source = new VectorSource();
  const format = new GeoJSON({ featureProjection: "EPSG:3857" });
  map.addLayer(new VectorLayer({ source, style: highlight, zIndex: 1000 }));
  const pins = new Map((["place", "spot", "here"] as const).map((name) => [name, createPin(map, name)]));
  return {
    highlight(geometry) {
      source.clear();
      if (!geometry) return;
      const features = format.readFeatures({ type: "Feature", geometry, properties: {} });
      source.addFeatures(features.filter((each) => isFilled(each.getGeometry()?.getExtent() ?? [Infinity])));
    },
    pin(name, point, label = "") {
      const pin = pins.get(name);
      pin?.setPosition(point ? fromLonLat([...point]) : undefined);
      const element = pin?.getElement();
      if (element) element.dataset["label"] = label;
    },
  };
}
