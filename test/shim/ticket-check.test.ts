import { SignJWT } from "jose";
import { beforeAll, expect, test } from "vitest";
import { checkTicket, type TicketQuestion } from "../../client-shim/ticket-check.ts";
import { DAY_MS, type TicketKey, ticket, ticketKey } from "../support/tickets.ts";

let key: TicketKey;
let other: TicketKey;
beforeAll(async () => {
  [key, other] = [await ticketKey(), await ticketKey()];
});

const MINUTE_MS = 60_000;
const question = (change: Partial<TicketQuestion> = {}): TicketQuestion => ({
  ...{ product: "demo", device: "PC-12", seats: 1, keys: [key.told], nowMs: Date.now(), latestMs: 0 },
  ...change,
});
const why = async (text: string, change: Partial<TicketQuestion> = {}) => {
  const checked = await checkTicket(text, question(change));
  return checked.good ? "good" : checked.why;
};
const inSeconds = (ms: number) => Math.floor((Date.now() + ms) / 1000);

test("a ticket is good on its computer, for its product, until its moment, by any of the keys that were told", async () => {
  expect(await why(await ticket(key))).toBe("good");
  expect(await why(await ticket(key), { keys: [other.told, key.told], product: "Demo", device: "pc-12" })).toBe("good");
  expect(await why(await ticket(key, { seats: 3 }), { seats: 2 })).toBe("good");
  expect(await why(await ticket(key), { nowMs: Date.now() + DAY_MS - MINUTE_MS })).toBe("good");
});

test("a ticket is not good a moment after its end", async () => {
  expect(await why(await ticket(key), { nowMs: Date.now() + DAY_MS + 1000 })).toMatch(/^it ended at \d\d:\d\d/);
});

test("a ticket is not good on another computer, for another product, or for more seats", async () => {
  expect(await why(await ticket(key, { device: "pc-9" }))).toBe("it was given to the computer pc-9, and this is PC-12");
  expect(await why(await ticket(key, { product: "other" }))).toBe("it is a seat of other");
  expect(await why(await ticket(key), { seats: 2 })).toBe("it is for 1 of the 2 seats that are asked for");
});

test("a clock that was set back refuses its tickets, and one that was corrected a little does not", async () => {
  const text = await ticket(key, { iat: inSeconds(-DAY_MS) });
  const nowMs = Date.now();

  expect(await why(text, { latestMs: nowMs + 6 * MINUTE_MS })).toMatch(/^this computer's clock is wrong: it shows/);
  expect(await why(text, { latestMs: nowMs + 4 * MINUTE_MS })).toBe("good");
  // Nobody has seen anything, but the ticket itself was made later than it is.
  expect(await why(await ticket(key), { nowMs: nowMs - 6 * MINUTE_MS })).toMatch(/clock is wrong/);
  expect(await why(await ticket(key), { nowMs: nowMs - 4 * MINUTE_MS })).toBe("good");
});

test("a ticket that nobody has signed whom we trust is not good", async () => {
  const text = await ticket(key);
  const [head, , signature] = text.split(".");
  const [, later] = (await ticket(key, { exp: inSeconds(99 * DAY_MS) })).split(".");
  const unsigned = `${Buffer.from(JSON.stringify({ alg: "none", kid: key.told })).toString("base64url")}.${later}.`;
  const byPublicKey = await new SignJWT({})
    .setProtectedHeader({ alg: "HS256", kid: key.told })
    .sign(Buffer.from(key.told, "base64url"));

  expect(await why(`${head}.${later}.${signature}`)).toBe("its ticket was altered, or is forged");
  // Another's signature under the name of our key, and another's key under its own name.
  expect(await why(await ticket(other, {}, { kid: key.told }))).toBe("its ticket was altered, or is forged");
  expect(await why(await ticket(other))).toMatch(/a key that the licence service does not use/);
  expect(await why(await ticket(key, {}, { kid: undefined }))).toMatch(/a key that the licence service does not use/);
  expect(await why(unsigned)).toMatch(/forged|cannot be read/);
  expect(await why(byPublicKey)).toMatch(/forged/);
});

test("without a key nothing can be checked, and what is no ticket cannot be read", async () => {
  expect(await why(await ticket(key), { keys: [] })).toMatch(/knows no key/);
  for (const text of ["", "a", "a.b", "a.b.c", "…", "{}"]) expect(await why(text)).toBe("its ticket cannot be read");
  expect(await why(await ticket(key, { exp: "tomorrow" }))).toBe("its ticket cannot be read");
  expect(await why(await ticket(key, { device: undefined }))).toBe("its ticket cannot be read");
  expect(await why(await ticket({ ...key, told: key.told }), { keys: ["not a key", key.told] })).toBe("good");
});
