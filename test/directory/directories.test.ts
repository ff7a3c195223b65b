import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { Directories } from "../../daemon/directories.ts";
import { type Reading, readDirectory } from "../../daemon/directory/search.ts";
import { wallTime } from "../../daemon/domain/calendar.ts";
import { SeatmeterError } from "../../daemon/domain/errors.ts";
import { indexOf } from "../../daemon/domain/register-index.ts";
import { openLog } from "../../daemon/front/log.ts";
import { RegisterInForce, readRegisterFile } from "../../daemon/register-in-force.ts";
import { startDaemon } from "../support/daemon.ts";
import { useLedger } from "../support/ledger.ts";
import { program } from "../support/programs.ts";
import { READER, STAFF, startDirectory, type TestDirectory } from "../support/slapd.ts";

const { openLedger } = useLedger();
const today = () => wallTime(Date.now(), "Europe/London").date;
const account = (uid: string, department = "Planning") => ({ cn: uid, uid, department, title: "CAD" });

/** What a register says of the group; the directory is at `url`. */
const registerOf = (url: string, change = "") => `organisation: Exampleshire
groups:
  cad:
    members: [listed]
    directory:
      url: ${url}
      base: ${STAFF}
      filter: (title=CAD)
      bindDn: ${READER}
      passwordFile: password.txt
pools:
  cad: { allow: ["group:cad"], entitlements: [{ reference: A, seats: 3, starts: 2020-01-01 }] }
products:
  cad: { owner: me, pools: [cad] }
${change}`;

describe.skipIf(!program("slapd") || !program("openssl"))("the members that a directory knows", () => {
  let server: TestDirectory;
  let prefix: string;
  const stopping: (() => unknown)[] = [];
  beforeAll(async () => {
    server = await startDirectory();
  });
  afterAll(() => server.end());
  beforeEach(async () => {
    prefix = `${randomUUID()}:`;
    for (const uid of ["asmith", "bjones"]) await server.add(account(uid));
  });
  afterEach(async () => {
    for (const stop of stopping.splice(0).reverse()) await stop();
    await server.start();
    for (const uid of ["asmith", "bjones", "cwhite"]) await server.remove(uid).catch(() => {});
  });

  /** A daemon's register and its directories, which have answered once when this is over. */
  async function daemon(text = registerOf(server.url), read: typeof readDirectory = readDirectory) {
    const data = mkdtempSync(join(tmpdir(), "seatmeter-directories-"));
    const path = join(server.folder, `${randomUUID()}.yaml`);
    writeFileSync(path, text);
    const ledger = await openLedger({ prefix });
    const lines: string[] = [];
    const log = openLog("info", { write: (line) => void lines.push(line) });
    const register = new RegisterInForce({ ledger, data, log });
    await register.start(readRegisterFile(path));
    const directories = new Directories({ register, folder: server.folder, log, read });
    directories.start();
    if (read === readDirectory) await directories.settled();
    stopping.push(
      () => rmSync(data, { recursive: true }),
      () => register.stop(),
      () => directories.stop(),
    );
    return {
      ledger,
      register,
      directories,
      path,
      rewrite: (next: string) => writeFileSync(path, next),
      async asked() {
        directories.reload();
        await directories.settled();
      },
      groups: (user: string, atMs = Date.now()) => indexOf(register.current.register).person(user, atMs).groups,
      list: () => register.listOf("cad"),
      warnings: () => lines.filter((line) => line.includes('"level":40')).map((line) => JSON.parse(line).msg),
      said: () => lines.join(""),
    };
  }
  const isNearMidnight = () => wallTime(Date.now() + 20_000, "Europe/London").date !== today();

  test("are published with the register, and every daemon decides by them", async () => {
    const [one, other] = [await daemon(), await daemon()];

    expect([one, other].map(({ register }) => register.current.revision)).toEqual([2, 2]);
    expect([one.groups("ASmith"), other.groups("bjones"), other.groups("listed")]).toEqual([["cad"], ["cad"], ["cad"]]);
    expect(one.groups("cwhite")).toEqual([]);
    expect(await one.ledger.publication()).toMatchObject({
      author: "directory cad",
      text: registerOf(server.url),
      files: { "directory:cad": "user,department,contractEnds,from,until\nasmith,Planning,,,\nbjones,Planning,,,\n" },
    });
  });

  test("are asked for again and again, and published only when they changed", async () => {
    const one = await daemon();
    await one.asked();
    await one.asked();
    expect(one.register.current.revision).toBe(2);
  });

  test("are taken once where several daemons find them at once", async () => {
    const daemons = await Promise.all([1, 2, 3].map(() => daemon()));
    await Promise.all(daemons.map(({ register }) => register.refresh()));

    expect(daemons.map(({ register }) => register.current.revision)).toEqual([2, 2, 2]);
    expect(daemons.flatMap(({ warnings }) => warnings())).toEqual([]);
  });

  test("change as people come, go, return and change departments, and the past stays as it was", async ({ skip }) => {
    if (isNearMidnight()) skip("it is nearly midnight");
    const one = await daemon();
    const was = indexOf(one.register.current.register).person("asmith", Date.parse("2026-01-01"));

    await server.add(account("cwhite"));
    await server.remove("bjones");
    await server.change("asmith", account("asmith", "Housing"));
    await one.asked();
    const day = today();
    const rows = () => one.list()?.split("\n").slice(1, -1);
    expect(rows()).toEqual([
      expect.stringMatching(/^asmith,Planning,,,\d{4}-\d\d-\d\d$/),
      `asmith,Housing,,${day},`,
      `bjones,Planning,,,${day}`,
      `cwhite,Planning,,${day},`,
    ]);
    const index = indexOf(one.register.current.register);
    expect(index.person("asmith", Date.parse("2026-01-01"))).toEqual(was);
    expect(index.person("asmith", Date.now())).toEqual({ groups: ["cad"], department: "Housing" });
    expect(one.said()).toContain('"members":2,"came":1,"left":1');
    // Who left is a member until the day is over, and not after it.
    expect([one.groups("bjones"), one.groups("bjones", Date.now() + 86_400_000)]).toEqual([["cad"], []]);

    await server.add(account("bjones"));
    await one.asked();
    expect(rows()?.filter((row) => row.startsWith("bjones"))).toEqual(["bjones,Planning,,,"]);
  });

  test("are nobody while a directory was never reached, which is warned of once and keeps no daemon from starting", async () => {
    await server.stop();
    const one = await daemon();
    await one.asked();

    expect([one.groups("asmith"), one.groups("listed")]).toEqual([[], ["cad"]]);
    expect(one.warnings()).toEqual([
      "the directory cannot be reached: nobody listens there; the group has no members of it until it can",
    ]);
    await server.start();
    await one.asked();
    expect(one.groups("asmith")).toEqual(["cad"]);
    expect(one.said()).toContain("the directory answers again");
  });

  test("stay in force while a directory is away, for daemons that start meanwhile too", async () => {
    const one = await daemon();
    await server.stop();
    await one.asked();
    await one.asked();
    const other = await daemon();

    expect([one.groups("asmith"), other.groups("asmith")]).toEqual([["cad"], ["cad"]]);
    const warning = "the directory cannot be reached: nobody listens there; those it named last stay in force";
    expect([one.warnings(), other.warnings()]).toEqual([[warning], [warning]]);
  });

  test("stay in force where it suddenly finds nobody, or the password was changed", async () => {
    const one = await daemon();
    await server.change("asmith", { uid: "asmith" });
    await server.change("bjones", { uid: "bjones" });
    await one.asked();
    expect(one.groups("asmith", Date.now() + 86_400_000)).toEqual(["cad"]);
    expect(one.warnings()).toEqual([
      "the directory finds nobody any more: look at base, filter and the rights of bindDn; those it named last stay in force",
    ]);

    const other = await daemon(registerOf(server.url).replace("password.txt", "wrong.txt"));
    expect(other.warnings().join("\n")).toContain("differs from this daemon's file");
    await other.register.apply(registerOf(server.url).replace("password.txt", "wrong.txt"), {}, "admin");
    await other.asked();
    expect(other.groups("asmith")).toEqual(["cad"]);
    expect(other.warnings().join("\n")).toContain("refuses bindDn with the password of passwordFile");
  });

  test("stay with a register that is changed, and with its file, which does not count as another one", async () => {
    const one = await daemon();
    await one.register.reload(one.path);
    expect([one.register.current.revision, one.register.fileDiffers]).toEqual([2, false]);

    one.rewrite(registerOf(server.url, "timezone: Europe/Paris\n"));
    await one.register.reload(one.path);
    expect([one.register.current.revision, one.groups("asmith")]).toEqual([3, ["cad"]]);
    await one.register.apply(registerOf(server.url), { "directory:cad": "user\nsomebody\n" }, "admin");
    expect([one.groups("asmith"), one.groups("somebody")]).toEqual([["cad"], []]);
  });

  test("are asked for again soon where the ledger was away as they changed, and not when their hour is over", async () => {
    const one = await daemon();
    await server.remove("bjones");
    const away = vi.spyOn(one.ledger, "publish").mockRejectedValue(new SeatmeterError("ledger_unavailable", "away"));
    const timer = vi.spyOn(globalThis, "setTimeout");
    onTestFinished(() => timer.mockRestore());
    await one.asked();
    away.mockRestore();

    expect(one.groups("bjones")).toEqual(["cad"]);
    const delays = timer.mock.calls.map(([, ms]) => ms ?? 0);
    expect(Math.max(...delays)).toBeGreaterThan(50_000);
    expect(Math.max(...delays)).toBeLessThan(70_000);
    expect(one.warnings()).toEqual([]);
  });

  test("go with the directory, and are asked for anew where a register has another one", async () => {
    const one = await daemon();
    await one.register.apply(registerOf(server.url).replace("(title=CAD)", "(uid=asmith)"), {}, "admin");
    await vi.waitFor(() => expect(one.list()).toContain(`bjones,Planning,,,${today()}`));
    await one.register.apply("organisation: Exampleshire\ngroups: { cad: { members: [listed] } }\n", {}, "admin");

    expect([one.groups("asmith"), one.groups("listed"), one.list()]).toEqual([[], ["cad"], undefined]);
  });

  test("do not stand in the way of a file that counts its revisions", async () => {
    const one = await daemon(registerOf(server.url, "revision: 1\n"));
    expect([one.register.current.revision, one.groups("asmith")]).toEqual([2, ["cad"]]);
  });

  test("stand in no log", async () => {
    const one = await daemon();
    await server.remove("bjones");
    await one.asked();
    await server.stop();
    await one.asked();
    expect(one.said()).not.toMatch(/asmith|bjones|correct horse/);
  });

  test("are read by a daemon as it is started, relative to its register, and again when it is told to", async () => {
    const text = registerOf(server.url).replace("password.txt", join(server.folder, "password.txt"));
    await using one = await startDaemon({ register: text });
    const files = async () => {
      const answer = (await (await fetch(`${one.httpUrl}/api/v1/register`)).json()) as {
        files: Record<string, string>;
      };
      return answer.files["directory:cad"];
    };
    await vi.waitFor(async () => expect(await files()).toContain("asmith"), { timeout: 60_000 });
    await server.add(account("cwhite"));
    process.kill(one.pid, "SIGHUP");
    await vi.waitFor(async () => expect(await files()).toContain("cwhite"), { timeout: 60_000 });
    expect(await one.stop()).toBe(0);
  });

  test("are no reason to wait: a daemon stops while a directory is silent", async () => {
    const silent = (_: unknown, { signal }: { signal?: AbortSignal }) =>
      new Promise<Reading>((resolve) => signal?.addEventListener("abort", () => resolve({ failed: "was cut off" })));
    const one = await daemon(registerOf(server.url), silent);
    await one.directories.stop();

    expect(one.groups("listed")).toEqual(["cad"]);
    expect(one.warnings()).toEqual([]);
  });
});
