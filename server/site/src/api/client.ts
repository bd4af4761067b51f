import type { Language } from "../i18n";
import { requestJson } from "./request";
import type { Catalogue, IdentifyResult, Legend, LonLat, SearchResult } from "./types";

export function fetchCatalogue(signal?: AbortSignal): Promise<Catalogue> {
  return requestJson<Catalogue>("/api/v1/catalogue", {}, signal);
}

export function searchAll(text: string, limit: number, signal?: AbortSignal): Promise<SearchResult> {
  return requestJson<SearchResult>("/api/v1/search", { q: text, limit }, signal);
}

/** What the given layers have at a point, as seen at `zoom` (which sets the tolerance). */
export function identify(
  point: LonLat,
  zoom: number,
  layers: readonly string[],
  signal?: AbortSignal,
): Promise<IdentifyResult> {
  const parameters = {
    lon: point[0].toFixed(7),
    lat: point[1].toFixed(7),
    zoom: Math.round(zoom),
    layers: layers.join(","),
  };
  return requestJson<IdentifyResult>("/api/v1/identify", parameters, signal);
}

/** A layer's legend; samples of labels are drawn in the language. */
export function fetchLegend(layer: string, language: Language, signal?: AbortSignal): Promise<Legend> {
  return requestJson<Legend>(`/api/v1/legend/${encodeURIComponent(layer)}`, { lang: language }, signal);
}
