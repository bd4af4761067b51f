import { useEffect, useState } from "preact/hooks";
import { searchAll } from "../../api/client";
import { isAborted } from "../../api/request";
import { coordinateOptions, resultOptions } from "./options";
import type { SearchOption } from "./options";

const TYPING_MS = 160;
const LIMIT = 12;

export interface Search {
  readonly status: "idle" | "searching" | "done" | "failed";
  /** The text that the options answer. */
  readonly text: string;
  readonly options: readonly SearchOption[];
}

const IDLE: Search = { status: "idle", text: "", options: [] };

/** Search as the reader types; an earlier answer stays in sight until the next one comes. */
export function useSearch(text: string): Search {
  const [search, setSearch] = useState<Search>(IDLE);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === "") {
      setSearch(IDLE);
      return undefined;
    }
    const found = coordinateOptions(wanted);
    if (found.length > 0) {
      setSearch({ status: "done", text: wanted, options: found });
      return undefined;
    }
    const asking = new AbortController();
    setSearch((previous) => ({ ...previous, status: "searching" }));
    const timer = setTimeout(() => {
      searchAll(wanted, LIMIT, asking.signal).then(
        (result) => setSearch({ status: "done", text: wanted, options: resultOptions(result) }),
        (error: unknown) => {
          if (!isAborted(error)) setSearch({ status: "failed", text: wanted, options: [] });
        },
      );
    }, TYPING_MS);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [text]);
  return search;
}
