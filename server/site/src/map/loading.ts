import { unByKey } from "ol/Observable";
import type TileSource from "ol/source/Tile";
import type { EventsKey } from "ol/events";

/** Counts the tiles under way on all watched sources and tells of failures. */
export class TileLoading {
  private running = 0;

  constructor(
    private readonly onChange: (running: number) => void,
    private readonly onFailure: () => void,
  ) {}

  /** Watch a source; the answer stops watching it. */
  watch(source: TileSource): () => void {
    let own = 0;
    const change = (by: number) => {
      own += by;
      this.add(by);
    };
    const keys: EventsKey[] = [
      source.on("tileloadstart" as never, () => change(1)) as unknown as EventsKey,
      source.on("tileloadend" as never, () => change(-1)) as unknown as EventsKey,
      source.on("tileloaderror" as never, () => {
        change(-1);
        this.onFailure();
      }) as unknown as EventsKey,
    ];
    return () => {
      unByKey(keys);
      // Tiles of a layer that was removed never report; they must not keep the bar running.
      this.add(-own);
    };
  }

  private add(change: number): void {
    this.running = Math.max(0, this.running + change);
    this.onChange(this.running);
  }
}
