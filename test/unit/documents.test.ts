import { globSync, statSync } from "node:fs";
import { basename } from "node:path";
import { expect, test } from "vitest";
import { COMMANDS } from "../../client-shim/commands.ts";
import { DENIALS } from "../../daemon/domain/denials.ts";
import { ERRORS } from "../../daemon/domain/errors.ts";
import { INCIDENTS, REFUSED_AGAIN } from "../../daemon/domain/incidents.ts";
import { periodInWords, RETENTION } from "../../daemon/domain/retention.ts";
import { METRICS, type Metric } from "../../daemon/metrics/table.ts";
import { STATEMENT } from "../../daemon/pages/accessibility.ts";
import { keysAsText, keysOf } from "../../daemon/register/keys.ts";
import { readRegister } from "../../daemon/register/read.ts";
import { registerJsonSchema } from "../../daemon/register/schema.ts";
import { SETTINGS } from "../../daemon/settings.ts";
import { BOARDS } from "../../dashboards/boards.ts";
import { DENIED_DESKTOP, MOST_BYTES, PICTURES } from "../../demo/pages.ts";
import { PROJECT, textOf } from "../support/source.ts";

const documents = globSync(["*.md", "daemon/*.md", "docs/**/*.md", "bench/*.md", "dashboards/*.md"], { cwd: PROJECT });

/** The rows below a heading of a document, cells without the marks of code. */
function tableUnder(heading: string, text: string): string[][] {
  const section = text.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "));
  return rows.slice(2).map((row) => row.split(" | ").map((cell) => cell.replace(/^\|\s*|\s*\|$/g, "").trim()));
}

const code = (text: string | undefined) => text?.replace(/^`|`$/g, "") ?? "";
const yes = (claim: boolean) => (claim ? "yes" : "no");

test("the README tells every setting, with its meaning and what holds without it", () => {
  const told = tableUnder("Settings", textOf("README.md")).map(([name, ...rest]) => [code(name), ...rest]);
  expect(told).toEqual(Object.entries(SETTINGS).map(([name, one]) => [name, one.meaning, one.default]));
});

test("the README tells every exit code that a denial or an error has", () => {
  const told = tableUnder("Exit codes", textOf("README.md")).map(([number]) => Number(number));
  const given = new Set([0, ...[...Object.values(ERRORS), ...Object.values(DENIALS)].map(({ exit }) => exit)]);
  expect(told).toEqual([...given].sort((one, other) => one - other));
});

test("every denial is explained, with its exit code and status", () => {
  const told = tableUnder("Denials", textOf("docs/answers.md")).map(([reason, , ...rest]) => [code(reason), ...rest]);
  const given = Object.entries(DENIALS);
  expect(told).toEqual(given.map(([reason, one]) => [reason, yes(one.seats), String(one.exit), String(one.status)]));
});

test("every error is explained, with its status, exit code and whether to ask again", () => {
  const told = tableUnder("Errors", textOf("docs/answers.md")).map(([name, , ...rest]) => [code(name), ...rest]);
  const given = Object.entries(ERRORS);
  expect(told).toEqual(given.map(([name, one]) => [name, String(one.status), String(one.exit), yes(one.retry)]));
});

test("every incident is told, with whose it is and what happened", () => {
  const told = tableUnder("Incidents", textOf("docs/audit.md")).map(([name, ...rest]) => [code(name), ...rest]);
  expect(told).toEqual(Object.entries(INCIDENTS).map(([name, { roles, says }]) => [name, roles.join(", "), says]));
  const text = textOf("docs/audit.md").replace(/\s+/g, " ");
  expect(text).toContain(`is ${REFUSED_AGAIN.most} times within an hour`);
  expect(REFUSED_AGAIN.windowMs).toBe(3_600_000);
  expect(text).toContain(`Rows are kept for ${periodInWords(RETENTION.audit.period)}.`);
});

test("every board is named with its uid and what it answers", () => {
  const told = tableUnder("Boards", textOf("dashboards/README.md")).map(([title, uid, answers]) => [
    title,
    code(uid),
    answers,
  ]);
  expect(told).toEqual(BOARDS.map(({ title, uid, answers }) => [title.replace(/^seatmeter: /, ""), uid, answers]));
  const named = BOARDS.map(({ title }) => title.replace(/^seatmeter: (one )?/, ""));
  const list = /\n- \[dashboards.*?\n- /s.exec(textOf("README.md"))?.[0].replace(/\s+/g, " ") ?? "";
  expect(named.filter((title) => !list.includes(title))).toEqual([]);
});

test("every metric is explained, with its type and labels, and whether all daemons show the same", () => {
  const told = tableUnder("The table", textOf("docs/metrics.md")).map(([name, type, labels, ...rest]) => [
    ...[code(name), type, labels?.replaceAll("`", "")],
    ...rest,
  ]);
  const given = Object.entries<Metric>(METRICS);
  expect(told).toEqual(
    given.map(([name, one]) => [name, one.type, one.labels.join(", "), yes(!!one.shared), one.help]),
  );
});

test("the papers on privacy say for how long what is kept, as the product does unless the register says otherwise", () => {
  const told = tableUnder("How long", textOf("docs/privacy/dpia.md"));
  const given = Object.values(RETENTION).map(({ period, what, where }) => [periodInWords(period), what, where]);
  expect(told).toEqual(given);
  const { sessions, days, journal } = RETENTION;
  const notice = textOf("docs/privacy/staff-notice.md");
  for (const { period } of [sessions, days, journal]) expect(notice).toContain(periodInWords(period));
  expect(textOf("docs/privacy/lawful-basis.md")).toContain(periodInWords(sessions.period));
  expect(notice.replace(/\s+/g, " ")).toContain("not for judging anybody's attendance or performance");
});

test("the example register names everything that may be kept for longer or shorter, as it is where nothing is said", () => {
  const [, example = ""] = /^# privacy:\n((?:# {3}.*\n?)+)/m.exec(textOf("seatmeter.example.yaml")) ?? [];
  const read = readRegister(`organisation: Exampleshire\nprivacy:\n${example.replaceAll(/^# /gm, "")}`, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  for (const one of Object.values(RETENTION)) {
    if (!("key" in one)) continue;
    expect(example).toMatch(new RegExp(`^# {3}${one.key}: `, "m"));
    expect(read.register.privacy[one.key]).toEqual(one.period);
  }
});

test("every npm script that a document names exists", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  const named = documents.flatMap((document) =>
    [...textOf(document).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(
      ([, run, short]) => run ?? short ?? "",
    ),
  );
  expect(named).not.toEqual([]);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("every command of seatmeter that a document names exists", () => {
  const named = documents.flatMap((document) =>
    [...textOf(document).matchAll(/npx seatmeter ([a-z]+)/g)].map(([, command]) => command ?? ""),
  );
  expect(new Set(named)).toContain("run");
  expect(named.filter((name) => !(name in COMMANDS))).toEqual([]);
});

test("the README never has a launcher ask the public registry for our name", () => {
  const section = textOf("README.md").split("\n## On a laptop or desk\n")[1]?.split("\n## ")[0] ?? "";
  const code = [...section.matchAll(/```\w*\n(.*?)```/gs)].map(([, text]) => text).join("");
  expect(code).toContain("/opt/seatmeter/client-shim/seatmeter.mjs run");
  expect(code).not.toContain("npx");
});

test("the pictures are those of the table, said in words too, and small", () => {
  const shown = [...textOf("docs/pages.md").matchAll(/!\[(.*?)\]\((.*?)\)/g)].map(([, alt, file]) => ({ alt, file }));
  expect(shown).toEqual([...PICTURES, DENIED_DESKTOP].map(({ name, alt }) => ({ alt, file: `pictures/${name}.png` })));
  const made = globSync("docs/pictures/*", { cwd: PROJECT });
  expect(made.sort()).toEqual(shown.map(({ file }) => `docs/${file}`).sort());
  expect(made.filter((file) => statSync(`${PROJECT}/${file}`).size > MOST_BYTES)).toEqual([]);
});

test("whoever starts the daemon has its young generation be of one size, wherever that is written", () => {
  const starts = ["package.json", "Dockerfile", "docs/server.md", "packaging/files/daemon/seatmeter.service"];
  for (const file of starts) {
    const sizes = textOf(file).match(/--m(?:in|ax)-semi-space-size=\d+/g) ?? [];
    expect([...new Set(sizes)].sort(), file).toEqual(["--max-semi-space-size=16", "--min-semi-space-size=16"]);
  }
});

test("every link from one document to another leads somewhere", () => {
  const broken = documents.flatMap((document) => {
    const folder = document.slice(0, -basename(document).length);
    const links = [...textOf(document).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, to]) => `${folder}${to}`);
    return links.filter((link) => globSync(link, { cwd: PROJECT }).length === 0).map((link) => `${document}: ${link}`);
  });
  expect(broken).toEqual([]);
});

test("what the README and the register's own document show of a register is understood as a part of one", () => {
  const shown = ["README.md", "docs/register.md"]
    .flatMap((document) => [...textOf(document).matchAll(/^( *)```yaml\n(.*?)^\1```/gms)])
    .map(([, indent = "", text = ""]) => text.replaceAll(new RegExp(`^${indent}`, "gm"), ""))
    .filter((text) => /^(groups|access):/.test(text));
  const mistakes = shown.flatMap((text) => {
    const read = readRegister(`organisation: Exampleshire\n${text}`, {});
    return "mistakes" in read ? read.mistakes : [];
  });
  expect(shown).toHaveLength(2);
  expect(mistakes).toEqual([]);
});

test("the accessibility statement says on its page what it says in the documents", () => {
  const document = textOf("docs/accessibility.md").replace(/\s+/g, " ");
  const said = [
    STATEMENT.title,
    ...STATEMENT.sections.flatMap(({ heading, paragraphs = [], list = [] }) => [heading, ...paragraphs, ...list]),
  ];
  expect(said.length).toBeGreaterThan(10);
  expect(said.filter((text) => !document.includes(text))).toEqual([]);
});

test("what is told of single sign-on is every key that a register may have of it, and an example that loads", () => {
  const text = textOf("docs/single-sign-on.md");
  const example = /```yaml\n(.*?)```/s.exec(text)?.[1] ?? "";
  const read = readRegister(`organisation: Exampleshire\n${example}`, {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  const { oidc, tokensFile, ...rest } = read.register.access.people ?? {};
  const keys = Object.entries(oidc ?? {}).flatMap(([key, value]) =>
    key === "roles" ? Object.keys(value).map((part) => `${key}.${part}`) : [key],
  );
  const told = text.split("\n").flatMap((line) => /^\| `([\w.]+)` \|/.exec(line)?.[1] ?? []);
  expect(told.sort()).toEqual([...keys, ...Object.keys(rest)].sort());
});

test("every key of the register is told, with its meaning and what holds without it", () => {
  const keys = keysOf(registerJsonSchema());
  expect(keys.filter(({ means }) => means === "")).toEqual([]);
  expect(textOf("docs/register.md").endsWith(keysAsText(keys))).toBe(true);
});

test("the example register has no mistakes, and three seats that each launch takes for itself", () => {
  const read = readRegister(textOf("seatmeter.example.yaml"), {});
  if ("mistakes" in read) throw new Error(JSON.stringify(read.mistakes));
  const pool = read.register.pools.demo;
  expect(read.warnings).toEqual([]);
  expect(pool?.seatFor).toEqual(["session"]);
  expect(pool?.entitlements.map(({ seats, ends }) => ({ seats, ends }))).toEqual([{ seats: 3, ends: undefined }]);
});
