import { describe, expect, it } from "vitest";
import type { Layer } from "../src/api/types";
import { addLayer, changeLayer, moveLayer, removeLayer } from "../src/state/layers";
import type { ActiveLayer } from "../src/state/model";
import { layer } from "./city";

const LAYERS: readonly Layer[] = [
  layer("stops", { geometry_type: "Point" }),
  layer("schools", { geometry_type: "MultiPoint" }),
  layer("roads", { geometry_type: "LineString" }),
  layer("zones", { geometry_type: "MultiPolygon" }),
  layer("dem", { kind: "raster", geometry_type: null }),
];
const find = (id: string) => LAYERS.find((each) => each.id === id);
const ids = (active: readonly ActiveLayer[]) => active.map((each) => each.id);

function on(...names: string[]): readonly ActiveLayer[] {
  return names.reduce<readonly ActiveLayer[]>((active, id) => {
    const added = find(id);
    return added ? addLayer(active, added, find) : active;
  }, []);
}

describe("active layers", () => {
  it("hide nothing that is finer than they are", () => {
    expect(ids(on("stops", "dem", "zones", "roads"))).toEqual(["stops", "roads", "zones", "dem"]);
  });

  it("go above their own kind", () => {
    expect(ids(on("stops", "zones", "schools"))).toEqual(["schools", "stops", "zones"]);
  });

  it("are on once", () => {
    expect(ids(on("stops", "stops"))).toEqual(["stops"]);
  });

  it("move up and down and stay within the list", () => {
    const active = on("stops", "roads", "zones");
    expect(ids(moveLayer(active, "zones", 0))).toEqual(["zones", "stops", "roads"]);
    expect(ids(moveLayer(active, "stops", 1))).toEqual(["roads", "stops", "zones"]);
    expect(ids(moveLayer(active, "stops", 99))).toEqual(["roads", "zones", "stops"]);
    expect(ids(moveLayer(active, "stops", -5))).toEqual(ids(active));
    expect(moveLayer(active, "nobody", 0)).toBe(active);
  });

  it("change alone", () => {
    const active = changeLayer(on("stops", "roads"), "roads", { opacity: 0.4 });
    expect(active.map((each) => each.opacity)).toEqual([1, 0.4]);
    expect(ids(removeLayer(active, "stops"))).toEqual(["roads"]);
  });
});
