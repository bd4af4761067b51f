import type { Language } from "../i18n";
import type { Notice, PanelName, SheetSize, SiteState } from "./model";
import type { Store } from "./store";

/** What can be done with the frame around the map. */
export class PanelActions {
  private notices = 0;

  constructor(private readonly store: Store<SiteState>) {}

  /** Show a panel; a phone's sheet that is down comes up. */
  open(panel: PanelName): void {
    this.store.update((state) => ({
      ...state,
      panel,
      panelOpen: true,
      sheet: state.sheet === "peek" ? "half" : state.sheet,
    }));
  }

  setOpen(panelOpen: boolean): void {
    this.store.update((state) => ({ ...state, panelOpen }));
  }

  setSheet(sheet: SheetSize): void {
    this.store.update((state) => ({ ...state, sheet }));
  }

  showAbout(about: string | null): void {
    this.store.update((state) => ({ ...state, about }));
  }

  setLanguage(language: Language): void {
    this.store.update((state) => ({ ...state, language }));
  }

  notify(tone: Notice["tone"], text: string): void {
    this.notices += 1;
    const notice = { id: this.notices, tone, text };
    this.store.update((state) => ({ ...state, notice }));
  }

  dismiss(id: number): void {
    this.store.update((state) => (state.notice?.id === id ? { ...state, notice: null } : state));
  }
}
