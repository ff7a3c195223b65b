import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { resolve } from "node:path";
import { getCACertificates } from "node:tls";
import type { CustomFetch } from "openid-client";

/** An issuer says little; whoever says more is none. */
const MOST_BYTES = 1024 * 1024;
/** With these a Response bears no body. */
const EMPTY = new Set([204, 205, 304]);

/**
 * Who vouches for a server: those that the system and Node know, and the one of the file.
 *
 * Errors: where the file cannot be read, or holds no certificate.
 */
export function authoritiesWith(file: string, directory: string): string[] {
  let text: string;
  try {
    text = readFileSync(resolve(directory, file), "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!text.includes("-----BEGIN CERTIFICATE-----")) throw new Error(`${file} holds no certificate`);
  return [...getCACertificates("default"), ...getCACertificates("system"), text];
}

/**
 * What asks an issuer in the place of `fetch`, which takes no authorities but those of the whole process: over TLS alone, and
 * without following it anywhere else.
 */
export const fetchTrusting =
  (ca: string[]): CustomFetch =>
  async (url, { method, headers, body, signal }) => {
    try {
      const asked = request(url, { method, headers: { ...headers }, ca, ...(signal && { signal }) });
      asked.end(body === undefined || body === null ? undefined : String(body));
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const status = answer.statusCode ?? 500;
      return new Response(EMPTY.has(status) ? null : await bytesOf(answer), { status, headers: headersOf(answer) });
    } catch (cause) {
      // As `fetch` says it, by which a failure of the network is told from others.
      if (signal?.aborted) throw signal.reason;
      throw new TypeError((cause as Error).message, { cause });
    }
  };

async function bytesOf(answer: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer) {
    bytes += (part as Buffer).length;
    if (bytes > MOST_BYTES) throw new Error(`it answers with more than ${MOST_BYTES} bytes`);
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

const headersOf = ({ headersDistinct }: IncomingMessage) =>
  new Headers(
    Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    ),
  );
