import { FlexnetClock, LocalTimes } from "./flexnet-clock.ts";
import * as forms from "./flexnet-forms.ts";
import { readDate, readRestart, readUse, type Use } from "./flexnet-lines.ts";

/** Who used what. `line` counts from 1 over all files; `vendor` is the daemon that wrote it: `adskflex`. */
export interface UseEvent extends Use {
  atMs: number;
  line: number;
  vendor: string;
}

/** A vendor daemon began or ended: nothing that it gave out before is out any more. */
export interface RestartEvent {
  kind: "restart";
  /** When the log last shows it running. */
  atMs: number;
  line: number;
  /** None: every vendor daemon. */
  vendor?: string;
}

export type FlexnetEvent = UseEvent | RestartEvent;

type Waiting = Omit<UseEvent, "atMs"> | Omit<RestartEvent, "atMs">;

const DAY_MS = 86_400_000;
const BEFORE_THIS_FILE = Number.NEGATIVE_INFINITY;

/**
 * Reads FlexNet debug logs, line by line, several files in order.
 *
 * Pure. Events come out as soon as their date is known: those of lines before a file's first date with that date.
 */
export class FlexnetLog {
  /** Lines that look like OUT, IN or DENIED and could not be read, or not be dated. */
  unread = 0;
  /** Among the unread, those whose date nothing told. */
  undated = 0;
  /** The features that come with a package: one launch writes a line for each. */
  readonly packages = new Map<string, Set<string>>();

  readonly #clock = new FlexnetClock();
  readonly #times: LocalTimes;
  /** Events whose date is not known yet. */
  #waiting: { event: Waiting; localMs: number }[] = [];
  /** When each daemon last wrote into this file, and the packages whose list it has not closed. */
  readonly #seenMs = new Map<string, number>();
  readonly #openPackages = new Map<string, Set<string>>();
  #line = 0;

  /** @param timezone IANA name; a log says the time of its server's wall clock */
  constructor(timezone: string) {
    this.#times = new LocalTimes(timezone);
  }

  /** When this file began, on its server's clock; nothing before it told a date. */
  get beganMs() {
    return this.#clock.beganMs;
  }

  /** @returns the events that are certain now */
  read(text: string): FlexnetEvent[] {
    this.#line += 1;
    const line = (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).trimStart();
    for (const part of line.split(forms.TORN)) this.#part(part);
    return this.#clock.dated ? this.#dated() : [];
  }

  /** This file ended. Another of the same server may follow, from any later time. @returns what waited for a date */
  endFile(): FlexnetEvent[] {
    const shiftMs = this.#clock.nextFile();
    if (shiftMs === undefined) this.#giveUp();
    else this.#shift(shiftMs);
    this.#seenMs.clear();
    this.#openPackages.clear();
    return this.#dated();
  }

  #part(part: string) {
    const [, hours, minutes, seconds, writer = "", message = ""] = forms.LINE.exec(part) ?? [];
    const timeOfDayMs = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
    if (!(timeOfDayMs < DAY_MS)) {
      if (forms.COUNTED_SOMEWHERE.test(part)) this.unread += 1;
      return;
    }
    const localMs = this.#clock.read(timeOfDayMs);
    if (forms.KIND.test(message)) this.#use(message, writer, localMs);
    else this.#other(message, writer, localMs);
  }

  #use(message: string, vendor: string, localMs: number) {
    const use = readUse(message);
    if (use) this.#waiting.push({ event: { ...use, line: this.#line, vendor }, localMs });
    else if (forms.COUNTED.test(message)) this.unread += 1;
    this.#openPackages.delete(vendor);
    this.#seenMs.set(vendor, localMs);
  }

  #other(message: string, writer: string, localMs: number) {
    const date = readDate(message);
    const shiftMs = date ? this.#clock.tell(localMs, date.localMs, date.exact) : 0;
    if (shiftMs !== 0) this.#shift(shiftMs);
    this.#restart(message, writer, localMs + shiftMs);
    this.#packages(message, writer);
    this.#seenMs.set(writer, localMs + shiftMs);
  }

  #restart(message: string, writer: string, localMs: number) {
    const restart = readRestart(message, writer);
    if (!restart) return;
    // It may have been down for days before it began again: what was out ended when the log last shows it running.
    const { vendor } = restart;
    const seenMs = [...this.#seenMs].filter(([seen]) => (vendor ? seen === vendor : seen !== "lmgrd"));
    const lastMs = seenMs.length > 0 ? Math.max(...seenMs.map(([, ms]) => ms)) : BEFORE_THIS_FILE;
    // The log begins with its first start: nothing can have been out.
    if (restart.begins && lastMs === BEFORE_THIS_FILE && this.#times.latestMs === 0) return;
    const event = { kind: "restart" as const, line: this.#line, ...(vendor && { vendor }) };
    this.#waiting.push({ event, localMs: restart.begins ? lastMs : localMs });
  }

  #packages(message: string, writer: string) {
    let rest = this.#components(message, writer);
    for (let found = forms.PACKAGE.exec(rest); found; found = forms.PACKAGE.exec(rest)) {
      const components = new Set<string>();
      this.packages.set(found[1]!, components);
      this.#openPackages.set(writer, components);
      rest = this.#components(rest.slice(found.index + found[0].length), writer);
    }
  }

  /** Take the names of an open package until its bracket closes. @returns what follows it */
  #components(text: string, writer: string): string {
    const components = this.#openPackages.get(writer);
    if (!components) return text;
    const end = text.indexOf(")");
    for (const name of text.slice(0, end < 0 ? undefined : end).split(/\s+/)) if (name) components.add(name);
    if (end < 0) return "";
    this.#openPackages.delete(writer);
    return text.slice(end + 1);
  }

  #shift(byMs: number) {
    for (const waiting of this.#waiting) waiting.localMs += byMs;
    for (const [writer, ms] of this.#seenMs) this.#seenMs.set(writer, ms + byMs);
  }

  /** No date was told and no file came before: these cannot be placed in time. */
  #giveUp() {
    const lost = this.#waiting.filter(({ event }) => ["out", "in", "denied"].includes(event.kind)).length;
    this.undated += lost;
    this.unread += lost;
    this.#waiting = [];
  }

  #dated(): FlexnetEvent[] {
    const events = this.#waiting.map(({ event, localMs }): FlexnetEvent => {
      const beforeThisFile = localMs === BEFORE_THIS_FILE;
      return { ...event, atMs: beforeThisFile ? this.#times.latestMs : this.#times.atMs(localMs) };
    });
    this.#waiting = [];
    return events;
  }
}
