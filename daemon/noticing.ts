import type { Logger } from "pino";
import type { DayOfAudit } from "./audit/keeping.ts";
import { addDays, startOfDayMs, wallTime } from "./domain/calendar.ts";
import type { Register } from "./domain/register.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Channel } from "./notices/channel.ts";
import { endedInUse } from "./notices/ended-in-use.ts";
import type { Incidents } from "./notices/incidents.ts";
import { mailChannel } from "./notices/mail.ts";
import { type FactsOfDay, type Matter, mattersOf } from "./notices/matters.ts";
import { Notices } from "./notices/notices.ts";
import { webhookChannel } from "./notices/webhook.ts";
import type { Recording } from "./recording.ts";
import type { RegisterInForce } from "./register-in-force.ts";

export interface NoticingParts {
  ledger: Pick<Ledger, "levels" | "claimNotice" | "holdNotice">;
  register: Pick<RegisterInForce, "current">;
  /** None: no history is kept, so who was refused yesterday and what was decided is not known. */
  recording: Pick<Recording, "past"> | undefined;
  incidents: Pick<Incidents, "report" | "lately">;
  /** The audit, as it was found last; none: it was not looked at yet, or is not kept. */
  audited: () => DayOfAudit | undefined;
  /** Where the register lies, and the files that it names. */
  folder: string;
  log: Logger;
  now?: () => number;
}

/** What the ledger, the history and the register say of today, told to those whom the register names. */
export function noticesOf(parts: NoticingParts): Notices {
  const { ledger, register, recording, incidents, audited, folder, log, now = Date.now } = parts;
  return new Notices({
    log,
    memory: {
      claim: (id, forMs) => ledger.claimNotice(id, forMs),
      hold: (id, forMs) => ledger.holdNotice(id, forMs),
    },
    async look(): Promise<{ matters: Matter[]; channels: Channel[] }> {
      const { register: inForce } = register.current;
      const channels = channelsOf(inForce, folder);
      const { date: today, minuteOfDay } = wallTime(now(), inForce.timezone);
      const levels = await ledger.levels(Object.keys(inForce.pools));
      for (const incident of endedInUse(inForce, levels, today)) incidents.report(incident);
      if (channels.length === 0) return { matters: [], channels };
      const isDay = minuteOfDay >= inForce.workingHours.fromMinute;
      // What hangs on the history waits until it answers: a reminder of what is decided would be wrong.
      const past = isDay && recording ? await pastOf(inForce, today, recording).catch(() => undefined) : NO_PAST;
      const hasBegun = isDay && past !== undefined;
      return {
        matters: mattersOf({
          ...{ register: inForce, today, hasBegun, levels, ...(past ?? NO_PAST) },
          ...{ incidents: incidents.lately, audited: ofDay(audited(), today) },
        }),
        channels,
      };
    },
  });
}

function channelsOf({ notices, organisation }: Register, folder: string): Channel[] {
  if (!notices) return [];
  const around = { folder, organisation, pages: notices.pages };
  return [
    ...(notices.mail ? [mailChannel(notices.mail, around)] : []),
    ...notices.webhooks.map((webhook) => webhookChannel(webhook, around)),
  ];
}

const ofDay = <Found extends { day: string }>(found: Found | undefined, day: string) =>
  found?.day === day ? found : undefined;

type Past = Pick<FactsOfDay, "refused" | "isDecided">;
const NO_PAST: Past = { refused: new Map(), isDecided: () => false };

/** Errors: where the history is away. */
async function pastOf(register: Register, today: string, recording: Pick<Recording, "past">): Promise<Past> {
  // What SQL needs is loaded by who has a history, and somebody to tell.
  const queries = Promise.all([import("./history/queries/refusals.ts"), import("./history/queries/written.ts")]);
  const [{ db }, [{ refusedPeople }, { decisions }]] = await Promise.all([recording.past(), queries]);
  const fromMs = startOfDayMs(addDays(today, -1), register.timezone);
  const untilMs = startOfDayMs(today, register.timezone);
  const refused = await refusedPeople(db, Object.keys(register.pools), { fromMs, untilMs });
  const keyOf = (...parts: (string | undefined)[]) => JSON.stringify(parts);
  const decided = new Set((await decisions(db)).map(({ pool, reference, ends }) => keyOf(pool, reference, ends)));
  return {
    refused: new Map(refused.map(({ pool, ...counts }) => [pool, counts])),
    isDecided: (pool, { reference, ends }) => decided.has(keyOf(pool, reference, ends)),
  };
}
