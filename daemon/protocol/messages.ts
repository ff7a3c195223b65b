import { z } from "zod";
import type { DenialReason, EndReason, GrantFlag } from "../domain/denials.ts";
import { INVENTORY_PARTS, SOFTWARE_ITEMS, SOFTWARE_TEXT } from "../domain/inventory.ts";
import { JOURNAL_ENTRIES } from "../domain/journal.ts";
import { DeviceName, LeaseId, perhapsEmpty, printable, UserName } from "../domain/names.ts";
import { CONSEQUENCES } from "../domain/register.ts";

/*
 * The contract with shims: every message is a text frame with one JSON object. Towards the daemon strict, so that a
 * misspelt field is an error and not silently ignored; towards the shim lenient, so that a daemon may grow.
 */

export { SUBPROTOCOL } from "./subprotocol.ts";

/** Limits on what a connection may send; beyond them it is an attack (front/shim-connection.ts). */
export const FRAME_BYTES = 16 * 1024;
export const NESTING_LEVELS = 32;
export const HEARTBEAT_LEASES = 400;

const Milliseconds = z.int().nonnegative();
const DAY_MS = 86_400_000;
const Version = printable(64);
/** One of ours, or one that a newer daemon has. */
const word = <Word extends string>() => z.custom<Word>((value) => typeof value === "string");

/** The first message: who holds the leases of this connection. */
export const Hello = z.strictObject({
  type: z.literal("hello"),
  device: DeviceName,
  /** Name and version of the program that speaks: `seatmeter/0.1.0`. */
  shim: printable(64),
  agent: z.boolean().default(false),
  /** Of an enrolled device: the daemon's challenge, signed with the device's key (domain/device-proof.ts). */
  proof: printable(2048).optional(),
});
export type Hello = z.infer<typeof Hello>;

/**
 * Ask for seats, all of them or none. The shim picks the lease id, so a checkout sent again after a lost answer finds
 * the lease it already has instead of taking a second one.
 */
export const Checkout = z.strictObject({
  type: z.literal("checkout"),
  leaseId: LeaseId,
  /** Any text: a name that the register lacks is answered `product_unknown`. */
  product: printable(128),
  /** What the device says of its operating-system user: recorded as claimed. */
  user: UserName,
  version: Version.optional(),
  seats: z.int().min(1).max(1_000_000).default(1),
  /** So long it would wait for a seat, where the pool has a queue. */
  waitMs: z.int().min(0).max(DAY_MS).default(0),
  /** Shared by the retries of one launch. */
  attemptId: LeaseId.optional(),
  /** The program runs already: said again after a lost connection. */
  alreadyRunning: z.boolean().default(false),
  /** Since then it runs without any daemon having heard of it, by this daemon's clock. */
  runningSinceMs: Milliseconds.optional(),
  /** The person said yes to what the product may be used for. */
  attested: z.boolean().default(false),
  /** Why a duty officer launches even without a free seat; it is recorded, and the owner is told. */
  breakGlassReason: printable(200).optional(),
  /** The seat is taken along for use without the network until then; said again with a later moment it is renewed. */
  borrowUntilMs: Milliseconds.optional(),
  /** Where the device believes to be; kept as a claim, never believed. */
  siteHint: printable(64).optional(),
  /** Somebody else's device, from a gateway: grouping uses it, the connection stays the holder. */
  device: DeviceName.optional(),
  program: z.strictObject({ name: printable(256), pid: z.int().nonnegative() }).optional(),
});
export type Checkout = z.infer<typeof Checkout>;

/** Still in use. */
export const Heartbeat = z.strictObject({
  type: z.literal("heartbeat"),
  /** Those that wait for a seat, too: so they keep their place. */
  leaseIds: z.array(LeaseId).min(1).max(HEARTBEAT_LEASES),
  /** For how long nobody has touched keyboard or mouse, of those leases whose program that concerns. */
  idleMs: z.record(LeaseId, Milliseconds).optional(),
});
export type Heartbeat = z.infer<typeof Heartbeat>;

/** Give a lease back, or give up waiting for one. */
export const Checkin = z.strictObject({
  type: z.literal("checkin"),
  leaseId: LeaseId,
  why: z.enum(["program_exited", "program_crashed", "borrow_returned"]).optional(),
});
export type Checkin = z.infer<typeof Checkin>;

/** What a program used while no daemon could be asked. */
export const JournalEntry = z.strictObject({
  /** The launch's lease id: told again, by whomever and to whichever daemon, it counts once. */
  id: LeaseId,
  product: printable(128),
  user: UserName,
  version: Version.optional(),
  seats: z.int().min(1).max(1_000_000).default(1),
  /** By this daemon's clock. */
  startedAtMs: Milliseconds,
  endedAtMs: Milliseconds,
  /** The code of the error for which nobody could decide: `unreachable`, `ledger_unavailable` … */
  reason: z.string().regex(/^[a-z_]{1,64}$/, "is no code of an error"),
  why: z.enum(["program_exited", "program_crashed"]).optional(),
});
export type JournalEntry = z.infer<typeof JournalEntry>;

/** What this computer wrote down meanwhile, of programs that have ended. */
export const Journal = z.strictObject({
  type: z.literal("journal"),
  entries: z.array(JournalEntry).min(1).max(JOURNAL_ENTRIES),
  /** Of an enrolled device: the entries, signed with the device's key (domain/device-proof.ts). */
  signature: printable(2048).optional(),
});
export type Journal = z.infer<typeof Journal>;

/** The person still needs a seat that is about to be reclaimed. */
export const Postpone = z.strictObject({ type: z.literal("postpone"), leaseId: LeaseId });
export type Postpone = z.infer<typeof Postpone>;

/** One of the parts in which a computer tells what is installed on it. They come in order, and only all of them count. */
export const Inventory = z.strictObject({
  type: z.literal("inventory"),
  part: z.int().min(1).max(INVENTORY_PARTS),
  of: z.int().min(1).max(INVENTORY_PARTS),
  software: z
    .array(
      z.strictObject({
        name: printable(SOFTWARE_TEXT.name),
        publisher: perhapsEmpty(SOFTWARE_TEXT.publisher),
        version: perhapsEmpty(SOFTWARE_TEXT.version),
      }),
    )
    .max(SOFTWARE_ITEMS),
});
export type Inventory = z.infer<typeof Inventory>;

/** THE TABLE of what a shim may say. */
export const FROM_SHIM = {
  hello: Hello,
  checkout: Checkout,
  heartbeat: Heartbeat,
  checkin: Checkin,
  postpone: Postpone,
  journal: Journal,
  inventory: Inventory,
} as const;
export const FromShim = z.discriminatedUnion("type", [
  Hello,
  Checkout,
  Heartbeat,
  Checkin,
  Postpone,
  Journal,
  Inventory,
]);
export type FromShim = z.infer<typeof FromShim>;
/** The same as a shim writes it, before defaults are filled in. */
export type ToDaemon = z.input<typeof FromShim>;

/** What this daemon understands, for `welcome.accepts`: message types, and `checkout.version` for optional fields. */
export const ACCEPTS = Object.entries(FROM_SHIM).flatMap(([type, message]) => [
  type,
  ...Object.entries(message.shape)
    .filter(([, field]) => field.safeParse(undefined).success)
    .map(([name]) => `${type}.${name}`),
]);

export const Welcome = z.looseObject({
  type: z.literal("welcome"),
  /** Version of the daemon. */
  daemon: z.string(),
  site: z.string(),
  heartbeatEveryMs: Milliseconds,
  /** Spread reconnects over this, so that a restart does not bring everybody back in one moment. */
  reconnectWithinMs: Milliseconds,
  nowMs: Milliseconds,
  accepts: z.array(z.string()),
  /** Public keys by which tickets of borrowed seats are checked: Ed25519, 32 bytes in base64url. */
  ticketKeys: z.array(z.string()),
});

export const Policy = z.looseObject({
  type: z.literal("policy"),
  /** Of every product there is, as an agent is told: what is missing is none any more. */
  all: z.boolean().optional(),
  products: z.array(
    z.looseObject({
      product: z.string(),
      executables: z.array(z.string()),
      /** As people call it, where that is another name. */
      name: z.string().optional(),
      /** Other names for it that people may type. */
      aliases: z.array(z.string()).optional(),
      whenUnreachable: z.enum(["allow", "refuse"]),
      onDenied: z.enum(CONSEQUENCES).default("tell"),
      onReclaimed: z.enum(CONSEQUENCES).default("tell"),
      /** Of its first pool that has one. */
      idle: z.looseObject({ afterMs: Milliseconds, reclaims: z.boolean() }).optional(),
      permittedUse: z.looseObject({ text: z.string(), attest: z.boolean() }).optional(),
    }),
  ),
});

export const Granted = z.looseObject({
  type: z.literal("granted"),
  leaseId: z.string(),
  pool: z.string(),
  site: z.string(),
  seats: z.int(),
  ttlMs: Milliseconds,
  heartbeatEveryMs: Milliseconds,
  flags: z.array(word<GrantFlag>()),
  /** Of a borrowed seat: what the device shows itself while it has no network, a JWT (`TicketClaims`). */
  ticket: z.string().optional(),
  /** Of a borrowed seat: when it ends. */
  borrowedUntilMs: Milliseconds.optional(),
  /** A sentence for the person at the screen. */
  notice: z.string().optional(),
});

/** What a ticket says, signed by a key of the daemons (EdDSA; `kid` in its head is the public key). */
export const TicketClaims = z.looseObject({
  leaseId: z.string(),
  product: z.string(),
  pool: z.string(),
  /** The only one that it is good for, folded. */
  device: z.string(),
  seats: z.int(),
  /** Seconds, as a JWT has them: made, and good until. */
  iat: z.int(),
  exp: z.int(),
});
export type TicketClaims = z.infer<typeof TicketClaims>;

export const Denied = z.looseObject({
  type: z.literal("denied"),
  leaseId: z.string(),
  reason: word<DenialReason>(),
  /** One sentence for the person at the screen. */
  message: z.string(),
  /** Whom to ask; empty where nobody is known. */
  owner: z.string(),
  pool: z.string().optional(),
  holders: z.array(z.looseObject({ user: z.string(), device: z.string(), sinceMs: Milliseconds })).optional(),
  /** Only from dated facts. */
  freeAtMs: Milliseconds.optional(),
});

/** The renewal is in the ledger. Leases in `gone` are not held any more. */
export const Alive = z.looseObject({ type: z.literal("alive"), ttlMs: Milliseconds, gone: z.array(z.string()) });

/** All seats are taken: it waits. Said again when its place has changed. */
export const Queued = z.looseObject({
  type: z.literal("queued"),
  leaseId: z.string(),
  pool: z.string(),
  /** 1 is the next. */
  position: z.int(),
});

/** A seat is kept for so long: the checkout said again takes it. */
export const Offered = z.looseObject({
  type: z.literal("offered"),
  leaseId: z.string(),
  pool: z.string(),
  takeWithinMs: Milliseconds,
});

/** The lease ends in `graceMs`; where it is postponable, `postpone` begins that time anew. */
export const Reclaiming = z.looseObject({
  type: z.literal("reclaiming"),
  leaseId: z.string(),
  reason: word<EndReason>(),
  graceMs: Milliseconds,
  postponable: z.boolean(),
  message: z.string(),
});

export const Returned = z.looseObject({ type: z.literal("returned"), leaseId: z.string() });

/** They need not be told again. */
export const Journalled = z.looseObject({ type: z.literal("journalled"), ids: z.array(z.string()) });

/** That part is here; after the last one, all of them are written down. */
export const Inventoried = z.looseObject({ type: z.literal("inventoried"), part: z.int() });

/** We could not answer. */
export const Failed = z.looseObject({
  type: z.literal("error"),
  code: z.string(),
  message: z.string(),
  retry: z.boolean(),
  leaseId: z.string().optional(),
  field: z.string().optional(),
});

/** THE TABLE of what a daemon may say. */
export const FROM_DAEMON = {
  welcome: Welcome,
  policy: Policy,
  granted: Granted,
  denied: Denied,
  queued: Queued,
  offered: Offered,
  reclaiming: Reclaiming,
  alive: Alive,
  returned: Returned,
  journalled: Journalled,
  inventoried: Inventoried,
  error: Failed,
} as const;
export const FromDaemon = z.discriminatedUnion("type", [
  Welcome,
  Policy,
  Granted,
  Denied,
  Queued,
  Offered,
  Reclaiming,
  Alive,
  Returned,
  Journalled,
  Inventoried,
  Failed,
]);
export type FromDaemon = z.infer<typeof FromDaemon>;
export type Message<Type extends FromDaemon["type"]> = Extract<FromDaemon, { type: Type }>;
