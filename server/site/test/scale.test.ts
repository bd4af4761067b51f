import { describe, expect, it } from "vitest";
import { formatDistance, groundResolution, scaleBar, scaleDenominator } from "../src/map/scale";
import { denseAddress, tileAddress, tileAt } from "../src/map/tiles";

describe("the scale bar", () => {
  it.each([
    [1, 96, 50, 50],
    [2.18, 96, 200, 92],
    [139.6, 96, 10_000, 72],
    [0.15, 96, 10, 67],
  ])("at %d m per pixel and %d px", (metresPerPixel, maxWidth, metres, width) => {
    expect(scaleBar(metresPerPixel, maxWidth)).toEqual({ metres, width });
  });

  it("is honest about Mercator: at 60° a pixel covers half of what it does at the equator", () => {
    expect(groundResolution(100, 0)).toBe(100);
    expect(groundResolution(100, 60)).toBeCloseTo(50);
  });

  it("names distances and scales as people do", () => {
    expect(formatDistance(500)).toBe("500 m");
    expect(formatDistance(20_000)).toBe("20 km");
    // OGC 17-083r2: zoom 0 of WebMercatorQuad is 1 : 559 082 264.
    expect(scaleDenominator(156543.03392804097)).toBe(560_000_000);
  });
});

describe("tiles", () => {
  it("come twice as dense for a screen that shows it", () => {
    expect(denseAddress("/tiles/roads/{z}/{x}/{y}.png", 2)).toBe("/tiles/roads/{z}/{x}/{y}@2x.png");
    expect(denseAddress("/tiles/roads/{z}/{x}/{y}.png", 1)).toBe("/tiles/roads/{z}/{x}/{y}.png");
  });

  it("are found by the slippy map rule", () => {
    // Taichung's city hall in the tile that OpenStreetMap's formula gives for zoom 15.
    expect(tileAt("/t/{z}/{x}/{y}.png", [120.6469, 24.1619], 15)).toBe("/t/15/27365/14116.png");
    expect(tileAt("/t/{z}/{y}/{x}.png", [0, 0], 0)).toBe("/t/0/0/0.png");
  });

  it("carry their edition", () => {
    expect(tileAddress("/t/{z}.png", "a b")).toBe("/t/{z}.png?v=a%20b");
    expect(tileAddress("/t?x=1", "a")).toBe("/t?x=1&v=a");
  });
});
