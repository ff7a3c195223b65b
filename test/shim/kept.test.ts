import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { KnownPolicy } from "../../client-shim/known-policy.ts";
import { SeenMoments } from "../../client-shim/seen-moments.ts";
import { TicketKeys } from "../../client-shim/ticket-keys.ts";
import type { Message } from "../../daemon/protocol/messages.ts";
import { BIN, emptyStateFolder, shim } from "../support/shim.ts";

const policy = (rules: Record<string, unknown>) =>
  ({
    type: "policy",
    products: [{ product: "demo", executables: ["demo"], ...rules }],
  }) as unknown as Message<"policy">;
const RULES = {
  ...{ whenUnreachable: "refuse", onDenied: "close", onReclaimed: "close", idle: { afterMs: 60_000, reclaims: false } },
  permittedUse: { text: "For work.", attest: true },
};

test("what the register says of a product is known at the next launch, all of it", () => {
  const folder = emptyStateFolder();
  new KnownPolicy(folder, "demo").learn(policy(RULES));
  const known = new KnownPolicy(folder, "demo");

  expect(known.whenUnreachable()).toBe("refuse");
  expect(known.onReclaimed()).toBe("close");
  expect(known.permittedUse()).toEqual({ text: "For work.", attest: true });
  expect(known.registeredName()).toBe("demo");
  expect(JSON.parse(readFileSync(join(folder, "policy", "demo.json"), "utf8"))).toEqual({ product: "demo", ...RULES });
});

test("a rule that was dropped is forgotten, at once and at the next launch", () => {
  const folder = emptyStateFolder();
  const known = new KnownPolicy(folder, "demo");
  known.learn(policy(RULES));
  known.learn(policy({ whenUnreachable: "allow" }));

  for (const one of [known, new KnownPolicy(folder, "demo")]) {
    expect([one.whenUnreachable(), one.onReclaimed(), one.permittedUse()]).toEqual(["allow", "tell", undefined]);
  }
});

test.each(["", "{", "null", "[]", '"text"', '{"permittedUse":{"text":1},"onReclaimed":"kill"}'])(
  "a damaged file, %j, stands for nothing known, and nothing is closed because of it",
  (text) => {
    const folder = emptyStateFolder();
    mkdirSync(join(folder, "policy"));
    writeFileSync(join(folder, "policy", "demo.json"), text);
    writeFileSync(join(folder, "ticket-keys.json"), text);
    writeFileSync(join(folder, "latest-moment.json"), text);
    const known = new KnownPolicy(folder, "demo");

    expect([known.whenUnreachable(), known.onReclaimed(), known.permittedUse()]).toEqual(["allow", "tell", undefined]);
    expect(new TicketKeys(folder).known()).toEqual([]);
    expect(new SeenMoments(folder).latestMs()).toBe(0);
  },
);

test("the keys that the newest welcome tells replace those before, and a daemon that tells none at all changes nothing", () => {
  const folder = emptyStateFolder();
  const keys = new TicketKeys(folder);
  for (const told of [["a", "b"], ["b", "c"], undefined]) keys.learn(told);
  expect(new TicketKeys(folder).known()).toEqual(["b", "c"]);
  keys.learn([]);
  expect(keys.known()).toEqual([]);
});

test("the latest moment goes forward by this computer's clock, and to wherever a daemon says", () => {
  const moments = new SeenMoments(emptyStateFolder());
  const HOUR_MS = 3_600_000;
  moments.see(10 * HOUR_MS);
  moments.see(9 * HOUR_MS);
  expect(moments.latestMs()).toBe(10 * HOUR_MS);
  moments.told(9 * HOUR_MS);
  expect(moments.latestMs()).toBe(9 * HOUR_MS);
});

test("what Node has compiled is kept in the person's own folder, which nobody else may enter", async () => {
  const folder = join(emptyStateFolder(), "state");
  // By way of a shell, so that what the tests keep elsewhere is out of the way.
  const plain = ["sh", "-c", 'unset NODE_COMPILE_CACHE; exec "$@"', "sh", process.execPath, BIN] as const;
  expect(await shim(["--version"], { SEATMETER_STATE: folder }, [...plain]).finished).toMatchObject({ exit: 0 });

  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(folder, "compiled"))).toHaveLength(1);
});

test("a state folder that cannot be made costs a launch nothing but its memory", async () => {
  const file = join(emptyStateFolder(), "file");
  writeFileSync(file, "");
  const ended = await shim(["run", "demo", "--", "echo", "ran"], { SEATMETER_STATE: join(file, "state") }).finished;

  expect(ended).toMatchObject({ exit: 0, stdout: "ran\n" });
  expect(existsSync(join(file, "state"))).toBe(false);
});
