/** What the server's JSON holds; the shapes are fixed by its API. */

/** A title in both languages; English may be missing. */
export interface Text {
  readonly zh: string;
  readonly en: string | null;
}

/** Longitude, latitude in degrees (CRS84). */
export type LonLat = readonly [number, number];

/** West, south, east, north in degrees (CRS84). */
export type Extent = readonly [number, number, number, number];

export interface Basemap {
  readonly id: string;
  readonly title: Text;
  readonly attribution: Text | null;
  /** An overlay is drawn over a basemap and all layers instead of being one. */
  readonly overlay: boolean;
  readonly tiles: string;
  readonly minzoom: number;
  readonly maxzoom: number;
  readonly edition: string;
}

export interface Theme {
  readonly id: string;
  readonly title: Text;
}

export interface Agency {
  readonly id: string;
  readonly title: Text;
}

export type LayerKind = "vector" | "raster";

export interface Layer {
  readonly id: string;
  readonly title: Text;
  readonly abstract: Text | null;
  readonly agency: Agency;
  readonly theme: string;
  readonly kind: LayerKind;
  readonly geometry_type: string | null;
  readonly extent: Extent | null;
  readonly feature_count: number | null;
  readonly release: number;
  readonly updated: string;
  readonly licence: string | null;
  readonly attribution: Text | null;
  readonly demonstration: boolean;
  readonly queryable: boolean;
  readonly tiles: string;
  readonly edition: string;
}

/** Where the site opens on a desk's screen. */
export interface Home {
  readonly centre: LonLat;
  readonly zoom: number;
}

export interface Catalogue {
  readonly revision: number;
  readonly title: Text;
  readonly extent: Extent;
  readonly home: Home;
  readonly demonstration: boolean;
  readonly basemaps: readonly Basemap[];
  readonly themes: readonly Theme[];
  readonly layers: readonly Layer[];
}

export interface LayerHit {
  readonly id: string;
  readonly title: Text;
  readonly theme: string;
  readonly agency: Agency;
}

export interface PlaceHit {
  /** Null for a place that is no feature, such as typed coordinates. */
  readonly layer: string | null;
  readonly layer_title: Text;
  readonly id: string | number;
  readonly title: string;
  readonly subtitle: string | null;
  readonly point: LonLat;
  readonly bbox: Extent | null;
}

export interface SearchResult {
  readonly layers: readonly LayerHit[];
  readonly places: readonly PlaceHit[];
}

export interface Geometry {
  readonly type: string;
  readonly coordinates?: unknown;
  readonly geometries?: readonly Geometry[];
}

export interface IdentifiedField {
  readonly name: string;
  readonly alias: Text | null;
  readonly value: unknown;
  readonly unit: string | null;
}

export interface IdentifiedFeature {
  readonly id: string | number | null;
  readonly geometry: Geometry | null;
  readonly title: string | null;
  readonly fields: readonly IdentifiedField[];
}

export interface IdentifiedLayer {
  readonly layer: string;
  readonly title: Text;
  readonly features: readonly IdentifiedFeature[];
}

export interface IdentifyResult {
  readonly results: readonly IdentifiedLayer[];
}

export interface LegendEntry {
  readonly name: string;
  readonly title: Text;
  readonly image: string;
}

export interface Legend {
  readonly layer: string;
  readonly entries: readonly LegendEntry[];
}
