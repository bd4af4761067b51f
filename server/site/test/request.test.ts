import { afterEach, describe, expect, it, vi } from "vitest";
import { isAborted, onBusy, requestJson } from "../src/api/request";

const answer = (body: string, status = 200) => new Response(body, { status });

function stubFetch(result: () => Promise<Response>) {
  const stub = vi.fn<typeof fetch>(result);
  vi.stubGlobal("fetch", stub);
  return stub;
}

afterEach(() => vi.unstubAllGlobals());

describe("a request", () => {
  it("asks with its parameters encoded", async () => {
    const stub = stubFetch(async () => answer("{}"));
    await requestJson("/api/v1/search", { q: "臺中&x=1", limit: 5 });
    const asked = new URL(String(stub.mock.calls[0]?.[0]), "http://city.example");
    expect(asked.searchParams.get("q")).toBe("臺中&x=1");
    expect(asked.searchParams.get("limit")).toBe("5");
  });

  it("passes on the server's own sentence", async () => {
    stubFetch(async () => answer(JSON.stringify({ title: "Bad", detail: "參數 lon 不是數字。" }), 400));
    await expect(requestJson("/x")).rejects.toMatchObject({ kind: "server", status: 400, detail: "參數 lon 不是數字。" });
  });

  it("survives an error page that is no JSON, and an answer that is none", async () => {
    stubFetch(async () => answer("<html>", 502));
    await expect(requestJson("/x")).rejects.toMatchObject({ kind: "server", status: 502, detail: null });
    stubFetch(async () => answer("<html>"));
    await expect(requestJson("/x")).rejects.toMatchObject({ kind: "server" });
  });

  it("says when there is no network", async () => {
    stubFetch(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(requestJson("/x")).rejects.toMatchObject({ kind: "offline" });
  });

  it("that was given up is not a failure", async () => {
    stubFetch(() => Promise.reject(new DOMException("given up", "AbortError")));
    await expect(requestJson("/x")).rejects.toSatisfy(isAborted);
  });

  it("is counted while it runs, also when it fails", async () => {
    const counts: number[] = [];
    const stop = onBusy((running) => counts.push(running));
    stubFetch(async () => answer("{}", 500));
    await requestJson("/x").catch(() => null);
    stop();
    expect(counts).toEqual([1, 0]);
  });
});
