import { describe, expect, it } from "vitest";
import { readAddress, writeAddress } from "../src/state/location";
import type { SharedState } from "../src/state/model";

const STATE: SharedState = {
  language: "en",
  view: { center: [120.6736, 24.152], zoom: 14 },
  basemap: "base",
  overlays: ["labels"],
  layers: [
    { id: "schools", opacity: 1, visible: true },
    { id: "zones", opacity: 0.6, visible: true },
    { id: "parks", opacity: 0.8, visible: false },
  ],
  place: { title: "臺中市政府, 文心樓 & 惠中樓", point: [120.6469, 24.1619] },
};

describe("the address of the page", () => {
  it("gives back what was written", () => {
    expect(readAddress(writeAddress(STATE))).toEqual(STATE);
  });

  it("stays readable: these links are printed and read out", () => {
    const plain = { ...STATE, place: null, overlays: [] };
    expect(writeAddress(plain)).toBe(
      "?c=120.67360,24.15200&z=14&base=base&layers=schools,zones:60,parks:80:hidden&lang=en",
    );
  });

  it("tells no basemap from the default one", () => {
    expect(readAddress(writeAddress({ ...STATE, basemap: null })).basemap).toBeNull();
    expect(readAddress("?z=3")).not.toHaveProperty("basemap");
  });

  it.each([
    ["?c=abc,24&z=14"],
    ["?c=120.6&z=14"],
    ["?c=,&z=14"],
    ["?c=120.6,24.1&z=-1"],
    ["?c=120.6,24.1&z=99"],
    ["?c=500,24.1&z=9"],
    ["?c=120.6,24.1"],
    ["?lang=fr&base=<script>"],
    ["?pin=1"],
    ["?%%%&&=&"],
  ])("leaves out what is wrong in %s", (address) => {
    expect(readAddress(address)).toEqual({});
  });

  it("keeps the good layers beside bad ones, each once", () => {
    const { layers } = readAddress("?layers=schools:50,<img>,zones:900,Schools,schools:70,parks:NaN,trees");
    expect(layers).toEqual([
      { id: "schools", opacity: 0.5, visible: true },
      { id: "trees", opacity: 1, visible: true },
    ]);
  });
});
