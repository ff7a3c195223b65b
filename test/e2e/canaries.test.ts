import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { newToken } from "../../daemon/access/tokens.ts";
import { CanaryGround } from "../support/canary-ground.ts";
import { canaryRegister, readAll, useSeats } from "../support/canary-use.ts";
import { TestDevice } from "../support/device.ts";
import { startMailServer } from "../support/mail-server.ts";
import { startReceiver } from "../support/receiver.ts";

/** `npm run test:canaries` goes on for so long; without it every name is used once, and they are fewer. */
const MINUTES = Number(process.env.SEATMETER_CANARY_MINUTES ?? 0);
const NAMES = MINUTES > 0 ? 1_000 : 250;
/** Of computers that are enrolled. */
const ENROLLED = MINUTES > 0 ? NAMES : 100;
/** Of tries of one address thrice so many are refused: of some more, it is sent away. */
const MOST_REFUSED = 30;
const AT_ONCE = 16;
const A_DAY_MS = 86_400_000;

const lastWord = (key: string) => key.slice(key.lastIndexOf(":") + 1);

/** Each name in turn, some of them at once. @returns how many, until it was time to stop */
async function inTurn(names: number, use: (nth: number) => Promise<void>, isTime = () => false): Promise<number> {
  let next = 0;
  const one = async () => {
    while (next < names && !isTime()) await use(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return next;
}

test("no name of those who use seats is in a log, a metric, an address, a report, a notice, the audit, the stream or the history; in the ledger only while leases live", {
  timeout: 420_000 + MINUTES * 60_000,
}, async () => {
  const mails = await startMailServer();
  onTestFinished(() => mails.close());
  const webhook = await startReceiver();
  onTestFinished(() => webhook[Symbol.asyncDispose]());
  const at = await CanaryGround.open(
    (canary) => canaryRegister(canary, mails.port, webhook.url),
    (folder) => void writeFileSync(join(folder, "secret.txt"), "a secret of the two\n"),
  );
  const { canary, redis } = at;
  const untilMs = Date.now() + MINUTES * 60_000;

  const fromMs = Date.now();
  let used = 0;
  for (let round = 0; round === 0 || Date.now() < untilMs; round++) {
    const use = (nth: number) => useSeats(at, `${canary}u${round}x${nth}`, `${canary}d${round}x${nth}`, nth);
    // Once at least each name is used, however slow the machine is.
    used += await inTurn(NAMES, use, () => round > 0 && Date.now() >= untilMs);
    const during = await at.ledger();
    const named = [...during].filter(([, text]) => text.includes(canary)).map(([key]) => lastWord(key));
    // The register names the computers that were retired, as whoever looks after it may.
    expect([...new Set(named)].filter((key) => !["leases", "seats", "{register}"].includes(key))).toEqual([]);
    expect(named).toContain("leases");
    for (const [key, text] of during) {
      if (lastWord(key) === "leases") expect(namesBeyondLeases(text, canary)).toEqual([]);
    }
    await readAll(at);
  }
  const minutes = (Date.now() - fromMs) / 60_000;

  // Notices are looked for when the register changes: who retired a computer just now had them told.
  await at.ask("POST", "/api/v1/devices/retire", { device: `${canary}last`, reason: "sold" });
  await expect.poll(() => mails.mails.map(({ text }) => text).join("\n")).toMatch(/Incident: /);
  const webhookTold = () => webhook.calls.map(({ body }) => JSON.parse(body).about as string);
  await expect.poll(webhookTold).toEqual(expect.arrayContaining(["incident", "overdraft"]));
  const told = [...mails.mails.map(({ text }) => text), ...webhook.calls.map((call) => JSON.stringify(call))];
  expect(told.filter((text) => text.includes(canary))).toEqual([]);

  // A year later: every lease, wait and loan is over.
  for (const key of await redis.keys("*:state")) await redis.hincrby(key, "vnow", 400 * A_DAY_MS);
  for (const key of await redis.keys("*:dated")) {
    for (const name of await redis.zrange(key, "0", "-1")) await redis.zadd(key, 1, name);
    const state = key.replace(/:dated$/, ":state");
    await redis.hset(state, "tally", withDated(await redis.hget(state, "tally")));
  }
  const stillNamed = async () =>
    [...(await at.ledger())]
      .filter(([key, text]) => text.includes(canary) && !key.includes("{register}"))
      .map(([key]) => key);
  await expect.poll(stillNamed, { interval: 500 }).toEqual([]);
  await readAll(at);
  expect(at.addresses.size).toBeGreaterThan(20);
  await at.endsClean();

  const history = new DatabaseSync(join(at.daemon.data, "history.sqlite"), { readOnly: true });
  const count = (what: string) => Number(history.prepare(`select count(*) as n from ${what}`).get()!.n);
  const [sessions, denials, ungoverned] = [
    count("sessions"),
    count("denials"),
    count("sessions where flags like '%ungoverned%'"),
  ];
  expect(sessions).toBeGreaterThanOrEqual(2 * used);
  expect(denials).toBeGreaterThanOrEqual(used / 2);
  expect(count("changes")).toBeGreaterThan(NAMES);
  expect(ungoverned).toBeGreaterThan(used / 10);
  expect(count("sessions where break_glass_reason <> ''")).toBeGreaterThan(10);
  for (const act of ["explain", "search_denials", "export_person", "erase_person", "reassign", "decide", "incident"]) {
    expect([act, count(`audit where act = '${act}'`)]).toEqual([act, expect.toSatisfy((rows: number) => rows > 0)]);
  }
  const rows = count("audit");
  history.close();
  // What went wrong on purpose did, and so did each way to be refused.
  const happened = [...at.outcomes.keys()].join("\n");
  for (const word of ["message_invalid", "not_holder", "granted", "queued", "no_seats", "version_retired"]) {
    expect(happened).toContain(word);
  }
  for (const word of ["product_unknown", "not_found"]) expect(happened).toContain(word);
  if (MINUTES === 0) return;
  const reads = [...at.asked.values()].reduce((sum, times) => sum + times, 0);
  const lines = daemonLines(at.daemon.output());
  console.log(
    `${minutes.toFixed(1)} minutes, ${used} people and as many computers: ${sessions} launches (of which ${ungoverned}\n` +
      `ungoverned), ${denials} denials, ${rows} rows of the audit, ${told.length} notices, ${lines} lines of log at \`trace\`, ${at.addresses.size} addresses, ${reads} answers to\n` +
      "readers: no name in any of them, nor in the files of the history and the daemon; in the ledger in live leases alone, and gone with them.",
  );
});

const ENROLMENT = `
organisation: Exampleshire Council
access: { shims: { enrolment: true }, people: { tokensFile: people.txt } }
products: { cad: { owner: it@exampleshire.example, pools: [cad] } }
pools: { cad: { entitlements: [{ reference: A, seats: 5000, starts: 2020-01-01 }] } }
`;

test("of computers that are enrolled, refused, change their keys and lose them, none is named but by the ledger, which knows their keys", {
  timeout: 120_000 + MINUTES * 30_000,
}, async () => {
  const { token, line } = newToken("the-admin", "admin");
  const at = await CanaryGround.open(
    () => ENROLMENT,
    (folder) => {
      writeFileSync(join(folder, "people.txt"), `${line}\n`);
      return token;
    },
  );
  const { canary, daemon } = at;
  const url = daemon.httpUrl;
  const ended = new Map<string, number>();
  const ends = (how: string | number) => ended.set(String(how), (ended.get(String(how)) ?? 0) + 1);

  await inTurn(ENROLLED, async (nth) => {
    const device = new TestDevice(`${canary}d${nth}`);
    const offered = await at.ask("POST", "/api/v1/devices/enrolment-tokens", { device: device.name });
    const { token = "" } = JSON.parse(offered.body) as { token?: string };
    const isTried = nth < MOST_REFUSED;
    if (isTried) ends(`enrol ${(await device.enrol(url, `${token}x`)).status}`);
    ends(`enrol ${(await device.enrol(url, token)).status}`);
    if (isTried) ends(`enrol ${(await new TestDevice(device.name).enrol(url, token)).status}`);

    const forged = await device.hello(url, (challenge) => new TestDevice(device.name).proof(challenge));
    ends(`forged ${forged.said.type}`);
    ends(`silent ${(await device.hello(url, async () => undefined)).said.type}`);
    ends(`stranger ${(await new TestDevice(`${canary}s${nth}`).hello(url)).said.type}`);
    const { shim, said } = await device.hello(url);
    ends(`proven ${said.type}`);
    if (said.type !== "welcome") return;
    await shim.checkout({ user: `${canary}u${nth}` });
    if (isTried) await at.ask("POST", "/api/v1/devices/rotate-key", { device: device.name, proof: "no.proof.at-all" });
    if (nth % 3 === 0) {
      await at.ask("POST", "/api/v1/devices/remove", { device: device.name, reason: "a test of names" });
      await shim.closed;
    } else await shim.close();
  });
  const named = [...(await at.ledger())].filter(([key, text]) => (key + text).includes(canary)).map(([key]) => key);
  const known = named.filter((key) => !key.includes("{devices}") && !["leases", "seats"].includes(lastWord(key)));
  expect(known).toEqual([]);
  expect(named.some((key) => key.includes("{devices}"))).toBe(true);
  for (const path of ["/metrics", "/api/v1/audit?most=200", "/api/v1/audit.csv", "/audit", "/privacy"]) {
    await at.read(path);
  }
  for (const path of ["/audit", "/privacy", "/"]) await at.page(path);
  await at.endsClean();
  expect(Object.fromEntries(ended)).toEqual({
    ...{ "enrol 200": ENROLLED, "enrol 401": 2 * MOST_REFUSED },
    ...{ "forged error": ENROLLED, "silent error": ENROLLED, "stranger error": ENROLLED, "proven welcome": ENROLLED },
  });
});

const daemonLines = (output: string) => output.split("\n").length;

/** Fields of a pool's leases that hold a name and are neither a live lease nor somebody who waits. */
function namesBeyondLeases(text: string, canary: string): string[] {
  return Object.entries(JSON.parse(text) as Record<string, string>)
    .filter(([field, line]) => field.includes(canary) || (line.includes(canary) && /^\t(?!waiting|offered)/.test(line)))
    .map(([field]) => field);
}

/** The next of what is dated is due. */
const withDated = (tally: string | null) => (tally ?? "").replace(/dated=\d+/, "dated=1");
