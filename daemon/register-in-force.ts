import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Logger } from "pino";
import type { Audit } from "./audit/audit.ts";
import { registerText } from "./domain/acts.ts";
import { type ErrorCode, SeatmeterError } from "./domain/errors.ts";
import { NO_POOL } from "./domain/names.ts";
import { poolPolicy } from "./domain/policy.ts";
import type { InForce, Register } from "./domain/register.ts";
import type { Publication } from "./ledger/answers.ts";
import type { Ledger } from "./ledger/ledger.ts";
import { type Change, withChanges } from "./register/changed.ts";
import { isFromDirectory, listFromDirectory } from "./register/group-files.ts";
import { mistakesAsText, readRegister } from "./register/read.ts";
import { withRetired } from "./register/retired.ts";
import { readText } from "./register/text.ts";

/** A register file as it was read from the disk. */
export interface RegisterFile {
  path: string;
  text: string;
  files: Record<string, string>;
  register: Register;
}

const POLL_MS = 5000;

/**
 * The register that all daemons obey lies in the ledger; this daemon's file is only a proposal. It is published where the
 * ledger has none, or where the file changed since this daemon last read it; otherwise what is in force is adopted, by a
 * daemon that never read a file too: one that is added to others does not overrule them.
 */
export class RegisterInForce {
  /** Whether this daemon's file says something else than what is in force. */
  fileDiffers = false;
  /** False while the last file, or what somebody else published, could not be taken. */
  lastReloadSucceeded = true;
  readonly #ledger: Ledger;
  readonly #seenFile: string;
  readonly #log: Logger;
  readonly #check: (register: Register) => void;
  readonly #audit: Pick<Audit, "during"> | undefined;
  #inForce: InForce | undefined;
  /** What is obeyed, as it lies in the ledger. */
  #obeyed: Publication | undefined;
  #told: ReadonlySet<string> = new Set();
  #poll: NodeJS.Timeout | undefined;
  #adopting: Promise<void> = Promise.resolve();
  readonly #listeners: ((inForce: InForce) => void)[] = [];

  /**
   * @param parts.check throws where this daemon could not go on under that register
   * @param parts.audit where it is written down that a file was put in force; what is done over HTTP is written down there
   */
  constructor(parts: {
    ledger: Ledger;
    data: string;
    log: Logger;
    check?: (register: Register) => void;
    audit?: Pick<Audit, "during">;
  }) {
    this.#audit = parts.audit;
    this.#check = parts.check ?? (() => {});
    this.#ledger = parts.ledger;
    this.#seenFile = join(parts.data, "register-seen");
    this.#log = parts.log;
  }

  get current(): InForce {
    if (!this.#inForce) throw new SeatmeterError("internal", "no register is in force yet");
    return this.#inForce;
  }

  onChange(listener: (inForce: InForce) => void): void {
    this.#listeners.push(listener);
  }

  /** Errors: register_invalid, register_stale, ledger_unavailable. */
  async start(file: RegisterFile): Promise<void> {
    await this.#take(file);
    this.#ledger.onPublication(() => void this.refresh());
    this.#poll = setInterval(() => void this.refresh(), POLL_MS);
  }

  stop(): void {
    clearInterval(this.#poll);
  }

  /** Read the file again; one with mistakes changes nothing. Errors: register_invalid, register_stale. */
  async reload(path: string): Promise<void> {
    try {
      await this.#take(readRegisterFile(path));
      this.lastReloadSucceeded = true;
    } catch (error) {
      this.lastReloadSucceeded = false;
      throw error;
    }
  }

  /**
   * Put a register in force that somebody sent.
   *
   * @param files content of the files that it names as policy, by name
   * Errors: register_invalid with every mistake, register_stale, ledger_unavailable
   */
  async apply(text: string, files: Record<string, string>, author: string): Promise<{ revision: number }> {
    const { register } = checked("register", text, { files: written(files) });
    const inForce = await this.#ledger.publication();
    if (inForce && fingerprint(text, files) === fingerprint(inForce.text, inForce.files))
      return { revision: inForce.revision };
    const next = { text, files: withLists(files, register, inForce), author };
    const { revision } = await this.#publish(register, next, inForce?.revision ?? 0);
    return { revision };
  }

  /** What a directory said of a group, as it is in force: the text of a members file; undefined: it was never read. */
  listOf(group: string): string | undefined {
    return this.#obeyed?.files[listFromDirectory(group)];
  }

  /**
   * Put in force what a directory says of a group now. The text of the register stays as it is.
   *
   * Errors: register_stale where something else was published meanwhile, register_invalid, ledger_unavailable
   */
  async takeList(group: string, list: string): Promise<void> {
    const { text, files, revision } = this.#publication;
    const next = { ...files, [listFromDirectory(group)]: list };
    const { register } = checked(`revision ${revision}`, text, { files: next });
    // What people count in their file is their own changes.
    const { revision: _, ...uncounted } = register;
    await this.#publish(uncounted, { text, files: next, author: `directory ${group}` }, revision);
  }

  /**
   * Put in force that a computer is out of service from a day on; all else in the register stays as people wrote it.
   *
   * Errors: register_stale where something else was published meanwhile, register_invalid, ledger_unavailable
   */
  async retire(
    device: string,
    day: string,
    { by, reason }: { by: string; reason: string },
  ): Promise<{ revision: number }> {
    return await this.#rewrite((text) => withRetired(text, device, day, reason), by);
  }

  /**
   * Put in force what is in force with changes made to it; all else stays as people wrote it.
   *
   * @param seen the revision that they were meant for; undefined: whatever is in force
   * Errors: register_stale where something else is in force, or was published meanwhile; message_invalid where a change
   * finds nothing to change; register_invalid with every mistake, ledger_unavailable
   */
  async change(changes: readonly Change[], seen: number | undefined, by: string): Promise<{ revision: number }> {
    const { revision } = this.#publication;
    if (seen !== undefined && seen !== revision) {
      throw new SeatmeterError("register_stale", `revision ${revision} is in force, and no more ${seen}: look again`);
    }
    return await this.#rewrite((text) => withChanges(text, changes), by);
  }

  async #rewrite(written: (text: string) => string, author: string): Promise<{ revision: number }> {
    const { text, files, revision } = this.#publication;
    const next = written(text);
    const { register } = checked("register", next, { files });
    // What people count in their file is their own changes.
    const { revision: _, ...uncounted } = register;
    const published = await this.#publish(uncounted, { text: next, files, author }, revision);
    return { revision: published.revision };
  }

  get #publication(): Publication {
    if (!this.#obeyed) throw new SeatmeterError("internal", "no register is in force yet");
    return this.#obeyed;
  }

  /** Adopt what another daemon published, if anything; and a ledger that lost the register, or has an earlier one, gets ours. */
  refresh(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        const publication = await this.#ledger.publication();
        const known = publication?.revision ?? 0;
        if (this.#obeyed && known < this.#obeyed.revision) await this.#giveBack(this.#obeyed, known);
        else if (publication) await this.#adopt(publication);
      } catch (error) {
        // Told where it happens, or done by another daemon meanwhile; in the next round it is over.
        if (isCode(error, "ledger_unavailable") || isCode(error, "register_stale")) return;
        if (this.lastReloadSucceeded) this.#log.error({ err: error }, "the register in force could not be adopted");
        this.lastReloadSucceeded = false;
      }
    });
  }

  /** Revisions only grow: a lower one is a ledger's that came back empty or older. */
  async #giveBack(obeyed: Publication, known: number): Promise<void> {
    await this.#ledger.publish(obeyed, known);
    this.#log.warn({ revision: obeyed.revision, known }, "the ledger had lost the register in force, and has it again");
    await this.#ledger.adopt(await this.#policies(this.current));
  }

  /** One adoption at a time: a publication is told to its publisher, too. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#adopting.then(work);
    this.#adopting = done.catch(() => {});
    return done;
  }

  async #take(file: RegisterFile): Promise<void> {
    const inForce = await this.#ledger.publication();
    const hash = fingerprint(file.text, file.files);
    const same = inForce && hash === fingerprint(inForce.text, inForce.files);
    if (inForce && (same || !this.#changed(file.path, hash))) {
      this.fileDiffers = !same;
      if (!same) {
        this.#log.warn(
          { file: file.path, revision: inForce.revision },
          "the register in force differs from this daemon's file, which has not changed; the one in force is obeyed",
        );
      }
      await this.#inTurn(() => this.#adopt(inForce));
    } else {
      try {
        await this.#publishFile(file, inForce);
      } catch (error) {
        // Of daemons that start at once, or reload, one publishes, and the others look again.
        if (isCode(error, "register_stale") && (await this.#isNews(inForce))) return this.#take(file);
        throw error;
      }
      this.fileDiffers = false;
    }
    this.#saw(file.path, hash);
  }

  async #publishFile({ path, text, files, register }: RegisterFile, inForce: Publication | undefined): Promise<void> {
    const author = `file ${basename(path)}`;
    const next = { text, files: withLists(files, register, inForce), author };
    const publish = () => this.#publish(register, next, inForce?.revision ?? 0);
    if (!this.#audit) return void (await publish());
    const about = registerText(text);
    const act = { who: author, role: "", site: "", act: "apply_register", about, subject: "", reason: "" } as const;
    await this.#audit.during(act, publish, ({ revision }) => `${about}, revision ${revision}`);
  }

  async #isNews(known: Publication | undefined): Promise<boolean> {
    return (await this.#ledger.publication())?.revision !== known?.revision;
  }

  /** @param expectedRevision that was in force when it was decided to; 0: none */
  async #publish(
    register: Register,
    next: { text: string; files: Record<string, string>; author: string },
    expectedRevision: number,
  ): Promise<Publication> {
    this.#check(register);
    const asked = register.revision === undefined ? {} : { revision: register.revision };
    const obeyed = this.#obeyed?.revision ?? 0;
    // A ledger that has just come back older gets what is obeyed before it gets anything later.
    if (expectedRevision < obeyed) await this.refresh();
    await this.#ledger.publish({ ...next, ...asked }, Math.max(expectedRevision, obeyed));
    const publication = await this.#ledger.publication();
    if (!publication)
      throw new SeatmeterError("ledger_unavailable", "the register that was published is gone; try again");
    await this.#inTurn(() => this.#adopt(publication));
    return publication;
  }

  /** Every pool's own keys get the revision too, so a publication that broke off half-way is completed here. */
  async #adopt(publication: Publication): Promise<void> {
    const { revision, text, files } = publication;
    const obeyed = this.#obeyed;
    // An earlier one is a ledger's that came back older, which gets ours.
    if (obeyed && (revision < obeyed.revision || (revision === obeyed.revision && text === obeyed.text))) return;
    const { register, warnings } = checked(`revision ${revision}`, text, { files });
    // A directory's changes bring the same file again and again, with what is odd about it.
    const odd = warnings.map(({ path, message }) => ({ path, message, key: `${path} ${message}` }));
    for (const { path, message, key } of odd) {
      if (!this.#told.has(key)) this.#log.warn({ revision, path }, message);
    }
    this.#told = new Set(odd.map(({ key }) => key));
    await this.#ledger.adopt(await this.#policies({ register, revision }));
    this.#inForce = { register, revision };
    this.#obeyed = publication;
    this.lastReloadSucceeded = true;
    this.#log.info({ revision, pools: Object.keys(register.pools).length }, "register in force");
    for (const listener of this.#listeners) listener(this.#inForce);
  }

  async #policies({ register, revision }: InForce) {
    const pools = new Set([NO_POOL, ...Object.keys(register.pools), ...(await this.#ledger.knownPools())]);
    const nowMs = Date.now();
    return new Map([...pools].map((pool) => [pool, poolPolicy(register, revision, pool, nowMs)] as const));
  }

  /** Whether it is another file, or another text, than this daemon last read; false where it never read any. */
  #changed(path: string, hash: string): boolean {
    try {
      return readFileSync(this.#seenFile, "utf8") !== seen(path, hash);
    } catch {
      return false;
    }
  }

  #saw(path: string, hash: string) {
    mkdirSync(dirname(this.#seenFile), { recursive: true });
    writeFileSync(`${this.#seenFile}.new`, seen(path, hash));
    renameSync(`${this.#seenFile}.new`, this.#seenFile);
  }
}

const seen = (path: string, hash: string) => `${hash}\n${path}\n`;
const isCode = (error: unknown, code: ErrorCode) => error instanceof SeatmeterError && error.code === code;

/** Of what people wrote: what directories said besides is nobody's file. */
const fingerprint = (text: string, files: Record<string, string>) =>
  createHash("sha256")
    .update(JSON.stringify([text, Object.entries(written(files)).sort()]))
    .digest("hex");

const written = (files: Record<string, string>) =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !isFromDirectory(name)));

/** The files of a register that somebody wrote, with what directories said so far of the groups that it has of them. */
function withLists(files: Record<string, string>, { groups }: Register, inForce: Publication | undefined) {
  const lists = Object.keys(groups)
    .filter((group) => groups[group]?.directory)
    .map((group) => [listFromDirectory(group), inForce?.files[listFromDirectory(group)]] as const)
    .filter((entry): entry is readonly [string, string] => entry[1] !== undefined);
  return { ...written(files), ...Object.fromEntries(lists) };
}

/** Errors: register_invalid, with every mistake in its message. */
function checked(name: string, text: string, options: Parameters<typeof readRegister>[1]) {
  const read = readRegister(text, options);
  if ("mistakes" in read) throw new SeatmeterError("register_invalid", mistakesAsText(name, read.mistakes));
  return read;
}

/** Errors: register_invalid, with every mistake in its message; settings_invalid where the file cannot be read. */
export function readRegisterFile(path: string): RegisterFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new SeatmeterError("settings_invalid", `the register ${path} cannot be read: ${why}`, { cause });
  }
  const text = readText(bytes, path);
  const readFile = (name: string) => readText(readFileSync(resolve(dirname(path), name)), name);
  const { register, files } = checked(path, text, { readFile });
  return { path, text, files, register };
}
