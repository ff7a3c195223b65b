import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LiveBoard } from "../../daemon/pages/live.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A board whose figure a test moves, and how often it was asked for. */
function boardOf() {
  const shown = { figure: "1", asked: 0, fails: false };
  const errors: unknown[] = [];
  const render = async () => {
    shown.asked++;
    if (shown.fails) throw new Error("no figures");
    return { html: `<p>${shown.figure}</p>`, summary: shown.figure, version: `v${shown.figure}` };
  };
  const board = new LiveBoard(render, (error) => errors.push(error));
  const watch = (seen = "") => {
    const stream = board.watch(seen);
    if (!stream) throw new Error("too many");
    return { stream, heard: () => String(stream.read() ?? "") };
  };
  return { board, shown, errors, watch };
}

/** Let a refresh that is due happen. */
async function pass(ms: number) {
  await vi.advanceTimersByTimeAsync(ms);
  await turn();
}

test("everybody who watches shares one refresh a second", async () => {
  const { shown, watch } = boardOf();
  const watchers = [watch(), watch(), watch()];
  await pass(0);
  expect(shown.asked).toBe(1);
  for (const { heard } of watchers) expect(heard()).toContain("id: v1\nevent: board\ndata: ");
  await pass(3000);
  expect(shown.asked).toBe(4);
});

test("only what changed is sent, and to a late watcher what it has not seen, but nothing that is older", async () => {
  const { shown, watch } = boardOf();
  const first = watch();
  await pass(0);
  first.heard();
  await pass(2000);
  expect(first.heard()).toBe("");
  const [same, older, newer] = [watch("v1"), watch("v0"), watch("v2")];
  await pass(1000);
  expect(same.heard()).toBe("retry: 5000\n\n");
  expect(older.heard()).toContain("id: v1");
  newer.heard();
  const late = watch("v2");
  shown.figure = "2";
  await pass(1000);
  expect(late.heard()).toBe("retry: 5000\n\n");
  expect(first.heard()).toContain(`data: {"html":"<p>2</p>","summary":"2"}\n\n`);
});

test("nobody is asked for figures that nobody watches", async () => {
  const { shown, watch } = boardOf();
  expect(shown.asked).toBe(0);
  const { stream } = watch();
  await pass(0);
  stream.destroy();
  await once(stream, "close");
  await pass(1000);
  const asked = shown.asked;
  await pass(10_000);
  expect(shown.asked).toBe(asked);

  shown.figure = "2";
  const next = watch();
  expect(next.heard(), "what was shown before is old").not.toContain("v1");
  await pass(0);
  expect(next.heard()).toContain("id: v2");
});

test("a word now and then keeps the stream open while nothing changes", async () => {
  const { watch } = boardOf();
  const { heard } = watch();
  await pass(0);
  heard();
  await pass(17_000);
  expect(heard()).toBe(": still here\n\n");
});

test("a watcher that does not read is cut off, and the others go on", async () => {
  const { shown, watch } = boardOf();
  const [slow, other] = [watch(), watch()];
  const padding = "x".repeat(100_000);
  for (let i = 2; i < 12; i++) {
    shown.figure = `${i}${padding}`;
    await pass(1000);
    other.heard();
  }
  expect(slow.stream.destroyed).toBe(true);
  expect(other.stream.destroyed).toBe(false);
});

test("a refresh that fails is told of, and the next one is tried", async () => {
  const { shown, errors, watch } = boardOf();
  const { heard } = watch();
  shown.fails = true;
  await pass(0);
  expect(errors).toHaveLength(1);
  shown.fails = false;
  await pass(1000);
  expect(heard()).toContain("id: v1");
});

test("when the doors close every stream ends, and beyond its limit nobody more is let in", async () => {
  const { board, shown, watch } = boardOf();
  const streams = Array.from({ length: 500 }, () => watch().stream);
  expect(board.watch("")).toBeUndefined();
  board.close();
  expect(streams.every((stream) => stream.writableEnded)).toBe(true);
  const asked = shown.asked;
  await pass(5000);
  expect(shown.asked).toBeLessThanOrEqual(asked + 1);
});
