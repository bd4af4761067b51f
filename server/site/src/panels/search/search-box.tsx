import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useSite, useWords } from "../../site";
import { Icon } from "../frame/icon";
import { OptionList, optionId } from "./option-list";
import { nextOption } from "./options";
import type { SearchOption } from "./options";
import { useSearch } from "./use-search";
import type { Search } from "./use-search";

function SearchNote({ search }: { readonly search: Search }): JSX.Element | null {
  const { t } = useWords();
  if (search.options.length > 0) return null;
  if (search.status === "failed") return <p class="search-note">{t("search.failed")}</p>;
  if (search.status === "done") return <p class="search-note">{t("search.none", { text: search.text })}</p>;
  return <p class="search-note">{t("search.searching")}</p>;
}

/** Does what an option stands for; the answer is the text that the box keeps. */
function useChoice(): (option: SearchOption) => string {
  const { catalogue, layers, panels, places } = useSite();
  const { t, say } = useWords();
  return (option) => {
    if (option.kind === "layer") {
      layers.add(option.id);
      panels.open("active");
      const layer = catalogue.layer(option.id);
      if (layer) panels.notify("info", t("layer.added", { title: say(layer.title) }));
      return "";
    }
    if (option.kind === "coordinates") {
      void places.goTo({ title: option.title, point: option.point });
      return option.title;
    }
    void places.choose(option.hit);
    return option.hit.title;
  };
}

/** One box for layers, places and coordinates: a combobox as the ARIA practices describe it. */
export function SearchBox(): JSX.Element {
  const { t } = useWords();
  const choose = useChoice();
  const [shown, setShown] = useState("");
  const [asked, setAsked] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [current, setCurrent] = useState(-1);
  const input = useRef<HTMLInputElement>(null);
  /** Enter was pressed before the answer was there; the best option is taken when it comes. */
  const isAwaited = useRef(false);
  const search = useSearch(asked);
  const { options } = search;
  const isListed = isOpen && search.status !== "idle";

  useEffect(() => setCurrent(options.length > 0 ? 0 : -1), [options]);
  useEffect(() => {
    document.getElementById(optionId(current))?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const type = (text: string) => {
    isAwaited.current = false;
    setShown(text);
    setAsked(text);
    setOpen(true);
  };
  const take = (option: SearchOption) => {
    setShown(choose(option));
    setAsked("");
    setOpen(false);
    input.current?.blur();
  };
  useEffect(() => {
    if (search.status !== "done" || search.text !== asked.trim() || !isAwaited.current) return;
    isAwaited.current = false;
    const best = options[0];
    if (best && isOpen) take(best);
  }, [search]);
  const onKeyDown = (event: KeyboardEvent) => {
    // While an input method composes Chinese, Enter and the arrows are its own.
    if (event.isComposing) return;
    // Enter may come before the first option is marked as the current one.
    const option = options[Math.max(current, 0)];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setOpen(true);
      setCurrent(nextOption(current, event.key === "ArrowDown" ? 1 : -1, options.length));
    } else if (event.key === "Enter" && isOpen && shown.trim() !== "") {
      event.preventDefault();
      if (search.status !== "done" || search.text !== shown.trim()) isAwaited.current = true;
      else if (option) take(option);
    } else if (event.key === "Escape" && (isListed || shown !== "")) {
      event.preventDefault();
      if (isListed) setOpen(false);
      else type("");
    }
  };
  return (
    <search class="search" data-open={isListed}>
      <div class="search-field">
        <Icon name="search" />
        <input
          ref={input}
          id="search"
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          enterkeyhint="search"
          aria-label={t("search.label")}
          placeholder={t("search.placeholder")}
          aria-autocomplete="list"
          aria-expanded={isListed && options.length > 0}
          aria-controls="search-list"
          aria-activedescendant={isListed && current >= 0 ? optionId(current) : undefined}
          value={shown}
          onInput={(event) => type(event.currentTarget.value)}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {shown !== "" && (
          <button
            type="button"
            class="button-icon"
            aria-label={t("search.clear")}
            onClick={() => {
              type("");
              input.current?.focus();
            }}
          >
            <Icon name="close" size={18} />
          </button>
        )}
      </div>
      {isListed && (
        <div class="search-drop">
          {options.length > 0 && <OptionList options={options} current={current} onChoose={take} />}
          <SearchNote search={search} />
        </div>
      )}
      <p class="visually-hidden" role="status">
        {isListed && search.status === "done" ? t("search.count", { count: options.length }) : ""}
      </p>
    </search>
  );
}
