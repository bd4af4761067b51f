import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useSite, useSiteState, useWords } from "../../site";
import type { ThemeGroup } from "../../state/catalogue";
import { Icon } from "../frame/icon";
import { LayerRow } from "./layer-row";

interface ThemeProps {
  readonly group: ThemeGroup;
  readonly open: boolean;
  readonly onToggle: () => void;
}

function Theme({ group, open, onToggle }: ThemeProps): JSX.Element {
  const { t, say } = useWords();
  const active = useSiteState((state) => group.layers.filter((layer) => state.layers.some((each) => each.id === layer.id)).length);
  const id = `theme-${group.id}`;
  return (
    <section class="theme">
      <h3>
        <button type="button" class="theme-head" aria-expanded={open} aria-controls={id} onClick={onToggle}>
          <Icon name="chevron" />
          <span class="theme-title">{group.title ? say(group.title) : t("catalogue.other")}</span>
          {active > 0 && <span class="theme-active" aria-hidden="true">{active}</span>}
          <span class="theme-count">{group.layers.length}</span>
        </button>
      </h3>
      {/* A city has hundreds of layers: rows of closed themes are not made at all. */}
      <ul id={id} class="theme-layers" hidden={!open}>
        {open && group.layers.map((layer) => <LayerRow key={layer.id} layer={layer} />)}
      </ul>
    </section>
  );
}

function Filter({ text, onChange }: { readonly text: string; readonly onChange: (text: string) => void }): JSX.Element {
  const { t } = useWords();
  return (
    <div class="filter">
      <Icon name="search" size={18} />
      <input
        type="search"
        class="field"
        value={text}
        aria-label={t("catalogue.filter")}
        placeholder={t("catalogue.filter.placeholder")}
        onInput={(event) => onChange(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") onChange("");
        }}
      />
    </div>
  );
}

/** All layers by theme. */
export function CataloguePanel(): JSX.Element {
  const { catalogue } = useSite();
  const { t } = useWords();
  const [filter, setFilter] = useState("");
  const [opened, setOpened] = useState<ReadonlySet<string>>(
    () => new Set(catalogue.groups("").slice(0, 1).map((group) => group.id)),
  );
  const groups = useMemo(() => catalogue.groups(filter), [catalogue, filter]);
  const isFiltered = filter.trim() !== "";
  const count = groups.reduce((sum, group) => sum + group.layers.length, 0);

  const toggle = (id: string) => {
    const next = new Set(opened);
    if (!next.delete(id)) next.add(id);
    setOpened(next);
  };
  return (
    <div class="catalogue">
      <Filter text={filter} onChange={setFilter} />
      <p class="visually-hidden" role="status">
        {isFiltered ? t("catalogue.count", { count }) : ""}
      </p>
      {groups.map((group) => (
        <Theme
          key={group.id}
          group={group}
          open={isFiltered || opened.has(group.id)}
          onToggle={() => toggle(group.id)}
        />
      ))}
      {groups.length === 0 && (
        <div class="empty">
          <Icon name={isFiltered ? "search" : "layers"} size={32} />
          <p>{isFiltered ? t("catalogue.none", { text: filter.trim() }) : t("catalogue.empty")}</p>
          {isFiltered && (
            <button type="button" class="button" onClick={() => setFilter("")}>
              {t("catalogue.reset")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
