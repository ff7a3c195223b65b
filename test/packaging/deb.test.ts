import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildDeb, canBuildDebs } from "../../packaging/deb.ts";
import { shimDeb } from "../../packaging/shim-deb.ts";
import { System } from "../../packaging/system.ts";

const folder = mkdtempSync(join(tmpdir(), "seatmeter-deb-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Stands for the single file, which takes long to pack, and is tried by `npm run package`. */
const STAND_IN = "#!/bin/sh\necho stands in\n";

describe.skipIf(!canBuildDebs())("the shim's package for Debian", () => {
  let deb: string;
  let system: System;
  const root = join(folder, "root");
  const inRoot = (path: string) => join(root, path);

  beforeAll(async () => {
    const file = join(folder, "seatmeter");
    writeFileSync(file, STAND_IN);
    deb = await shimDeb("amd64", file, folder);
    system = new System(root);
  });

  test("is the same bytes when it is made again", async () => {
    const sum = (file: string) => createHash("sha256").update(readFileSync(file)).digest("hex");
    const other = join(folder, "again");
    mkdirSync(other);
    const file = join(folder, "seatmeter");
    // Rights and moments of the checkout, and the umask of whoever builds, are nobody's business.
    chmodSync(file, 0o700);
    const umask = process.umask(0o077);
    onTestFinished(() => void process.umask(umask));
    expect(sum(await shimDeb("amd64", file, other))).toBe(sum(deb));
  });

  test("has its rights from us alone, hidden files too", async () => {
    const from = join(folder, "of-packages");
    mkdirSync(join(from, ".hidden"), { recursive: true });
    writeFileSync(join(from, ".hidden/file"), "");
    chmodSync(join(from, ".hidden/file"), 0o620);
    chmodSync(join(from, ".hidden"), 0o700);
    const scripts = join(import.meta.dirname, "../../packaging/files/shim");
    const what = {
      name: "stand-in",
      architecture: "amd64",
      depends: "",
      description: ["stands in"],
      conffiles: [],
    } as const;
    const made = await buildDeb({ ...what, scripts, files: [{ to: "/usr/lib/stand-in", from }] }, folder);
    const listed = execFileSync("dpkg-deb", ["--contents", made], { encoding: "utf8" });
    expect(listed).toMatch(/^drwxr-xr-x root\/root .* \.\/usr\/lib\/stand-in\/\.hidden\/$/m);
    expect(listed).toMatch(/^-rw-r--r-- root\/root .* \.\/usr\/lib\/stand-in\/\.hidden\/file$/m);
  });

  test("is installed silently, told where its daemons are and how they come to know it; and is gone when it is purged", async () => {
    await system.dpkg({ SEATMETER_SERVER: "wss://seats.example", SEATMETER_ENROL_TOKEN: "once" }, "--install", deb);
    expect(execFileSync(inRoot("usr/bin/seatmeter"), { encoding: "utf8" })).toBe("stands in\n");
    expect(readFileSync(inRoot("etc/seatmeter/shim.yaml"), "utf8")).toContain('\ndaemons: ["wss://seats.example"]\n');
    expect(readFileSync(inRoot("etc/seatmeter/enrol"), "utf8")).toBe("once\n");
    expect(existsSync(inRoot("usr/lib/systemd/system/seatmeter-agent.service"))).toBe(true);

    // Another time, as for a newer version.
    await system.dpkg({ SEATMETER_SERVER: "wss://other.example" }, "--install", deb);
    expect(readFileSync(inRoot("etc/seatmeter/shim.yaml"), "utf8")).toContain("wss://seats.example");

    await system.dpkg({}, "--remove", "seatmeter");
    expect(existsSync(inRoot("usr/bin/seatmeter"))).toBe(false);
    expect(existsSync(inRoot("etc/seatmeter/shim.yaml"))).toBe(true);
    await system.dpkg({}, "--purge", "seatmeter");
    expect(existsSync(inRoot("etc/seatmeter"))).toBe(false);
  });

  test("does not pass for installed where it was told a daemon's address that is none", async () => {
    const told = system.dpkg({ SEATMETER_SERVER: "$(reboot)" }, "--install", deb);
    await expect(told).rejects.toThrow("no list of addresses");
    expect(await system.dpkg({}, "--status", "seatmeter")).toContain("half-configured");
    await system.dpkg({}, "--purge", "seatmeter");
  });
});

// Its files belong to a user of its own, which root alone can give away.
describe.skipIf(!canBuildDebs() || process.getuid?.() !== 0)("the daemon's package for Debian", () => {
  test("is upgraded where somebody did without its variables, and is gone but for what was counted when it is purged", async () => {
    const into = join(folder, "daemon");
    mkdirSync(into);
    const scripts = join(import.meta.dirname, "../../packaging/files/daemon");
    const root = join(folder, "server");
    const variables = join(root, "etc/seatmeter/daemon.env");
    const deb = await buildDeb(
      {
        ...{ name: "seatmeter-daemon", architecture: "amd64", depends: "", description: ["stands in"], scripts },
        conffiles: ["/etc/seatmeter/daemon.env"],
        files: [
          { to: "/etc/seatmeter/daemon.env", from: join(scripts, "daemon.env") },
          {
            to: "/usr/lib/seatmeter-daemon/seatmeter.example.yaml",
            from: join(import.meta.dirname, "../../seatmeter.example.yaml"),
          },
        ],
      },
      into,
    );
    const system = new System(root);
    await system.dpkg({}, "--install", deb);
    expect(existsSync(join(root, "etc/seatmeter/seatmeter.yaml"))).toBe(true);
    rmSync(variables);
    await system.dpkg({}, "--install", deb);
    expect(existsSync(variables)).toBe(false);
    const wants = join(root, "etc/systemd/system/multi-user.target.wants");
    mkdirSync(wants, { recursive: true });
    symlinkSync("/usr/lib/systemd/system/seatmeter.service", join(wants, "seatmeter.service"));
    await system.dpkg({}, "--purge", "seatmeter-daemon");
    expect(existsSync(join(root, "etc/seatmeter"))).toBe(false);
    expect(readdirSync(wants)).toEqual([]);
  });
});

describe.each([
  ["daemon", "seatmeter.service"],
  ["shim", "seatmeter-agent.service"],
])("the %s's package, told of by systemd", (whose, unit) => {
  const script = readFileSync(join(import.meta.dirname, `../../packaging/files/${whose}/postinst`), "utf8");
  // What it does where there is a systemd, on a machine without one.
  const [, does = ""] = /if \[ -d \/run\/systemd\/system \].*then\n([\s\S]*?)\n {2}fi\n/.exec(script) ?? [];
  const told = (isEnabled: boolean, before: string) => {
    const calls = `systemctl() { echo "$*"; [ "$1" != is-enabled ] || ${isEnabled}; }`;
    return execFileSync("sh", ["-ec", `${calls}\n${does}`, "postinst", "configure", before], { encoding: "utf8" });
  };

  test("begins at boot once it is installed", () => {
    expect(told(true, "")).toMatch(new RegExp(`^enable .*${unit}$`, "m"));
    expect(told(true, "")).toMatch(new RegExp(`^restart .*${unit}$`, "m"));
  });

  test("stays disabled where somebody disabled it, whichever version comes", () => {
    const lines = told(false, "0.0.1");
    expect(lines).toMatch(new RegExp(`^try-restart .*${unit}$`, "m"));
    expect(lines).not.toMatch(/^(?:enable|start|restart)\b/m);
    expect(told(true, "0.0.1")).toMatch(new RegExp(`^restart .*${unit}$`, "m"));
  });
});
