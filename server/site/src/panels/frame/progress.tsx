import type { JSX } from "preact";
import { useSite, useWords } from "../../site";
import { useStore } from "../../state/store";

/** A thin line that runs while requests or tiles are under way. */
export function Progress(): JSX.Element {
  const { busy } = useSite();
  const { t } = useWords();
  const isBusy = useStore(busy, (running) => running > 0);
  return <div class="progress" role="progressbar" aria-label={t("loading")} data-busy={isBusy} />;
}
