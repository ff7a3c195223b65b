import type { Logger } from "pino";
import { mergedMembers } from "./directory/merge.ts";
import { type Reading, readDirectory, type Surroundings } from "./directory/search.ts";
import { wallTime } from "./domain/calendar.ts";
import { SeatmeterError } from "./domain/errors.ts";
import type { Directory, Member } from "./domain/register.ts";
import { membersAsCsv, readMembers } from "./register/members.ts";
import type { RegisterInForce } from "./register-in-force.ts";

/** While a directory is away, or what it said cannot be put in force, it is asked so often, or as often as usual where that is more often. */
const RETRY_MS = 60_000;
/** Daemons that started together do not ask together. */
const JITTER = 0.1;
/** Something else was published meanwhile; more than twice in a row is for the next time. */
const MOST_TRIES = 3;

type Read = (directory: Directory, around: Surroundings) => Promise<Reading>;

/** What became of what a directory said. */
interface Taken {
  isInForce: boolean;
  /** What is wrong with it, where that is the directory's. */
  failed?: string;
}

/** One group's directory, for as long as its settings stay. */
interface Watch {
  settings: string;
  timer?: NodeJS.Timeout;
  /** Undefined until it was asked once. */
  answers?: boolean;
  unread: number;
}

/**
 * Who is in the groups that directories know. What they say is policy like a members file: it is published with the
 * register, so that all daemons decide alike, and stays in force while the directory is away. Every daemon asks; the one
 * that first hears of a change publishes it, and the others then find none.
 */
export class Directories {
  readonly #register: RegisterInForce;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #read: Read;
  readonly #watches = new Map<string, Watch>();
  readonly #stopped = new AbortController();
  readonly #asking = new Set<Promise<void>>();

  /** @param parts.folder where the register lies, and the files that it names */
  constructor(parts: { register: RegisterInForce; folder: string; log: Logger; read?: Read }) {
    this.#register = parts.register;
    this.#folder = parts.folder;
    this.#log = parts.log;
    this.#read = parts.read ?? readDirectory;
  }

  /** Nobody waits for the first answer: groups are as they were last read, by whichever daemon. */
  start(): void {
    this.#register.onChange(() => this.#watch());
    this.#watch();
  }

  /** Ask all of them now: a password may have been mended. */
  reload(): void {
    for (const group of this.#watches.keys()) this.#soon(group, 0);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const { timer } of this.#watches.values()) clearTimeout(timer);
    await Promise.all(this.#asking);
  }

  /** Resolves when nobody is being asked; for who waits for the first answers. */
  async settled(): Promise<void> {
    while (this.#asking.size > 0) await Promise.all(this.#asking);
  }

  #watch() {
    const { groups } = this.#register.current.register;
    for (const [group, watch] of this.#watches) {
      if (settingsOf(groups[group]?.directory) === watch.settings) continue;
      clearTimeout(watch.timer);
      this.#watches.delete(group);
    }
    for (const [group, { directory }] of Object.entries(groups)) {
      if (!directory || this.#watches.has(group)) continue;
      this.#watches.set(group, { settings: settingsOf(directory), unread: 0 });
      this.#soon(group, 0);
    }
  }

  #soon(group: string, inMs: number) {
    const watch = this.#watches.get(group);
    if (!watch || this.#stopped.signal.aborted) return;
    clearTimeout(watch.timer);
    if (inMs > 0) {
      const jittered = inMs * (1 - JITTER + 2 * JITTER * Math.random());
      watch.timer = setTimeout(() => this.#soon(group, 0), jittered);
      return;
    }
    const asked = this.#ask(group, watch)
      .catch((error) => {
        this.#log.error({ err: error, group }, "a directory could not be asked");
        this.#soon(group, RETRY_MS);
      })
      .finally(() => this.#asking.delete(asked));
    this.#asking.add(asked);
  }

  async #ask(group: string, watch: Watch): Promise<void> {
    const { register } = this.#register.current;
    const directory = register.groups[group]?.directory;
    if (!directory) return;
    const { timezone } = register;
    const reading = await this.#read(directory, { folder: this.#folder, timezone, signal: this.#stopped.signal });
    // Meanwhile the register may have got another directory for the group, which is asked for itself.
    if (this.#stopped.signal.aborted || this.#watches.get(group) !== watch) return;
    const taken = "failed" in reading ? { isInForce: false, ...reading } : await this.#take(group, reading);
    this.#tell(group, watch, reading, taken.failed);
    this.#soon(group, taken.isInForce ? directory.refreshMs : Math.min(directory.refreshMs, RETRY_MS));
  }

  async #take(group: string, { people }: Exclude<Reading, { failed: string }>): Promise<Taken> {
    for (let tries = 1; ; tries++) {
      const list = this.#register.listOf(group);
      const before = list === undefined ? undefined : readMembers(list).members;
      const today = wallTime(Date.now(), this.#register.current.register.timezone).date;
      // An account that lost its rights, or an office that was moved, finds nobody; a group that really is empty is no
      // group of a rule.
      if (people.length === 0 && before?.some(({ until }) => until === undefined)) {
        const failed = "finds nobody any more: look at base, filter and the rights of bindDn";
        return { isInForce: false, failed };
      }
      const merged = mergedMembers(before, people, today);
      const next = membersAsCsv(merged);
      if (next === list) return { isInForce: true };
      try {
        await this.#register.takeList(group, next);
        this.#log.info({ group, ...changes(before, merged, today) }, "members taken from the directory");
        return { isInForce: true };
      } catch (error) {
        if (!(error instanceof SeatmeterError)) throw error;
        const isElsewhere = error.code === "ledger_unavailable" || error.code === "register_stale";
        if (!isElsewhere) return { isInForce: false, failed: `names people who cannot be taken: ${error.message}` };
        // Told where it happens; what was found is found again, and not in an hour: somebody may have left.
        if (error.code === "ledger_unavailable" || tries === MOST_TRIES) return { isInForce: false };
        await this.#register.refresh();
      }
    }
  }

  /** Once for each change between answering and not, and never who is in a group. */
  #tell(group: string, watch: Watch, reading: Reading, failed: string | undefined) {
    const unread = "unread" in reading ? reading.unread : watch.unread;
    if (failed !== undefined && watch.answers !== false) {
      const list = this.#register.listOf(group);
      const kept =
        list === undefined ? "the group has no members of it until it can" : "those it named last stay in force";
      this.#log.warn({ group }, `the directory ${failed}; ${kept}`);
    } else if (failed === undefined && watch.answers === false) {
      this.#log.info({ group }, "the directory answers again");
    }
    if (unread > 0 && unread !== watch.unread) {
      this.#log.warn(
        { group, entries: unread },
        "entries of the directory have no user's name, or no day as contract's end",
      );
    }
    watch.answers = failed === undefined;
    watch.unread = unread;
  }
}

const settingsOf = (directory: Directory | undefined) => (directory ? JSON.stringify(directory) : "");

function changes(before: readonly Member[] | undefined, after: readonly Member[], today: string) {
  const namesIn = (members: readonly Member[]) =>
    new Set(members.filter(({ until }) => until === undefined || until > today).map(({ user }) => user));
  const [were, are] = [namesIn(before ?? []), namesIn(after)];
  return { members: are.size, came: are.difference(were).size, left: were.difference(are).size };
}
