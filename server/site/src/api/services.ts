import type { Layer } from "./types";

export interface ServiceAddress {
  readonly name: string;
  readonly url: string;
}

/** The addresses under which other software finds a layer; `origin` is this site's. */
export function serviceAddresses(layer: Layer, origin: string): readonly ServiceAddress[] {
  const addresses = [
    { name: "WMS", url: `${origin}/wms?SERVICE=WMS&REQUEST=GetCapabilities` },
    { name: "WMTS", url: `${origin}/wmts/1.0.0/WMTSCapabilities.xml` },
    { name: "XYZ", url: origin + layer.tiles },
  ];
  if (layer.kind === "vector") {
    addresses.push({ name: "OGC API", url: `${origin}/ogc/collections/${layer.id}` });
  }
  return addresses;
}
