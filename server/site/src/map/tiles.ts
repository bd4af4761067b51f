import type Layer from "ol/layer/Layer";
import TileLayer from "ol/layer/Tile";
import { buffer } from "ol/extent";
import { transformExtent } from "ol/proj";
import XYZ from "ol/source/XYZ";
import type { Basemap, Extent, Layer as CatalogueLayer } from "../api/types";

// Symbols and labels of features at the rim reach beyond the features' extent.
const MARGIN_METRES = 2000;
const LAYER_MAX_ZOOM = 20;
const FADE_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160;

/** A tile address that changes with the content, so that browsers may keep what they have for ever. */
export function tileAddress(template: string, edition: string): string {
  return `${template}${template.includes("?") ? "&" : "?"}v=${encodeURIComponent(edition)}`;
}

/** Pixels of a tile for each CSS pixel: screens of a high density get tiles of twice as many. */
export function tileDensity(): 1 | 2 {
  return window.devicePixelRatio > 1 ? 2 : 1;
}

/** The address of a tile drawn twice as dense, where the screen shows it. */
export function denseAddress(template: string, density: 1 | 2): string {
  return density === 2 ? template.replace(/\.(png|webp)$/, "@2x.$1") : template;
}

/** The address of the one tile that holds a place at a zoom. */
export function tileAt(template: string, [lon, lat]: readonly [number, number], zoom: number): string {
  const size = 2 ** zoom;
  const x = Math.floor(((lon + 180) / 360) * size);
  const sine = Math.sin((lat * Math.PI) / 180);
  const y = Math.floor((0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size);
  return template.replace("{z}", String(zoom)).replace("{x}", String(x)).replace("{y}", String(y));
}

function mercatorExtent(extent: Extent): number[] {
  return buffer(transformExtent([...extent], "EPSG:4326", "EPSG:3857"), MARGIN_METRES);
}

function tilesOf({ tiles, edition }: Pick<Basemap, "tiles" | "edition">) {
  const density = tileDensity();
  return { url: tileAddress(denseAddress(tiles, density), edition), tilePixelRatio: density };
}

export function basemapLayer(basemap: Basemap): Layer {
  const source = new XYZ({
    ...tilesOf(basemap),
    minZoom: basemap.minzoom,
    maxZoom: basemap.maxzoom,
    transition: FADE_MS,
  });
  return new TileLayer({ source, preload: basemap.overlay ? 0 : 1 });
}

export function catalogueLayer(layer: CatalogueLayer): Layer {
  const source = new XYZ({
    ...tilesOf(layer),
    maxZoom: LAYER_MAX_ZOOM,
    transition: FADE_MS,
  });
  return layer.extent ? new TileLayer({ source, extent: mercatorExtent(layer.extent) }) : new TileLayer({ source });
}
