import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { MessageKey } from "../../i18n";
import { locate, NotLocated } from "../../map/geolocation";
import { useSite, useWords } from "../../site";
import { homeView } from "../../state/start";
import { Icon } from "./icon";
import type { IconName } from "./icon";
import { isPhone } from "./media";

const REASONS = {
  denied: "locate.denied",
  unavailable: "locate.unavailable",
  insecure: "locate.insecure",
} as const satisfies Record<NotLocated["reason"], MessageKey>;

interface ToolProps {
  readonly icon: IconName;
  readonly label: MessageKey;
  readonly busy?: boolean;
  readonly onPress: () => void;
}

function Tool({ icon, label, busy = false, onPress }: ToolProps): JSX.Element {
  const { t } = useWords();
  return (
    <button type="button" class="tool" aria-label={t(label)} title={t(label)} aria-busy={busy} onClick={onPress}>
      <Icon name={icon} size={22} />
    </button>
  );
}

/** The buttons over the map. */
export function MapTools(): JSX.Element {
  const { map, catalogue, panels } = useSite();
  const { t } = useWords();
  const [locating, setLocating] = useState(false);

  const goHere = async () => {
    setLocating(true);
    try {
      const point = await locate();
      const [west, south, east, north] = catalogue.content.extent;
      map.marks.pin("here", point, t("map.here"));
      if (point[0] < west || point[0] > east || point[1] < south || point[1] > north) {
        panels.notify("info", t("locate.outside"));
      } else map.flyTo(point, 16);
    } catch (error) {
      panels.notify("error", t(error instanceof NotLocated ? REASONS[error.reason] : "locate.unavailable"));
    } finally {
      setLocating(false);
    }
  };

  return (
    <div class="tools" role="group" aria-label={t("map.tools")}>
      <div class="tool-group">
        <Tool icon="locate" label="map.locate" busy={locating} onPress={() => void goHere()} />
        <Tool icon="home" label="map.home" onPress={() => map.travel(homeView(catalogue.content, isPhone()))} />
        <Tool icon="whole" label="map.whole" onPress={() => map.fit(catalogue.content.extent)} />
      </div>
      <div class="tool-group zoom">
        <Tool icon="plus" label="map.zoomin" onPress={() => map.zoomBy(1)} />
        <Tool icon="minus" label="map.zoomout" onPress={() => map.zoomBy(-1)} />
      </div>
    </div>
  );
}
