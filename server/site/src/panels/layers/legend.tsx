import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { fetchLegend } from "../../api/client";
import { isAborted } from "../../api/request";
import type { Layer, LegendEntry } from "../../api/types";
import type { Language } from "../../i18n";
import { useWords } from "../../site";

type Loaded = readonly LegendEntry[] | "loading" | "failed";

function useLegend(layer: Layer, language: Language): Loaded {
  const [loaded, setLoaded] = useState<Loaded>("loading");
  useEffect(() => {
    const asking = new AbortController();
    fetchLegend(layer.id, language, asking.signal).then(
      (legend) => setLoaded(legend.entries),
      (error: unknown) => {
        if (!isAborted(error)) setLoaded("failed");
      },
    );
    return () => asking.abort();
  }, [layer, language]);
  return loaded;
}

/** What the signs of a layer mean. */
export function Legend({ layer }: { readonly layer: Layer }): JSX.Element {
  const { language, t, say } = useWords();
  const loaded = useLegend(layer, language);
  if (loaded === "loading") return <div class="legend legend-loading" aria-busy="true" />;
  if (loaded === "failed") return <p class="legend-note">{t("layer.legend.failed")}</p>;
  if (loaded.length === 0) return <p class="legend-note">{t("layer.legend.none")}</p>;
  return (
    <ul class="legend" data-kind={layer.kind} aria-label={t("layer.legend")}>
      {loaded.map((entry) => (
        <li key={entry.name}>
          <img src={entry.image} alt="" />
          <span>{say(entry.title)}</span>
        </li>
      ))}
    </ul>
  );
}
