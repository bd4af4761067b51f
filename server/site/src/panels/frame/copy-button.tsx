import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useSite, useWords } from "../../site";
import { copyText } from "./clipboard";
import { Icon } from "./icon";

const SAID_MS = 1600;

interface CopyButtonProps {
  readonly text: string;
  readonly label: string;
  /** Show words beside the icon. */
  readonly wide?: boolean;
}

/** Copies a text and says so. */
export function CopyButton({ text, label, wide = false }: CopyButtonProps): JSX.Element {
  const { panels } = useSite();
  const { t } = useWords();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const onClick = async () => {
    if (await copyText(text)) setCopied(true);
    else panels.notify("error", t("copy.failed"));
  };
  return (
    <button
      type="button"
      class={wide ? "button-main" : "button-icon"}
      aria-label={wide ? undefined : copied ? t("copied") : label}
      title={label}
      onClick={() => void onClick()}
    >
      <Icon name={copied ? "check" : "copy"} size={18} />
      {wide && <span aria-live="polite">{copied ? t("copied") : t("copy")}</span>}
    </button>
  );
}
