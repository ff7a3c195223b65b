import { existsSync, readFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { trustAuthorities } from "./authorities.ts";
import { stateFolder } from "./state-folder.mjs";

/** Where the daemons are, in the order to try them, and by which token we are known there. */
export interface Daemons {
  addresses: URL[];
  token?: string;
  /** Where the key lies that `seatmeter enrol` makes. */
  deviceKeyFile?: string;
  /** This computer's own certificate and its key, PEM, where its authority issues such. */
  certificate?: { certificateFile: string; keyFile: string };
  /** A file with the authorities, PEM, that vouch for their certificates besides those that are known anyway. */
  authorityFile?: string;
}

type Environment = Record<string, string | undefined>;

const DEFAULT_ADDRESS = "ws://127.0.0.1:7070";

/**
 * THE TABLE of environment variables: SEATMETER_URL (addresses with commas between), SEATMETER_TOKEN,
 * SEATMETER_TOKEN_FILE, SEATMETER_DEVICE_KEY, SEATMETER_CERTIFICATE_FILE and SEATMETER_KEY_FILE, SEATMETER_CA_FILE,
 * SEATMETER_STATE (folder for what is kept between launches), SEATMETER_DEVICE and SEATMETER_USER (the names to go by, claims
 * like the operating system's own), and the site-wide file, above which on Windows stands a policy.
 *
 * Errors: SeatmeterError settings_invalid.
 */
export async function daemonsFrom(
  environment: Environment = process.env,
  file = siteWideFile(),
  policy = policyOfSystem,
): Promise<Daemons> {
  const written = environment.SEATMETER_URL
    ? {}
    : { ...(existsSync(file) && (await siteWide(file))), ...(await policy()) };
  const listed = (environment.SEATMETER_URL || undefined)?.split(",") ?? written.daemons ?? [DEFAULT_ADDRESS];
  const origin = environment.SEATMETER_URL ? "SEATMETER_URL" : file;
  const addresses = listed.map((text) => daemonAddress(text.trim(), origin));
  const token = tokenFrom(environment, written.tokenFile);
  const authorityFile = environment.SEATMETER_CA_FILE || written.certificateAuthorityFile;
  const deviceKeyFile =
    environment.SEATMETER_DEVICE_KEY || written.deviceKeyFile || join(stateFolder(environment), "device-key.json");
  const certificate = certificateFrom(environment, written);
  return {
    ...{ addresses, deviceKeyFile },
    ...(token !== undefined && { token }),
    ...(certificate && { certificate }),
    ...(authorityFile && { authorityFile }),
  };
}

/**
 * The daemons to speak to from here on. Where that is over TLS, those who vouch for them are trusted from here on, too.
 *
 * @param url what the person wrote after `--url`; else the settings decide
 * Errors: SeatmeterError settings_invalid.
 */
export async function daemonsAt(url?: string): Promise<Daemons> {
  const daemons =
    url === undefined
      ? await daemonsFrom()
      : { ...(await daemonsFrom({ ...process.env, SEATMETER_URL: url })), addresses: [daemonAddress(url, "--url")] };
  // Reading them all takes a tenth of a second, which a launch without TLS need not wait for.
  if (daemons.addresses.some(isSecure)) trustAuthorities(daemons.authorityFile);
  return daemons;
}

/** Errors: SeatmeterError settings_invalid. */
export function daemonAddress(text: string, origin: string): URL {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address && /^(ws|http)s?:$/.test(address.protocol) && address.hostname !== "") return address;
  throw new SeatmeterError(
    "settings_invalid",
    `${origin}: "${text}" is no address; write ws://HOST:PORT or wss://HOST.`,
  );
}

/** Errors: SeatmeterError settings_invalid. */
export function readCertificate({ certificateFile, keyFile }: NonNullable<Daemons["certificate"]>) {
  try {
    return { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  } catch (cause) {
    const why = `This computer's certificate cannot be read: ${reasonOf(cause)}.`;
    throw new SeatmeterError("settings_invalid", why, { cause });
  }
}

/** The same daemon's address for another protocol: `ws` or `http`, with TLS where it has TLS, and this path behind it. */
export function addressFor(protocol: "ws" | "http", address: URL, path: string): URL {
  return new URL(
    `${protocol}${isSecure(address) ? "s" : ""}://${address.host}${address.pathname.replace(/\/$/, "")}${path}`,
  );
}

const isSecure = ({ protocol }: URL) => protocol === "wss:" || protocol === "https:";

function tokenFrom(environment: Environment, fileWritten?: string): string | undefined {
  if (environment.SEATMETER_TOKEN) return asToken(environment.SEATMETER_TOKEN, "SEATMETER_TOKEN");
  const file = environment.SEATMETER_TOKEN_FILE || fileWritten;
  return file ? asToken(textOf(file), file) : undefined;
}

/** A token goes into a header, and what cannot stand there is none. It is never shown. */
function asToken(text: string, origin: string): string {
  const token = text.trim();
  if (/^[!-~]*$/.test(token)) return token;
  const why = `${origin} holds no token: that is one word, of the letters, digits and signs of ASCII.`;
  throw new SeatmeterError("settings_invalid", why);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new SeatmeterError("settings_invalid", `The token cannot be read: ${reasonOf(cause)}.`, { cause });
  }
}

function certificateFrom(environment: Environment, written: SiteWide): Daemons["certificate"] {
  const certificateFile = environment.SEATMETER_CERTIFICATE_FILE || written.certificateFile;
  const keyFile = environment.SEATMETER_KEY_FILE || written.keyFile;
  if (certificateFile && keyFile) return { certificateFile, keyFile };
  if (!certificateFile && !keyFile) return undefined;
  const [there, missing] = certificateFile ? ["certificateFile", "keyFile"] : ["keyFile", "certificateFile"];
  throw new SeatmeterError("settings_invalid", `${there} is set, and ${missing} is not: the two belong together.`);
}

/** `/etc/seatmeter/shim.yaml`, written by whoever looks after the computers. */
function siteWideFile(): string {
  if (process.platform === "win32") return join(process.env.ProgramData ?? "C:\\ProgramData", "seatmeter", "shim.yaml");
  return "/etc/seatmeter/shim.yaml";
}

/** THE TABLE of files that the site-wide file may name. */
export const SITE_WIDE_FILES = [
  "tokenFile",
  "deviceKeyFile",
  "certificateFile",
  "keyFile",
  "certificateAuthorityFile",
] as const;

/** What stands in the site-wide file, or in a policy of Windows. */
export type SiteWide = { daemons?: string[] } & { [File in (typeof SITE_WIDE_FILES)[number]]?: string };

/** On Windows a policy stands above the file. */
async function policyOfSystem(): Promise<SiteWide> {
  return process.platform === "win32" ? (await import("./windows-policy.ts")).windowsPolicy() : {};
}

async function siteWide(file: string): Promise<SiteWide> {
  const { parse } = await import("yaml");
  const invalid = (why: string) => new SeatmeterError("settings_invalid", `${file}: ${why}.`);
  let written: unknown;
  try {
    written = parse(readFileSync(file, "utf8")) ?? {};
  } catch (cause) {
    throw invalid(`cannot be read: ${reasonOf(cause)}`);
  }
  if (typeof written !== "object" || Array.isArray(written))
    throw invalid("a line of it is such as daemons: wss://HOST");
  const { daemons, ...files } = written as Record<string, unknown>;
  const unknown = Object.keys(files).find((name) => !SITE_WIDE_FILES.some((known) => known === name));
  if (unknown !== undefined) throw invalid(`${unknown} is no setting; there are daemons, ${listed(SITE_WIDE_FILES)}`);
  const list = typeof daemons === "string" ? [daemons] : daemons;
  if (list !== undefined && !(Array.isArray(list) && list.length > 0 && list.every((one) => typeof one === "string")))
    throw invalid("daemons is a list of addresses such as wss://seats.example");
  for (const [name, value] of Object.entries(files)) {
    if (typeof value !== "string") throw invalid(`${name} is the name of a file`);
  }
  return { ...(list && { daemons: list as string[] }), ...(files as Omit<SiteWide, "daemons">) };
}

const listed = (names: readonly string[]) => `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

/** The name of this computer, which holds the leases. */
export const deviceName = (environment: Environment = process.env) => environment.SEATMETER_DEVICE || hostname();

/** The operating system's name for whoever starts the program; in a container it may have none. */
export function userName(environment: Environment = process.env): string {
  if (environment.SEATMETER_USER) return environment.SEATMETER_USER;
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

/** In one line: what reads YAML shows the place below it. */
const reasonOf = (cause: unknown) => (cause instanceof Error ? cause.message : String(cause)).split(/:?\n/, 1)[0];
