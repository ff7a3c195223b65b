import { posix, win32 } from "node:path";
import { stateFolder } from "../state-folder.mjs";

type Environment = Record<string, string | undefined>;

/** Who names another daemon, or another name, than the agent's, wants to be asked for alone. */
export const OTHERS_THAN_THE_AGENTS = [
  "SEATMETER_URL",
  "SEATMETER_TOKEN",
  "SEATMETER_TOKEN_FILE",
  "SEATMETER_DEVICE",
  "SEATMETER_DEVICE_KEY",
];

/** What `SEATMETER_AGENT` says where launches shall do without one. */
const NO_AGENT = "none";

/** Where the agent of the whole computer listens, and keeps what it knows. */
export function systemPlace({ platform, environment }: { platform: NodeJS.Platform; environment: Environment }) {
  if (platform === "win32") {
    const state = win32.join(environment.ProgramData ?? "C:\\ProgramData", "seatmeter", "agent");
    return { socket: "\\\\.\\pipe\\seatmeter-agent", state };
  }
  const folder = platform === "darwin" ? "/var/run/seatmeter" : "/run/seatmeter";
  return { socket: posix.join(folder, "agent.sock"), state: "/var/lib/seatmeter-agent" };
}

/** Where the agent of one person listens. */
export function personalSocket(platform: NodeJS.Platform, environment: Environment): string {
  if (platform === "win32") return `\\\\.\\pipe\\seatmeter-agent-${environment.USERNAME ?? "user"}`;
  return posix.join(stateFolder(environment), "agent.sock");
}

/**
 * The door of one person at the agent of the whole computer: a socket that only they may write to, so whoever comes in by
 * it is them. There is none on Windows, whose pipes tell nobody's name.
 */
export const ownDoor = (socket: string, uid: number) => posix.join(posix.dirname(socket), "of", `${uid}.sock`);

/** Where a launch looks for an agent, in this order; nowhere: it is to do without. */
export function agentSockets(environment: Environment, platform: NodeJS.Platform, uid: number | undefined): string[] {
  const named = environment.SEATMETER_AGENT;
  if (named === NO_AGENT) return [];
  if (!named && OTHERS_THAN_THE_AGENTS.some((name) => environment[name])) return [];
  const common = named || systemPlace({ platform, environment }).socket;
  const own = uid === undefined || platform === "win32" ? [] : [ownDoor(common, uid)];
  return [...own, common, ...(named ? [] : [personalSocket(platform, environment)])];
}
