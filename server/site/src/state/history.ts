import { readAddress, writeAddress } from "./location";
import type { SharedParts } from "./location";
import type { SharedState } from "./model";
import type { Store } from "./store";

// Browsers refuse more than some 100 history calls in 30 seconds; a drag makes more.
const QUIET_MS = 250;

/** Keep the address of the page saying what the store holds; `restore` gets what another address says. */
export function followState<T extends SharedState>(store: Store<T>, restore: (parts: SharedParts) => void): void {
  let written = location.search;
  let timer = 0;
  const write = () => {
    const address = writeAddress(store.get());
    if (address === written) return;
    written = address;
    history.replaceState(null, "", location.pathname + address);
  };
  store.subscribe(() => {
    clearTimeout(timer);
    timer = window.setTimeout(write, QUIET_MS);
  });
  window.addEventListener("popstate", () => {
    clearTimeout(timer);
    written = location.search;
    restore(readAddress(location.search));
  });
  window.addEventListener("pagehide", write);
  write();
}
