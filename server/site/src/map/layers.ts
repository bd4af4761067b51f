import type Layer from "ol/layer/Layer";
import type TileSource from "ol/source/Tile";
import type { CatalogueIndex } from "../state/catalogue";
import type { SiteState } from "../state/model";
import type { CityMap } from "./city-map";
import type { TileLoading } from "./loading";
import { basemapLayer, catalogueLayer } from "./tiles";

/** How one tile layer of the map has to look. */
interface Wanted {
  readonly key: string;
  readonly create: () => Layer;
  readonly opacity: number;
  readonly visible: boolean;
}

function wantedLayers(state: SiteState, catalogue: CatalogueIndex): readonly Wanted[] {
  const basemaps = [state.basemap, ...state.overlays].flatMap((id) => {
    const basemap = id === null ? undefined : catalogue.basemap(id);
    return basemap ? [{ basemap, key: `basemap/${basemap.id}` }] : [];
  });
  const full = { opacity: 1, visible: true };
  const pictures = basemaps.map(({ basemap, key }) => ({ key, create: () => basemapLayer(basemap), ...full }));
  const layers = [...state.layers].reverse().flatMap(({ id, opacity, visible }) => {
    const layer = catalogue.layer(id);
    return layer ? [{ key: `layer/${id}`, create: () => catalogueLayer(layer), opacity, visible }] : [];
  });
  const isGround = (index: number) => basemaps[index]?.basemap.overlay === false;
  return [
    ...pictures.filter((_, index) => isGround(index)),
    ...layers,
    ...pictures.filter((_, index) => !isGround(index)),
  ];
}

/** Puts on the map what the state says, touching only what changed. */
export class MapLayers {
  private readonly drawn = new Map<string, { readonly layer: Layer; readonly unwatch: () => void }>();

  constructor(
    private readonly map: CityMap,
    private readonly catalogue: CatalogueIndex,
    private readonly loading: TileLoading,
  ) {}

  draw(state: SiteState): void {
    const wanted = wantedLayers(state, this.catalogue);
    const keys = new Set(wanted.map((each) => each.key));
    for (const key of [...this.drawn.keys()]) if (!keys.has(key)) this.remove(key);
    wanted.forEach((each, index) => {
      const layer = this.drawn.get(each.key)?.layer ?? this.add(each);
      layer.setZIndex(index);
      layer.setOpacity(each.opacity);
      layer.setVisible(each.visible);
    });
  }

  private add({ key, create }: Wanted): Layer {
    const layer = create();
    const source = layer.getSource() as TileSource | null;
    this.drawn.set(key, { layer, unwatch: source ? this.loading.watch(source) : () => undefined });
    this.map.ol.addLayer(layer);
    return layer;
  }

  private remove(key: string): void {
    const drawn = this.drawn.get(key);
    if (!drawn) return;
    drawn.unwatch();
    this.map.ol.removeLayer(drawn.layer);
    this.drawn.delete(key);
  }
}
