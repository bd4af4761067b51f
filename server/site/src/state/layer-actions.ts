import type { CatalogueIndex } from "./catalogue";
import { addLayer, changeLayer, moveLayer, removeLayer } from "./layers";
import type { ActiveLayer, SiteState } from "./model";
import type { Store } from "./store";

/** What can be done with layers and basemaps. */
export class LayerActions {
  constructor(
    private readonly store: Store<SiteState>,
    private readonly catalogue: CatalogueIndex,
  ) {}

  add(id: string): void {
    const layer = this.catalogue.layer(id);
    if (layer) this.change((active) => addLayer(active, layer, (each) => this.catalogue.layer(each)));
  }

  remove(id: string): void {
    this.change((active) => removeLayer(active, id));
  }

  toggle(id: string): void {
    if (this.store.get().layers.some((each) => each.id === id)) this.remove(id);
    else this.add(id);
  }

  clear(): void {
    this.change(() => []);
  }

  setOpacity(id: string, opacity: number): void {
    this.change((active) => changeLayer(active, id, { opacity }));
  }

  setVisible(id: string, visible: boolean): void {
    this.change((active) => changeLayer(active, id, { visible }));
  }

  move(id: string, to: number): void {
    this.change((active) => moveLayer(active, id, to));
  }

  setBasemap(basemap: string | null): void {
    this.store.update((state) => ({ ...state, basemap }));
  }

  toggleOverlay(id: string): void {
    this.store.update((state) => {
      const isOn = state.overlays.includes(id);
      const overlays = isOn ? state.overlays.filter((each) => each !== id) : [...state.overlays, id];
      return { ...state, overlays };
    });
  }

  private change(change: (active: readonly ActiveLayer[]) => readonly ActiveLayer[]): void {
    this.store.update((state) => ({ ...state, layers: change(state.layers) }));
  }
}
