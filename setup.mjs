// @ts-check
/**
 * Makes ready what a fresh clone lacks, before anything is installed: `node setup.mjs PURPOSE` (NEEDS, below), which npm
 * runs before `start`, `check` and `test`. Plain JavaScript that Node 20 understands, and nothing but Node's modules.
 * Where our own Node is there already, it is imported before the daemon instead: a process of its own is a tenth of a start.
 *
 * It asks nothing, says in a line each what it does, and where all is there it says nothing at all. Where it may not
 * install, it says the line that would, and exits 78.
 */
import { spawn, spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const EXIT_SETTINGS = 78;
const LEAST_NODE = 24;
const LOCK_WAIT_SECONDS = 120;
const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, "node_modules", ".bin");

/**
 * Programs that are not npm packages: any one of `programs` will do, and `packages` are their names with each package
 * manager. `lost` is what one does without.
 *
 * @typedef {{ programs: string[], packages: Partial<Record<string, string>>, lost?: string }} Program
 * @typedef {"redis" | "openssl" | "slapd" | "postgres" | "prometheus" | "haproxy" | "etcd" | "chromium"} Service
 * @typedef {"xvfb" | "xdotool" | "openbox" | "zenity" | "import" | "gtkLaunch"} OfDesktop
 * @typedef {"wixl" | "msiinfo" | "xmllint"} OfPackages
 * @type {Record<Service | OfDesktop | OfPackages, Program>}
 */
const PROGRAMS = {
  redis: {
    programs: ["valkey-server", "redis-server"],
    packages: {
      "apt-get": "redis-server",
      dnf: "valkey",
      apk: "valkey",
      pacman: "valkey",
      zypper: "valkey",
      brew: "redis",
    },
  },
  openssl: {
    programs: ["openssl"],
    packages: {
      "apt-get": "openssl",
      dnf: "openssl",
      apk: "openssl",
      pacman: "openssl",
      zypper: "openssl",
      brew: "openssl",
    },
    lost: "the tests of TLS",
  },
  slapd: {
    programs: ["slapd"],
    packages: { "apt-get": "slapd", dnf: "openldap-servers", pacman: "openldap", zypper: "openldap2" },
    lost: "the tests with a real directory",
  },
  postgres: {
    // Debian's `postgres` lies in a folder of its version, and this beside it on the path.
    programs: ["pg_ctlcluster", "postgres"],
    packages: {
      "apt-get": "postgresql",
      dnf: "postgresql-server",
      apk: "postgresql",
      pacman: "postgresql",
      brew: "postgresql",
    },
    lost: "the tests with a real PostgreSQL",
  },
  prometheus: {
    programs: ["promtool"],
    packages: { "apt-get": "prometheus", apk: "prometheus", pacman: "prometheus", brew: "prometheus" },
    lost: "the tests with a real Prometheus",
  },
  haproxy: {
    programs: ["haproxy"],
    packages: { "apt-get": "haproxy", dnf: "haproxy", apk: "haproxy", pacman: "haproxy", brew: "haproxy" },
    lost: "the tests of daemons behind HAProxy",
  },
  etcd: {
    programs: ["etcd"],
    packages: { "apt-get": "etcd-server", dnf: "etcd", apk: "etcd", pacman: "etcd", brew: "etcd" },
    lost: "etcd among the peers of the benchmark",
  },
  chromium: {
    programs: ["chromium", "chromium-browser", "google-chrome"],
    packages: { "apt-get": "chromium", dnf: "chromium", apk: "chromium", pacman: "chromium", zypper: "chromium" },
    lost: "the tests in a browser",
  },
  // A desktop without a screen: a display, a window manager, hands at it, a menu, a dialog and a camera.
  xvfb: {
    programs: ["Xvfb"],
    packages: { "apt-get": "xvfb", dnf: "xorg-x11-server-Xvfb", apk: "xvfb", pacman: "xorg-server-xvfb" },
    lost: "the tests on a desktop",
  },
  xdotool: {
    programs: ["xdotool"],
    packages: { "apt-get": "xdotool", dnf: "xdotool", apk: "xdotool", pacman: "xdotool" },
    lost: "the tests with hands at a desktop",
  },
  openbox: {
    programs: ["openbox"],
    packages: { "apt-get": "openbox", dnf: "openbox", apk: "openbox", pacman: "openbox" },
    lost: "the tests of windows in frames",
  },
  zenity: {
    programs: ["zenity"],
    packages: { "apt-get": "zenity", dnf: "zenity", apk: "zenity", pacman: "zenity" },
    lost: "the tests of programs with windows",
  },
  import: {
    programs: ["import"],
    packages: { "apt-get": "imagemagick", dnf: "ImageMagick", apk: "imagemagick", pacman: "imagemagick" },
    lost: "the tests of what is on a desktop",
  },
  gtkLaunch: {
    programs: ["gtk-launch"],
    packages: { "apt-get": "libgtk-3-bin", dnf: "gtk3", apk: "gtk+3.0", pacman: "gtk3" },
    lost: "the tests of shortcuts",
  },
  wixl: {
    programs: ["wixl"],
    packages: { "apt-get": "wixl", dnf: "msitools", apk: "msitools", brew: "msitools" },
    lost: "the installer for Windows",
  },
  msiinfo: {
    programs: ["msiinfo"],
    packages: { "apt-get": "msitools", dnf: "msitools", apk: "msitools", brew: "msitools" },
    lost: "the installer for Windows",
  },
  xmllint: {
    programs: ["xmllint"],
    packages: { "apt-get": "libxml2-utils", dnf: "libxml2", apk: "libxml2-utils", pacman: "libxml2" },
    lost: "the checks of XML in packages",
  },
};

/** @type {OfDesktop[]} */
const DESKTOP = ["xvfb", "xdotool", "openbox", "zenity", "import", "gtkLaunch"];

/** @type {Record<string, Array<keyof typeof PROGRAMS>>} */
const NEEDS = {
  // With a ledger elsewhere, none is needed here.
  daemon: process.env.REDIS_URL ? [] : ["redis"],
  packages: [],
  bench: ["redis", "postgres", "etcd"],
  test: ["redis", "openssl", "slapd", "postgres", "prometheus", "haproxy", "chromium", ...DESKTOP, "xmllint"],
  package: ["wixl", "msiinfo", "xmllint"],
};

/** @type {Record<string, string>} */
const INSTALL = {
  "apt-get": "sudo apt-get install -y",
  dnf: "sudo dnf install -y",
  apk: "sudo apk add",
  pacman: "sudo pacman -S --noconfirm",
  zypper: "sudo zypper install -y",
  brew: "brew install",
};

const isRoot = process.getuid?.() === 0;

/** @param {string} line */
const say = (line) => console.log(`setup: ${line}`);

/** @param {string} line @returns {never} */
function giveUp(line) {
  console.error(`setup: ${line}`);
  process.exit(EXIT_SETTINGS);
}

/** @param {string} program */
function onPath(program) {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Run a program and keep what it says to ourselves, for the day it fails.
 *
 * @param {string} program @param {string[]} words @param {NodeJS.ProcessEnv} [settings]
 * @returns {Promise<{ ok: boolean, output: string }>}
 */
function run(program, words, settings = {}) {
  const child = spawn(program, words, {
    cwd: here,
    env: { ...process.env, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
    // npm is a batch file on Windows.
    shell: process.platform === "win32" && program === "npm",
  });
  let output = "";
  child.stdout.on("data", (text) => (output += text));
  child.stderr.on("data", (text) => (output += text));
  return new Promise((resolve) => {
    child.on("error", (error) => resolve({ ok: false, output: error.message }));
    child.on("close", (code) => resolve({ ok: code === 0, output: output.trimEnd() }));
  });
}

// npm packages

/**
 * @typedef {{ version?: string, integrity?: string, dev?: boolean, optional?: boolean, devOptional?: boolean }} Entry
 * @param {string} file @returns {Record<string, Entry> | undefined}
 */
function lockedPackages(file) {
  try {
    const { "": _us, ...packages } = JSON.parse(readFileSync(file, "utf8")).packages;
    return packages;
  } catch {
    return undefined;
  }
}

/**
 * Whether what is installed is what the lock file says. npm writes down what it installed when it has done so, in a
 * file like the lock file, so both are compared package by package: times of files say nothing after a `git clone`.
 * Optional packages may be missing (they are other platforms'), but not old; to start, those for development as well.
 *
 * @param {boolean} withDevelopment
 */
function packagesAreThere(withDevelopment) {
  const asked = lockedPackages(join(here, "package-lock.json"));
  const installed = lockedPackages(join(here, "node_modules", ".package-lock.json"));
  if (!asked) giveUp("package-lock.json is missing or damaged; get it back with `git checkout package-lock.json`");
  if (!installed) return false;
  const same = Object.entries(installed).every(
    ([path, { version, integrity }]) => asked[path]?.version === version && asked[path]?.integrity === integrity,
  );
  const complete = Object.entries(asked).every(
    ([path, { dev, optional, devOptional }]) =>
      path in installed || optional || devOptional || (dev && !withDevelopment),
  );
  return same && complete;
}

/** @param {boolean} withDevelopment */
async function installPackages(withDevelopment) {
  if (packagesAreThere(withDevelopment)) return;
  say("installing the npm packages (npm ci) …");
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  if (withDevelopment) words.push("--include=dev");
  // The Node that runs npm: our own may be the one among the packages, which are about to be replaced.
  const npm = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const { ok, output } = await (npm ? run(node, [npm, ...words]) : run("npm", words));
  if (!ok) giveUp(`npm ci failed:\n${output}`);
}

/**
 * npm runs our scripts with the Node among the packages, which comes first on their path. Where the platform has none,
 * or it cannot run there (it is linked with glibc), the system's own must be new enough.
 */
function checkNode() {
  if (Number.parseInt(process.versions.node, 10) >= LEAST_NODE) return;
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ""}` };
  const version = () =>
    Number.parseInt(spawnSync("node", ["-p", "process.versions.node"], { env, encoding: "utf8" }).stdout, 10);
  const link = join(bin, "node");
  if (Number.isNaN(version()) && existsSync(link)) {
    say("the Node among the packages does not run on this system; using the system's");
    rmSync(link);
  }
  if (version() >= LEAST_NODE) return;
  giveUp(
    `this is Node ${process.versions.node}, and there is no package of Node ${LEAST_NODE} ` +
      `for ${process.platform} ${process.arch}: install Node ${LEAST_NODE} or later`,
  );
}

// Programs

/** @param {Program} program */
const isThere = ({ programs }) => programs.some(onPath);

/** @param {Program} program */
function installLine({ packages }) {
  const manager = Object.keys(INSTALL).find(onPath);
  const name = manager && packages[manager];
  if (!name) return undefined;
  const line = `${INSTALL[manager]} ${name}`;
  return isRoot ? line.replace(/^sudo /, "") : line;
}

/**
 * Debian starts a service as soon as its package is installed, and at every boot. We want the program, not a second
 * Redis on its usual port, so while we install, the policy that Debian asks says no (deb-systemd-invoke, invoke-rc.d).
 *
 * @param {() => Promise<void>} work
 */
async function withoutStartingServices(work) {
  const policy = "/usr/sbin/policy-rc.d";
  const text = "#!/bin/sh\n# Of seatmeter's set-up, while it installs packages: no service is started.\nexit 101\n";
  // One that is there is the system's own; or ours, of a set-up that was killed.
  if (existsSync(policy) && readFileSync(policy, "utf8") !== text) return work();
  const remove = () => rmSync(policy, { force: true });
  const leave = () => process.exit(130);
  process.once("exit", remove).once("SIGINT", leave).once("SIGTERM", leave);
  writeFileSync(policy, text, { mode: 0o755 });
  await work();
  remove();
  process.off("exit", remove).off("SIGINT", leave).off("SIGTERM", leave);
}

/** @param {string[]} words */
async function aptGet(words) {
  const settings = { DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_MODE: "l" };
  const patience = ["-q", "-o", `DPkg::Lock::Timeout=${LOCK_WAIT_SECONDS}`];
  for (let waited = 0; ; waited++) {
    const result = await run("apt-get", [...patience, ...words], settings);
    // The time-out is for dpkg's lock alone; the lists have one of their own.
    if (result.ok || waited >= LOCK_WAIT_SECONDS || !result.output.includes("lists/lock")) return result;
    await delay(1_000);
  }
}

/** @param {Program[]} missing */
async function installWithApt(missing) {
  say("reading Debian's lists of packages (apt-get update) …");
  const update = await aptGet(["update"]);
  if (!update.ok) say(`apt-get update failed, going on with the lists that are there:\n${lastLines(update.output)}`);
  await withoutStartingServices(async () => {
    for (const { packages } of missing) {
      const name = packages["apt-get"] ?? "";
      say(`installing ${name} (apt-get install) …`);
      const { ok, output } = await aptGet(["install", "-y", "--no-install-recommends", name]);
      if (!ok) say(`${name} could not be installed:\n${lastLines(output)}`);
      else if (existsSync("/run/systemd/system")) await run("systemctl", ["disable", "--quiet", name]);
    }
  });
}

/** @param {string} output */
const lastLines = (output) => output.split("\n").slice(-8).join("\n");

/** @param {Array<keyof typeof PROGRAMS>} names */
async function installPrograms(names) {
  const missing = names.map((name) => PROGRAMS[name]).filter((program) => !isThere(program));
  if (missing.length > 0 && isRoot && onPath("apt-get")) await installWithApt(missing);

  for (const program of missing.filter((one) => !isThere(one))) {
    const [name] = program.programs.slice(-1);
    const line = installLine(program);
    const cure = line ? `run \`${line}\`` : `install ${program.programs.join(" or ")}`;
    if (program.lost) say(`${name} is not here, so ${program.lost} are skipped; to have them, ${cure}`);
    else giveUp(`${name} is not here: ${cure}${purpose === "daemon" ? ", or set REDIS_URL to one that runs" : ""}`);
  }
}

const isCommand = basename(process.argv[1] ?? "") === basename(fileURLToPath(import.meta.url));
const purpose = isCommand ? (process.argv[2] ?? "") : "daemon";
const programs = NEEDS[purpose];
if (!programs) giveUp(`usage: node setup.mjs ${Object.keys(NEEDS).join("|")}`);
await installPackages(purpose !== "daemon");
checkNode();
await installPrograms(programs);
