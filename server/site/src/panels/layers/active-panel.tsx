import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSite, useSiteState, useWords } from "../../site";
import { Icon } from "../frame/icon";
import { ActiveLayerCard } from "./active-layer";
import { useReorder } from "./reorder";

function NoLayers(): JSX.Element {
  const { panels } = useSite();
  const { t } = useWords();
  return (
    <div class="empty">
      <Icon name="layers" size={32} />
      <p class="empty-title">{t("active.none")}</p>
      <p>{t("active.none.hint")}</p>
      <button type="button" class="button" onClick={() => panels.open("catalogue")}>
        {t("active.browse")}
      </button>
    </div>
  );
}

/** The layers that are on, topmost first. */
export function ActivePanel(): JSX.Element {
  const { catalogue, layers, panels } = useSite();
  const { t, say } = useWords();
  const active = useSiteState((state) => state.layers);
  const [said, setSaid] = useState("");
  const reorder = useReorder((id, to) => {
    const layer = catalogue.layer(id);
    if (!layer || to < 0 || to >= active.length) return;
    layers.move(id, to);
    setSaid(t("layer.moved", { title: say(layer.title), position: to + 1, count: active.length }));
  });
  if (active.length === 0) return <NoLayers />;
  const clear = () => {
    layers.clear();
    panels.notify("info", t("active.cleared"));
  };
  return (
    <div class="active">
      <div class="active-bar">
        <p class="quiet">{t("active.order")}</p>
        <button type="button" class="button-text" onClick={clear}>
          <Icon name="bin" size={16} />
          {t("active.clear")}
        </button>
      </div>
      <ol class="active-layers">
        {active.map((each, index) => {
          const layer = catalogue.layer(each.id);
          return (
            layer && (
              <ActiveLayerCard
                key={each.id}
                layer={layer}
                active={each}
                dragged={reorder.dragged === each.id}
                grip={reorder.handlers(each.id, index)}
              />
            )
          );
        })}
      </ol>
      <p class="visually-hidden" role="status">
        {said}
      </p>
    </div>
  );
}
