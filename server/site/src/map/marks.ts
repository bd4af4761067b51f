import type { Extent as OlExtent } from "ol/extent";
import GeoJSON from "ol/format/GeoJSON";
import VectorLayer from "ol/layer/Vector";
import type OlMap from "ol/Map";
import Overlay from "ol/Overlay";
import { fromLonLat } from "ol/proj";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import type { Geometry, LonLat } from "../api/types";

const COLOUR = "#d6336c";
const FILL = new Fill({ color: "rgba(214, 51, 108, 0.16)" });

// A white casing below the line keeps the highlight visible on any map.
const HIGHLIGHT = [
  new Style({ stroke: new Stroke({ color: "rgba(255, 255, 255, 0.9)", width: 7 }) }),
  new Style({
    stroke: new Stroke({ color: COLOUR, width: 3 }),
    fill: FILL,
    image: new Circle({
      radius: 11,
      fill: FILL,
      stroke: new Stroke({ color: COLOUR, width: 3 }),
    }),
  }),
];

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
  map.addLayer(new VectorLayer({ source, style: HIGHLIGHT, zIndex: 1000 }));
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
