import { beforeAll, describe, expect, it } from "vitest";
import { readCoordinates } from "../src/map/coordinate-text";
import { defineTwd97, formatTwd97, formatWgs84, fromTwd97, toTwd97 } from "../src/map/coordinates";

beforeAll(defineTwd97);

describe("TWD97", () => {
  // Computed with PROJ 9.5 (EPSG:4326 → EPSG:3826).
  it.each([
    [[120.6869, 24.1369], [218178.3881, 2670220.0987]],
    [[121, 23.5], [250000, 2599651.3488]],
    [[121.5654, 25.033], [307056.819, 2769551.8369]],
  ] as const)("of %j is what PROJ says", (point, grid) => {
    const [easting, northing] = toTwd97(point);
    expect(easting).toBeCloseTo(grid[0], 2);
    expect(northing).toBeCloseTo(grid[1], 2);
    const [lon, lat] = fromTwd97(grid[0], grid[1]);
    expect(lon).toBeCloseTo(point[0], 7);
    expect(lat).toBeCloseTo(point[1], 7);
  });

  it("is written to the centimetre, degrees to the decimetre", () => {
    expect(formatTwd97([121, 23.5])).toBe("250000.00, 2599651.35");
    expect(formatWgs84([121, 23.5])).toBe("121.000000, 23.500000");
  });
});

describe("typed coordinates", () => {
  it.each([
    ["120.6869, 24.1369"],
    ["24.1369 120.6869"],
    ["24.1369，120.6869"],
    ["１２０.６８６９，２４.１３６９"],
    ["東經 120.6869 北緯 24.1369"],
    ["N24.1369 E120.6869"],
    ["24°08'12.84\"N 120°41'12.84\"E"],
    ["24度8分12.84秒 120度41分12.84秒"],
  ])("%s are degrees", (text) => {
    const typed = readCoordinates(text);
    expect(typed?.system).toBe("WGS84");
    expect(typed?.point[0]).toBeCloseTo(120.6869, 6);
    expect(typed?.point[1]).toBeCloseTo(24.1369, 6);
  });

  it.each([["218178.39, 2670220.10"], ["2670220.10 218178.39"], ["TWD97 X=218178.39 Y=2670220.10"]])(
    "%s are metres of the national grid",
    (text) => {
      const typed = readCoordinates(text);
      expect(typed?.system).toBe("TWD97");
      expect(typed?.point[0]).toBeCloseTo(120.6869, 6);
      expect(typed?.point[1]).toBeCloseTo(24.1369, 6);
    },
  );

  it.each([["臺灣大道三段 99 號"], ["中山路 120 號 24 樓"], ["120"], ["1, 2"], ["120.5, 24.1, 30"], ["台中"], [""]])(
    "%s are none",
    (text) => {
      expect(readCoordinates(text)).toBeNull();
    },
  );
});
