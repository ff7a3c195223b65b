import { setTimeout as pause } from "node:timers/promises";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { folded } from "../daemon/domain/names.ts";
import { HEARTBEAT_LEASES, type Message } from "../daemon/protocol/messages.ts";
import { Connection } from "./connection.ts";
import { printableName } from "./replay-register.ts";
import { isAway } from "./route.ts";
import type { Daemons } from "./settings.ts";
import { VERSION } from "./version.ts";

const CONNECT_WITHIN_MS = 5_000;
/** A daemon that is away for longer ends the replay. */
const AWAY_MS = 30_000;
/** More connections than this stay open only where a lease is held over them. */
const OPEN_AT_ONCE = 1_000;

export interface Asked {
  leaseId: string;
  product: string;
  user: string;
  seats: number;
}

/** The computers of a log: each its own WebSocket, opened when it first launches something. */
export class ReplayDevices {
  /** Leases that a heartbeat found gone. */
  lost = 0;
  readonly #daemons: Daemons;
  readonly #devices = new Map<string, Device>();
  #heartbeats: NodeJS.Timeout | undefined;

  constructor(daemons: Daemons) {
    this.#daemons = daemons;
  }

  get connections() {
    return this.#devices.size;
  }

  /** Errors: SeatmeterError unreachable after trying for a while; what the daemon says, otherwise. */
  async checkout(host: string, asked: Asked): Promise<Message<"granted"> | Message<"denied">> {
    const device = this.#device(host);
    const answer = await device.ask((connection) =>
      connection.ask({ type: "checkout", ...asked, user: printableName(asked.user) }),
    );
    if (answer.type !== "granted" && answer.type !== "denied") {
      throw new SeatmeterError("internal", `the lease ${asked.leaseId} was new, and the daemon says: ${answer.type}`);
    }
    if (answer.type === "granted") {
      device.leases.add(asked.leaseId);
      this.#beatEvery(answer.heartbeatEveryMs);
    }
    this.#rest(host, device);
    return answer;
  }

  /** Errors: as checkout. A lease that the daemon does not know counts as lost. */
  async checkin(host: string, leaseId: string): Promise<void> {
    const device = this.#device(host);
    device.leases.delete(leaseId);
    try {
      await device.ask((connection) => connection.ask({ type: "checkin", leaseId }));
    } catch (error) {
      if (!(error instanceof SeatmeterError) || error.code !== "lease_unknown") throw error;
      this.lost += 1;
    }
    this.#rest(host, device);
  }

  close() {
    clearInterval(this.#heartbeats);
    for (const device of this.#devices.values()) device.close();
    this.#devices.clear();
  }

  #device(host: string): Device {
    const key = folded(host);
    const known = this.#devices.get(key);
    if (known) return known;
    const device = new Device(this.#daemons, printableName(host));
    this.#devices.set(key, device);
    return device;
  }

  #rest(host: string, device: Device) {
    if (!device.idle || this.#devices.size <= OPEN_AT_ONCE) return;
    device.close();
    this.#devices.delete(folded(host));
  }

  #beatEvery(everyMs: number) {
    this.#heartbeats ??= setInterval(() => {
      for (const device of this.#devices.values()) {
        // A daemon that is away is noticed by whoever asks it next.
        device.beat().then(
          (gone) => {
            this.lost += gone;
          },
          () => {},
        );
      }
    }, everyMs);
  }
}

class Device {
  readonly leases = new Set<string>();
  readonly #daemons: Daemons;
  readonly #name: string;
  #connection: Promise<Connection> | undefined;
  #asking = 0;
  #opened = 0;

  constructor(daemons: Daemons, name: string) {
    this.#daemons = daemons;
    this.#name = name;
  }

  get idle() {
    return this.leases.size === 0 && this.#asking === 0;
  }

  /** Ask, over a new connection where the old one broke: every question may be asked again. */
  async ask<Answer>(question: (connection: Connection) => Promise<Answer>): Promise<Answer> {
    this.#asking += 1;
    const giveUpMs = performance.now() + AWAY_MS;
    try {
      for (let withinMs = 100; ; withinMs *= 2) {
        const opened = this.#open();
        try {
          return await question(await opened);
        } catch (error) {
          if (!(error instanceof SeatmeterError) || !isAway(error.code) || performance.now() > giveUpMs) throw error;
          if (error.code === "unreachable" && this.#connection === opened) this.close();
          await pause(Math.random() * withinMs);
        }
      }
    } finally {
      this.#asking -= 1;
    }
  }

  /** @returns how many of its leases are gone */
  async beat(): Promise<number> {
    let gone = 0;
    const leaseIds = [...this.leases];
    for (let i = 0; i < leaseIds.length; i += HEARTBEAT_LEASES) {
      const some = leaseIds.slice(i, i + HEARTBEAT_LEASES);
      const alive = await this.ask((connection) => connection.ask({ type: "heartbeat", leaseIds: some }));
      // One that was returned meanwhile is gone, too, and not lost.
      for (const leaseId of alive.gone) if (this.leases.delete(leaseId)) gone += 1;
    }
    return gone;
  }

  close() {
    this.#connection?.then(
      (connection) => connection.close(),
      () => {},
    );
    this.#connection = undefined;
  }

  #open(): Promise<Connection> {
    const { addresses, token } = this.#daemons;
    const introduction = { device: this.#name, shim: `seatmeter-replay/${VERSION}`, ...(token && { token }) };
    this.#connection ??= Connection.open(
      addresses[this.#opened++ % addresses.length]!,
      introduction,
      CONNECT_WITHIN_MS,
    );
    return this.#connection;
  }
}
