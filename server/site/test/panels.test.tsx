import { beforeAll, describe, expect, it } from "vitest";
import { serviceAddresses } from "../src/api/services";
import { defineTwd97 } from "../src/map/coordinates";
import { nearestSheet, sheetHeight } from "../src/panels/frame/insets";
import { valueText } from "../src/panels/inspection/value";
import { indexAt } from "../src/panels/layers/reorder";
import { coordinateOptions, nextOption, resultOptions } from "../src/panels/search/options";
import { wordsOf } from "../src/site";
import { layer } from "./city";

beforeAll(defineTwd97);

describe("an attribute's value", () => {
  const words = wordsOf("zh-TW");
  it.each([
    [null, null, "—"],
    ["", null, "—"],
    [true, null, "是"],
    [2010, null, "2010"],
    [12345, "人", "12,345 人"],
    [12345.6789, "m²", "12,345.679 m²"],
    [0, "層", "0 層"],
    ["臺灣大道", null, "臺灣大道"],
    [["a", 1], null, '["a",1]'],
  ])("%j %s reads %s", (value, unit, text) => {
    expect(valueText({ value, unit }, words)).toBe(text);
  });
});

describe("the options of the search box", () => {
  it("go round at the ends", () => {
    expect(nextOption(-1, 1, 3)).toBe(0);
    expect(nextOption(-1, -1, 3)).toBe(2);
    expect(nextOption(2, 1, 3)).toBe(0);
    expect(nextOption(0, -1, 3)).toBe(2);
    expect(nextOption(0, 1, 0)).toBe(-1);
  });

  it("offer typed coordinates in both systems", () => {
    expect(coordinateOptions("250000 2599651.35")).toMatchObject([
      { kind: "coordinates", title: "TWD97 250000.00, 2599651.35", subtitle: "121.000000, 23.500000" },
    ]);
    expect(coordinateOptions("公園")).toEqual([]);
  });

  it("list layers before places", () => {
    const { id, title, theme, agency } = layer("parks");
    const place = {
      layer: "parks",
      layer_title: title,
      id: 1,
      title: "中央公園",
      subtitle: null,
      point: [120.6, 24.1],
      bbox: null,
    } as const;
    const options = resultOptions({ layers: [{ id, title, theme, agency }], places: [place] });
    expect(options.map((option) => option.kind)).toEqual(["layer", "place"]);
  });
});

describe("a sheet", () => {
  it("snaps to the nearest of its sizes", () => {
    expect(nearestSheet(90, 844)).toBe("peek");
    expect(nearestSheet(400, 844)).toBe("half");
    expect(nearestSheet(700, 844)).toBe("full");
    expect(sheetHeight("full", 844)).toBeGreaterThan(sheetHeight("half", 844));
  });
});

describe("a dragged layer", () => {
  const boxes = [0, 100, 200].map((top) => ({ top, height: 100 }));
  it.each([
    [10, 0],
    [60, 1],
    [151, 2],
    [900, 3],
  ])("at %d px goes to place %d", (y, index) => {
    expect(indexAt(y, boxes)).toBe(index);
  });
});

describe("a layer's services", () => {
  it("offer features for vectors alone", () => {
    const names = (kind: "vector" | "raster") =>
      serviceAddresses(layer("dem", { kind }), "https://city.example").map(({ name }) => name);
    expect(names("vector")).toContain("OGC API");
    expect(names("raster")).not.toContain("OGC API");
  });

  it("are whole addresses", () => {
    for (const { url } of serviceAddresses(layer("roads"), "https://city.example")) {
      expect(url).toMatch(/^https:\/\/city\.example\/(wms|wmts|tiles|ogc)/);
    }
  });
});
