import type { Insets } from "../../map/city-map";
import type { SheetSize, SiteState } from "../../state/model";
import { isPhone } from "./media";

const PANEL_WIDTH = 392;
/** Narrower windows show the panel of layers or that of a place; `frame.css` says the same. */
const TWO_PANELS_WIDTH = 960;
const SEARCH_HEIGHT = 68;
const PEEK_HEIGHT = 72;
const HEADER_HEIGHT = 56;

/** The height of a phone's sheet in CSS pixels; `frame.css` draws the same. */
export function sheetHeight(size: SheetSize, windowHeight: number): number {
  if (size === "peek") return PEEK_HEIGHT;
  return size === "half" ? Math.round(windowHeight * 0.46) : windowHeight - HEADER_HEIGHT - SEARCH_HEIGHT;
}

/** The size whose height is nearest to where a dragged sheet was let go. */
export function nearestSheet(height: number, windowHeight: number): SheetSize {
  const sizes: readonly SheetSize[] = ["peek", "half", "full"];
  const distance = (size: SheetSize) => Math.abs(sheetHeight(size, windowHeight) - height);
  return sizes.reduce((best, size) => (distance(size) < distance(best) ? size : best));
}

/** What the panels cover of the map now. */
export function insetsOf(state: SiteState): Insets {
  if (isPhone()) {
    // A full sheet covers all: what happens then is meant for the half that is seen next.
    const sheet = state.sheet === "full" ? "half" : state.sheet;
    return [SEARCH_HEIGHT, 0, sheetHeight(sheet, window.innerHeight), 0];
  }
  const isAlone = window.innerWidth < TWO_PANELS_WIDTH && state.inspection !== null;
  return [0, state.inspection ? PANEL_WIDTH : 0, 0, state.panelOpen && !isAlone ? PANEL_WIDTH : 0];
}
