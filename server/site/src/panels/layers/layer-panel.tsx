import type { JSX } from "preact";
import type { MessageKey } from "../../i18n";
import { useSite, useSiteState, useWords } from "../../site";
import type { PanelName } from "../../state/model";
import { Icon } from "../frame/icon";
import type { IconName } from "../frame/icon";
import { Sheet } from "../frame/sheet";
import { ActivePanel } from "./active-panel";
import { BasemapPanel } from "./basemap-panel";
import { CataloguePanel } from "./catalogue-panel";

interface Tab {
  readonly name: PanelName;
  readonly label: MessageKey;
  readonly icon: IconName;
}

const TABS: readonly Tab[] = [
  { name: "catalogue", label: "panel.catalogue", icon: "list" },
  { name: "active", label: "panel.active", icon: "layers" },
  { name: "basemap", label: "panel.basemap", icon: "map" },
];

const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

function Tabs(): JSX.Element {
  const { panels } = useSite();
  const { t } = useWords();
  const shown = useSiteState((state) => state.panel);
  const activeCount = useSiteState((state) => state.layers.length);
  const onKeyDown = (event: JSX.TargetedKeyboardEvent<HTMLElement>) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    const next = TABS[(TABS.findIndex((tab) => tab.name === shown) + step + TABS.length) % TABS.length];
    if (!next) return;
    panels.open(next.name);
    event.currentTarget.querySelector<HTMLElement>(`#tab-${next.name}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={t("panel.label")} onKeyDown={onKeyDown}>
      {TABS.map(({ name, label, icon }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-controls="panel-content"
          aria-selected={shown === name}
          tabIndex={shown === name ? 0 : -1}
          onClick={() => panels.open(name)}
        >
          <Icon name={icon} size={18} />
          <span>{t(label)}</span>
          {name === "active" && activeCount > 0 && <span class="tab-count">{activeCount}</span>}
        </button>
      ))}
    </div>
  );
}

const PANELS: Readonly<Record<PanelName, () => JSX.Element>> = {
  catalogue: CataloguePanel,
  active: ActivePanel,
  basemap: BasemapPanel,
};

/** The panel of layers and basemaps; on a wide window it can be put away. */
export function LayerPanel(): JSX.Element {
  const { panels } = useSite();
  const { t } = useWords();
  const shown = useSiteState((state) => state.panel);
  const isOpen = useSiteState((state) => state.panelOpen);
  return (
    <div class="layer-panel" data-open={isOpen}>
      <Sheet name="layers" label={t("panel.label")}>
        <Tabs />
        <div class="sheet-content" id="panel-content" role="tabpanel" aria-labelledby={`tab-${shown}`}>
          {TABS.map(({ name }) => {
            const Panel = PANELS[name];
            // Hidden rather than left out, so that a filter and open themes survive a look at another tab.
            return (
              <div key={name} hidden={shown !== name}>
                {(shown === name || name === "catalogue") && <Panel />}
              </div>
            );
          })}
        </div>
      </Sheet>
      <button
        type="button"
        class="panel-toggle"
        aria-expanded={isOpen}
        aria-label={t(isOpen ? "panel.close" : "panel.open")}
        title={t(isOpen ? "panel.close" : "panel.open")}
        onClick={() => panels.setOpen(!isOpen)}
      >
        <Icon name={isOpen ? "left" : "right"} />
      </button>
    </div>
  );
}
