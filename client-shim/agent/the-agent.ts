import type { Connection } from "../connection.ts";
import { plain } from "../denial.ts";
import { Route } from "../route.ts";
import { daemonsAt } from "../settings.ts";
import { tellJournal } from "../tell-journal.ts";
import { VERSION } from "../version.ts";
import { type Desktop, thisDesktop } from "./desktop.ts";
import { Doors } from "./doors.ts";
import { InventoryRounds } from "./inventory-rounds.ts";
import { KeptOfDevice } from "./kept-of-device.ts";
import { type Caller, Programs } from "./programs.ts";
import { RunningFile } from "./running-file.ts";
import { SharedRoute } from "./shared-route.ts";
import { onWake } from "./wake.ts";
import { Watched } from "./watched.ts";

/** By then commands whose agent was stopped have found the next one, and programs that run were looked at. */
const SETTLED_AFTER_MS = 15_000;
const TELL_AGAIN_EVERY_MS = 60_000;

interface Settings {
  /** For everybody who uses this computer. */
  isSystem: boolean;
  socket: string;
  folder: string;
  user(): string;
  log(sentence: string): void;
  desktop?: Desktop;
  /** Called when the start is over. */
  onSettled?(): void;
}

/** All parts of an agent, and their order. */
export class Agent {
  readonly socket: string;
  readonly #sinceMs = Date.now();
  readonly #log: (sentence: string) => void;
  readonly #kept: KeptOfDevice;
  readonly #route: SharedRoute;
  readonly #programs: Programs;
  readonly #running: RunningFile;
  readonly #watched: Watched;
  readonly #doors: Doors;
  readonly #inventory: InventoryRounds;
  readonly #stops: (() => void)[] = [];
  #telling: Promise<unknown> | undefined;

  private constructor(settings: Settings, desktop: Desktop, way: (kept: KeptOfDevice) => Route) {
    const { socket, folder, user, log } = settings;
    this.socket = socket;
    this.#log = log;
    this.#kept = new KeptOfDevice(folder, log);
    this.#route = new SharedRoute(way(this.#kept));
    this.#running = new RunningFile(folder);
    this.#inventory = new InventoryRounds(folder, log);
    this.#programs = new Programs({ route: this.#route, kept: this.#kept, desktop, running: this.#running, user });
    this.#watched = new Watched({
      ...{ programs: this.#programs, kept: this.#kept, desktop, running: this.#running, log, sinceMs: this.#sinceMs },
    });
    this.#doors = new Doors(socket, {
      programs: this.#programs,
      status: (caller) => this.#status(caller),
      postpone: (caller, leaseId) => this.#programs.postpone(caller, leaseId),
    });
  }

  /** Errors: SeatmeterError settings_invalid; port_in_use where another agent runs. */
  static async start(settings: Settings): Promise<Agent> {
    const daemons = await daemonsAt();
    const desktop = settings.desktop ?? (await thisDesktop());
    const agent = new Agent(settings, desktop, (kept) => new Route(daemons, kept, { agent: true }));
    // Before anybody is told of what an earlier agent wrote: it may run still.
    agent.#kept.journal.takeOver(agent.#running.all().map(({ checkout }) => checkout.leaseId));
    await agent.#doors.open(settings.isSystem);
    agent.#begin(desktop, settings.onSettled);
    return agent;
  }

  /** Of how many products it has heard. */
  get knows(): number {
    return this.#kept.size;
  }

  /** What runs runs on, with its seat: the next agent takes it over, or the command that has started it. */
  stop(): void {
    for (const stop of this.#stops) stop();
    this.#programs.leave();
    this.#doors.close();
    this.#route.stop();
    const lost = this.#kept.journal.lookForRoom();
    if (lost > 0)
      this.#log(`of what ran without a daemon, ${lost} could not be written down, and cannot be told any more.`);
  }

  #begin(desktop: Desktop, onSettled?: () => void): void {
    this.#route.onChange = (connection, trouble) => {
      if (connection) this.#log(`connected to a daemon, of version ${plain(connection.welcome.daemon)}.`);
      else this.#log(`no daemon: ${plain(trouble?.message ?? "the connection has ended")}.`);
      if (connection) this.#tellJournal(connection);
    };
    this.#programs.onEnd = () => this.#route.connection && this.#tellJournal(this.#route.connection);
    this.#route.start();
    const watcher = desktop.watch(this.#kept.executables, {
      started: (program) => this.#watched.started(program),
      ended: (program, why) => this.#watched.ended(program, why),
      blind: (why) => this.#log(`programs that start by themselves cannot be seen: ${why}.`),
    });
    const settled = setTimeout(() => {
      this.#settle();
      onSettled?.();
    }, SETTLED_AFTER_MS);
    const again = setInterval(() => this.#programs.onEnd(), TELL_AGAIN_EVERY_MS);
    this.#stops.push(
      () => watcher.stop(),
      () => clearTimeout(settled),
      () => clearInterval(again),
      this.#inventory.start(() => this.#route.connection),
      onWake(
        () => void this.#route.look(),
        () => {
          this.#route.lookWhenSilent();
          this.#kept.journal.lookForRoom();
        },
      ),
    );
  }

  /** Of what an earlier agent knew, whatever nobody has come back for has ended since. */
  #settle(): void {
    this.#watched.settled();
    for (const { checkout } of this.#running.all()) {
      if (this.#programs.has(checkout.leaseId)) continue;
      this.#running.remove(checkout.leaseId);
      this.#kept.journal.isOver(checkout.leaseId);
    }
    this.#programs.onEnd();
  }

  /** One at a time: what is on its way is not told a second time. */
  #tellJournal(connection: Connection): void {
    this.#telling ??= tellJournal(connection, this.#kept.journal, this.#log)
      .then((told) => told > 0 && this.#log(`${told} that ran without a daemon told.`))
      // Told again later.
      .catch(() => {})
      .finally(() => {
        this.#telling = undefined;
      });
  }

  #status(caller: Caller) {
    const { connection, trouble } = this.#route;
    return {
      ...{ version: VERSION, pid: process.pid, sinceMs: this.#sinceMs },
      daemon: connection ? connection.address.host : null,
      trouble: trouble?.message ?? null,
      ...{ journal: this.#kept.journal.waiting, products: this.#kept.size, running: this.#programs.status(caller) },
    };
  }
}
