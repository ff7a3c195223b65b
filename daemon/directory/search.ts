import { connect, isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import type { Client, Filter } from "ldapts";
import type { Directory } from "../domain/register.ts";
import { whyNot } from "./failures.ts";
import { authorityOf, passwordOf } from "./files.ts";
import { attributesOf, type Entry, type FoundPerson, peopleOf } from "./people.ts";

/** Active Directory gives a thousand at most. */
const PAGE = 500;
/** More than any council employs; a filter that finds more is not the one that was meant. */
const MOST_PEOPLE = 50_000;
const CONNECT_MS = 10_000;
const ANSWER_MS = 30_000;
/** Of all pages together: a directory that is this slow is as good as away. */
const WHOLE_MS = 5 * 60_000;

/** Whom a directory names now, or why that is not known. */
export type Reading = { people: FoundPerson[]; unread: number } | { failed: string };

/** What a register does not say itself. */
export interface Surroundings {
  /** Where the register lies, and the files that it names. */
  folder: string;
  timezone: string;
  signal?: AbortSignal;
}

/** Ask a directory who is in a group. It never throws: that a directory does not answer is an answer. */
export async function readDirectory(directory: Directory, around: Surroundings): Promise<Reading> {
  const connection = new Connection(directory);
  const limit = AbortSignal.any([AbortSignal.timeout(WHOLE_MS), ...(around.signal ? [around.signal] : [])]);
  // Cutting the connection is not enough: a handshake that was cut is waited for for ever.
  const cut = new Promise<never>((_, reject) => limit.addEventListener("abort", reject, { once: true }));
  try {
    const password = passwordOf(directory, around.folder);
    const entries = await Promise.race([connection.entries(password, trusted(directory, around.folder)), cut]);
    return peopleOf(entries, directory, around.timezone);
  } catch (error) {
    return { failed: limit.aborted ? "took too long to answer" : whyNot(error, directory) };
  } finally {
    connection.cut();
  }
}

/** One connection, which is never made again: what was lost half-way would else be asked on by nobody in particular. */
class Connection {
  readonly #directory: Directory;
  #socket: Socket | undefined;
  #isCut = false;

  constructor(directory: Directory) {
    this.#directory = directory;
  }

  async entries(password: string | undefined, options: tls.ConnectionOptions): Promise<Entry[]> {
    const { url, startTls, bindDn } = this.#directory;
    const secure = url.startsWith("ldaps:");
    // Twenty milliseconds of a start that only those have who have a directory.
    const { Client, FilterParser } = await import("ldapts");
    const client = new Client({
      url,
      connectTimeout: CONNECT_MS,
      timeout: ANSWER_MS,
      createConnection: this.#once(connect),
      // With startTls it is the second, on top of the first.
      ...(secure && { tlsOptions: options, createSecureConnection: this.#once(tls.connect) }),
    });
    if (startTls) await client.startTLS(options);
    if (bindDn !== undefined && password !== undefined) await client.bind(bindDn, password);
    return this.#pages(client, FilterParser.parseString(this.#directory.filter));
  }

  async #pages(client: Client, filter: Filter): Promise<Entry[]> {
    const { base } = this.#directory;
    const attributes = attributesOf(this.#directory);
    const entries: Entry[] = [];
    const asked = { scope: "sub", filter, attributes, paged: { pageSize: PAGE } } as const;
    for await (const page of client.searchPaginated(base, asked)) {
      for (const { dn: _, ...entry } of page.searchEntries) entries.push(entryOf(entry));
      if (entries.length > MOST_PEOPLE) throw new Error(`the filter finds more than ${MOST_PEOPLE} entries`);
    }
    return entries;
  }

  cut() {
    this.#isCut = true;
    this.#socket?.destroy();
  }

  #once<Connect extends (...args: never[]) => Socket>(make: Connect): Connect {
    const guarded = (...args: Parameters<Connect>) => {
      if (this.#socket || this.#isCut) throw new Error("the connection broke off");
      this.#socket = make(...args);
      return this.#socket;
    };
    return guarded as Connect;
  }
}

type Value = string | Buffer | string[] | Buffer[];

function entryOf(entry: Record<string, Value>): Entry {
  const first = (value: Value) => (Array.isArray(value) ? value[0] : value)?.toString("utf8") ?? "";
  return new Map(Object.entries(entry).map(([attribute, value]) => [attribute.toLowerCase(), first(value)]));
}

function trusted(directory: Directory, folder: string): tls.ConnectionOptions {
  const { url, startTls } = directory;
  if (url.startsWith("ldap:") && !startTls) return {};
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  const ca = [
    ...tls.getCACertificates("default"),
    ...tls.getCACertificates("system"),
    ...authorityOf(directory, folder),
  ];
  return { host, ca, minVersion: "TLSv1.2", ...(isIP(host) === 0 && { servername: host }) };
}
