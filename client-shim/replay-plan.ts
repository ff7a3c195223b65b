import { type FlexnetEvent, FlexnetLog } from "../daemon/imports/flexnet-log.ts";
import { inOrder } from "../daemon/imports/flexnet-order.ts";
import { FlexnetSessions, type Session } from "../daemon/imports/flexnet-sessions.ts";
import { type FeatureUse, FlexnetUse } from "../daemon/imports/flexnet-use.ts";
import { logLines } from "../daemon/imports/log-lines.ts";

/** One thing that a shim does in a replay. */
export interface Act {
  atMs: number;
  does: "checkout" | "checkin";
  session: Session;
}

/** One feature's part of a log, in the log's order. */
export interface Part extends FeatureUse {
  acts: Act[];
}

export interface Plan {
  parts: Part[];
  /** First and last moment of any act. */
  firstMs: number;
  lastMs: number;
  /** Lines that look like OUT, IN or DENIED and could not be read. */
  unread: number;
  /** Among them, those whose date nothing told. */
  undated: number;
}

/**
 * What there is to play: each OUT a checkout, each IN of it a checkin; where a daemon was restarted, or the log ends, a
 * checkin for each session that was open.
 *
 * Errors: SeatmeterError usage, naming the file that cannot be read.
 */
export async function planOf(files: readonly string[], timezone: string): Promise<Plan> {
  const log = new FlexnetLog(timezone);
  const sessions = new FlexnetSessions();
  const use = new FlexnetUse();
  const acts = new Map<string, Act[]>();
  const add = (does: Act["does"], session: Session, atMs: number) => {
    const known = acts.get(session.feature);
    if (known) known.push({ atMs, does, session });
    else acts.set(session.feature, [{ atMs, does, session }]);
  };
  const follow = (event: FlexnetEvent) => {
    const step = sessions.follow(event);
    use.follow(event, step);
    for (const session of step.ended) add("checkin", session, event.atMs);
    if (step.began) add("checkout", step.began, event.atMs);
  };
  for (const file of await inOrder(files, logLines)) {
    for await (const line of logLines(file)) for (const event of log.read(line)) follow(event);
    for (const event of log.endFile()) follow(event);
  }
  const parts = use.features().map((feature) => ({ ...feature, acts: acts.get(feature.feature) ?? [] }));
  const lastMs = Math.max(0, ...parts.map(({ lastAtMs }) => lastAtMs));
  for (const session of [...sessions.open()]) add("checkin", session, lastMs);
  const firstMs = Math.min(...parts.map(({ firstAtMs }) => firstAtMs));
  return { parts, firstMs, lastMs, unread: log.unread, undated: log.undated };
}
