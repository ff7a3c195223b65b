import { readFileSync } from "node:fs";
import { SeatmeterError } from "../daemon/domain/errors.ts";
import { isUnvouched } from "./unreachable.ts";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs;

/** Loaded only where all authorities are to be listed: the single file asks the one that is named first. */
const tls = () => process.getBuiltinModule("node:tls");

/** Authorities by which daemons are known, PEM; nothing: those that the runtime knows by itself. */
type Known = string[] | undefined;

/** What is tried in turn, the quickest to load first. */
let tried: [() => Known, ...(() => Known)[]] = [() => undefined];
/** Those that a file names, where nobody has read them closely yet. */
let unread: string[] = [];

/**
 * From here on, certificates are good that the operating system's own authorities vouch for, or those in the file, besides
 * the ones that the runtime brings: a council's own authority is known to its computers, and to nobody else.
 *
 * @param file one or more authorities, PEM
 * Errors: SeatmeterError settings_invalid where the file cannot be read, or holds none.
 */
export function trustAuthorities(file: string | undefined): void {
  const own = file === undefined ? [] : authoritiesIn(file);
  const all = () => [...new Set([...tls().getCACertificates("default"), ...tls().getCACertificates("system"), ...own])];
  // The single file's runtime takes them with each connection. All of them are three hundred, and take long to read.
  if (process.versions.bun) {
    tried = [() => (own.length > 0 ? own : undefined), all];
    unread = own;
  }
  // Node 24.0 to 24.4 have no way to add one.
  else if (tls().setDefaultCACertificates) tls().setDefaultCACertificates(all());
  else if (file !== undefined) {
    throw invalid(
      `${file} needs Node 24.5 or later, and this is ${process.version}; NODE_EXTRA_CA_CERTS does the same`,
    );
  }
}

/**
 * Connect to a daemon whose certificate is to be good by what is trusted.
 *
 * @param connect with these authorities, and no others; once more where they did not vouch for the daemon, and others may
 * Errors: those of `connect`; SeatmeterError settings_invalid where it failed, and one that a file names is broken.
 */
export async function vouchedFor<Connected>(connect: (authorities: Known) => Promise<Connected>): Promise<Connected> {
  const [first, ...others] = tried;
  try {
    return await connect(first());
  } catch (error) {
    // With a broken one the single file's runtime connects to nobody, and does not say why.
    readClosely(unread);
    const [second] = others;
    if (!second || !isUnvouched(error as Error)) throw error;
    const connected = await connect(second());
    tried = [second];
    return connected;
  }
}

function authoritiesIn(file: string): string[] {
  try {
    const found = readFileSync(file, "utf8").match(CERTIFICATE) ?? [];
    if (found.length === 0) throw new Error(`${file} holds no certificate in PEM`);
    // Loading what reads them closely would take the single file half as long as the launch.
    return process.versions.bun ? found : found.map(normalised);
  } catch (cause) {
    throw unreadable(cause);
  }
}

function readClosely(authorities: readonly string[]): void {
  try {
    authorities.forEach(normalised);
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** As Node lists those that it knows. Errors: where it is none. */
const normalised = (text: string) => new (process.getBuiltinModule("node:crypto").X509Certificate)(text).toString();

const unreadable = (cause: unknown) =>
  invalid(`the authority's certificate cannot be read: ${(cause as Error).message}`, cause);

const invalid = (message: string, cause?: unknown) => new SeatmeterError("settings_invalid", `${message}.`, { cause });
