import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useSite, useSiteState, useWords } from "../../site";
import { Icon } from "./icon";

const INFO_MS = 3000;
const ERROR_MS = 7000;

function useOffline(): boolean {
  const [offline, setOffline] = useState(!navigator.onLine);
  useEffect(() => {
    const refresh = () => setOffline(!navigator.onLine);
    window.addEventListener("online", refresh);
    window.addEventListener("offline", refresh);
    return () => {
      window.removeEventListener("online", refresh);
      window.removeEventListener("offline", refresh);
    };
  }, []);
  return offline;
}

/** Short messages over the map, read aloud as they come. */
export function Notices(): JSX.Element {
  const { panels } = useSite();
  const { t } = useWords();
  const notice = useSiteState((state) => state.notice);
  const offline = useOffline();
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(() => panels.dismiss(notice.id), notice.tone === "error" ? ERROR_MS : INFO_MS);
    return () => clearTimeout(timer);
  }, [notice, panels]);
  return (
    <div class="notices" role="status" aria-live="polite">
      {offline && (
        <div class="notice notice-error">
          <Icon name="warning" size={18} />
          <span>{t("error.offline")}</span>
        </div>
      )}
      {notice && (
        <div class={`notice notice-${notice.tone}`} key={notice.id}>
          <Icon name={notice.tone === "error" ? "warning" : "check"} size={18} />
          <span>{notice.text}</span>
          <button type="button" class="notice-close" aria-label={t("close")} onClick={() => panels.dismiss(notice.id)}>
            <Icon name="close" size={16} />
          </button>
        </div>
      )}
    </div>
  );
}
