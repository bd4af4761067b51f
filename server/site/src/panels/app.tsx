import type { JSX } from "preact";
import { SiteContext } from "../site";
import type { Site } from "../site";
import { Header } from "./frame/header";
import { MapTools } from "./frame/map-tools";
import { usePhone } from "./frame/media";
import { Notices } from "./frame/notice";
import { Progress } from "./frame/progress";
import { StatusBar } from "./frame/status-bar";
import { InspectionPanel } from "./inspection/inspection-panel";
import { AboutDialog } from "./layers/about-dialog";
import { LayerPanel } from "./layers/layer-panel";
import { SearchBox } from "./search/search-box";

/** The page around the map; the map's own element lives outside, where it is never drawn anew. */
export function App({ site }: { readonly site: Site }): JSX.Element {
  const phone = usePhone();
  return (
    <SiteContext.Provider value={site}>
      <Progress />
      <Header>{phone ? null : <SearchBox />}</Header>
      {phone && <SearchBox />}
      <MapTools />
      <StatusBar />
      <LayerPanel />
      <InspectionPanel />
      <Notices />
      <AboutDialog />
    </SiteContext.Provider>
  );
}
