import type { Text } from "../api/types";
import en from "./en.json";
import zhTW from "./zh-TW.json";

export type Language = "zh-TW" | "en";
export type MessageKey = keyof typeof zhTW;
export type MessageValues = Readonly<Record<string, string | number>>;

const MESSAGES: Readonly<Record<Language, Readonly<Record<MessageKey, string>>>> = { "zh-TW": zhTW, en };

/** The sentence for `key`, its placeholders filled. */
export function message(language: Language, key: MessageKey, values: MessageValues = {}): string {
  return MESSAGES[language][key].replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? formatNumber(language, value) : value;
  });
}

/** A bilingual title in `language`, Chinese where English is missing. */
export function inLanguage(language: Language, text: Text): string {
  return language === "en" ? (text.en ?? text.zh) : text.zh;
}

export function formatNumber(language: Language, value: number): string {
  return new Intl.NumberFormat(language, { maximumFractionDigits: 3 }).format(value);
}

/** A date as people of `language` write it; text that is no date stays as it is. */
export function formatDate(language: Language, iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(language, { year: "numeric", month: "long", day: "numeric" }).format(date);
}

/** The language of a reader who has not chosen one. */
export function preferredLanguage(wanted: readonly string[]): Language {
  const first = wanted.find((tag) => /^(zh|en)\b/i.test(tag)) ?? "zh";
  return /^en/i.test(first) ? "en" : "zh-TW";
}
