import type { LonLat } from "../api/types";
import type { ActiveLayer, MapView, Place, SharedState } from "./model";

/*
 * The address of the page, for example
 *   /?lang=en&c=120.67360,24.15200&z=14&base=base&over=labels&layers=schools,zones:60,parks:80:hidden&pin=120.6736,24.1520,Town+hall
 * Links are kept for years: a parameter may be added, none may change its meaning.
 */

const LAYER_ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const NO_BASEMAP = "none";
const MAX_LAYERS = 60;

/** What an address says; what it leaves out or says wrongly is absent. */
export type SharedParts = Partial<SharedState>;

function numbers(text: string, count: number): number[] | null {
  const parts = text.split(",").slice(0, count).map((part) => (part.trim() === "" ? NaN : Number(part)));
  return parts.length === count && parts.every(Number.isFinite) ? parts : null;
}

function readLonLat(text: string): LonLat | null {
  const pair = numbers(text, 2);
  if (!pair) return null;
  const [lon = NaN, lat = NaN] = pair;
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 85 ? [lon, lat] : null;
}

function readLayer(text: string): ActiveLayer | null {
  const [id = "", percent = "100", hidden = ""] = text.split(":");
  const opacity = Number(percent) / 100;
  if (!LAYER_ID.test(id) || !(opacity >= 0 && opacity <= 1)) return null;
  return { id, opacity, visible: hidden !== "hidden" };
}

function readLayers(text: string): readonly ActiveLayer[] {
  const found = new Map<string, ActiveLayer>();
  for (const part of text.split(",")) {
    const layer = readLayer(part);
    if (layer && !found.has(layer.id)) found.set(layer.id, layer);
  }
  return [...found.values()].slice(0, MAX_LAYERS);
}

function readView(parameters: URLSearchParams): MapView | null {
  const center = readLonLat(parameters.get("c") ?? "");
  const zoom = Number(parameters.get("z") ?? NaN);
  return center && zoom >= 0 && zoom <= 24 ? { center, zoom } : null;
}

function readPlace(text: string): Place | null {
  const point = readLonLat(text);
  return point ? { point, title: text.split(",").slice(2).join(",").slice(0, 120) } : null;
}

/** Read the parameters of an address, forgiving whatever is wrong in it. */
export function readAddress(search: string): SharedParts {
  const parameters = new URLSearchParams(search);
  const parts: { -readonly [Key in keyof SharedState]?: SharedState[Key] } = {};
  const language = parameters.get("lang");
  if (language === "en" || language === "zh-TW") parts.language = language;
  const view = readView(parameters);
  if (view) parts.view = view;
  const basemap = parameters.get("base");
  if (basemap === NO_BASEMAP) parts.basemap = null;
  else if (basemap && LAYER_ID.test(basemap)) parts.basemap = basemap;
  const overlays = parameters.get("over");
  if (overlays !== null) parts.overlays = overlays.split(",").filter((id) => LAYER_ID.test(id));
  const layers = parameters.get("layers");
  if (layers !== null) parts.layers = readLayers(layers);
  const place = readPlace(parameters.get("pin") ?? "");
  if (place) parts.place = place;
  return parts;
}

function writeLayer({ id, opacity, visible }: ActiveLayer): string {
  const percent = Math.round(opacity * 100);
  if (!visible) return `${id}:${percent}:hidden`;
  return percent === 100 ? id : `${id}:${percent}`;
}

function writeNumber(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}

/** Write the query part of an address, readable: commas and colons are allowed there as they are. */
export function writeAddress(state: SharedState): string {
  const { center, zoom } = state.view;
  const parts = [
    `c=${center[0].toFixed(5)},${center[1].toFixed(5)}`,
    `z=${writeNumber(zoom, 2)}`,
    `base=${state.basemap ?? NO_BASEMAP}`,
  ];
  if (state.overlays.length > 0) parts.push(`over=${state.overlays.join(",")}`);
  if (state.layers.length > 0) parts.push(`layers=${state.layers.map(writeLayer).join(",")}`);
  if (state.place) {
    const { point, title } = state.place;
    parts.push(`pin=${writeNumber(point[0], 6)},${writeNumber(point[1], 6)},${encodeURIComponent(title)}`);
  }
  parts.push(`lang=${state.language}`);
  return `?${parts.join("&")}`;
}
