import { expect, test, vi } from "vitest";
import { QueueLine } from "../../client-shim/queue-line.ts";

const written = vi.hoisted(() => [] as string[]);
vi.mock("../../client-shim/tell.ts", () => ({
  tell: (text: string) => written.push(text),
  tellOpen: (text: string) => written.push(text),
  tellOver: (text: string) => written.push(`over: ${text}`),
  endLine: () => written.push("end"),
}));

test("in a log the place is told at most once a minute, and the last one that was true", () => {
  written.length = 0;
  let nowMs = 0;
  const line = new QueueLine(false, () => nowMs);
  for (const [atMs, position] of [
    [0, 3],
    [20_000, 2],
    [59_000, 1],
    [61_000, 1],
    [200_000, 1],
  ] as const) {
    nowMs = atMs;
    line.show(position);
  }
  line.end();

  expect(written).toEqual([3, 1].map((place) => `all seats are in use; you are number ${place} in the queue`));
});

test("on a terminal each change is shown at once, in one line that is ended", () => {
  written.length = 0;
  const line = new QueueLine(true, () => 0);
  for (const position of [3, 3, 2, "unknown", 2] as const) line.show(position);
  line.end();
  line.end();

  expect(written).toEqual([
    "all seats are in use; you are number 3 in the queue",
    "over: all seats are in use; you are number 2 in the queue",
    "over: all seats are in use; the licence service, which keeps your place, is looked for",
    "over: all seats are in use; you are number 2 in the queue",
    "end",
  ]);
});
