import { render } from "preact";
import { fetchCatalogue } from "./api/client";
import { preferredLanguage } from "./i18n";
import type { Language } from "./i18n";
import { Failure } from "./panels/failure";
import { CatalogueIndex } from "./state/catalogue";
import { readAddress } from "./state/location";
import "./styles/index.css";

function element(id: string, tag: string): HTMLElement {
  const made = document.createElement(tag);
  made.id = id;
  return made;
}

/** Open the site: the catalogue and the map's code come at the same time. */
async function open(root: HTMLElement): Promise<void> {
  const parts = readAddress(location.search);
  const language: Language = parts.language ?? preferredLanguage(navigator.languages);
  document.documentElement.lang = language === "en" ? "en" : "zh-Hant-TW";
  try {
    const [content, { composeSite }] = await Promise.all([fetchCatalogue(), import("./compose")]);
    const map = element("map", "main");
    const frame = element("frame", "div");
    // What stands in the frame comes before the map for the keyboard, too.
    root.replaceChildren(frame, map);
    composeSite({ map, frame }, new CatalogueIndex(content), parts, language);
  } catch (error) {
    console.error(error);
    root.replaceChildren();
    render(<Failure language={language} error={error} />, root);
  }
}

const root = document.getElementById("site");
if (root) void open(root);
