import { describe, expect, it } from "vitest";
import { homeView } from "../src/state/start";
import { catalogue } from "./city";

describe("the first view", () => {
  it("is the home that the catalogue names", () => {
    expect(homeView(catalogue([]), false)).toEqual({ center: [120.665, 24.15], zoom: 13 });
  });

  it("is one zoom further out on a phone", () => {
    expect(homeView(catalogue([]), true)).toEqual({ center: [120.665, 24.15], zoom: 12 });
  });
});
