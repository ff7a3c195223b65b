import type { IsoDate } from "../domain/calendar.ts";
import { NO_POOL } from "../domain/names.ts";
import type { NoticeKind } from "../domain/register.ts";

/** What words are made of: a pool and a day, and numbers. */
export interface Told {
  pool: string;
  day: IsoDate;
  products: readonly string[];
  [fact: string]: unknown;
}

interface Words {
  subject: string;
  text: string;
}

/** THE TABLE of what is written of a matter: the subject says it all, the text what follows and what to do. */
export const WORDS: Record<NoticeKind, (told: Told) => Words> = {
  notice: ({ pool, day, products, reference, seats, ends, supplier, daysLeft, autoRenews }) => ({
    subject: `${pool}: notice on ${reference} until ${longDay(day)} (${left(Number(daysLeft))})`,
    text: paragraphs(
      `The last day to give notice on ${reference} is ${longDay(day)}: ${left(Number(daysLeft))}.`,
      `It is ${counted(Number(seats), "seat")} of ${named(pool, products)}${supplier ? ` from ${supplier}` : ""}, and ` +
        `ends on ${longDay(String(ends))}. ${
          autoRenews ? "Without notice it renews by itself." : "The register does not say that it renews by itself."
        }`,
      "The renewal report says how many seats are needed. What was decided can be written down there; then no reminder follows.",
    ),
  }),
  expiry: ({ pool, day, products, reference, seats, supplier, daysLeft, ownedAfter }) => ({
    subject: `${pool}: ${reference} ${Number(daysLeft) < 0 ? "ended" : "ends"} on ${longDay(day)}`,
    text: paragraphs(
      `${reference}, ${counted(Number(seats), "seat")} of ${named(pool, products)}${supplier ? ` from ${supplier}` : ""}, ` +
        (Number(daysLeft) < 0 ? `ended on ${longDay(day)}.` : `ends on ${longDay(day)}: ${left(Number(daysLeft))}.`),
      `From the day after, ${counted(Number(ownedAfter), "seat")} ${
        Number(ownedAfter) === 1 ? "is" : "are"
      } left in the pool. Nobody is cut off, and who launches when no seat is free is denied.`,
      "Where it was renewed, add the new entitlement to the register.",
    ),
  }),
  overdraft: ({ pool, day, products, used, owned, allowed }) => ({
    subject: `${pool}: ${used} seats in use, ${owned} owned`,
    text: paragraphs(
      `On ${longDay(day)}, ${counted(Number(used), "seat")} of ${named(pool, products)} were in use at once, and ` +
        `${owned} ${Number(owned) === 1 ? "is" : "are"} owned.`,
      Number(allowed) > 0
        ? `A rule of the register allows an overdraft of ${counted(Number(allowed), "seat")}.`
        : "No rule of the register allows that: it came about because nobody could say no, or because seats ended.",
      "This is told once a day, with the highest use at that time; the pool's page has it as it is now.",
    ),
  }),
  refusals: ({ pool, day, products, people, turnedAway, keptWaiting }) => ({
    subject: `${pool}: ${counted(Number(people), "person", "people")} refused on ${longDay(day)}`,
    text: paragraphs(
      `On ${longDay(day)}, ${counted(Number(people), "person", "people")} wanted ${named(pool, products)} and found no seat ` +
        `free: ${counted(Number(turnedAway), "time")} somebody was turned away, and ${counted(Number(keptWaiting), "time")} ` +
        "kept waiting until a seat came free within a quarter of an hour.",
      "The renewal report says how many seats would have been enough.",
    ),
  }),
  incident: ({ pool, says, todo, incident, roles, day, products: _, ...facts }) => ({
    subject: `Incident: ${says}`,
    text: paragraphs(
      `${says}.`,
      String(todo),
      [
        `Found on ${longDay(day)}${pool === NO_POOL ? "" : `, in the pool ${pool}`}: ${incident}`,
        ...Object.entries(facts).map(([name, value]) => `${name} ${value}`),
      ].join(", "),
      `To be looked into by: ${roles}. It is told once a day, however often it happens.`,
    ),
  }),
  audit: ({ day, rows, head }) => ({
    subject: `Audit: sound on ${longDay(day)}, its head ${String(head).slice(0, 20)}…`,
    text: paragraphs(
      `On ${longDay(day)} the audit had ${counted(Number(rows), "row")} and was as it was written. Its head was\n${head}`,
      `Keep this. With it, seatmeter audit verify --head ${head} tells at any time whether a row up to it was changed since.`,
    ),
  }),
};

const paragraphs = (...all: string[]) => all.join("\n\n");
const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const left = (days: number) => (days === 0 ? "today" : `${counted(days, "day")} left`);
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeZone: "UTC" });
/** `Friday 1 January 2027` */
const longDay = (date: IsoDate) => DAY.format(Date.parse(`${date}T12:00:00Z`)).replace(",", "");
/** As people call what it is about: AutoCAD (pool autocad). */
const named = (pool: string, products: readonly string[]) =>
  products.length === 0 ? `the pool ${pool}` : `${products.join(", ")} (pool ${pool})`;
