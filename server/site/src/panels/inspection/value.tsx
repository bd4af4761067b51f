import type { JSX } from "preact";
import type { IdentifiedField } from "../../api/types";
import { formatNumber } from "../../i18n";
import { useWords } from "../../site";
import type { Words } from "../../site";

/** The text of an attribute. Whole numbers without a unit are often codes or years and stay as they are. */
export function valueText({ value, unit }: Pick<IdentifiedField, "value" | "unit">, { language, t }: Words): string {
  if (value === null || value === undefined || value === "") return t("value.empty");
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  const isAmount = typeof value === "number" && (unit !== null || !Number.isInteger(value));
  const text = isAmount ? formatNumber(language, value) : typeof value === "object" ? JSON.stringify(value) : String(value);
  return unit ? `${text} ${unit}` : text;
}

/** The attribute as a link, if it is the address of a web page. */
function webAddress(value: unknown): string | null {
  return typeof value === "string" && /^https?:\/\/\S+$/.test(value) ? value : null;
}

export function Value({ field }: { readonly field: IdentifiedField }): JSX.Element {
  const words = useWords();
  const address = webAddress(field.value);
  const text = valueText(field, words);
  if (!address) return <>{text}</>;
  return (
    <a href={address} target="_blank" rel="noopener noreferrer">
      {text}
    </a>
  );
}
