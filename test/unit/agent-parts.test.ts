import { describe, expect, test } from "vitest";
import { lines, readFrame } from "../../client-shim/agent/frames.ts";
import { Heartbeats } from "../../client-shim/agent/heartbeats.ts";
import { InventoryRounds } from "../../client-shim/agent/inventory-rounds.ts";
import { wakeWatch } from "../../client-shim/agent/wake.ts";
import { agentSockets } from "../../client-shim/agent/where.ts";
import { newLeaseId } from "../../client-shim/lease-id.ts";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { FRAME_BYTES } from "../../daemon/protocol/messages.ts";
import { emptyStateFolder } from "../support/shim.ts";

describe("what is said at an agent's door", () => {
  const launch = { type: "launch", pid: 12, product: "demo" };

  test.each([
    launch,
    { ...launch, user: "ann", seats: 2, waitMs: 9000, version: "2026", attested: true, breakGlassReason: "fire" },
    { type: "answer", yes: false },
    { type: "ended" },
    { type: "ended", why: "program_crashed" },
    { type: "door", uid: 1000, pid: 12 },
  ])("%j is understood", (message) => {
    expect(readFrame(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    ["[", "it is not JSON"],
    ["null", "there is no such message"],
    ['{"type":"toString"}', "there is no such message"],
    ['{"type":"launch","pid":12}', "product is missing"],
    [JSON.stringify({ ...launch, product: "" }), "product is wrong"],
    [JSON.stringify({ ...launch, product: "x".repeat(129) }), "product is wrong"],
    [JSON.stringify({ ...launch, pid: -1 }), "pid is wrong"],
    [JSON.stringify({ ...launch, leaseId: "../../x" }), "leaseId is wrong"],
    [JSON.stringify({ ...launch, alreadyRunning: true }), "there is no field alreadyRunning"],
    ['{"type":"ended","why":"bored"}', "why is wrong"],
  ])("%s is refused, and told why", (line, why) => {
    expect(readFrame(line)).toBe(why);
  });

  test("lines are put together from pieces, and are neither long nor many", () => {
    const heard: string[] = [];
    const feed = lines((line) => heard.push(line));
    expect([feed('{"a"'), feed(":1}\n{}"), feed("\n")]).toEqual([true, true, true]);
    expect(heard).toEqual(['{"a":1}', "{}"]);
    expect(lines(() => {})("x".repeat(16 * 1024 + 1))).toBe(false);
    expect(lines(() => {})(`${"x".repeat(16 * 1024 + 1)}\n`)).toBe(false);
    expect(lines(() => {})("{}\n".repeat(65))).toBe(false);
    expect(lines(() => {})("{}\n".repeat(64))).toBe(true);
  });
});

describe("where a launch looks for an agent", () => {
  const home = { HOME: "/home/ann", SEATMETER_STATE: "/home/ann/state" };

  test("first by the door that only this person can come in by, then at the common one, then at their own agent", () => {
    expect(agentSockets(home, "linux", 1000)).toEqual([
      "/run/seatmeter/of/1000.sock",
      "/run/seatmeter/agent.sock",
      "/home/ann/state/agent.sock",
    ]);
    expect(agentSockets(home, "darwin", 501)[0]).toBe("/var/run/seatmeter/of/501.sock");
    expect(agentSockets({ ...home, USERNAME: "ann" }, "win32", undefined)).toEqual([
      "\\\\.\\pipe\\seatmeter-agent",
      "\\\\.\\pipe\\seatmeter-agent-ann",
    ]);
  });

  test("only where SEATMETER_AGENT says, where it says", () => {
    expect(agentSockets({ ...home, SEATMETER_AGENT: "/tmp/a/agent.sock" }, "linux", 7)).toEqual([
      "/tmp/a/of/7.sock",
      "/tmp/a/agent.sock",
    ]);
    expect(agentSockets({ ...home, SEATMETER_AGENT: "none" }, "linux", 7)).toEqual([]);
  });

  test("nowhere for who names a daemon, a token or a computer of their own", () => {
    for (const name of ["SEATMETER_URL", "SEATMETER_TOKEN", "SEATMETER_TOKEN_FILE", "SEATMETER_DEVICE"])
      expect(agentSockets({ ...home, [name]: "x" }, "linux", 7)).toEqual([]);
    expect(agentSockets({ ...home, SEATMETER_URL: "x", SEATMETER_AGENT: "/a/b" }, "linux", 7)).toContain("/a/b");
  });
});

describe("heartbeats over one connection", () => {
  type Asked = { leaseIds: string[]; idleMs?: Record<string, number> };
  const daemon = (answer: (asked: Asked) => unknown) => {
    const asked: Asked[] = [];
    const ask = async (request: Asked) => {
      asked.push(request);
      const said = answer(request);
      if (said instanceof Error) throw said;
      return said;
    };
    return { asked, heartbeats: new Heartbeats({ ask } as never) };
  };

  test("are one message, and each hears of its own lease alone", async () => {
    const { asked, heartbeats } = daemon(() => ({ type: "alive", ttlMs: 60_000, gone: ["b"] }));
    const answers = await Promise.all([
      heartbeats.ask({ leaseIds: ["a"], idleMs: { a: 5 } }),
      heartbeats.ask({ leaseIds: ["b"] }),
    ]);

    expect(asked).toEqual([{ type: "heartbeat", leaseIds: ["a", "b"], idleMs: { a: 5 } }]);
    expect(answers.map(({ gone }) => gone)).toEqual([[], ["b"]]);
  });

  test("are in frames that a daemon reads, on a computer with as many launches as it may have", async () => {
    const { asked, heartbeats } = daemon(() => ({ type: "alive", ttlMs: 60_000, gone: [] }));
    const leaseIds = Array.from({ length: 256 }, () => newLeaseId());
    await Promise.all(leaseIds.map((id) => heartbeats.ask({ leaseIds: [id], idleMs: { [id]: 86_400_000 } })));

    expect(asked.flatMap((beat) => beat.leaseIds)).toEqual(leaseIds);
    expect(asked.flatMap(({ idleMs = {} }) => Object.keys(idleMs))).toEqual(leaseIds);
    for (const beat of asked) expect(Buffer.byteLength(JSON.stringify(beat))).toBeLessThanOrEqual(FRAME_BYTES);
  });

  test("go on one by one where one of them is not ours, so that it costs the others nothing", async () => {
    const notOurs = new SeatmeterError("not_holder", "another's");
    const { asked, heartbeats } = daemon(({ leaseIds }) =>
      leaseIds.includes("b") ? notOurs : { type: "alive", ttlMs: 60_000, gone: [] },
    );
    const [one, other] = await Promise.allSettled([
      heartbeats.ask({ leaseIds: ["a"] }),
      heartbeats.ask({ leaseIds: ["b"] }),
    ]);

    expect(asked.map(({ leaseIds }) => leaseIds)).toEqual([["a", "b"], ["a"], ["b"]]);
    expect(one).toMatchObject({ status: "fulfilled" });
    expect(other).toMatchObject({ status: "rejected", reason: notOurs });
  });

  test("all fail where the daemon is away, and the next ones are asked again", async () => {
    let away = true;
    const { heartbeats } = daemon(() =>
      away ? new SeatmeterError("unreachable", "no answer") : { type: "alive", ttlMs: 60_000, gone: [] },
    );
    const first = await Promise.allSettled([heartbeats.ask({ leaseIds: ["a"] }), heartbeats.ask({ leaseIds: ["b"] })]);
    away = false;

    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await heartbeats.ask({ leaseIds: ["a"] })).toMatchObject({ gone: [] });
  });
});

test("a computer that has slept, whose clock was set, or that came into another network has woken; else it has not", () => {
  const now = { nowMs: 0, monotonicMs: 0, addresses: "eth0 10.0.0.2" };
  const woke = wakeWatch({
    nowMs: () => now.nowMs,
    monotonicMs: () => now.monotonicMs,
    addresses: () => now.addresses,
  });
  const after = (nowMs: number, monotonicMs = nowMs, addresses = now.addresses) => {
    now.nowMs += nowMs;
    now.monotonicMs += monotonicMs;
    now.addresses = addresses;
    return woke();
  };

  expect(after(5_000)).toBe(false);
  expect(after(1_800_000, 5_000)).toBe(true);
  expect(after(1_800_000)).toBe(true);
  expect(after(-3_600_000, 5_000)).toBe(true);
  expect(after(5_000, 5_000, "wlan0 192.168.1.7")).toBe(true);
  expect(after(5_000)).toBe(false);
});

describe("what is installed", () => {
  const software = [{ name: "QGIS", publisher: "QGIS", version: "3.40" }];
  const connection = (accepts: string[], answer: () => unknown = () => ({ type: "inventoried", part: 1 })) => {
    const asked: unknown[] = [];
    const ask = async (request: unknown) => {
      asked.push(request);
      return answer();
    };
    return { asked, connection: { welcome: { accepts }, ask } as never };
  };
  const rounds = (folder: string, log: string[] = []) =>
    new InventoryRounds(
      folder,
      (sentence) => log.push(sentence),
      async (before) => ({
        told: { hash: "same", lists: {} },
        parts: before?.hash === "same" ? [] : [{ part: 1, of: 1, software }],
        unread: [],
      }),
    );

  test("is told once as long as it stays the same, also by the next agent", async () => {
    const folder = emptyStateFolder();
    const { asked, connection: daemon } = connection(["inventory"]);
    expect([await rounds(folder).round(daemon), await rounds(folder).round(daemon)]).toEqual([true, true]);
    expect(asked).toEqual([{ type: "inventory", part: 1, of: 1, software }]);
  });

  test("is kept from a daemon that does not want it, and told again where none was there, or it could not keep it", async () => {
    const folder = emptyStateFolder();
    const log: string[] = [];
    const one = rounds(folder, log);
    const older = connection([]);
    const away = connection(["inventory"], () => {
      throw new SeatmeterError("history_unavailable", "the history is away.");
    });
    expect([await one.round(undefined), await one.round(older.connection)]).toEqual([false, true]);
    expect([await one.round(away.connection), await one.round(away.connection)]).toEqual([false, false]);
    expect([older.asked.length, away.asked.length, log.length]).toEqual([0, 2, 1]);
    const back = connection(["inventory"]);
    expect([await one.round(back.connection), back.asked.length]).toEqual([true, 1]);
  });
});
