import type { JSX } from "preact";
import type { Layer } from "../../api/types";
import { useSite, useWords } from "../../site";
import type { ActiveLayer } from "../../state/model";
import { Icon } from "../frame/icon";
import { LayerTitle } from "./layer-row";
import { Legend } from "./legend";
import type { GripHandlers } from "./reorder";

interface ActiveLayerProps {
  readonly layer: Layer;
  readonly active: ActiveLayer;
  readonly dragged: boolean;
  readonly grip: GripHandlers;
}

function Opacity({ layer, active }: Pick<ActiveLayerProps, "layer" | "active">): JSX.Element {
  const { layers } = useSite();
  const { t, say } = useWords();
  const percent = Math.round(active.opacity * 100);
  return (
    <div class="opacity">
      <span aria-hidden="true">{t("layer.opacity.short")}</span>
      <input
        type="range"
        min="0"
        max="100"
        step="5"
        value={percent}
        style={{ "--filled": `${percent}%` }}
        aria-label={t("layer.opacity", { title: say(layer.title) })}
        aria-valuetext={`${percent}%`}
        onInput={(event) => layers.setOpacity(layer.id, Number(event.currentTarget.value) / 100)}
      />
      <output>{percent}%</output>
    </div>
  );
}

/** A layer that is on: its legend, opacity, place in the order, and what else can be done with it. */
export function ActiveLayerCard({ layer, active, dragged, grip }: ActiveLayerProps): JSX.Element {
  const { layers, map, panels } = useSite();
  const { t, say } = useWords();
  const title = say(layer.title);
  const { extent } = layer;
  return (
    <li class="active-layer" data-layer={layer.id} data-dragged={dragged} data-visible={active.visible}>
      <div class="active-head">
        <button type="button" class="button-icon grip" aria-label={t("layer.move", { title })} {...grip}>
          <Icon name="grip" />
        </button>
        <span class="active-text">
          <LayerTitle layer={layer} />
          <span class="layer-meta">{say(layer.agency.title)}</span>
        </span>
        <button
          type="button"
          class="button-icon"
          aria-label={t(active.visible ? "layer.hide" : "layer.show", { title })}
          aria-pressed={!active.visible}
          onClick={() => layers.setVisible(layer.id, !active.visible)}
        >
          <Icon name={active.visible ? "eye" : "hidden"} />
        </button>
        <button
          type="button"
          class="button-icon"
          aria-label={t("layer.remove", { title })}
          onClick={() => layers.remove(layer.id)}
        >
          <Icon name="close" />
        </button>
      </div>
      <Legend layer={layer} />
      <Opacity layer={layer} active={active} />
      <div class="active-foot">
        {extent && (
          <button type="button" class="button-text" onClick={() => map.fit(extent)}>
            <Icon name="extent" size={16} />
            {t("layer.zoom")}
          </button>
        )}
        <button
          type="button"
          class="button-text"
          aria-label={t("layer.about", { title })}
          onClick={() => panels.showAbout(layer.id)}
        >
          <Icon name="info" size={16} />
          {t("layer.about.short")}
        </button>
      </div>
    </li>
  );
}
