import type { JSX } from "preact";
import { formatNumber } from "../../i18n";
import { formatTwd97, formatWgs84 } from "../../map/coordinates";
import { formatDistance, groundResolution, scaleBar, scaleDenominator } from "../../map/scale";
import { useSite, useSiteState, useWords } from "../../site";
import { useStore } from "../../state/store";

const BAR_WIDTH = 96;

// Web Mercator: the world's circumference over 256 pixels at zoom 0.
const ZOOM_0_RESOLUTION = 156543.03392804097;

function Scale(): JSX.Element {
  const { language, t } = useWords();
  const view = useSiteState((state) => state.view);
  const resolution = groundResolution(ZOOM_0_RESOLUTION / 2 ** view.zoom, view.center[1]);
  const bar = scaleBar(resolution, BAR_WIDTH);
  return (
    <div class="scale" role="img" aria-label={`${t("map.scale")} ${formatDistance(bar.metres)}`}>
      <span class="scale-text">{formatDistance(bar.metres)}</span>
      <span class="scale-bar" style={{ width: `${bar.width}px` }} />
      <span class="scale-ratio wide-only">1:{formatNumber(language, scaleDenominator(resolution))}</span>
    </div>
  );
}

function Coordinates(): JSX.Element {
  const { pointer } = useSite();
  const { t } = useWords();
  const center = useSiteState((state) => state.view.center);
  const point = useStore(pointer, (position) => position) ?? center;
  return (
    <dl class="position wide-only">
      <div>
        <dt>{t("map.wgs84")}</dt>
        <dd data-coordinates="wgs84">{formatWgs84(point)}</dd>
      </div>
      <div>
        <dt>{t("map.twd97")}</dt>
        <dd data-coordinates="twd97">{formatTwd97(point)}</dd>
      </div>
    </dl>
  );
}

function Attribution(): JSX.Element | null {
  const { catalogue } = useSite();
  const { t, say } = useWords();
  const ids = useSiteState((state) => [state.basemap, ...state.overlays].join(" "));
  const texts = ids.split(" ").flatMap((id) => {
    const attribution = catalogue.basemap(id)?.attribution;
    return attribution ? [say(attribution)] : [];
  });
  const unique = [...new Set(texts.filter(Boolean))].join("、");
  return unique ? (
    <p class="attribution" aria-label={t("map.attribution")}>
      © {unique}
    </p>
  ) : null;
}

/** What a map owes its reader: the scale, the position, the source. */
export function StatusBar(): JSX.Element {
  return (
    <div class="status">
      <Scale />
      <Coordinates />
      <Attribution />
    </div>
  );
}
