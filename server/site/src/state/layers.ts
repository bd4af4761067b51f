import type { Layer } from "../api/types";
import type { ActiveLayer } from "./model";

/** Points are drawn over lines, lines over areas, areas over rasters. */
export function drawingRank(layer: Layer | undefined): number {
  if (!layer || layer.kind === "raster") return 0;
  const type = layer.geometry_type?.toLowerCase() ?? "";
  if (type.includes("point")) return 3;
  if (type.includes("line") || type.includes("curve")) return 2;
  return 1;
}

/** Switch a layer on above everything that it does not hide. */
export function addLayer(
  active: readonly ActiveLayer[],
  layer: Layer,
  find: (id: string) => Layer | undefined,
): readonly ActiveLayer[] {
  if (active.some((each) => each.id === layer.id)) return active;
  const added = { id: layer.id, opacity: 1, visible: true };
  const below = active.findIndex((each) => drawingRank(find(each.id)) <= drawingRank(layer));
  return below < 0 ? [...active, added] : [...active.slice(0, below), added, ...active.slice(below)];
}

export function removeLayer(active: readonly ActiveLayer[], id: string): readonly ActiveLayer[] {
  return active.filter((each) => each.id !== id);
}

export function changeLayer(
  active: readonly ActiveLayer[],
  id: string,
  change: Partial<Omit<ActiveLayer, "id">>,
): readonly ActiveLayer[] {
  return active.map((each) => (each.id === id ? { ...each, ...change } : each));
}

/** Move a layer to a place in the order, 0 being the top. */
export function moveLayer(active: readonly ActiveLayer[], id: string, to: number): readonly ActiveLayer[] {
  const moved = active.find((each) => each.id === id);
  if (!moved) return active;
  const others = removeLayer(active, id);
  const index = Math.max(0, Math.min(to, others.length));
  return [...others.slice(0, index), moved, ...others.slice(index)];
}
