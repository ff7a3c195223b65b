import { afterEach, describe, expect, test } from "vitest";
import { missingOnDesktop } from "../support/desktop.ts";
import { DRAWINGS, type MeteredDesktop, startMeteredDesktop } from "../support/metered-desktop.ts";

const missing = missingOnDesktop();
const [FIRST, SECOND] = DRAWINGS;
const TOLD = "Sketcher";

// No command of ours stands before any of these programs: they are started by their own shortcuts, as people start them.
describe.skipIf(missing)(`what people start by themselves${missing ? ` (${missing} is not installed)` : ""}`, () => {
  let metered: MeteredDesktop;
  afterEach(() => metered?.[Symbol.asyncDispose]());

  test("is metered; whoever gets no seat is told why on their desktop, and the program runs on", async () => {
    metered = await startMeteredDesktop("tell");
    await metered.open(FIRST);
    await expect.poll(() => metered.used()).toBe(1);
    expect(await metered.denials()).toEqual([]);
    await metered.open(SECOND);
    await metered.window(TOLD);
    expect(await metered.denials()).toMatchObject([{ product: "sketcher", reason: "no_seats" }]);
    await expect.poll(() => metered.titles()).toEqual([SECOND, FIRST, TOLD].sort());
  });

  test("is asked to close where the register says so, and whoever has the seat keeps it", async () => {
    metered = await startMeteredDesktop("close");
    await metered.open(FIRST);
    await expect.poll(() => metered.used()).toBe(1);
    // It may be asked before its window is there.
    await metered.click(SECOND);
    await metered.window(TOLD);
    await expect.poll(() => metered.runs(SECOND)).toBe(false);
    await expect.poll(() => metered.titles()).toEqual([FIRST, TOLD].sort());
    await expect.poll(() => metered.used()).toBe(1);
  });
});
