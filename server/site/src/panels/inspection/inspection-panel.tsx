import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { LonLat } from "../../api/types";
import { formatTwd97, formatWgs84 } from "../../map/coordinates";
import { useSite, useSiteState, useWords } from "../../site";
import type { Inspection } from "../../state/model";
import { CopyButton } from "../frame/copy-button";
import { Icon } from "../frame/icon";
import { Sheet } from "../frame/sheet";
import { Results } from "./results";

function Coordinates({ point }: { readonly point: LonLat }): JSX.Element {
  const { t } = useWords();
  const wgs84 = formatWgs84(point);
  const twd97 = formatTwd97(point);
  return (
    <dl class="coordinates" aria-label={t("inspect.coordinates")}>
      <div>
        <dt>{t("map.wgs84")}</dt>
        <dd>{wgs84}</dd>
        <CopyButton text={wgs84} label={t("inspect.copy.wgs84")} />
      </div>
      <div>
        <dt>{t("map.twd97")}</dt>
        <dd>{twd97}</dd>
        <CopyButton text={twd97} label={t("inspect.copy.twd97")} />
      </div>
    </dl>
  );
}

function Answer({ inspection }: { readonly inspection: Inspection }): JSX.Element | null {
  const { t } = useWords();
  const { status, results, layers } = inspection;
  if (status === "loading") {
    return (
      <div class="answer-loading" role="status">
        <span class="visually-hidden">{t("inspect.loading")}</span>
        <span class="bone" />
        <span class="bone" />
        <span class="bone" />
      </div>
    );
  }
  if (status === "failed") return <p class="answer-note answer-failed" role="alert">{t("inspect.failed")}</p>;
  if (results.length > 0) return <Results results={results} />;
  if (layers.length === 0 && inspection.title) return null;
  return <p class="answer-note">{t(layers.length > 0 ? "inspect.none" : "inspect.nolayers")}</p>;
}

/** What is at the place that was clicked or found. */
export function InspectionPanel(): JSX.Element | null {
  const { places } = useSite();
  const { t } = useWords();
  const inspection = useSiteState((state) => state.inspection);
  const isOpen = inspection !== null;
  useEffect(() => {
    if (!isOpen) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      // Esc belongs first to an open dialog or list, which mark the event as theirs.
      if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open]")) places.close();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [isOpen, places]);
  if (!inspection) return null;
  const count = inspection.results.reduce((sum, each) => sum + each.features.length, 0);
  const found = count > 0 ? t("inspect.found", { count }) : "";
  const subtitle = inspection.subtitle ?? (inspection.title ? "" : found);
  return (
    <Sheet name="inspection" label={t("inspect.label")}>
      <div class="inspection-head">
        <span class="inspection-icon">
          <Icon name={inspection.title ? "pin" : "crosshair"} />
        </span>
        <div class="inspection-title">
          <h2>{inspection.title ?? t("inspect.here")}</h2>
          {subtitle && <p>{subtitle}</p>}
        </div>
        <button type="button" class="button-icon" aria-label={t("close")} onClick={() => places.close()}>
          <Icon name="close" />
        </button>
      </div>
      <div class="sheet-content">
        <Coordinates point={inspection.point} />
        <Answer inspection={inspection} />
        <p class="visually-hidden" role="status">
          {inspection.status === "done" ? found : ""}
        </p>
      </div>
    </Sheet>
  );
}
