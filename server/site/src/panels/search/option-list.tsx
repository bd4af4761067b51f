import type { JSX } from "preact";
import type { MessageKey } from "../../i18n";
import { useSiteState, useWords } from "../../site";
import type { Words } from "../../site";
import { Icon } from "../frame/icon";
import type { IconName } from "../frame/icon";
import type { SearchOption } from "./options";

const GROUPS = [
  { kind: "coordinates", label: "search.coordinates", icon: "crosshair" },
  { kind: "layer", label: "search.layers", icon: "layers" },
  { kind: "place", label: "search.places", icon: "pin" },
] as const satisfies readonly { kind: SearchOption["kind"]; label: MessageKey; icon: IconName }[];

/** The id by which the search box tells assistive software which option is chosen. */
export function optionId(index: number): string {
  return `search-option-${index}`;
}

interface OptionText {
  readonly title: string;
  readonly details: readonly string[];
}

function optionText(option: SearchOption, { say }: Words): OptionText {
  if (option.kind === "coordinates") return { title: option.title, details: [option.subtitle] };
  if (option.kind === "layer") return { title: say(option.title), details: [say(option.subtitle)] };
  const { title, subtitle, layer_title } = option.hit;
  return { title, details: [say(layer_title), ...(subtitle ? [subtitle] : [])] };
}

interface OptionListProps {
  readonly options: readonly SearchOption[];
  readonly current: number;
  readonly onChoose: (option: SearchOption) => void;
}

/** What was found, grouped: coordinates, layers, places. */
export function OptionList({ options, current, onChoose }: OptionListProps): JSX.Element {
  const words = useWords();
  const active = useSiteState((state) => state.layers);
  const entries = options.map((option, index) => ({ option, index }));
  return (
    <div id="search-list" class="search-list" role="listbox" aria-label={words.t("search.label")}>
      {GROUPS.map(({ kind, label, icon }) => {
        const members = entries.filter(({ option }) => option.kind === kind);
        if (members.length === 0) return null;
        return (
          <div key={kind} role="group" aria-labelledby={`search-group-${kind}`}>
            <div class="search-group" id={`search-group-${kind}`}>
              {words.t(label)}
            </div>
            {members.map(({ option, index }) => {
              const { title, details } = optionText(option, words);
              const isOn = option.kind === "layer" && active.some((each) => each.id === option.id);
              return (
                <div
                  key={index}
                  id={optionId(index)}
                  class="search-option"
                  role="option"
                  aria-selected={index === current}
                  // The box keeps the focus: a press must not take it away before the click.
                  onMouseDown={(event) => event.preventDefault()}
                  onClick={() => onChoose(option)}
                >
                  <Icon name={icon} />
                  <span class="search-text">
                    <span class="search-title">{title}</span>
                    {details.length > 0 && (
                      <span class="search-subtitle dotted">
                        {details.map((detail) => (
                          <span key={detail}>{detail}</span>
                        ))}
                      </span>
                    )}
                  </span>
                  {isOn && <span class="badge badge-small">{words.t("search.layer.on")}</span>}
                </div>
              );
            })}
          </div>
        );
      })}
    </div>
  );
}
