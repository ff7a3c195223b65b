import { z } from "zod";
import { DeviceName, folded, printable, UserName } from "../domain/names.ts";
import { CONSEQUENCES, LIMIT_KINDS, type Limit as LimitOfRegister, METRICS, PURPOSE } from "../domain/register.ts";
import { periodInWords, RETENTION } from "../domain/retention.ts";
import { Entitlement } from "./entitlement.ts";
import { Group } from "./group.ts";
import { Notices } from "./notices.ts";
import { PeopleAccess } from "./people.ts";
import { AllowRule, Day, Duration, Hours, KeptFor, Network, Timezone } from "./written.ts";

/*
 * The register as people write it. What several parts of it must agree on is checked in rules.ts, and so are the names
 * of sites, groups, products and pools: a badly named one is looked into all the same.
 */

const DAY_MS = 86_400_000;
const MOST_SEATS = 1_000_000;

const Line = printable(200);
const FileName = printable(1_000);
/** A bare number would lose its last zero: 2026.10 is 2026.1. */
const Version = printable(64).describe('A version in quotes: "2026"; it covers "2026.1.2"');
const named = <Part extends z.ZodType>(part: Part) =>
  z.record(z.string(), part).meta({ propertyNames: { pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$" } });

const Site = z.strictObject({
  name: Line.describe("How pages call it").exactOptional(),
  networks: z.array(Network).min(1).describe("Addresses of this site: 10.10.0.0/16; the longest prefix wins"),
});

const VersionWindow = z.strictObject({
  current: Version,
  previous: Version.exactOptional(),
  required: z.boolean().prefault(false).describe("Refuse a launch that does not say its version"),
  exceptions: z
    .array(
      z.strictObject({
        version: Version,
        until: Day.describe("Last day"),
        reason: Line.describe("Why it still may be"),
      }),
    )
    .prefault([])
    .describe("Other versions that may be launched for a while"),
});

const Device = z.strictObject({
  retired: z
    .union([z.literal(true), Day], "must be true, or the first day on which it may launch nothing")
    .describe("Taken out of service: true, or from this day on")
    .exactOptional(),
  note: Line.describe("Why, for the record").exactOptional(),
});

/** What a launch takes of a pool: one seat, or as many as are said beside it. */
const PoolOfProduct = z.union(
  [
    z.string(),
    z.strictObject({
      pool: z.string().describe("Its name, where a launch takes several seats of it"),
      seats: z.int().min(1).max(MOST_SEATS).describe("How many seats a launch takes"),
    }),
  ],
  "must be a pool's name, or { pool: its name, seats: how many a launch takes }",
);

const Pattern = Line.regex(/[^*?\s]/, "stands for anything: write some letters of it");

/** Which of what is installed is meant. */
const InstalledRule = z.strictObject({
  name: Pattern.describe("AutoCAD 20*: `*` stands for any text, `?` for a character; case does not count"),
  publisher: Pattern.describe("Only of this publisher: Autodesk*").exactOptional(),
  version: Pattern.describe("Only these versions: 25.*").exactOptional(),
});
const FreeRule = z
  .strictObject({ ...InstalledRule.shape, name: InstalledRule.shape.name.exactOptional() })
  .refine(({ name, publisher }) => name !== undefined || publisher !== undefined, "needs a name or a publisher");

const Product = z.strictObject({
  name: Line.describe("How people call it, on pages and where they launch it").exactOptional(),
  publisher: Line.describe("Who makes it").exactOptional(),
  owner: Line.describe("Whom people ask who were denied: a person or a team, usually an address"),
  versions: VersionWindow.describe("Which versions may be launched; without it, any").exactOptional(),
  executables: z.array(Line).prefault([]).describe("Names of its programs: acad.exe"),
  flexnet: z.array(Line).prefault([]).describe("Its names in FlexNet logs"),
  pools: z.array(PoolOfProduct).min(1).describe("Pools whose seats it takes, asked in this order: cheapest first"),
  whenUnreachable: z
    .enum(["allow", "refuse"])
    .prefault("allow")
    .describe("What a launch does while the daemon cannot be reached; allowed ones are reported afterwards"),
  permittedUse: z
    .strictObject({
      text: Line.describe("One sentence"),
      attest: z.boolean().prefault(false).describe("The person has to say yes, or there is no launch"),
    })
    .describe("What it may be used for, shown at each launch")
    .exactOptional(),
  onDenied: z.enum(CONSEQUENCES).prefault("tell").describe("What an agent does to a program without a seat"),
  onReclaimed: z
    .enum(CONSEQUENCES)
    .prefault("tell")
    .describe("What happens to a program whose seat was reclaimed: it runs on, or is asked to close"),
  aliases: z.array(z.string()).prefault([]).describe("Other names by which it is launched"),
  installed: z
    .array(InstalledRule)
    .prefault([])
    .describe("How it is called where it is installed; without it, by its name and publisher"),
});

const Limit = z
  .strictObject({
    group: z.string().describe("All its members together").exactOptional(),
    user: UserName.describe("One person").exactOptional(),
    device: DeviceName.describe("One computer").exactOptional(),
    each: z.enum(["user", "device"]).describe("Each that has no limit by name").exactOptional(),
    seats: z.int().min(0).max(MOST_SEATS).describe("At most so many"),
  })
  .transform(({ seats, ...named }, context): LimitOfRegister => {
    const [kind, ...more] = LIMIT_KINDS.filter((kind) => named[kind] !== undefined);
    if (kind === undefined || more.length > 0) {
      context.addIssue("is for one of group, user, device, or each: user, each: device");
      return z.NEVER;
    }
    const name = named[kind]!;
    return { kind, name: kind === "user" || kind === "device" ? folded(name) : name, seats };
  });

const Reservation = z.strictObject({
  group: z.string().describe("Who may take them"),
  seats: z.int().min(1).max(MOST_SEATS).describe("How many are kept for it"),
  from: Day.describe("First day").exactOptional(),
  until: Day.describe("Last day").exactOptional(),
});

const Overdraft = z.strictObject({
  seats: z.int().min(1).max(MOST_SEATS).describe("At most so many at once"),
  days: z.int().min(1).max(3_660).describe("Only so long after its first use in an entitlement's term").exactOptional(),
});

const Idle = z.strictObject({
  after: Duration(60_000, DAY_MS).describe("Without a key or a move of the mouse"),
  // biome-ignore lint/suspicious/noThenProperty: it is the register's word, and its reader never awaits it.
  then: z.enum(["warn", "reclaim"]).describe("warn: the person is told; reclaim: others get the seat"),
  countdown: Duration(10_000, DAY_MS).prefault("5m").describe("For the person to say: still in use"),
});

const Borrow = z.strictObject({
  maxDays: z.int().min(1).max(366).describe("For so long at most"),
  seats: z.int().min(0).max(MOST_SEATS).describe("Most seats that are borrowed at once").exactOptional(),
  keepFree: z.int().min(0).max(MOST_SEATS).prefault(0).describe("Seats that stay free for those who do not borrow"),
});

const BreakGlass = z.strictObject({
  groups: z.array(z.string()).min(1).describe("Who is on duty"),
  perUserPerMonth: z.int().min(1).max(1_000).prefault(1).describe("So often in a calendar month"),
});

const Lease = z.strictObject({
  ttl: Duration(3_000, DAY_MS)
    .prefault("60s")
    .describe("A seat comes back so long after its program was last heard of"),
  heartbeatEvery: Duration(1_000, DAY_MS).describe("How often a program is heard of; a third of ttl").exactOptional(),
});

const Pool = z.strictObject({
  metric: z
    .enum(METRICS)
    .prefault("concurrent")
    .describe("concurrent: who uses it now; named-user, device: seats are assigned; site: as many as there are"),
  seatFor: z
    .array(z.enum(["user", "device", "session"]))
    .min(1)
    .describe("Launches that agree on these share a seat; [session]: each takes its own")
    .meta({ default: ["user", "device"] })
    .exactOptional(),
  sharedBy: z.int().min(1).max(1_000).describe("Launches that share a seat at most").exactOptional(),
  holdDays: z
    .int()
    .min(1)
    .max(366)
    .describe("named-user, device: a seat stays assigned so long without use; 90 if not said")
    .exactOptional(),
  sites: z
    .record(z.string(), z.strictObject({ seats: z.int().min(0).max(MOST_SEATS).describe("At most so many there") }))
    .prefault({})
    .describe("Most seats in use at a site; 0: none may be"),
  onlySites: z.array(z.string()).min(1).describe("Everybody elsewhere is refused").exactOptional(),
  allow: z
    .array(AllowRule)
    .prefault([])
    .describe("Who may: group:planning, user:, device:, site:, network:; none: all"),
  deny: z.array(AllowRule).prefault([]).describe("Who may not, allowed or not"),
  limits: z.array(Limit).prefault([]).describe("Most seats of a group, a person, a computer, or of each"),
  reservations: z.array(Reservation).prefault([]).describe("Seats that only a group may take, on some days or always"),
  overdraft: Overdraft.describe("Seats above what was bought that may be granted, and are reported").exactOptional(),
  linger: Duration(0, DAY_MS)
    .prefault("0s")
    .describe("A seat is kept so long for who gave it back, unless somebody else needs it"),
  queue: z
    .strictObject({ maxWait: Duration(10_000, DAY_MS).describe("For so long at most") })
    .describe("Launches may wait for a seat")
    .exactOptional(),
  idle: Idle.describe("What happens to a seat that nobody works with").exactOptional(),
  borrow: Borrow.describe("Seats may be taken along for use without the network").exactOptional(),
  enforcement: z
    .enum(["enforce", "observe"])
    .prefault("enforce")
    .describe("observe: every rule is run and nobody is denied"),
  breakGlass: BreakGlass.describe("Who may launch without a free seat, giving a reason").exactOptional(),
  lease: Lease.prefault({}).describe("When a program that is not heard of any more loses its seat"),
  entitlements: z.array(Entitlement).prefault([]).describe("What was bought: the seats in force are their sum"),
  showHolders: z.boolean().prefault(false).describe("A person who is denied may read who has the seats"),
  aliases: z.array(z.string()).prefault([]).describe("Earlier names"),
});

const Access = z.strictObject({
  shims: z
    .strictObject({
      tokensFile: FileName.describe("Tokens that computers share with the daemon: for trials").exactOptional(),
      enrolment: z
        .literal(true, "must be true, or left out")
        .describe("Keys made on the computers, which `seatmeter enrol` makes known")
        .exactOptional(),
      certificateAuthority: FileName.describe("PEM: who signed the computers' own certificates").exactOptional(),
    })
    .describe("Who may ask for seats, by any of these ways")
    .exactOptional(),
  people: PeopleAccess.describe("Who may read pages and act").exactOptional(),
});

const Privacy = z.strictObject({
  keysFile: FileName.describe(
    "Keys of pseudonyms, apart from the database; else with the daemon's data",
  ).exactOptional(),
  keepSessions: KeptFor(1, 36)
    .prefault(periodInWords(RETENTION.sessions.period))
    .describe("Launches, seats and denials, under pseudonym"),
  keepDays: KeptFor(36, 300)
    .prefault(periodInWords(RETENTION.days.period))
    .describe("Use by day, without persons; decisions and notes"),
  keepAudit: KeptFor(12, 120)
    .prefault(periodInWords(RETENTION.audit.period))
    .describe("What administrators and auditors did, with their names"),
  keepInventory: KeptFor(1, 36)
    .prefault(periodInWords(RETENTION.inventory.period))
    .describe("What is installed on a computer, since that was last heard of"),
});

export const RegisterFile = z
  .strictObject({
    organisation: Line.describe("Whose register this is"),
    timezone: Timezone.prefault("Europe/London"),
    purpose: Line.prefault(PURPOSE).describe("What the figures are for, and what not: it stands on every page"),
    revision: z.int().min(1).describe("Where written, it must grow with every change").exactOptional(),
    workingHours: Hours.prefault("Mon-Fri 08:00-18:00").describe(
      "When people work: what is typical, and what counts as full, is of these hours",
    ),
    holidays: z
      .union([z.literal("england"), z.array(Day)], "is written england (its bank holidays), or as a list of days")
      .prefault("england")
      .describe("Days that are no working days"),
    sites: named(Site).prefault({}).describe("Places, found from the network; any other address is `elsewhere`"),
    groups: named(Group).prefault({}).describe("People, for allow and deny"),
    devices: z.record(z.string(), Device).prefault({}).describe("Computers taken out of service"),
    products: named(Product).prefault({}).describe("What people launch"),
    pools: named(Pool).prefault({}).describe("Seats that are counted together"),
    freeSoftware: z.array(FreeRule).prefault([]).describe("What may be installed without a licence"),
    access: Access.prefault({}).describe("Who may come in; without it, everybody on this computer"),
    tls: z
      .strictObject({
        certificateFile: FileName.describe("The daemon's certificate, and those that it was signed with"),
        keyFile: FileName.describe("Its private key"),
      })
      .describe("PEM files by which the daemon itself speaks TLS; read again when they change")
      .exactOptional(),
    notices: Notices.describe("Who is told of notice dates, ends, overdrafts and refusals").exactOptional(),
    privacy: Privacy.prefault({}).describe("What is kept of persons, and for how long"),
    trustedProxies: z
      .array(Network)
      .prefault([])
      .describe("Networks whose word on an address is believed: X-Forwarded-For, PROXY"),
    behindProxy: z.boolean().prefault(false).describe("A proxy in front of the daemon ends TLS"),
    proxyProtocol: z
      .boolean()
      .prefault(false)
      .describe("Connections from trustedProxies begin with a PROXY header, version 1 or 2"),
    limits: z
      .strictObject({
        leasesPerDevice: z.int().min(1).max(MOST_SEATS).prefault(256).describe("Leases that one computer may hold"),
        connectionsPerDevice: z.int().min(1).max(MOST_SEATS).prefault(64).describe("Connections that it may have"),
      })
      .prefault({})
      .describe("So that no computer takes everything; terminal servers need more"),
  })
  .describe("seatmeter.yaml: who may launch what, where, on how many seats");
export type RegisterFile = z.infer<typeof RegisterFile>;

/** JSON Schema of the file as people write it, for editors that complete and check it. */
export function registerJsonSchema(): object {
  return z.toJSONSchema(RegisterFile, { io: "input" });
}
