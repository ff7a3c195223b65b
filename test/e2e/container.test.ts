import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { plainEnvironment, removeTree, Typed } from "../support/copied-tree.ts";
import { PROJECT, textOf } from "../support/source.ts";

/*
 * What can be known of the image without a container engine: what its Dockerfile copies is there, what it runs works on
 * nothing but that, and what it starts is a daemon which writes to its data alone.
 */

const PATIENCE_MS = 180_000;

const lines = textOf("Dockerfile")
  .replaceAll("\\\n", " ")
  .split("\n")
  .filter((line) => /^[A-Z]+ /.test(line))
  .map((line) => ({ word: line.slice(0, line.indexOf(" ")), rest: line.slice(line.indexOf(" ") + 1).trim() }));
const last = <Found>(found: Found[]) => found.at(-1) as Found;
const linesOf = (word: string) => lines.filter((line) => line.word === word).map((line) => line.rest);

/** Paths from the checkout that a stage copies. */
const copied = linesOf("COPY")
  .filter((rest) => !rest.startsWith("--from"))
  .flatMap((rest) => rest.split(/\s+/).slice(0, -1));

let image: string;
let data: string;

beforeAll(() => {
  image = mkdtempSync(join(tmpdir(), "seatmeter-image-"));
  data = mkdtempSync(join(tmpdir(), "seatmeter-data-"));
});

afterAll(() => {
  removeTree(image);
  rmSync(data, { recursive: true, force: true });
}, PATIENCE_MS);

test("everything that the image copies exists, and is let through to it", () => {
  const letThrough = textOf(".dockerignore").split("\n");
  expect(letThrough).toContain("*");
  for (const path of copied) {
    expect(existsSync(join(PROJECT, path)), path).toBe(true);
    expect(letThrough).toContain(`!${path}`);
  }
});

test("the image's daemon is not root, and keeps what it writes in a volume", () => {
  expect(last(linesOf("USER"))).toBe("node");
  expect(linesOf("VOLUME")).toEqual(["/data"]);
  expect(linesOf("ENV").join(" ")).toContain("SEATMETER_DATA=/data");
});

test("beside the ledger of the compose file, the daemon can change nothing of its image", () => {
  const { ledger, seatmeter } = parse(textOf("compose.yaml")).services;
  expect(seatmeter).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
  expect(ledger.command).toMatch(/--appendonly yes.*--maxmemory-policy noeviction/s);
});

test("the image's install and start lead to a daemon that writes to its data alone", {
  timeout: PATIENCE_MS,
}, async () => {
  for (const path of copied) cpSync(join(PROJECT, path), join(image, path), { recursive: true });
  const environment = plainEnvironment({
    NODE_ENV: "production",
    SEATMETER_DATA: data,
    SEATMETER_LISTEN: "127.0.0.1:0",
    SEATMETER_REGISTER: join(image, "seatmeter.example.yaml"),
  });
  // The image has one Node, the right one, and no other among the packages.
  environment.PATH = [dirname(process.execPath), environment.PATH].join(delimiter);
  const [install = ""] = linesOf("RUN").filter((line) => line.startsWith("npm "));
  execFileSync("bash", ["-c", install], { cwd: image, env: environment, stdio: "pipe" });
  expect(existsSync(join(image, "node_modules/vitest"))).toBe(false);
  expect(existsSync(join(image, "node_modules/.bin/node"))).toBe(false);

  const before = filesOf(image);
  const [program, ...words] = JSON.parse(last(linesOf("CMD"))) as string[];
  const daemon = new Typed([program, ...words].join(" "), image, environment);
  const [, url = ""] = await daemon.says(/^Ready at (\S+)$/m);
  const health = /CMD (\[.*\])$/.exec(last(linesOf("HEALTHCHECK")))?.[1] ?? "[]";
  const asked = { ...environment, SEATMETER_LISTEN: new URL(url).host };
  expect(await new Typed(JSON.parse(health).join(" "), image, asked).ended).toBe(0);
  expect((await fetch(url)).status).toBe(200);
  daemon.interrupt("SIGTERM");
  expect(await daemon.ended).toBe(0);
  expect(filesOf(image)).toEqual(before);
});

/** Every file below a directory with the moment it was last written. */
function filesOf(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => `${name} ${statSync(join(directory, name)).mtimeMs}`)
    .sort();
}
