import { readAddress, writeAddress } from "./location";
import type { SharedParts } from "./location";
import type { SharedState } from "./model";
import type { Store } from "./store";

// Browsers refuse more than some 100 history calls in 30 seconds; a drag makes more.
const QUIET_MS = 250;

/** Keeps the address of the page saying what the store holds. */
class AddressBar {
  private written = location.search;
  private timer = 0;
  private isRestoring = false;

  constructor(
    private readonly store: Store<SharedState>,
    private readonly restore: (parts: SharedParts) => void,
  ) {}

  /** A place that was found is a step that "back" takes back; all else only replaces the address. */
  follow(state: SharedState, previous: SharedState): void {
    clearTimeout(this.timer);
    if (state.place && state.place !== previous.place && !this.isRestoring) {
      this.write(previous);
      this.written = writeAddress(state);
      history.pushState(null, "", location.pathname + this.written);
    } else this.timer = window.setTimeout(() => this.write(this.store.get()), QUIET_MS);
  }

  write(state: SharedState): void {
    const address = writeAddress(state);
    if (address === this.written) return;
    this.written = address;
    history.replaceState(null, "", location.pathname + address);
  }

  /** Show what the address says that the reader went back or forward to. */
  goBack(): void {
    clearTimeout(this.timer);
    this.written = location.search;
    this.isRestoring = true;
    this.restore(readAddress(location.search));
    this.isRestoring = false;
  }
}

/** Tie the store to the address of the page; `restore` gets what another address says. */
export function followState(store: Store<SharedState>, restore: (parts: SharedParts) => void): void {
  const bar = new AddressBar(store, restore);
  store.subscribe((state, previous) => bar.follow(state, previous));
  window.addEventListener("popstate", () => bar.goBack());
  window.addEventListener("pagehide", () => bar.write(store.get()));
  bar.write(store.get());
}
