import { isDeepStrictEqual } from "node:util";
import { folded } from "../domain/names.ts";
import type { Limit, Pool, Register } from "../domain/register.ts";

/** Something for the register, and the lines of the options file that it comes from. */
export interface Sourced<Value> {
  value: Value;
  lines: number[];
}

/** A line, or a part of it, that became nothing. */
export interface NotConverted {
  line: number;
  text: string;
  why: string;
}

/** What somebody should know of a line that became something. */
export interface Remark {
  line: number;
  text: string;
  remark: string;
}

/** Keys of a pool that hold one value, by where they stand. */
export type Setting = "seatFor" | "linger" | "idle" | "overdraft.seats" | "borrow.maxDays" | "borrow.keepFree";

/** What becomes of a pool; each part by what it is about, so that the same rule twice is one. */
export class PoolDraft {
  readonly allow = new Map<string, Sourced<string>>();
  readonly deny = new Map<string, Sourced<string>>();
  readonly limits = new Map<string, Sourced<Limit>>();
  readonly reservations = new Map<string, Sourced<{ group: string; seats: number }>>();
  readonly settings = new Map<Setting, Sourced<unknown>>();
}

export interface GroupDraft {
  /** As they are written; by their folded name. */
  members: Map<string, string>;
  lines: number[];
}

/** What is proposed of a product: all of one that is new. */
export interface ProductDraft {
  name: string;
  owner: string;
  flexnet: string[];
  pools: string[];
}

/** The register that the rules are for, and whether its file writes a key of a pool itself. */
export interface KnownRegister {
  register: Register;
  writes(pool: string, key: string): boolean;
}

/** What an options file becomes, while it is read. */
export class Draft {
  readonly groups = new Map<string, GroupDraft>();
  readonly products = new Map<string, Sourced<ProductDraft>>();
  readonly pools = new Map<string, PoolDraft>();
  readonly notConverted: NotConverted[] = [];
  readonly remarks: Remark[] = [];
  /** Lines that became something, or that the register says already. */
  readonly converted = new Set<number>();
  /** What it is for; none: nothing yet. */
  readonly register: Register | undefined;
  readonly #writes: KnownRegister["writes"];
  readonly #texts: ReadonlyMap<number, string>;
  readonly #said = new Set<string>();

  constructor(known: KnownRegister | undefined, texts: ReadonlyMap<number, string>) {
    this.register = known?.register;
    this.#writes = known?.writes ?? (() => false);
    this.#texts = texts;
  }

  refuse(line: number, why: string) {
    if (this.#isNew(line, why)) this.notConverted.push({ line, text: this.textOf(line), why });
  }

  remark(line: number, remark: string) {
    if (this.#isNew(line, remark)) this.remarks.push({ line, text: this.textOf(line), remark });
  }

  #isNew(line: number, said: string): boolean {
    const key = `${line} ${said}`;
    const known = this.#said.has(key);
    this.#said.add(key);
    return !known;
  }

  textOf(line: number): string {
    return this.#texts.get(line) ?? "";
  }

  pool(name: string): PoolDraft {
    const pool = this.pools.get(name) ?? new PoolDraft();
    this.pools.set(name, pool);
    return pool;
  }

  /** `allow` or `deny`: `user:asmith`. */
  rule(list: "allow" | "deny", pool: string, kind: string, value: string, line: number) {
    const rules = this.register?.pools[pool]?.[list] ?? [];
    const known = rules.some((rule) => rule.kind === kind && folded(rule.value) === folded(value));
    if (!known) add(this.pool(pool)[list], folded(`${kind}:${value}`), `${kind}:${value}`, line);
    this.converted.add(line);
  }

  /**
   * A key that holds one value. What the register says itself stays; of several lines the last counts.
   *
   * @param holds whether the register's pool has this value
   */
  set(setting: Setting, pool: string, value: unknown, line: number, holds: (pool: Pool) => boolean) {
    const [key = ""] = setting.split(".");
    const existing = this.register?.pools[pool];
    if (existing && holds(existing)) return this.done(line);
    if (existing && this.#writes(pool, key)) {
      return this.refuse(line, `the register has ${key} of ${pool} already, and says otherwise`);
    }
    const { settings } = this.pool(pool);
    const before = settings.get(setting);
    if (before && !isDeepStrictEqual(before.value, value)) {
      settings.delete(setting);
      for (const earlier of before.lines)
        this.refuse(earlier, `line ${line} says it again for ${pool}: the last counts`);
    }
    add(settings, setting, value, line);
    this.done(line);
  }

  /** Whether anybody is let in by name, so that others are not. */
  admitsByName(pool: string): boolean {
    return (this.register?.pools[pool]?.allow.length ?? 0) + (this.pools.get(pool)?.allow.size ?? 0) > 0;
  }

  done(line: number) {
    this.converted.add(line);
  }
}

/** What is there already is there once, from one line more. */
export function add<Value>(to: Map<string, Sourced<Value>>, key: string, value: Value, line: number) {
  const known = to.get(key);
  if (!known) to.set(key, { value, lines: [line] });
  else if (!known.lines.includes(line)) known.lines.push(line);
}
