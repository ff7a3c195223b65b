import type { DenialReason } from "../domain/denials.ts";
import { folded } from "../domain/names.ts";
import * as forms from "./flexnet-forms.ts";
import { type FlexnetEvent, FlexnetLog, type UseEvent } from "./flexnet-log.ts";
import { inOrder } from "./flexnet-order.ts";
import { FlexnetSessions, type Session } from "./flexnet-sessions.ts";
import { type FeatureUse, FlexnetUse } from "./flexnet-use.ts";

/** A launch as one person would count it: of a package and what came with it, one. */
export interface FlexnetLaunch {
  /** By which it is counted, and all names under which it was written. */
  feature: string;
  names: readonly string[];
  session: Session;
  /** Ended because the server forgot it, not because somebody gave it back. */
  forgotten: boolean;
}

export interface FlexnetDenial {
  feature: string;
  names: readonly string[];
  event: UseEvent;
}

/** What one file of a log tells. */
export interface FlexnetFile {
  file: string;
  lines: number;
  fromMs: number;
  untilMs: number;
  launches: FlexnetLaunch[];
  denials: FlexnetDenial[];
  strays: UseEvent[];
}

export interface FlexnetPast {
  features: FeatureUse[];
  files: FlexnetFile[];
  unread: number;
  undated: number;
}

/** The lines of one launch lie no further apart. */
const TOGETHER_MS = 2_000;

/**
 * Reads logs of one server, by when they begin, into what people did.
 *
 * @param linesOf the lines of a file
 */
export async function flexnetPast(
  files: readonly string[],
  timezone: string,
  linesOf: (file: string) => AsyncIterable<string>,
): Promise<FlexnetPast> {
  const log = new FlexnetLog(timezone);
  const sessions = new FlexnetSessions();
  const use = new FlexnetUse();
  const restarted = new Set<Session>();
  const read: FlexnetFile[] = [];
  const began = new Map<FlexnetFile, Session[]>();
  const denied = new Map<FlexnetFile, UseEvent[]>();
  for (const file of await inOrder(files, linesOf)) {
    const part: FlexnetFile = {
      ...{ file, lines: 0, fromMs: Number.POSITIVE_INFINITY, untilMs: 0, launches: [], denials: [], strays: [] },
    };
    read.push(part);
    const [theirs, refused]: [Session[], UseEvent[]] = [[], []];
    began.set(part, theirs);
    denied.set(part, refused);
    const follow = (event: FlexnetEvent) => {
      const step = sessions.follow(event);
      use.follow(event, step);
      if (event.kind === "restart") for (const session of step.ended) restarted.add(session);
      if (event.kind === "denied") refused.push(event);
      if (step.began) theirs.push(step.began);
      if (step.stray) part.strays.push(step.stray);
      part.fromMs = Math.min(part.fromMs, event.atMs);
      part.untilMs = Math.max(part.untilMs, event.atMs);
    };
    for await (const line of linesOf(file)) {
      if (forms.LINE.test(line)) part.lines += 1;
      for (const event of log.read(line)) follow(event);
    }
    for (const event of log.endFile()) follow(event);
  }
  for (const part of read) {
    const strays = part.strays.map((event) => ({ feature: event.feature, fromMs: event.atMs, who: event, event }));
    part.strays = together(strays, log.packages).map(({ what }) => what.event);
    const all = (began.get(part) ?? []).map((session) => {
      return { feature: session.feature, fromMs: session.fromMs, who: session, session };
    });
    part.launches = together(all, log.packages).map(({ what: { session }, names }) => {
      return { feature: session.feature, names, session, forgotten: restarted.has(session) };
    });
    const refusals = (denied.get(part) ?? []).map((event) => {
      return { feature: event.feature, fromMs: event.atMs, who: event, event };
    });
    part.denials = together(refusals, log.packages).map(({ what: { event }, names }) => {
      return { feature: event.feature, names, event };
    });
  }
  return { features: use.features(), files: read, unread: log.unread, undated: log.undated };
}

interface Told {
  feature: string;
  fromMs: number;
  who: { user: string; host: string };
}

/** What a package's line tells, and that of what came with it in the same moment, is one thing: the package's. */
function together<What extends Told>(all: readonly What[], packages: ReadonlyMap<string, ReadonlySet<string>>) {
  const found = all.map((what) => ({ what, names: [what.feature], isPart: false }));
  const byPerson = Map.groupBy(found, ({ what }) => `${folded(what.who.user)}\u001f${folded(what.who.host)}`);
  for (const theirs of byPerson.values()) {
    const whole = theirs.filter(({ what }) => packages.has(what.feature));
    if (whole.length === 0) continue;
    const atTime = Map.groupBy(whole, ({ what }) => Math.floor(what.fromMs / TOGETHER_MS));
    for (const part of theirs) {
      const time = Math.floor(part.what.fromMs / TOGETHER_MS);
      const near = [time, time - 1, time + 1].flatMap((one) => atTime.get(one) ?? []);
      const one = near.find(
        ({ what, names }) =>
          names.length === 1 &&
          packages.get(what.feature)?.has(part.what.feature) &&
          Math.abs(what.fromMs - part.what.fromMs) <= TOGETHER_MS,
      );
      if (!one || one === part) continue;
      one.names.push(part.what.feature);
      part.isPart = true;
    }
  }
  return found.filter(({ isPart }) => !isPart);
}

/** THE TABLE of what a denial's words mean here; the first that fits. What fits none says nothing about seats. */
const REASONS: readonly [RegExp, DenialReason][] = [
  [/already reached|users? (?:are )?queued|\(-4,|\(-24,/i, "no_seats"],
  [/reserved/i, "only_reserved_seats"],
  [/\bMAX\b|exceeds/i, "group_limit"],
  [/INCLUDE/i, "not_entitled"],
  [/EXCLUDE/i, "denied_by_rule"],
  [/expired/i, "entitlement_ended"],
  [/version/i, "version_retired"],
  [/borrow/i, "borrow_limit"],
];

/** A server that says no reason means that it had none left. */
export const denialReason = (words: string | undefined): DenialReason =>
  words === undefined ? "no_seats" : (REASONS.find(([form]) => form.test(words))?.[1] ?? "denied_by_rule");
