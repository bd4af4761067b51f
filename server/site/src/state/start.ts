import type { Catalogue } from "../api/types";
import type { Language } from "../i18n";
import type { CatalogueIndex } from "./catalogue";
import type { SharedParts } from "./location";
import type { MapView, SiteState } from "./model";

/** Where the site opens; a phone shows less of a city at the same zoom. */
export function homeView({ home }: Catalogue, phone: boolean): MapView {
  return { center: home.centre, zoom: phone ? home.zoom - 1 : home.zoom };
}

/** A state whose ids all exist, and how many of the asked layers do not. */
export interface Reconciled {
  readonly parts: SharedParts;
  readonly missing: number;
}

/** Leave out what an address asks for and the catalogue does not have (any more). */
export function reconcile(parts: SharedParts, catalogue: CatalogueIndex): Reconciled {
  const layers = (parts.layers ?? []).filter((each) => catalogue.layer(each.id));
  const overlays = (parts.overlays ?? []).filter((id) => catalogue.basemap(id)?.overlay);
  const { basemap, ...others } = parts;
  const isKnown = basemap === null || (basemap !== undefined && catalogue.basemap(basemap)?.overlay === false);
  return {
    parts: { ...others, layers, overlays, ...(isKnown ? { basemap } : {}) },
    missing: (parts.layers ?? []).length - layers.length,
  };
}

/** The state of a site that was just opened. */
export function startState(parts: SharedParts, view: MapView, language: Language, catalogue: CatalogueIndex): SiteState {
  return {
    language,
    view,
    basemap: catalogue.grounds[0]?.id ?? null,
    overlays: [],
    layers: [],
    place: null,
    ...parts,
    panel: (parts.layers ?? []).length > 0 ? "active" : "catalogue",
    panelOpen: true,
    sheet: "peek",
    inspection: null,
    about: null,
    notice: null,
  };
}
