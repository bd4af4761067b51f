import type { Layer } from "./types";

export interface ServiceAddress {
  readonly name: string;
  readonly url: string;
}

/** The page on which people read a layer's features in a browser; rasters have none. */
export function dataPage(layer: Layer): string | null {
  return layer.kind === "vector" ? `/ogc/collections/${layer.id}` : null;
}

/** The addresses under which other software finds a layer; `origin` is this site's. */
export function serviceAddresses(layer: Layer, origin: string): readonly ServiceAddress[] {
  const addresses = [
    { name: "WMS", url: `${origin}/wms?SERVICE=WMS&REQUEST=GetCapabilities` },
    { name: "WMTS", url: `${origin}/wmts/1.0.0/WMTSCapabilities.xml` },
    { name: "XYZ", url: origin + layer.tiles },
  ];
  const page = dataPage(layer);
  return page ? [...addresses, { name: "OGC API", url: origin + page }] : addresses;
}
