import { describe, expect, it } from "vitest";
import { CatalogueIndex } from "../src/state/catalogue";
import { reconcile, startState } from "../src/state/start";
import { catalogue, layer } from "./city";

const INDEX = new CatalogueIndex(
  catalogue([
    layer("roads", { title: { zh: "臺中市道路", en: "Roads" } }),
    layer("stops", { title: { zh: "公車站牌", en: "Bus stops" }, theme: "transport" }),
    layer("lost", { title: { zh: "無主題", en: null }, theme: "unknown" }),
  ]),
);
const found = (filter: string) => INDEX.groups(filter).flatMap((group) => group.layers.map((each) => each.id));

describe("the catalogue", () => {
  it("groups by theme, without empty themes, and loses no layer", () => {
    expect(INDEX.groups("").map((group) => [group.id, group.layers.length])).toEqual([
      ["base", 1],
      ["transport", 1],
      ["", 1],
    ]);
  });

  it.each([
    ["台中", ["roads"]],
    ["BUS", ["stops"]],
    ["ｂｕｓ", ["stops"]],
    ["交通", ["stops"]],
    ["地政局 公車", ["stops"]],
    ["land", ["roads", "stops", "lost"]],
    ["沒有", []],
  ])("filters by %s", (filter, expected) => {
    expect(found(filter)).toEqual(expected);
  });
});

describe("an address", () => {
  it("loses what the catalogue does not have", () => {
    const asked = [
      { id: "stops", opacity: 1, visible: true },
      { id: "gone", opacity: 1, visible: true },
    ];
    const { parts, missing } = reconcile({ layers: asked, basemap: "gone", overlays: ["labels", "base"] }, INDEX);
    expect(parts).toEqual({ layers: asked.slice(0, 1), overlays: ["labels"] });
    expect(missing).toBe(1);
  });

  it("starts with the first basemap unless it says otherwise", () => {
    const view = { center: [120, 24], zoom: 10 } as const;
    expect(startState({}, view, "en", INDEX).basemap).toBe("base");
    expect(startState({ basemap: null }, view, "en", INDEX).basemap).toBeNull();
  });
});
