import proj4 from "proj4";
import type { LonLat } from "../api/types";

export const TWD97 = "EPSG:3826";

/** Make the national grid (TWD97 TM2, central meridian 121°) known to proj4. */
export function defineTwd97(): void {
  proj4.defs(TWD97, "+proj=tmerc +lat_0=0 +lon_0=121 +k=0.9999 +x_0=250000 +y_0=0 +ellps=GRS80 +units=m +no_defs");
}

/** Easting and northing in metres. */
export function toTwd97(point: LonLat): readonly [number, number] {
  const [x, y] = proj4("WGS84", TWD97, [point[0], point[1]]);
  return [x ?? NaN, y ?? NaN];
}

export function fromTwd97(easting: number, northing: number): LonLat {
  const [lon, lat] = proj4(TWD97, "WGS84", [easting, northing]);
  return [lon ?? NaN, lat ?? NaN];
}

export function formatWgs84(point: LonLat): string {
  return `${point[0].toFixed(6)}, ${point[1].toFixed(6)}`;
}

export function formatTwd97(point: LonLat): string {
  return toTwd97(point).map((value) => value.toFixed(2)).join(", ");
}
