import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { WebSocket } from "ws";
import { DENIALS } from "../../daemon/domain/denials.ts";
import { ERRORS } from "../../daemon/domain/errors.ts";
import { Failure } from "../../daemon/front/api-shapes.ts";
import { CLOSE } from "../../daemon/protocol/close-codes.ts";
import { FromDaemon } from "../../daemon/protocol/messages.ts";
import { SUBPROTOCOL } from "../../daemon/protocol/subprotocol.ts";
import { startDaemon } from "../support/daemon.ts";
import { COLLECTING, withoutGarbage } from "../support/without-garbage.ts";
import { ANY_MESSAGE, ANY_REQUEST, type AnyRequest, REGISTER } from "./fuzz-values.ts";

/*
 * Whatever a shim or a program may say is said to a real daemon. Only what is documented may come back.
 */

/** Messages in a row on one connection, which wait for nobody. */
const IN_A_ROW = 25;
const AT_ONCE = 8;
const ANSWERED_WITHIN_MS = 20_000;
const MEMORY_SHARE = 1.1;
const WARM_UP = 2000;
const ROUNDS = 3;

/** What came back and is documented nowhere, or did not come; and what came how often, by type or status and code. */
export interface Fuzzed {
  said: number;
  answers: Record<string, number>;
  undocumented: string[];
}

/** So many messages of shims. */
export async function fuzzShims(url: string, times: number, seed: number): Promise<Fuzzed> {
  const said = fc.sample(ANY_MESSAGE, { numRuns: times, seed });
  const undocumented: string[] = [];
  const answers: Fuzzed["answers"] = {};
  const rows = Array.from({ length: Math.ceil(times / IN_A_ROW) }, (_, i) =>
    said.slice(i * IN_A_ROW, (i + 1) * IN_A_ROW).map((one) => withOwnLeases(JSON.stringify(one) ?? "", i + 1)),
  );
  await sideBySide(rows, async (texts) => {
    undocumented.push(...(await conversation(url, texts, answers)));
  });
  return { said: said.length, answers, undocumented };
}

/** Half of the leases that all name are its own: what is asked of the others is mostly of somebody else's. */
const withOwnLeases = (text: string, row: number) =>
  text.replaceAll(/0000000([0-2])(?=-0000-4000)/g, (_, digit) => `${row.toString(16).padStart(7, "0")}${digit}`);

/** All of them in their order, a few at once: most of the time of each is waiting. */
async function sideBySide<One>(all: readonly One[], say: (one: One) => Promise<void>): Promise<void> {
  const left = all.values();
  const speaker = async () => {
    for (const one of left) await say(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, speaker));
}

/** Each message is answered, or the connection is closed for a reason. */
async function conversation(url: string, texts: readonly string[], answers: Fuzzed["answers"]): Promise<string[]> {
  const wrong: string[] = [];
  const socket = new WebSocket(`${url}/v1/shim`, SUBPROTOCOL);
  const over = Promise.withResolvers<void>();
  let unanswered = texts.length + 1;
  socket.on("message", (frame) => {
    const answer = JSON.parse(String(frame));
    const read = FromDaemon.safeParse(answer);
    count(answers, answer.code ?? answer.type);
    const known =
      (answer.type !== "error" || Object.hasOwn(ERRORS, answer.code)) &&
      (answer.type !== "denied" || Object.hasOwn(DENIALS, answer.reason));
    if (!read.success || !known || answer.code === "internal") wrong.push(`${frame}`);
    if (answer.type !== "policy" && --unanswered === 0) over.resolve();
  });
  socket.on("error", (error) => wrong.push(error.message));
  const late = setTimeout(() => {
    wrong.push(`${unanswered} of these had no answer: ${texts.join(" ")}`);
    over.resolve();
  }, ANSWERED_WITHIN_MS);
  socket.on("open", () => {
    socket.send(JSON.stringify({ type: "hello", device: `pc-${randomUUID()}`, shim: "fuzz/1" }));
    for (const one of texts) socket.send(one);
  });
  socket.on("close", (code) => {
    if (unanswered > 0 && !Object.values<number>(CLOSE).includes(code)) wrong.push(`closed with ${code}`);
    over.resolve();
  });
  await over.promise;
  clearTimeout(late);
  socket.terminate();
  return wrong;
}

function count(answers: Fuzzed["answers"], kind: string) {
  answers[kind] = (answers[kind] ?? 0) + 1;
}

/** So many requests of programs. */
export async function fuzzHttp(httpUrl: string, times: number, seed: number): Promise<Fuzzed> {
  const undocumented: string[] = [];
  const answers: Fuzzed["answers"] = {};
  const asked = fc.sample(ANY_REQUEST, { numRuns: times, seed });
  await sideBySide(asked, async (one) => {
    const { method, path, headers, body } = one;
    const ask = () => fetch(httpUrl + path, { method, headers, ...(body !== undefined && { body }) });
    // A connection that rested may be closed just then. A daemon that died takes no other one either.
    const answer = await ask().catch(ask);
    const text = await answer.text();
    count(answers, `${one.route.method} ${one.route.path} ${answer.status}`);
    if (!isDocumented(one, answer.status, text)) {
      undocumented.push(`${method} ${path} ${body ?? ""}: ${answer.status} ${text.slice(0, 300)}`);
    }
  });
  return { said: asked.length, answers, undocumented };
}

/** As the table of routes says, or a failure as the table of errors says. */
function isDocumented({ route, method }: AnyRequest, status: number, text: string): boolean {
  // A table in CSV, or a page.
  if (status === 200 && Object.keys(route.answers).length === 0) return true;
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return false;
  }
  if (method !== route.method && status < 300) return true;
  const failure = Failure.safeParse(answer);
  if (failure.success) {
    const { code } = failure.data;
    return Object.hasOwn(ERRORS, code) && code !== "internal" && ERRORS[code as keyof typeof ERRORS].status === status;
  }
  return route.answers[status]?.safeParse(answer).success ?? false;
}

export interface FuzzReport {
  messages: number;
  requests: number;
  undocumented: string[];
  /** Of the daemon when its garbage is collected: after the warm-up, and after each time all of it was said. */
  residentMiB: [before: number, ...after: number[]];
  /** What was promised and does not hold. */
  broken: string[];
}

/**
 * A real daemon, so many of each kind, and that several times: a leak grows each time. Some are said beforehand, because
 * what is compiled, connected and pooled once is no leak; nor is garbage, which V8 leaves until a heap has doubled or more.
 */
export async function fuzz(times: number, seed: number, tell: (line: string) => void): Promise<FuzzReport> {
  await using daemon = await startDaemon({
    register: REGISTER,
    env: { SEATMETER_HISTORY: "on", SEATMETER_LOG: "error", ...COLLECTING },
  });
  const said: Fuzzed[] = [];
  const residentMiB: number[] = [];
  const say = async (times: number, seed: number) => {
    said.push(await fuzzShims(daemon.url, times, seed), await fuzzHttp(daemon.httpUrl, times, seed));
    const uncollected = mebibytes(daemon.pid);
    await withoutGarbage(daemon);
    residentMiB.push(mebibytes(daemon.pid));
    tell(`${times} of each: ${uncollected} MiB, without garbage ${residentMiB.at(-1)}`);
  };
  await say(Math.min(WARM_UP, times), seed + ROUNDS);
  for (let i = 0; i < ROUNDS; i++) await say(times, seed + i);

  const undocumented = said.flatMap((one) => one.undocumented);
  const [before = 0, ...after] = residentMiB;
  const claims: [holds: boolean, otherwise: string][] = [
    [
      undocumented.length === 0,
      `${undocumented.length} answers are documented nowhere: ${undocumented.slice(0, 5).join("\n")}`,
    ],
    [Math.max(...after) <= before * MEMORY_SHARE, `resident memory went from ${before} to ${after.join(", ")} MiB`],
    [(await fetch(`${daemon.httpUrl}/healthz`)).ok, "the daemon is not alive"],
  ];
  return {
    ...{ messages: ROUNDS * times, requests: ROUNDS * times, undocumented, residentMiB: [before, ...after] },
    broken: claims.flatMap(([holds, otherwise]) => (holds ? [] : [otherwise])),
  };
}

const mebibytes = (pid: number) =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 102.4) / 10;
