import type { IdentifiedLayer, LonLat } from "../api/types";
import type { Language } from "../i18n";

/** A layer that is switched on. */
export interface ActiveLayer {
  readonly id: string;
  /** 0 to 1. */
  readonly opacity: number;
  readonly visible: boolean;
}

export interface MapView {
  readonly center: LonLat;
  readonly zoom: number;
}

/** A place that was found and is marked on the map. */
export interface Place {
  readonly title: string;
  readonly point: LonLat;
}

/** What the address of the page tells. */
export interface SharedState {
  readonly language: Language;
  readonly view: MapView;
  /** No basemap at all is null. */
  readonly basemap: string | null;
  readonly overlays: readonly string[];
  /** Topmost first. */
  readonly layers: readonly ActiveLayer[];
  readonly place: Place | null;
}

export type InspectionStatus = "loading" | "done" | "failed";

/** The question "what is here", and its answer so far. */
export interface Inspection {
  readonly point: LonLat;
  readonly title: string | null;
  readonly subtitle: string | null;
  readonly layers: readonly string[];
  readonly status: InspectionStatus;
  readonly results: readonly IdentifiedLayer[];
  /** The feature whose geometry is drawn: layer index, feature index. */
  readonly selected: readonly [number, number] | null;
}

export type PanelName = "catalogue" | "active" | "basemap";

/** How far a phone's sheet is drawn up. */
export type SheetSize = "peek" | "half" | "full";

export interface Notice {
  readonly id: number;
  readonly tone: "info" | "error";
  readonly text: string;
}

export interface SiteState extends SharedState {
  readonly panel: PanelName;
  readonly panelOpen: boolean;
  readonly sheet: SheetSize;
  readonly inspection: Inspection | null;
  /** The layer whose description is open. */
  readonly about: string | null;
  readonly notice: Notice | null;
}
