import { describe, expect, it } from "vitest";
import { formatDate, inLanguage, message, preferredLanguage } from "../src/i18n";
import en from "../src/i18n/en.json";
import zhTW from "../src/i18n/zh-TW.json";

const sources = import.meta.glob("../src/**/*.{ts,tsx}", { query: "?raw", import: "default", eager: true });
const code = Object.values(sources).join("\n");
const placeholders = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
const english: Readonly<Record<string, string>> = en;

describe("the words of the site", () => {
  it("are the same in both languages", () => {
    expect(Object.keys(en).sort()).toEqual(Object.keys(zhTW).sort());
  });

  it.each(Object.entries(zhTW))("%s has the same placeholders", (key, text) => {
    expect(placeholders(english[key] ?? "")).toEqual(placeholders(text));
  });

  it("are all used", () => {
    const unused = Object.keys(zhTW).filter((key) => !key.startsWith("kind.") && !code.includes(`"${key}"`));
    expect(unused).toEqual([]);
  });

  it("fill in numbers as the language writes them, and leave unknown placeholders", () => {
    expect(message("en", "layer.features", { count: 12345 })).toBe("12,345 features");
    expect(message("zh-TW", "layer.features")).toBe("{count} 筆");
  });

  it("fall back to Chinese where there is no English", () => {
    expect(inLanguage("en", { zh: "道路", en: null })).toBe("道路");
    expect(inLanguage("en", { zh: "道路", en: "Roads" })).toBe("Roads");
  });

  it("are Chinese for everybody who does not prefer English", () => {
    expect(preferredLanguage(["zh-HK", "en"])).toBe("zh-TW");
    expect(preferredLanguage(["en-GB", "zh"])).toBe("en");
    expect(preferredLanguage(["fr", "ja"])).toBe("zh-TW");
  });

  it("keep a date that is none", () => {
    expect(formatDate("zh-TW", "民國 115 年")).toBe("民國 115 年");
    expect(formatDate("en", "2026-11-18T12:00:00Z")).toContain("2026");
  });
});
