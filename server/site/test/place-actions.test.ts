import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { CatalogueIndex } from "../src/state/catalogue";
import type { SiteState } from "../src/state/model";
import { PlaceActions } from "../src/state/place-actions";
import { startState } from "../src/state/start";
import { createStore } from "../src/state/store";
import type { Store } from "../src/state/store";
import { catalogue, layer } from "./city";

const VIEW = { center: [120.6, 24.1], zoom: 15 } as const;
const INDEX = new CatalogueIndex(catalogue([layer("schools"), layer("zones")]));

function found(title: string): Response {
  const feature = { id: 1, geometry: null, title, fields: [] };
  return Response.json({ results: [{ layer: "schools", title: { zh: "學校", en: null }, features: [feature] }] });
}

let store: Store<SiteState>;
let places: PlaceActions;
const flyTo = vi.fn();
const fit = vi.fn();

beforeEach(() => {
  const layers = [
    { id: "schools", opacity: 1, visible: true },
    { id: "zones", opacity: 1, visible: false },
  ];
  store = createStore(startState({ layers }, VIEW, "zh-TW", INDEX));
  places = new PlaceActions(store, INDEX, { shown: VIEW, flyTo, fit });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.clearAllMocks();
});

describe("asking what is here", () => {
  it("asks the layers that are seen and selects the first feature", async () => {
    const stub = vi.fn<typeof fetch>(async () => found("國小"));
    vi.stubGlobal("fetch", stub);
    await places.inspect([120.6, 24.1]);
    expect(String(stub.mock.calls[0]?.[0])).toContain("layers=schools");
    expect(String(stub.mock.calls[0]?.[0])).not.toContain("zones");
    expect(store.get().inspection).toMatchObject({ status: "done", selected: [0, 0] });
  });

  it("never shows the answer to an earlier question", async () => {
    const answers: ((response: Response) => void)[] = [];
    vi.stubGlobal("fetch", (_: string, { signal }: RequestInit) => {
      return new Promise<Response>((resolve, reject) => {
        answers.push(resolve);
        signal?.addEventListener("abort", () => reject(new DOMException("given up", "AbortError")));
      });
    });
    const first = places.inspect([120.1, 24.1]);
    const second = places.inspect([120.2, 24.2]);
    answers[1]?.(found("second"));
    answers[0]?.(found("first"));
    await Promise.all([first, second]);
    expect(store.get().inspection).toMatchObject({ point: [120.2, 24.2], status: "done" });
    expect(store.get().inspection?.results[0]?.features[0]?.title).toBe("second");
  });

  it("says so when the server does not answer", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("Failed to fetch")));
    await places.inspect([120.1, 24.1]);
    expect(store.get().inspection).toMatchObject({ status: "failed", results: [] });
  });

  it("asks nobody when no layer is on", async () => {
    store.update((state) => ({ ...state, layers: [] }));
    const stub = vi.fn<typeof fetch>();
    vi.stubGlobal("fetch", stub);
    await places.inspect([120.1, 24.1]);
    expect(stub).not.toHaveBeenCalled();
    expect(store.get().inspection?.status).toBe("done");
  });
});

describe("a place that was found", () => {
  const hit = {
    layer: "zones",
    layer_title: { zh: "分區", en: null },
    id: 7,
    title: "住宅區",
    subtitle: null,
    point: [120.5, 24.05],
    bbox: null,
  } as const;

  it("is marked and flown to, and its own layer is asked", async () => {
    const stub = vi.fn<typeof fetch>(async () => found("住宅區"));
    vi.stubGlobal("fetch", stub);
    await places.choose(hit);
    expect(flyTo).toHaveBeenCalledWith([120.5, 24.05]);
    expect(String(stub.mock.calls[0]?.[0])).toContain("layers=zones");
    expect(store.get().place).toEqual({ title: "住宅區", point: [120.5, 24.05] });
    places.close();
    expect(store.get()).toMatchObject({ place: null, inspection: null });
  });

  it("is told alone of what lies close together", async () => {
    const feature = (id: number, title: string) => ({ id, geometry: null, title, fields: [] });
    const features = [feature(6, "商業區"), feature(7, "住宅區")];
    vi.stubGlobal("fetch", async () => Response.json({ results: [{ layer: "zones", title: hit.layer_title, features }] }));
    await places.choose(hit);
    expect(store.get().inspection?.results[0]?.features.map((each) => each.title)).toEqual(["住宅區"]);
    await places.choose({ ...hit, id: 8 });
    expect(store.get().inspection?.results[0]?.features).toHaveLength(2);
  });

  it("with an extent is shown whole", async () => {
    vi.stubGlobal("fetch", async () => found("住宅區"));
    const bbox = [120.4, 24, 120.6, 24.1] as const;
    await places.choose({ ...hit, bbox });
    expect(fit).toHaveBeenCalledWith(bbox);
    expect(flyTo).not.toHaveBeenCalled();
  });
});
