import type { JSX } from "preact";
import { dataPage, serviceAddresses } from "../../api/services";
import type { Layer } from "../../api/types";
import { formatDate, formatNumber } from "../../i18n";
import type { MessageKey } from "../../i18n";
import { useSite, useSiteState, useWords } from "../../site";
import { CopyButton } from "../frame/copy-button";
import { Dialog } from "../frame/dialog";
import { Icon } from "../frame/icon";
import { kindMessage } from "./kind";

function Facts({ layer }: { readonly layer: Layer }): JSX.Element {
  const { language, t, say } = useWords();
  const { licence, attribution } = layer;
  const facts: readonly (readonly [MessageKey, string | null])[] = [
    ["about.agency", say(layer.agency.title)],
    ["about.updated", formatDate(language, layer.updated)],
    ["about.release", t("about.release.value", { release: layer.release })],
    ["about.kind", t(kindMessage(layer))],
    ["about.count", layer.feature_count === null ? null : formatNumber(language, layer.feature_count)],
    ["about.licence", licence],
    ["about.attribution", attribution && say(attribution)],
  ];
  return (
    <dl class="facts">
      {facts.map(([key, value]) =>
        value ? (
          <div key={key}>
            <dt>{t(key)}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

function Services({ layer }: { readonly layer: Layer }): JSX.Element {
  const { t } = useWords();
  return (
    <section class="services" aria-label={t("about.services")}>
      <h3>{t("about.services")}</h3>
      <p class="quiet">{t("about.services.hint")}</p>
      <ul>
        {serviceAddresses(layer, location.origin).map(({ name, url }) => (
          <li key={name}>
            <span class="service-name">{name}</span>
            <code title={url}>{url}</code>
            <CopyButton text={url} label={t("about.copy", { name })} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The description of the layer that the reader asked about. */
export function AboutDialog(): JSX.Element | null {
  const { catalogue, panels } = useSite();
  const { t, say } = useWords();
  const id = useSiteState((state) => state.about);
  const layer = id === null ? undefined : catalogue.layer(id);
  if (!layer) return null;
  const page = dataPage(layer);
  const abstract = layer.abstract ? say(layer.abstract) : "";
  return (
    <Dialog title={say(layer.title)} onClose={() => panels.showAbout(null)}>
      {abstract && <p class="abstract">{abstract}</p>}
      {layer.demonstration && (
        <p class="demonstration">
          <Icon name="warning" size={18} />
          {t("about.demonstration")}
        </p>
      )}
      <Facts layer={layer} />
      <Services layer={layer} />
      {page && (
        <a class="button" href={page} target="_blank" rel="noopener">
          <Icon name="link" size={18} />
          {t("about.page")}
        </a>
      )}
    </Dialog>
  );
}
