import type { JSX } from "preact";
import type { Layer } from "../../api/types";
import { useSite, useSiteState, useWords } from "../../site";
import { Icon } from "../frame/icon";
import { kindIcon } from "./kind";

/** A layer's title, and whether its data are made up. */
export function LayerTitle({ layer }: { readonly layer: Layer }): JSX.Element {
  const { t, say } = useWords();
  return (
    <span class="layer-head">
      <span class="layer-title">{say(layer.title)}</span>
      {layer.demonstration && (
        <span class="badge badge-small" title={t("site.demonstration.hint")}>
          {t("layer.demonstration")}
        </span>
      )}
    </span>
  );
}

/** One layer of the catalogue: switch it on, or read about it. */
export function LayerRow({ layer }: { readonly layer: Layer }): JSX.Element {
  const { layers, panels } = useSite();
  const { t, say } = useWords();
  const isOn = useSiteState((state) => state.layers.some((each) => each.id === layer.id));
  const title = say(layer.title);
  return (
    <li class="layer-row" data-on={isOn}>
      <label class="layer-switch">
        <input type="checkbox" checked={isOn} onChange={() => layers.toggle(layer.id)} />
        <span class="layer-text">
          <LayerTitle layer={layer} />
          <span class="layer-meta">
            <Icon name={kindIcon(layer)} size={14} />
            <span class="dotted">
              <span>{say(layer.agency.title)}</span>
              {layer.feature_count !== null && <span>{t("layer.features", { count: layer.feature_count })}</span>}
            </span>
          </span>
        </span>
      </label>
      <button
        type="button"
        class="button-icon"
        aria-label={t("layer.about", { title })}
        title={t("layer.about.short")}
        onClick={() => panels.showAbout(layer.id)}
      >
        <Icon name="info" />
      </button>
    </li>
  );
}
