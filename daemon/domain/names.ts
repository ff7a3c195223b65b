import { z } from "zod";

/**
 * Control characters, and the invisible ones that turn the direction of text. They would break the ledger's records,
 * forge lines in logs and mislead whoever reads a page, so no name holds them.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/u;
const EVERY_UNPRINTABLE = new RegExp(UNPRINTABLE, "gu");

/** What another program calls a thing, made to fit: on one line, printable, and no longer than that; perhaps empty. */
export const madePrintable = (text: string, most: number) =>
  text
    .toWellFormed()
    .replace(EVERY_UNPRINTABLE, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, most)
    // Not half of a character that the cut went through.
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd();

/** Text that survives being written as UTF-8. */
export const wellFormed = () => z.string().refine((text) => text.isWellFormed(), { error: "holds half a character" });

/** Text that a person reads or types, on one line: `"Civic Centre"`. */
export const printable = (most: number) =>
  wellFormed()
    .min(1)
    .max(most)
    .refine((text) => !UNPRINTABLE.test(text), { error: "holds control or invisible characters" });

/** The same, where it may be that nothing is known. */
export const perhapsEmpty = (most: number) => z.union([z.literal(""), printable(most)]);

/** The name by which the register calls a site, group, product or pool: `aec-collection`, `64300ACD_F`. */
const registered = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    "is no name: one is up to 64 letters, digits, dots, dashes and underscores",
  )
  .refine((name) => !(name in Object.prototype), { error: "is no name" });

export const ProductName = registered;
export const PoolName = registered;
export const SiteName = registered;
export const GroupName = registered;

/** A person's name in the operating system or the directory, and a computer's. Compared without regard to case. */
export const UserName = printable(128);
export const DeviceName = printable(128);

/** The client makes it (UUID, version 7 from our shim), and it is the lease's whole identity. */
export const LeaseId = z.uuid().transform((id) => id.toLowerCase());

/** Where somebody is whose address lies in no network of the register. */
export const ELSEWHERE = "elsewhere";

/** Stands where a metric or an event has no pool, because the product asked for is unknown. Never a pool's name. */
export const NO_POOL = "none";

/** What two spellings of one person or computer have in common. */
export const folded = (name: string) => (FOLDED.test(name) ? name : name.normalize("NFC").toLowerCase());

/** ASCII without capitals: most names, asked for a dozen times a launch. */
const FOLDED = /^[\0-@[-\x7f]*$/;
