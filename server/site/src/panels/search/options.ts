import type { LonLat, PlaceHit, SearchResult, Text } from "../../api/types";
import { readCoordinates } from "../../map/coordinate-text";
import { formatTwd97, formatWgs84 } from "../../map/coordinates";

/** One line of the list under the search box. */
export type SearchOption =
  | { readonly kind: "coordinates"; readonly title: string; readonly subtitle: string; readonly point: LonLat }
  | { readonly kind: "layer"; readonly id: string; readonly title: Text; readonly subtitle: Text }
  | { readonly kind: "place"; readonly hit: PlaceHit };

/** Coordinates that the text itself holds. */
export function coordinateOptions(text: string): readonly SearchOption[] {
  const typed = readCoordinates(text);
  if (!typed) return [];
  const wgs84 = formatWgs84(typed.point);
  const twd97 = `TWD97 ${formatTwd97(typed.point)}`;
  const isGrid = typed.system === "TWD97";
  return [{ kind: "coordinates", title: isGrid ? twd97 : wgs84, subtitle: isGrid ? wgs84 : twd97, point: typed.point }];
}

export function resultOptions(result: SearchResult): readonly SearchOption[] {
  const layers = result.layers.map(({ id, title, agency }): SearchOption => {
    return { kind: "layer", id, title, subtitle: agency.title };
  });
  return [...layers, ...result.places.map((hit): SearchOption => ({ kind: "place", hit }))];
}

/** The index that an arrow key goes to; beyond either end it goes round. */
export function nextOption(current: number, step: number, count: number): number {
  if (count === 0) return -1;
  if (current < 0) return step > 0 ? 0 : count - 1;
  return (current + step + count) % count;
}
