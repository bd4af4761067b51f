import type { JSX } from "preact";
import type { Basemap, LonLat } from "../../api/types";
import { denseAddress, tileAddress, tileAt, tileDensity } from "../../map/tiles";
import { useSite, useSiteState, useWords } from "../../site";

const PREVIEW_ZOOM = 14;

function preview(basemap: Basemap, center: LonLat): string {
  const zoom = Math.min(Math.max(PREVIEW_ZOOM, basemap.minzoom), basemap.maxzoom);
  return tileAddress(tileAt(denseAddress(basemap.tiles, tileDensity()), center, zoom), basemap.edition);
}

/** The choice among basemaps, and the overlays that go over everything. */
export function BasemapPanel(): JSX.Element {
  const { catalogue, layers, map } = useSite();
  const { t, say } = useWords();
  const chosen = useSiteState((state) => state.basemap);
  const overlays = useSiteState((state) => state.overlays);
  const center = map.shown.center;
  return (
    <div class="basemaps">
      <fieldset>
        <legend>{t("basemap.title")}</legend>
        <div class="basemap-cards">
          {catalogue.grounds.map((basemap) => (
            <label class="basemap-card" key={basemap.id}>
              <input
                type="radio"
                name="basemap"
                checked={chosen === basemap.id}
                onChange={() => layers.setBasemap(basemap.id)}
              />
              <img src={preview(basemap, center)} alt="" width="256" height="256" loading="lazy" />
              <span>{say(basemap.title)}</span>
            </label>
          ))}
          <label class="basemap-card">
            <input type="radio" name="basemap" checked={chosen === null} onChange={() => layers.setBasemap(null)} />
            <span class="basemap-blank" />
            <span>{t("basemap.none")}</span>
          </label>
        </div>
      </fieldset>
      {catalogue.overlays.length > 0 && (
        <fieldset>
          <legend>{t("basemap.overlays")}</legend>
          {catalogue.overlays.map((overlay) => (
            <label class="check-row" key={overlay.id}>
              <input
                type="checkbox"
                checked={overlays.includes(overlay.id)}
                onChange={() => layers.toggleOverlay(overlay.id)}
              />
              <span>{say(overlay.title)}</span>
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
