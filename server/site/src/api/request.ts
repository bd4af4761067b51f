/** Why a request gave no answer: no network, too slow, or refused by the server. */
export type FailureKind = "offline" | "timeout" | "server";

export class RequestFailed extends Error {
  constructor(
    readonly kind: FailureKind,
    readonly status: number | null,
    /** The server's own sentence, where it sent one. */
    readonly detail: string | null,
  ) {
    super(detail ?? kind);
    this.name = "RequestFailed";
  }
}

type Busy = (running: number) => void;

const TIMEOUT_MS = 20_000;
const listeners = new Set<Busy>();
let running = 0;

/** Call `busy` with the number of running requests whenever it changes. */
export function onBusy(busy: Busy): () => void {
  listeners.add(busy);
  return () => listeners.delete(busy);
}

function count(change: 1 | -1): void {
  running += change;
  for (const busy of listeners) busy(running);
}

/** Whether `error` only says that the caller itself gave the request up. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

async function problemDetail(response: Response): Promise<string | null> {
  try {
    const problem: unknown = await response.json();
    if (typeof problem === "object" && problem !== null && "detail" in problem) {
      return typeof problem.detail === "string" ? problem.detail : null;
    }
  } catch {
    // An answer that is no JSON (a proxy's error page) has no sentence for the reader.
  }
  return null;
}

/** Ask the server for JSON; throws RequestFailed, or AbortError when `signal` fires. */
export async function requestJson<T>(
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const query = new URLSearchParams(Object.entries(parameters).map(([key, value]) => [key, String(value)]));
  const url = query.size > 0 ? `${path}?${query}` : path;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  count(1);
  try {
    const response = await fetch(url, {
      headers: { Accept: "application/json" },
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    if (!response.ok) throw new RequestFailed("server", response.status, await problemDetail(response));
    return (await response.json()) as T;
  } catch (error) {
    if (error instanceof RequestFailed || isAborted(error)) throw error;
    throw new RequestFailed(timeout.aborted ? "timeout" : error instanceof SyntaxError ? "server" : "offline", null, null);
  } finally {
    count(-1);
  }
}
