import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useSite, useSiteState, useWords } from "../../site";
import { Icon, Mark } from "./icon";
import { ShareDialog } from "./share-dialog";

function LanguageSwitch(): JSX.Element {
  const { panels } = useSite();
  const { language, t } = useWords();
  const other = language === "en" ? "zh-TW" : "en";
  return (
    <button
      type="button"
      class="button-quiet language"
      lang={other === "en" ? "en" : "zh-Hant-TW"}
      title={t("language.hint")}
      onClick={() => panels.setLanguage(other)}
    >
      {t("language")}
    </button>
  );
}

/** A jump by the link itself would change the address, which belongs to the state of the map. */
function skipToMap(event: Event): void {
  event.preventDefault();
  document.getElementById("map")?.focus();
}

/** The brand, the city's name and what concerns the whole page. */
export function Header({ children }: { readonly children?: JSX.Element | null }): JSX.Element {
  const { catalogue } = useSite();
  const { t, say } = useWords();
  const [sharing, setSharing] = useState(false);
  const inspecting = useSiteState((state) => state.inspection !== null);
  return (
    <header class="header" aria-label={t("header.label")} data-inspecting={inspecting}>
      <a class="skip" href="#map" onClick={skipToMap}>
        {t("skip")}
      </a>
      <a class="brand" href="/" aria-label={`${t("brand")} Tuzi`}>
        <Mark />
        <span class="brand-name">
          <strong lang="zh-Hant-TW">圖資</strong>
          <span>Tuzi</span>
        </span>
      </a>
      <div class="city">
        <h1 class="city-title">{say(catalogue.content.title)}</h1>
        {catalogue.content.demonstration && (
          <span class="badge" title={t("site.demonstration.hint")}>
            {t("site.demonstration")}
          </span>
        )}
      </div>
      {children}
      <div class="header-tools">
        <button type="button" class="button-quiet share" onClick={() => setSharing(true)} aria-label={t("share.title")}>
          <Icon name="share" />
          <span class="wide-only">{t("share")}</span>
        </button>
        <LanguageSwitch />
      </div>
      {sharing && <ShareDialog onClose={() => setSharing(false)} />}
    </header>
  );
}
