import type { Basemap, Catalogue, Layer, Text, Theme } from "../api/types";

/** A theme with those of its layers that are shown. */
export interface ThemeGroup {
  readonly id: string;
  /** Null for layers whose theme the catalogue does not name. */
  readonly title: Text | null;
  readonly layers: readonly Layer[];
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll("台", "臺");
}

function searchText(layer: Layer, theme: Theme | undefined): string {
  const texts = [layer.title, layer.abstract, layer.agency.title, theme?.title];
  return fold([layer.id, ...texts.flatMap((text) => [text?.zh ?? "", text?.en ?? ""])].join("\n"));
}

/** The catalogue, found by id and filtered by words. */
export class CatalogueIndex {
  private readonly layers: ReadonlyMap<string, Layer>;
  private readonly basemaps: ReadonlyMap<string, Basemap>;
  private readonly texts: ReadonlyMap<string, string>;

  constructor(readonly content: Catalogue) {
    const themes = new Map(content.themes.map((theme) => [theme.id, theme]));
    this.layers = new Map(content.layers.map((layer) => [layer.id, layer]));
    this.basemaps = new Map(content.basemaps.map((basemap) => [basemap.id, basemap]));
    this.texts = new Map(content.layers.map((layer) => [layer.id, searchText(layer, themes.get(layer.theme))]));
  }

  layer(id: string): Layer | undefined {
    return this.layers.get(id);
  }

  basemap(id: string): Basemap | undefined {
    return this.basemaps.get(id);
  }

  get grounds(): readonly Basemap[] {
    return this.content.basemaps.filter((basemap) => !basemap.overlay);
  }

  get overlays(): readonly Basemap[] {
    return this.content.basemaps.filter((basemap) => basemap.overlay);
  }

  /** Themes in catalogue order with the layers that hold every word of `filter`; empty themes are left out. */
  groups(filter: string): readonly ThemeGroup[] {
    const words = fold(filter).split(/\s+/).filter(Boolean);
    const shown = this.content.layers.filter((layer) => words.every((word) => this.texts.get(layer.id)?.includes(word)));
    const known = new Set(this.content.themes.map((theme) => theme.id));
    const groups: ThemeGroup[] = this.content.themes.map((theme) => ({
      ...theme,
      layers: shown.filter((layer) => layer.theme === theme.id),
    }));
    groups.push({ id: "", title: null, layers: shown.filter((layer) => !known.has(layer.theme)) });
    return groups.filter((group) => group.layers.length > 0);
  }
}
