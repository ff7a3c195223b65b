import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { askProgramToClose } from "../../client-shim/programs/close.ts";
import { idleMs } from "../../client-shim/programs/idle.ts";
import { placesOf } from "../../client-shim/programs/linux-desktops.ts";
import type { SeenProgram } from "../../client-shim/programs/seen-program.ts";
import { tellPerson } from "../../client-shim/programs/tell-person.ts";
import { watchPrograms } from "../../client-shim/programs/watch.ts";
import { openDisplay } from "../../client-shim/programs/x11.ts";
import { idleOn, windowsOf } from "../../client-shim/programs/x11-windows.ts";
import { type Desktop, missingOnDesktop, startDesktop } from "../support/desktop.ts";

const missing = missingOnDesktop();
const { username: user, uid, homedir: home } = userInfo();

describe.skipIf(missing)(`on a desktop${missing ? ` (${missing} is not installed)` : ""}`, () => {
  let desktop: Desktop;
  let watch: { stop(): void };
  const seen = new Map<string, SeenProgram>();
  const ended: number[] = [];

  beforeAll(async () => {
    desktop = await startDesktop();
    watch = watchPrograms(() => new Set(["mapper", "drawer", "plotter", "painter", "keeper"]), {
      started: (program) => seen.set(program.executable, program),
      ended: ({ pid }) => ended.push(pid),
    });
  });
  afterAll(async () => {
    watch?.stop();
    await desktop?.[Symbol.asyncDispose]();
  });

  const window = (title: string) => desktop.window(`^${title}$`);
  const started = async (name: string) => {
    await expect.poll(() => seen.get(name)).toBeDefined();
    return seen.get(name)!;
  };

  test("a program that its own shortcut starts is seen, with whose it is and since when", async () => {
    const path = desktop.install("mapper");
    desktop.shortcut("mapper", "mapper --info --title=Mapper --text=Map");
    const before = Date.now();
    await desktop.click("mapper");
    const program = await started("mapper");
    expect(program).toMatchObject({ executable: "mapper", path, user });
    // The kernel counts in hundredths of a second.
    expect(program.startedAtMs).toBeGreaterThan(before - 1_000);
    expect(program.startedAtMs).toBeLessThan(Date.now() + 1_000);
  });

  test("it closes as by the cross of its window, and that it ended is seen", async () => {
    const program = await started("mapper");
    await window("Mapper");
    await askProgramToClose(program);
    await expect.poll(() => ended).toContain(program.pid);
  });

  test("a program in a window of its script's child is asked, and the script ends with it", async () => {
    desktop.install("drawing-board");
    const script = join(desktop.env.HOME!, "drawer");
    writeFileSync(script, "#!/bin/sh\ndrawing-board --info --title=Drawer --text=Drawing\ntrue\n", { mode: 0o755 });
    const child = desktop.start(script);
    const program = await started("drawer");
    expect(program.pid).toBe(child.pid);
    await window("Drawer");
    await askProgramToClose(program);
    await expect.poll(() => child.exitCode).toBe(0);
  });

  test("a program that has no window is sent SIGTERM, and nobody else who has its number by now", async () => {
    const script = join(desktop.env.HOME!, "plotter");
    writeFileSync(script, "#!/bin/sh\nwhile :; do sleep 1; done\n", { mode: 0o755 });
    const child = desktop.start(script);
    const program = await started("plotter");
    await askProgramToClose({ ...program, startedAtMs: program.startedAtMs - 60_000 });
    expect(child.signalCode).toBeNull();
    await askProgramToClose(program);
    await expect.poll(() => child.signalCode).toBe("SIGTERM");
  });

  test("a program that asks whether to save is left to ask", async () => {
    desktop.install("kept-window");
    const script = join(desktop.env.HOME!, "keeper");
    const asks = "kept-window --question --title=Save --text='Save the drawing?'";
    writeFileSync(script, `#!/bin/sh\nkept-window --info --title=Keeper --text=Kept\n${asks}\n`, { mode: 0o755 });
    const child = desktop.start(script);
    const program = await started("keeper");
    await window("Keeper");
    await askProgramToClose(program);
    const question = await window("Save");
    expect([child.exitCode, child.signalCode]).toEqual([null, null]);
    await desktop.xdotool("windowactivate", "--sync", question, "key", "Return");
    await expect.poll(() => child.exitCode).toBe(0);
  });

  test("what is told is on the screen letter by letter, and stands there once", async () => {
    desktop.install("painter");
    const child = desktop.start("painter", "--info", "--title=Painter", "--text=Paint");
    await window("Painter");
    const telling = {
      user,
      pid: child.pid!,
      title: "--help <b>No seat</b>",
      text: "All <b>12</b> seats of Painter & Sons\u001b[31m are in use by EXAMPLE\\nadia.\nAsk it.desk@exampleshire.example.",
    };
    expect(await tellPerson(telling)).toBe(true);
    expect(await tellPerson(telling)).toBe(true);
    const shown = await desktop.windows("No seat");
    expect(shown).toHaveLength(1);
    expect(await desktop.xdotool("getwindowname", shown[0]!)).toBe("--help <b>No seat</b>\n");
    if (process.env.SEATMETER_PICTURE) writeFileSync(process.env.SEATMETER_PICTURE, await desktop.picture());
    await desktop.xdotool("windowactivate", "--sync", shown[0]!, "key", "Return");
  });

  test("somebody is idle since they last typed", async () => {
    const places = await placesOf(user);
    expect(places?.desktops.map(({ DISPLAY }) => DISPLAY)).toContain(desktop.display);
    using display = await openDisplay(desktop.env, { uid, gid: 0, home });
    const before = (await idleOn(display!))!;
    await expect.poll(() => idleOn(display!)).toBeGreaterThan(before);
    const pressedAtMs = Date.now();
    await desktop.xdotool("key", "a");
    const idle = (await idleOn(display!))!;
    expect(idle).toBeLessThanOrEqual(Date.now() - pressedAtMs);
  });

  describe.skipIf(uid !== 0)("of somebody else, for an agent that is root", () => {
    const nobody = { uid: 65_534, gid: 65_534 };
    let folder: string;
    let theirs: ChildProcess;
    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "sm-nobody-"));
      const cookies = join(folder, "cookies");
      copyFileSync(desktop.env.XAUTHORITY!, cookies);
      for (const path of [folder, cookies]) chownSync(path, nobody.uid, nobody.gid);
      // An address that is a command: it is theirs to set, and for whoever takes it from them to run.
      const DBUS_SESSION_BUS_ADDRESS = `unixexec:path=/usr/bin/touch,argv1=${folder}/made`;
      const env = { DISPLAY: desktop.display, XAUTHORITY: cookies, LANG: "C.UTF-8", DBUS_SESSION_BUS_ADDRESS };
      theirs = spawn("sleep", ["600"], { ...nobody, stdio: "ignore", env: { ...env, GTK_MODULES: "theirs" } });
    });
    afterAll(() => {
      theirs.kill();
      rmSync(folder, { recursive: true, force: true });
    });

    test("what is told is shown as that person, and nothing else of their environment comes along", async () => {
      expect(await tellPerson({ user: "nobody", pid: theirs.pid!, title: "For nobody", text: "Hello" })).toBe(true);
      const dialog = (await desktop.xdotool("getwindowpid", await window("For nobody"))).trim();
      expect(statSync(`/proc/${dialog}`).uid).toBe(nobody.uid);
      expect(readFileSync(`/proc/${dialog}/environ`, "utf8")).not.toContain("GTK_MODULES");
      for (const made of readdirSync(folder)) expect(statSync(join(folder, made)).uid, made).toBe(nobody.uid);
      process.kill(Number(dialog));
    });

    test("their idleness is that of the places they use, and of a display that has ended nothing is asked", async () => {
      expect(await idleMs("nobody")).toBeTypeOf("number");
      const left = spawn("sleep", ["600"], { ...nobody, stdio: "ignore", env: { DISPLAY: ":59999" } });
      await expect.poll(async () => (await placesOf("nobody"))?.desktops).toHaveLength(2);
      expect(await idleMs("nobody")).toBeTypeOf("number");
      left.kill();
    });

    test("where one of their places does not tell, they do not count as idle", async () => {
      const elsewhere = spawn("sleep", ["600"], { ...nobody, stdio: "ignore", env: { DISPLAY: "localhost:10.0" } });
      await expect.poll(async () => (await placesOf("nobody"))?.desktops).toHaveLength(2);
      expect(await idleMs("nobody")).toBeUndefined();
      elsewhere.kill();
    });
  });

  test("a display is not entered without its cookie, nor with a file of cookies that is somebody else's", async () => {
    const { XAUTHORITY: _, ...without } = desktop.env;
    expect(await openDisplay(without, { uid, gid: 0, home: "/nonexistent" })).toBeUndefined();
    expect(await openDisplay(desktop.env, { uid: uid + 1, gid: 0, home: "/nonexistent" })).toBeUndefined();
  });
});

test.runIf(process.platform === "linux")(
  "a display that goes while it is asked tells nothing, and is no fault of ours",
  async () => {
    mkdirSync("/tmp/.X11-unix", { recursive: true, mode: 0o1777 });
    const number = 20_000 + (process.pid % 40_000);
    // It lets everybody in, with a screen, and hears no question.
    const welcome = Buffer.alloc(72);
    welcome.writeUInt8(1, 0);
    welcome.writeUInt16LE(16, 6);
    const going = createServer((caller) => {
      caller.once("data", () => {
        caller.write(welcome);
        caller.once("data", () => caller.destroy());
      });
    }).listen(`/tmp/.X11-unix/X${number}`);
    await once(going, "listening");
    const open = async () => (await openDisplay({ DISPLAY: `:${number}` }, { uid, gid: 0, home }))!;
    using one = await open();
    using other = await open();

    expect(await idleOn(one)).toBeUndefined();
    expect(await windowsOf(other, new Set([process.pid]))).toEqual([]);
    going.close();
  },
);
