import { basename } from "node:path";
import { userNamed } from "./accounts.ts";
import { answerOf } from "./answer.ts";
import type { Listing, Process, Processes } from "./seen-program.ts";

const EVERY_MS = 2_000;
const COLUMNS = "pid=,ppid=,uid=,lstart=,comm=";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const LINE =
  /^\s*(?<pid>\d+)\s+(?<parent>\d+)\s+(?<uid>\d+)\s+\w{3} (?<month>\w{3})\s+(?<day>\d+) (?<time>[\d:]{8}) (?<year>\d{4})\s+(?<path>.+?)\s*$/;

/**
 * Processes of macOS, as `ps` lists them: a system's program that is started for each look, because macOS tells nothing in
 * files. Only the file that runs is known there, not the words it was started with, so no scripts are seen.
 */
export class MacProcesses implements Listing {
  readonly everyMs = EVERY_MS;
  #known: Processes = new Map();

  async list(): Promise<{ processes: Processes }> {
    const text = await answerOf("ps", ["-axo", COLUMNS], { env: { LC_ALL: "C", TZ: "UTC" } });
    if (text === undefined) throw new Error("ps, which lists what runs, fails here");
    const own = process.getuid?.();
    const processes = new Map(
      processesIn(text)
        .filter(({ owner }) => own === 0 || owner === own)
        .map((one) => [one.pid, this.#asKnown(one)]),
    );
    this.#known = processes;
    return { processes };
  }

  userOf = ({ owner }: Process) => userNamed(Number(owner));

  /** Its file system does not tell `AutoCAD` from `autocad`. */
  fold = (name: string) => name.toLowerCase();

  #asKnown(process: Process): Process {
    const known = this.#known.get(process.pid);
    return known?.path === process.path && known.startedAtMs === process.startedAtMs ? known : process;
  }
}

/** Times must have been asked for in UTC. */
export function processesIn(text: string): Process[] {
  return text.split("\n").flatMap((line) => {
    const { pid, parent, uid, month, day, time, year, path } = LINE.exec(line)?.groups ?? {};
    if (path === undefined || !MONTHS.includes(month!)) return [];
    const [hours, minutes, seconds] = time!.split(":").map(Number);
    return {
      pid: Number(pid),
      parent: Number(parent),
      path,
      names: namesIn(path),
      owner: Number(uid),
      startedAtMs: Date.UTC(Number(year), MONTHS.indexOf(month!), Number(day), hours, minutes, seconds),
    };
  });
}

/** Its file, and the application that it is the file of: `Electron` says little, `Visual Studio Code.app` all. */
function namesIn(path: string): string[] {
  const application = /([^/]+\.app)\/Contents\/MacOS\/[^/]+$/.exec(path)?.[1];
  return [basename(path), ...(application ? [application] : [])];
}
