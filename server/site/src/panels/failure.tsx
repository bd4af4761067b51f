import type { JSX } from "preact";
import { RequestFailed } from "../api/request";
import { message } from "../i18n";
import type { Language } from "../i18n";
import { Icon } from "./frame/icon";

interface FailureProps {
  readonly language: Language;
  readonly error: unknown;
}

/** What stands where the map would be, when there is no catalogue to show. */
export function Failure({ language, error }: FailureProps): JSX.Element {
  const detail = error instanceof RequestFailed ? error.detail : null;
  return (
    <main class="failure" role="alert">
      <Icon name="warning" size={40} />
      <h1>{message(language, "error.catalogue")}</h1>
      <p>{detail ?? message(language, "error.catalogue.hint")}</p>
      <button type="button" class="button-main" onClick={() => location.reload()}>
        {message(language, "error.retry")}
      </button>
    </main>
  );
}
