import { render } from "preact";
import { onBusy } from "./api/request";
import type { LonLat } from "./api/types";
import type { Language } from "./i18n";
import { CityMap } from "./map/city-map";
import { defineTwd97 } from "./map/coordinates";
import { MapLayers } from "./map/layers";
import { TileLoading } from "./map/loading";
import { App } from "./panels/app";
import { insetsOf } from "./panels/frame/insets";
import { isPhone } from "./panels/frame/media";
import { wordsOf } from "./site";
import type { Site } from "./site";
import type { CatalogueIndex } from "./state/catalogue";
import { followState } from "./state/history";
import { LayerActions } from "./state/layer-actions";
import type { SharedParts } from "./state/location";
import type { Inspection, SiteState } from "./state/model";
import { PanelActions } from "./state/panel-actions";
import { PlaceActions } from "./state/place-actions";
import { homeView, reconcile, startState } from "./state/start";
import { createStore } from "./state/store";
import type { Store } from "./state/store";
import "ol/ol.css";

interface Elements {
  readonly map: HTMLElement;
  readonly frame: HTMLElement;
}

/** Failing tiles come in dozens; one message is enough for so long. */
const TILE_NOTICE_MS = 30_000;

function selectedGeometry(inspection: Inspection | null) {
  const [layer, feature] = inspection?.selected ?? [];
  return layer === undefined || feature === undefined ? null : inspection?.results[layer]?.features[feature]?.geometry;
}

/** Add up requests and tiles into one number. */
function watchBusy(busy: Store<number>): (tiles: number) => void {
  let requests = 0;
  let tiles = 0;
  onBusy((running) => {
    requests = running;
    busy.update(() => requests + tiles);
  });
  return (running) => {
    tiles = running;
    busy.update(() => requests + tiles);
  };
}

function tileFailures({ store, panels }: Pick<Site, "store" | "panels">): () => void {
  let last = -Infinity;
  return () => {
    if (performance.now() - last < TILE_NOTICE_MS) return;
    last = performance.now();
    panels.notify("error", wordsOf(store.get().language).t("error.tiles"));
  };
}

/** Let the map follow the state. */
function followOnMap({ store, map }: Site, layers: MapLayers, element: HTMLElement): void {
  const show = (state: SiteState, previous: SiteState | null) => {
    if (!previous || state.layers !== previous.layers || state.basemap !== previous.basemap || state.overlays !== previous.overlays) {
      layers.draw(state);
    }
    map.cover(insetsOf(state));
    if (state.inspection !== previous?.inspection) {
      const selected = selectedGeometry(state.inspection) ?? null;
      map.marks.highlight(selected);
      // The ring around a sign says where it is; a dot would hide the sign.
      const isMarked = state.place !== null || selected?.type === "Point";
      map.marks.pin("spot", isMarked ? null : (state.inspection?.point ?? null));
    }
    if (state.place !== previous?.place) map.marks.pin("place", state.place?.point ?? null, state.place?.title);
    if (state.language !== previous?.language) element.setAttribute("aria-label", wordsOf(state.language).t("map.label"));
  };
  show(store.get(), null);
  store.subscribe(show);
  window.addEventListener("resize", () => map.cover(insetsOf(store.get())));
}

/** Let the state follow the map, and clicks ask what is there. */
function followMap({ store, map, places, pointer }: Site, element: HTMLElement): void {
  const inspect = (point: LonLat) => {
    void places.inspect(point);
    map.uncover(point, insetsOf(store.get()));
  };
  map.onMoved((view) => store.update((state) => ({ ...state, view })));
  map.onClick(inspect);
  map.onPointer((point) => pointer.update(() => point));
  element.addEventListener("pointerleave", () => pointer.update(() => null));
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter") inspect(map.shown.center);
  });
}

/** Keep the document itself in the reader's language. */
function followLanguage({ store, catalogue }: Site): void {
  const show = ({ language }: SiteState) => {
    const { t, say } = wordsOf(language);
    document.documentElement.lang = language === "en" ? "en" : "zh-Hant-TW";
    document.title = t("site.title", { title: say(catalogue.content.title) });
  };
  show(store.get());
  store.subscribe((state, previous) => {
    if (state.language !== previous.language) show(state);
  });
}

/** Show an address's place and view; in this order, for the panel changes what the centre of the view is. */
function open({ map, places }: Pick<Site, "map" | "places">, { place, view }: SharedParts): void {
  if (place) void places.revisit(place);
  if (view) map.show(view);
}

/** What an address that was gone back to says, and what it leaves out. */
function restorer({ store, map, places, catalogue }: Site): (parts: SharedParts) => void {
  return (address) => {
    const { parts } = reconcile(address, catalogue);
    store.update((state) => ({ ...state, layers: [], overlays: [], place: null, inspection: null, ...parts }));
    open({ map, places }, parts);
  };
}

/** The composition root: builds the parts of the site and ties them together. */
export function composeSite(elements: Elements, catalogue: CatalogueIndex, address: SharedParts, language: Language): void {
  defineTwd97();
  elements.map.tabIndex = 0;
  const { parts, missing } = reconcile(address, catalogue);
  const map = new CityMap(elements.map, catalogue.content.extent);
  const store = createStore(startState(parts, map.shown, language, catalogue));
  map.cover(insetsOf(store.get()));
  map.show(parts.view ?? homeView(catalogue.content, isPhone()));
  store.update((state) => ({ ...state, view: map.shown }));
  const site: Site = {
    catalogue,
    store,
    map,
    layers: new LayerActions(store, catalogue),
    places: new PlaceActions(store, catalogue, map),
    panels: new PanelActions(store),
    pointer: createStore<LonLat | null>(null),
    busy: createStore(0),
  };
  const loading = new TileLoading(watchBusy(site.busy), tileFailures(site));
  followOnMap(site, new MapLayers(map, catalogue, loading), elements.map);
  followMap(site, elements.map);
  followLanguage(site);
  followState(store, restorer(site));
  render(<App site={site} />, elements.frame);
  if (missing > 0) site.panels.notify("info", wordsOf(language).t("error.layers.missing", { count: missing }));
  if (parts.place) open(site, parts);
}
