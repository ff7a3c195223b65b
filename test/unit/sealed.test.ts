import { afterEach, expect, test, vi } from "vitest";
import { SIGN_ON_SECONDS, sealed, unsealed } from "../../daemon/access/sealed.ts";

const begun = {
  state: "s",
  nonce: "n",
  codeVerifier: "v",
  redirectUri: "https://seats.example/back",
  next: "/register",
};
afterEach(() => vi.useRealTimers());

test("what was sealed is read again by whoever has the secret, and by nobody else", async () => {
  const text = await sealed(begun, "secret");
  expect(await unsealed(text, "secret")).toEqual(begun);
  expect(await unsealed(text, "Secret")).toBe(undefined);
  for (const part of Object.values(begun)) if (part.length > 1) expect(text).not.toContain(part);
});

test("nothing of it can be changed", async () => {
  const text = await sealed(begun, "secret");
  const parts = text.split(".");
  for (const i of [0, 2, 3, 4]) {
    const changed = parts.with(i, `${parts[i]!.startsWith("A") ? "B" : "A"}${parts[i]!.slice(1)}`).join(".");
    expect(await unsealed(changed, "secret"), `part ${i}`).toBe(undefined);
  }
  expect(await unsealed("", "secret")).toBe(undefined);
});

test("it is good for ten minutes", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const text = await sealed(begun, "secret");
  vi.setSystemTime(Date.now() + (SIGN_ON_SECONDS - 1) * 1000);
  expect(await unsealed(text, "secret")).toEqual(begun);
  vi.setSystemTime(Date.now() + 2000);
  expect(await unsealed(text, "secret")).toBe(undefined);
});
