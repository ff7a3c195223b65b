import { existsSync } from "node:fs";
import { startProgram } from "#program";
import { type ErrorCode, SeatmeterError } from "../../daemon/domain/errors.ts";
import { askToClose } from "../ask-to-close.ts";
import { pause } from "../pause.ts";
import type { QueueLine } from "../queue-line.ts";
import type { Wanted } from "../run.ts";
import type { Signals } from "../signals.mjs";
import { someoneThere } from "../someone-there.ts";
import { stateFolder } from "../state-folder.mjs";
import { tell } from "../tell.ts";
import { Tickets } from "../tickets.ts";
import { type FromAgent, type Launch, lines, type ToAgent } from "./frames.ts";
import type { LocalSocket } from "./local-socket.ts";
import { agentSockets, ownDoor } from "./where.ts";

/** An agent that says nothing for so long hangs, and is done without: it says at once that it is there. */
const HERE_WITHIN_MS = Number(process.env.SEATMETER_AGENT_WITHIN_MS) || 200;
/** While it asks a daemon, it says so each second. */
const SILENT_MS = Math.max(3_000, HERE_WITHIN_MS);
/** An agent that is started anew is there again after a moment. */
const SOUGHT_AGAIN = { times: 10, everyMs: 1_000 };

/** What is said over a connection to an agent. */
export class AgentSocket {
  #socket: LocalSocket | undefined;
  readonly #heard: FromAgent[] = [];
  #wake: () => void = () => {};
  #ended = false;

  /** @returns nothing where nobody is there */
  static async open(path: string): Promise<AgentSocket | undefined> {
    // A pipe of Windows is no file.
    if (process.platform !== "win32" && !existsSync(path)) return undefined;
    const agent = new AgentSocket();
    const over = () => {
      agent.#ended = true;
      agent.#wake();
    };
    const text = lines((line) => {
      try {
        agent.#heard.push(JSON.parse(line));
        agent.#wake();
      } catch {
        // It is no agent that speaks so.
        over();
      }
    }, false);
    // Loaded for those only who find one.
    const { openLocal } = await import("#local-socket");
    agent.#socket = await openLocal(path, { text, over }, HERE_WITHIN_MS);
    return agent.#socket && agent;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  say(message: ToAgent): void {
    if (!this.#ended) this.#socket?.say(`${JSON.stringify(message)}\n`);
  }

  /** @returns the next that it says; nothing where it has gone, or says nothing for so long */
  async next(withinMs?: number): Promise<FromAgent | undefined> {
    const endMs = withinMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + withinMs;
    while (this.#heard.length === 0 && !this.#ended) {
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const late = withinMs === undefined ? undefined : setTimeout(resolve, leftMs);
      await promise;
      clearTimeout(late);
    }
    return this.#heard.shift();
  }

  /** What was said arrives. */
  async end(): Promise<void> {
    await this.#socket?.end();
  }

  leave(): void {
    this.#socket?.leave();
  }
}

/**
 * Start a program with a seat that this computer's agent asks for and holds.
 *
 * @returns the exit code; where no agent answers, the lease id that one asked with before it was killed, if one did: whoever
 *   asks with another one takes a second seat
 * Errors: SeatmeterError as the daemon says, where it will not talk to this computer.
 */
export async function throughAgent(wanted: Wanted, signals: Signals): Promise<number | Unserved> {
  const launch = await asLaunch(wanted.checkout);
  for (const path of agentSockets(process.env, process.platform, process.getuid?.())) {
    const served = await begun(path, launch, signals);
    if ("exit" in served) return served.exit;
    if ("agent" in served) return started(served, wanted, launch, signals);
    Object.assign(launch, served);
  }
  return launch;
}

type Unserved = { leaseId?: string };
type Begun = { agent: AgentSocket; path: string; leaseId: string; attested: boolean; borrowed: boolean };

/** From the question to the answer. */
async function begun(path: string, launch: Launch, signals: Signals): Promise<Begun | { exit: number } | Unserved> {
  const agent = await AgentSocket.open(path);
  if (!agent) return {};
  agent.say(launch);
  let leaseId: string | undefined;
  let queue: QueueLine | undefined;
  let patienceMs = HERE_WITHIN_MS;
  let frame: FromAgent | number | undefined;
  try {
    for (;;) {
      frame = await Promise.race([agent.next(patienceMs), signals.interrupted]);
      if (typeof frame === "number") {
        agent.say({ type: "interrupted", exit: frame });
        await agent.end();
        return { exit: frame };
      }
      patienceMs = SILENT_MS;
      switch (frame?.type) {
        case undefined: {
          // Who hangs may ask yet, and gives back what nobody waits for any more. Asked before we leave, which is an end, too.
          const isGone = agent.hasEnded;
          agent.leave();
          return isGone && leaseId !== undefined ? { leaseId } : {};
        }
        case "here":
          leaseId = frame.leaseId;
          break;
        case "tell":
          tell(frame.text);
          break;
        case "queue":
          queue ??= new (await import("../queue-line.ts")).QueueLine();
          if (frame.position === "over") queue.end();
          else queue.show(frame.position);
          break;
        case "ask": {
          const yes = await (await import("../question.ts")).ask(frame.question, signals.interrupted);
          if (typeof yes === "boolean") agent.say({ type: "answer", yes });
          break;
        }
        case "refused":
          return { exit: frame.exit };
        case "start": {
          const { leaseId, attested, borrowed = false } = frame;
          return { agent, path, leaseId, attested, borrowed };
        }
        case "failed":
          if (frame.code === "own_door") return await byOwnDoor(agent, path, launch, signals);
          throw new SeatmeterError(frame.code as ErrorCode, frame.message);
      }
    }
  } finally {
    queue?.end();
    if (typeof frame === "object" && frame.type !== "start") agent.leave();
  }
}

/** An agent of the whole computer knows people by the doors that they come in by. */
async function byOwnDoor(
  agent: AgentSocket,
  path: string,
  launch: Launch,
  signals: Signals,
): Promise<Begun | { exit: number } | Unserved> {
  const uid = process.getuid?.() ?? 0;
  agent.say({ type: "door", uid, pid: process.pid });
  const made = await agent.next(SILENT_MS);
  return made?.type === "made" ? begun(ownDoor(path, uid), launch, signals) : {};
}

/** From the start of the program to its end. */
async function started(first: Begun, { checkout, command }: Wanted, launch: Launch, signals: Signals): Promise<number> {
  const { leaseId, attested, borrowed } = first;
  const { child, ended } = startProgram(command[0], command.slice(1));
  const pid = child?.pid;
  signals.passTo(child);
  const close = () => child && askToClose(child);
  let agent: AgentSocket | undefined = first.agent;
  let alone: ReturnType<typeof aloneSince> | undefined;
  let heardAtMs = Date.now();
  let isOver = false;
  const aloneSince = async () => {
    const { carryOn } = await import("../run-alone.ts");
    return carryOn({ checkout: { ...checkout, leaseId, ...(attested && { attested }) }, heardAtMs, borrowed, close });
  };
  const stay = async () => {
    while (agent) {
      agent.say({ type: "started", ...(pid !== undefined && { pid }) });
      for (let frame = await agent.next(); frame; frame = await agent.next()) {
        if (frame.type === "tell") tell(frame.text);
        else if (frame.type === "close") close();
      }
      if (isOver) return;
      heardAtMs = Date.now();
      agent = undefined;
      const again = { ...launch, leaseId, heardAtMs, attested, ...(borrowed && { borrowed }) };
      agent = await soughtAgain(first.path, again, () => isOver);
    }
    if (!isOver) alone ??= aloneSince();
  };
  stay().catch((error: Error) => tell(`the agent is gone, and without it: ${error.message}`));
  const { exit, why, failure } = await ended;
  isOver = true;
  if (failure) tell(failure);
  if (agent) {
    agent.say({ type: "ended", ...(why && { why }) });
    await agent.end();
    return exit;
  }
  alone ??= aloneSince();
  await alone
    .then((end) => end(why))
    .catch((error: Error) => tell(`the agent is gone, and without it: ${error.message}`));
  return exit;
}

/** The same program, at an agent that was started anew. */
async function soughtAgain(path: string, launch: Launch, isOver: () => boolean): Promise<AgentSocket | undefined> {
  for (let left = SOUGHT_AGAIN.times; left > 0 && !isOver(); left--) {
    await pause(SOUGHT_AGAIN.everyMs, { ref: false });
    const agent = await AgentSocket.open(path);
    agent?.say(launch);
    for (let frame = await agent?.next(HERE_WITHIN_MS); frame; frame = await agent?.next(SILENT_MS)) {
      if (frame.type === "start") return agent;
    }
    agent?.leave();
  }
  return undefined;
}

async function asLaunch(checkout: Wanted["checkout"]): Promise<Launch> {
  const { SEATMETER_USER: user } = process.env;
  const ticket = await ticketOf(checkout.product);
  return {
    ...{ type: "launch", pid: process.pid, canAnswer: someoneThere(), ...checkout },
    ...(user && { user }),
    ...(ticket !== undefined && { ticket }),
  };
}

/** Of a seat that this person has borrowed, kept as the register calls the product; who never borrowed one loads nothing. */
async function ticketOf(typed: string): Promise<string | undefined> {
  const tickets = new Tickets(stateFolder());
  if (!tickets.areThere) return undefined;
  const { KnownPolicy } = await import("../known-policy.ts");
  const borrowed = tickets.kept(new KnownPolicy(stateFolder(), typed).registeredName() ?? typed);
  return typeof borrowed === "object" ? borrowed.ticket : undefined;
}
