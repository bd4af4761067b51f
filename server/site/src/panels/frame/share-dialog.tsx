import type { JSX } from "preact";
import { writeAddress } from "../../state/location";
import { useSite, useSiteState, useWords } from "../../site";
import { CopyButton } from "./copy-button";
import { Dialog } from "./dialog";
import { Icon } from "./icon";

/** The link to what is on the screen, ready to be copied. */
export function ShareDialog({ onClose }: { readonly onClose: () => void }): JSX.Element {
  const { catalogue } = useSite();
  const { t, say } = useWords();
  const link = useSiteState((state) => location.origin + location.pathname + writeAddress(state));
  const title = say(catalogue.content.title);
  return (
    <Dialog title={t("share.title")} onClose={onClose}>
      <p class="quiet">{t("share.text")}</p>
      <div class="copy-row">
        <input
          class="field"
          readOnly
          value={link}
          aria-label={t("share.link")}
          onFocus={(event) => event.currentTarget.select()}
        />
        <CopyButton text={link} label={t("copy")} wide />
      </div>
      {"share" in navigator && (
        <button type="button" class="button" onClick={() => void navigator.share({ title, url: link }).catch(() => null)}>
          <Icon name="share" size={18} />
          {t("share.system")}
        </button>
      )}
    </Dialog>
  );
}
