import type { Catalogue, Layer } from "../src/api/types";

/** A layer for tests; what matters to a test is said by the test. */
export function layer(id: string, changes: Partial<Layer> = {}): Layer {
  return {
    id,
    title: { zh: id, en: null },
    abstract: null,
    agency: { id: "land", title: { zh: "地政局", en: "Land Administration Bureau" } },
    theme: "base",
    kind: "vector",
    geometry_type: "Point",
    extent: [120.4, 23.9, 121.4, 24.4],
    feature_count: 1,
    release: 1,
    updated: "2026-11-18T00:00:00Z",
    licence: null,
    attribution: null,
    demonstration: false,
    queryable: true,
    tiles: `/tiles/${id}/{z}/{x}/{y}.png`,
    edition: "e1",
    ...changes,
  };
}

export function catalogue(layers: readonly Layer[]): Catalogue {
  const basemap = { attribution: null, tiles: "/wmts/{z}/{y}/{x}.png", minzoom: 0, maxzoom: 20, edition: "e1" };
  return {
    revision: 1,
    title: { zh: "臺中市", en: "Taichung" },
    extent: [120.4, 23.9, 121.4, 24.4],
    home: { centre: [120.665, 24.15], zoom: 13 },
    demonstration: false,
    basemaps: [
      { ...basemap, id: "base", title: { zh: "電子地圖", en: null }, overlay: false },
      { ...basemap, id: "labels", title: { zh: "註記", en: null }, overlay: true },
    ],
    themes: [
      { id: "base", title: { zh: "基本地形圖", en: "Base map" } },
      { id: "transport", title: { zh: "交通運輸", en: "Transport" } },
      { id: "empty", title: { zh: "空的", en: null } },
    ],
    layers,
  };
}
