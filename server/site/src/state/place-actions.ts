import { identify } from "../api/client";
import { isAborted } from "../api/request";
import type { Extent, IdentifiedLayer, LonLat, PlaceHit } from "../api/types";
import type { CatalogueIndex } from "./catalogue";
import type { Inspection, MapView, Place, SiteState } from "./model";
import type { Store } from "./store";

/** What place actions need of the map. */
export interface Flight {
  readonly shown: MapView;
  flyTo(point: LonLat): void;
  fit(extent: Extent): void;
}

interface Question {
  readonly point: LonLat;
  readonly title?: string;
  readonly subtitle?: string | null;
  readonly layers: readonly string[];
  /** The feature that was found; what else lies within a finger's width of it was not asked for. */
  readonly feature?: string | number;
}

/** Leave only the feature that was meant, where the answer has it. */
function onlyMeant(results: readonly IdentifiedLayer[], meant: string | number | undefined): readonly IdentifiedLayer[] {
  if (meant === undefined) return results;
  const found = results.map((each) => ({ ...each, features: each.features.filter(({ id }) => id === meant) }));
  return found.some((each) => each.features.length > 0) ? found : results;
}

function hasArea(extent: Extent): boolean {
  return extent[2] - extent[0] > 1e-6 || extent[3] - extent[1] > 1e-6;
}

/** What can be done with places: find them, go there, ask what is there. */
export class PlaceActions {
  private asking: AbortController | null = null;

  constructor(
    private readonly store: Store<SiteState>,
    private readonly catalogue: CatalogueIndex,
    private readonly map: Flight,
  ) {}

  /** Ask what the visible layers have at a point. */
  inspect(point: LonLat): Promise<void> {
    this.store.update((state) => ({ ...state, place: null }));
    return this.ask({ point, layers: this.queryableLayers() });
  }

  /** Go to a place that was found, mark it and tell what its layer knows of it. */
  choose(hit: PlaceHit): Promise<void> {
    this.mark({ title: hit.title, point: hit.point });
    const layers = hit.layer !== null && this.catalogue.layer(hit.layer)?.queryable ? [hit.layer] : [];
    const answer = this.ask({ point: hit.point, title: hit.title, subtitle: hit.subtitle, layers, feature: hit.id });
    if (hit.bbox && hasArea(hit.bbox)) this.map.fit(hit.bbox);
    else this.map.flyTo(hit.point);
    return answer;
  }

  /** Go to coordinates. */
  goTo(place: Place): Promise<void> {
    this.mark(place);
    const answer = this.revisit(place);
    this.map.flyTo(place.point);
    return answer;
  }

  /** Tell about a place that is marked already. */
  revisit({ title, point }: Place): Promise<void> {
    return this.ask({ point, title, layers: this.queryableLayers() });
  }

  close(): void {
    this.asking?.abort();
    this.store.update((state) => ({ ...state, inspection: null, place: null, sheet: "peek" }));
  }

  select(selected: Inspection["selected"]): void {
    this.store.update((state) =>
      state.inspection ? { ...state, inspection: { ...state.inspection, selected } } : state,
    );
  }

  private mark(place: Place): void {
    this.store.update((state) => ({ ...state, place }));
  }

  private queryableLayers(): readonly string[] {
    const active = this.store.get().layers.filter((each) => each.visible && each.opacity > 0);
    return active.map((each) => each.id).filter((id) => this.catalogue.layer(id)?.queryable);
  }

  private async ask({ point, title, subtitle, layers, feature }: Question): Promise<void> {
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    const asked: Inspection = {
      point,
      title: title || null,
      subtitle: subtitle ?? null,
      layers,
      status: layers.length > 0 ? "loading" : "done",
      results: [],
      selected: null,
    };
    this.store.update((state) => ({
      ...state,
      inspection: asked,
      sheet: state.sheet === "peek" ? "half" : state.sheet,
    }));
    if (layers.length > 0) this.answer(await this.answerOf(asked, feature, asking.signal));
  }

  private async answerOf(
    asked: Inspection,
    meant: string | number | undefined,
    signal: AbortSignal,
  ): Promise<Partial<Inspection> | null> {
    try {
      const { results } = await identify(asked.point, this.map.shown.zoom, asked.layers, signal);
      const found = onlyMeant(results, meant).filter((each) => each.features.length > 0);
      return { status: "done", results: found, selected: found.length > 0 ? [0, 0] : null };
    } catch (error) {
      return isAborted(error) ? null : { status: "failed" };
    }
  }

  /** An answer that was given up (null) is not an answer to the question that replaced it. */
  private answer(answer: Partial<Inspection> | null): void {
    if (!answer) return;
    this.store.update((state) =>
      state.inspection ? { ...state, inspection: { ...state.inspection, ...answer } } : state,
    );
  }
}
