import type { JSX } from "preact";
import type { IdentifiedFeature, IdentifiedLayer } from "../../api/types";
import { useSite, useSiteState, useWords } from "../../site";
import { Icon } from "../frame/icon";
import { Value } from "./value";

function Attributes({ feature }: { readonly feature: IdentifiedFeature }): JSX.Element {
  const { t, say } = useWords();
  if (feature.fields.length === 0) return <p class="quiet attributes-none">{t("inspect.nofields")}</p>;
  return (
    <dl class="attributes">
      {feature.fields.map((field) => (
        <div key={field.name}>
          <dt>{field.alias ? say(field.alias) : field.name}</dt>
          <dd>
            <Value field={field} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

interface FeatureProps {
  readonly feature: IdentifiedFeature;
  readonly place: readonly [number, number];
}

function Feature({ feature, place }: FeatureProps): JSX.Element {
  const { places } = useSite();
  const { t } = useWords();
  const [layerIndex, index] = place;
  const isOpen = useSiteState(({ inspection }) => {
    const selected = inspection?.selected;
    return selected?.[0] === layerIndex && selected[1] === index;
  });
  const id = `feature-${layerIndex}-${index}`;
  return (
    <li class="feature" data-open={isOpen}>
      <button
        type="button"
        class="feature-head"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => places.select(isOpen ? null : place)}
      >
        <span>{feature.title || t("inspect.feature", { number: index + 1 })}</span>
        <Icon name="chevron" size={18} />
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen && <Attributes feature={feature} />}
      </div>
    </li>
  );
}

/** What was found, layer by layer. */
export function Results({ results }: { readonly results: readonly IdentifiedLayer[] }): JSX.Element {
  const { t, say } = useWords();
  return (
    <>
      {results.map((result, layerIndex) => (
        <section class="found" key={result.layer} data-layer={result.layer}>
          <h3 class="found-layer">
            <span>{say(result.title)}</span>
            <span class="theme-count">{t("inspect.count", { count: result.features.length })}</span>
          </h3>
          <ul>
            {result.features.map((feature, index) => (
              <Feature key={index} feature={feature} place={[layerIndex, index]} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
