import { createContext } from "preact";
import { useContext, useMemo } from "preact/hooks";
import type { LonLat, Text } from "./api/types";
import { inLanguage, message } from "./i18n";
import type { Language, MessageKey, MessageValues } from "./i18n";
import type { CityMap } from "./map/city-map";
import type { CatalogueIndex } from "./state/catalogue";
import type { LayerActions } from "./state/layer-actions";
import type { SiteState } from "./state/model";
import type { PanelActions } from "./state/panel-actions";
import type { PlaceActions } from "./state/place-actions";
import { useStore } from "./state/store";
import type { Store } from "./state/store";

/** Everything that the parts of the page share. */
export interface Site {
  readonly catalogue: CatalogueIndex;
  readonly store: Store<SiteState>;
  readonly map: CityMap;
  readonly layers: LayerActions;
  readonly places: PlaceActions;
  readonly panels: PanelActions;
  /** Where the mouse points; null on a touch screen. */
  readonly pointer: Store<LonLat | null>;
  /** How many requests and tiles are under way. */
  readonly busy: Store<number>;
}

export const SiteContext = createContext<Site | null>(null);

export function useSite(): Site {
  const site = useContext(SiteContext);
  if (!site) throw new Error("a panel was drawn outside the site");
  return site;
}

export function useSiteState<S>(select: (state: SiteState) => S): S {
  return useStore(useSite().store, select);
}

/** The words of the page in the reader's language. */
export interface Words {
  readonly language: Language;
  t(key: MessageKey, values?: MessageValues): string;
  say(text: Text): string;
}

export function wordsOf(language: Language): Words {
  return {
    language,
    t: (key, values) => message(language, key, values),
    say: (text) => inLanguage(language, text),
  };
}

export function useWords(): Words {
  const language = useSiteState((state) => state.language);
  return useMemo(() => wordsOf(language), [language]);
}
