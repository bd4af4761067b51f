import type { Layer } from "../../api/types";
import type { MessageKey } from "../../i18n";
import type { IconName } from "../frame/icon";

export type ShownKind = "point" | "line" | "polygon" | "raster" | "other";

/** What a layer's features are to the eye. */
export function shownKind(layer: Layer): ShownKind {
  if (layer.kind === "raster") return "raster";
  const type = layer.geometry_type?.toLowerCase() ?? "";
  if (type.includes("point")) return "point";
  if (type.includes("line") || type.includes("curve")) return "line";
  return type.includes("polygon") || type.includes("surface") ? "polygon" : "other";
}

export function kindIcon(layer: Layer): IconName {
  const kind = shownKind(layer);
  return kind === "other" ? "layers" : kind;
}

export function kindMessage(layer: Layer): MessageKey {
  return `kind.${shownKind(layer)}`;
}
