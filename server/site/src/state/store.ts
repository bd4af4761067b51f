import { useEffect, useState } from "preact/hooks";

export type Update<T> = (state: T) => T;

/** One immutable value that is replaced whole and tells who listens. */
export interface Store<T> {
  get(): T;
  update(change: Update<T>): void;
  subscribe(listener: (state: T, previous: T) => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let state = initial;
  const listeners = new Set<(state: T, previous: T) => void>();
  return {
    get: () => state,
    update(change) {
      const previous = state;
      state = change(previous);
      if (state === previous) return;
      for (const listener of [...listeners]) listener(state, previous);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The part of the store that `select` picks; the component draws again when it changes. */
export function useStore<T, S>(store: Store<T>, select: (state: T) => S): S {
  const [selected, setSelected] = useState(() => select(store.get()));
  useEffect(() => {
    const refresh = () => setSelected(() => select(store.get()));
    refresh();
    return store.subscribe(refresh);
  }, [store]);
  return selected;
}
