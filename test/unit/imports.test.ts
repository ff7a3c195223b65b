import { basename, dirname } from "node:path";
import { expect, test } from "vitest";
import { importsOf, sourceFiles } from "../support/source.ts";

/**
 * WHO MAY IMPORT WHOM. Each folder, and the folders it may import from besides itself; a file of its own stands for
 * itself. What is not listed may import nothing of ours.
 */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "daemon/domain": [],
  "daemon/protocol": ["daemon/domain"],
  "daemon/register": ["daemon/domain"],
  "daemon/ledger": ["daemon/domain"],
  "daemon/metrics": ["daemon/domain"],
  "daemon/access": ["daemon/domain"],
  "daemon/privacy": ["daemon/domain"],
  // Where groups come from that people keep elsewhere: neither the register, whose list it only proposes, nor access.
  "daemon/directory": ["daemon/domain"],
  "daemon/sizing": ["daemon/domain"],
  "daemon/notices": ["daemon/domain"],
  "daemon/audit": ["domain", "history"].map(inDaemon),
  "daemon/imports": ["daemon/domain"],
  // What is installed, against what was bought and used.
  "daemon/compliance": ["daemon/domain"],
  "daemon/pages": [
    ...["domain", "protocol", "register", "ledger", "metrics", "access", "privacy"].map(inDaemon),
    ...["sizing", "renewals", "downloads", "audit", "compliance"].map(inDaemon),
  ],
  "daemon/front": [
    ...["domain", "protocol", "register", "ledger", "metrics", "access", "privacy", "pages"].map(inDaemon),
    ...["sizing", "renewals", "downloads", "audit", "compliance"].map(inDaemon),
  ],
  "daemon/history": ["daemon/domain"],
  // Bring the two together: the ledger's events, and the history that they become; in a thread of its own.
  "daemon/recording.ts": ["domain", "history", "ledger", "recorder-thread.ts"].map(inDaemon),
  "daemon/recorder-thread.ts": ["domain", "history", "ledger"].map(inDaemon),
  // Bring the two together: what is kept of use, and what follows from it; in a thread of its own.
  "daemon/renewals": ["domain", "history", "sizing", "compliance"].map(inDaemon),
  // What is known of renewals, as files for spreadsheets and calendars.
  "daemon/downloads": ["domain", "sizing", "renewals", "audit", "compliance"].map(inDaemon),
  // What doors may tell of the past: names asked about, pseudonyms looked up, and what was just recorded.
  "daemon/past.ts": [
    ...["domain", "front", "history", "ledger", "privacy", "renewals"].map(inDaemon),
    ...["recording.ts", "register-in-force.ts"].map(inDaemon),
  ],
  "daemon/settings.ts": ["daemon/domain"],
  "daemon/register-in-force.ts": ["domain", "register", "ledger", "audit"].map(inDaemon),
  // Brings the two together: what a directory says, and the register that all daemons obey.
  "daemon/directories.ts": ["domain", "directory", "register", "register-in-force.ts"].map(inDaemon),
  // Brings together what is known of today, and who is told.
  "daemon/noticing.ts": [
    ...["audit", "domain", "history", "ledger", "notices", "recording.ts", "register-in-force.ts"].map(inDaemon),
  ],
  // Brings together what the history knows to be borrowed and assigned, and the ledger that lost it.
  "daemon/rebuilding.ts": [
    ...["domain", "front", "history", "ledger", "privacy", "recording.ts", "register-in-force.ts"].map(inDaemon),
  ],
  "daemon/rereading.ts": [],
  "daemon/version.ts": [],
  "daemon/main.ts": ["domain", "settings.ts", "daemon.ts", "version.ts", "front/log.ts"].map(inDaemon),
  "daemon/healthcheck.ts": ["daemon/settings.ts"],
  // The composition root knows everybody.
  "daemon/daemon.ts": ["daemon"],
  "daemon/doors.ts": ["daemon"],
  "daemon/door-checks.ts": ["daemon"],
  "client-shim": ["daemon/domain", "daemon/protocol", "daemon/imports"],
  dashboards: ["daemon/metrics"],
  // Looks at the demo as browser tests look at a daemon.
  "demo/pictures.ts": ["demo/pages.ts", "test/support"],
  // A composition root of its own: the daemon, its history, and shims.
  demo: ["daemon", "client-shim"],
  bench: ["daemon", "client-shim", "test/support", "packaging"],
  // Puts what is there into packages.
  packaging: ["client-shim"],
};

/** Commands that read a file as the daemon would: with the daemon's own reader, or they would not agree. */
const EXCEPTIONS: Record<string, readonly string[]> = {
  "client-shim/audit.ts": ["daemon/audit", "daemon/history"],
  "client-shim/audited.ts": ["daemon/audit", "daemon/history"],
  "client-shim/history.ts": ["daemon/audit", "daemon/history"],
  "client-shim/register.ts": ["daemon/register"],
  "client-shim/import-register.ts": ["daemon/register"],
  "client-shim/import-log.ts": ["history", "privacy", "renewals", "settings.ts"].map(inDaemon),
  "client-shim/import-log-text.ts": ["daemon/history"],
  "client-shim/named-files.ts": ["daemon/access", "daemon/directory", "daemon/front", "daemon/notices"],
  "client-shim/ticket-key.ts": ["daemon/access"],
  "client-shim/token.ts": ["daemon/access"],
};

/** Packages that only one part of the product may know. */
const ONLY_IN: Record<string, string> = {
  ioredis: "daemon/ledger",
  ldapts: "daemon/directory",
  nodemailer: "daemon/notices",
  kysely: "daemon/history",
  pg: "daemon/history",
};

/** What the words of the domain may use of Node: nothing that reads, writes, listens or waits. */
const PURE_MODULES = ["node:assert", "node:crypto", "node:util"];

const sources = sourceFiles("daemon", "client-shim", "demo", "dashboards", "bench", "packaging").map(importsOf);

function inDaemon(folder: string): string {
  return `daemon/${folder}`;
}

const lies = (path: string, part: string) => path === part || path.startsWith(`${part}/`);

/** The line of the table that a file comes under. */
const partOf = (file: string) => Object.keys(MAY_IMPORT).find((part) => lies(file, part));

test("no file imports from a folder that is not its to know", () => {
  const trespasses = sources.flatMap(({ file, ours }) => {
    const part = partOf(file) ?? file;
    const allowed = [part, ...(MAY_IMPORT[part] ?? []), ...(EXCEPTIONS[file] ?? [])];
    return ours
      .filter((imported) => imported !== "package.json" && !allowed.some((folder) => lies(imported, folder)))
      .map((imported) => `${file} imports ${imported}`);
  });
  expect(trespasses).toEqual([]);
});

test("every source file comes under a line of the table", () => {
  expect(sources.map(({ file }) => file).filter((file) => partOf(file) === undefined)).toEqual([]);
});

test("no folder imports, however far round, from one that imports it", () => {
  const uses = new Map<string, Set<string>>();
  for (const { file, ours } of sources) {
    const from = partOf(file) ?? file;
    for (const imported of ours) {
      const to = partOf(imported) ?? imported;
      if (to !== from) uses.set(from, (uses.get(from) ?? new Set()).add(to));
    }
  }
  const roundFrom = (part: string, way: readonly string[]): string[] => {
    if (way.includes(part)) return [[...way.slice(way.indexOf(part)), part].join(" → ")];
    return [...(uses.get(part) ?? [])].flatMap((next) => roundFrom(next, [...way, part]));
  };
  expect([...uses.keys()].flatMap((part) => roundFrom(part, []))).toEqual([]);
});

test("each of the packages that one part owns is imported there alone", () => {
  const strays = sources.flatMap(({ file, others }) =>
    others
      .filter((name) => name in ONLY_IN && !lies(file, ONLY_IN[name] ?? "") && !lies(file, "bench"))
      .map((name) => `${file} imports ${name}`),
  );
  expect(strays).toEqual([]);
});

test("the domain does no I/O", () => {
  const impure = sources
    .filter(({ file }) => lies(file, "daemon/domain"))
    .flatMap(({ file, others }) => others.map((name) => ({ file, name })))
    .filter(({ name }) => name.startsWith("node:") && !PURE_MODULES.includes(name));
  expect(impure).toEqual([]);
});

test("no file passes on what others export: one imports a thing from where it is", () => {
  const barrels = sources.filter(({ file }) => /^index\.(ts|js)$/.test(basename(file)));
  expect(barrels.map(({ file }) => file)).toEqual([]);
});

test("the exceptions are about files that exist, and are needed", () => {
  for (const [file, folders] of Object.entries(EXCEPTIONS)) {
    const imported = sources.find((source) => source.file === file)?.ours.flatMap((one) => [one, dirname(one)]) ?? [];
    expect(imported, file).toEqual(expect.arrayContaining([...folders]));
  }
});
