import { defaults as defaultInteractions } from "ol/interaction/defaults";
import OlMap from "ol/Map";
import { fromLonLat, toLonLat, transformExtent } from "ol/proj";
import View from "ol/View";
import type { Extent, LonLat } from "../api/types";
import type { MapView } from "../state/model";
import { createMarks } from "./marks";
import type { Marks } from "./marks";

/** What covers the map at its rims, in CSS pixels: top, right, bottom, left. */
export type Insets = readonly [number, number, number, number];

const MIN_ZOOM = 7;
const MAX_ZOOM = 20;
const PLACE_ZOOM = 17;
const FLIGHT_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 450;
const KEEP_AWAY = 48;
const FIT_MARGIN = 16;

/** The map on the page, spoken to in longitude and latitude. */
export class CityMap {
  readonly ol: OlMap;
  readonly marks: Marks;
  private readonly view: View;

  constructor(target: HTMLElement, city: Extent) {
    this.view = new View({ constrainResolution: true, minZoom: MIN_ZOOM, maxZoom: MAX_ZOOM });
    this.ol = new OlMap({
      target,
      view: this.view,
      controls: [],
      interactions: defaultInteractions({ altShiftDragRotate: false, pinchRotate: false }),
      // Tiles come ready from the server; two ratios are enough and save memory on phones.
      pixelRatio: Math.min(window.devicePixelRatio, 2),
    });
    this.marks = createMarks(this.ol);
    this.fit(city, false);
  }

  get shown(): MapView {
    const [lon = 0, lat = 0] = toLonLat(this.view.getCenter() ?? [0, 0]);
    return { center: [lon, lat], zoom: this.view.getZoom() ?? MIN_ZOOM };
  }

  /** Web Mercator units per CSS pixel. */
  get resolution(): number {
    return this.view.getResolution() ?? 1;
  }

  show({ center, zoom }: MapView): void {
    this.view.cancelAnimations();
    this.view.setCenter(fromLonLat([...center]));
    this.view.setZoom(zoom);
  }

  fit(extent: Extent, animated = true): void {
    const target = transformExtent([...extent], "EPSG:4326", "EPSG:3857");
    this.view.fit(target, {
      maxZoom: PLACE_ZOOM,
      padding: [FIT_MARGIN, FIT_MARGIN, FIT_MARGIN, FIT_MARGIN],
      nearest: true,
      duration: animated ? FLIGHT_MS : 0,
    });
  }

  flyTo(point: LonLat, zoom = PLACE_ZOOM): void {
    this.view.animate({
      center: fromLonLat([...point]),
      zoom: Math.max(zoom, this.view.getZoom() ?? zoom),
      duration: FLIGHT_MS,
    });
  }

  /** Go to a view, whatever is shown now. */
  travel({ center, zoom }: MapView): void {
    this.view.cancelAnimations();
    this.view.animate({ center: fromLonLat([...center]), zoom, duration: FLIGHT_MS });
  }

  zoomBy(steps: number): void {
    this.view.cancelAnimations();
    this.view.animate({ zoom: Math.round((this.view.getZoom() ?? MIN_ZOOM) + steps), duration: FLIGHT_MS / 2 });
  }

  /** Say what covers the map; the centre is that of the rest, and nothing that is seen moves. */
  cover(insets: Insets): void {
    const before = this.view.padding;
    // Setting what is set already would stop a flight.
    if (before && insets.every((each, side) => each === before[side])) return;
    this.view.padding = [...insets];
  }

  /** Pan just as far as it takes to see a point beside what covers the map. */
  uncover(point: LonLat, insets: Insets): void {
    const size = this.ol.getSize();
    const pixel = this.ol.getPixelFromCoordinate(fromLonLat([...point]));
    const center = this.view.getCenter();
    if (!size || !pixel || !center) return;
    const [x = 0, y = 0] = pixel;
    const [width = 0, height = 0] = size;
    const [top, right, bottom, left] = insets;
    const within = (value: number, least: number, most: number) => Math.min(Math.max(value, least), Math.max(least, most));
    const dx = x - within(x, left + KEEP_AWAY, width - right - KEEP_AWAY);
    const dy = y - within(y, top + KEEP_AWAY, height - bottom - KEEP_AWAY);
    if (dx === 0 && dy === 0) return;
    const target = [(center[0] ?? 0) + dx * this.resolution, (center[1] ?? 0) - dy * this.resolution];
    this.view.animate({ center: target, duration: FLIGHT_MS });
  }

  onMoved(moved: (view: MapView) => void): void {
    this.ol.on("moveend", () => moved(this.shown));
  }

  onClick(clicked: (point: LonLat) => void): void {
    this.ol.on("singleclick", (event) => {
      const [lon = 0, lat = 0] = toLonLat(event.coordinate);
      clicked([lon, lat]);
    });
  }

  onPointer(moved: (point: LonLat) => void): void {
    this.ol.on("pointermove", (event) => {
      const [lon = 0, lat = 0] = toLonLat(event.coordinate);
      moved([lon, lat]);
    });
  }
}
