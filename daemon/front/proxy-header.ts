import { isIP } from "node:net";

/*
 * The header with which a proxy begins a connection that it passes on: the PROXY protocol, version 1 (a line of text) and
 * version 2 (binary), as HAProxy's paper has them.
 */

/** What begins a connection: whose it is and how long the header was, a mistake, or less than can be judged. */
export type ProxyHeader = { source: string | undefined; length: number } | { mistake: string } | "unfinished";

/** The longest line of version 1, its end included. */
const LINE_BYTES = 107;
const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const HEAD_BYTES = 16;
/** What else a proxy may add about a connection is small; more is no proxy's. */
const MOST_BYTES = 4096;
const [LOCAL, PROXY] = [0x20, 0x21];
/** Of the kinds that version 2 has for an address over TCP, where the source lies and how it is written. */
const FAMILIES: ReadonlyMap<number, { bytes: number; addresses: number; text: (bytes: Buffer) => string }> = new Map([
  [0x11, { bytes: 4, addresses: 12, text: (bytes) => bytes.join(".") }],
  [0x21, { bytes: 16, addresses: 36, text: (bytes) => (bytes.toString("hex").match(/.{4}/g) ?? []).join(":") }],
]);

/** @returns `source` undefined where the proxy speaks for itself, or cannot say for whom */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  const binary = bytes.subarray(0, SIGNATURE.length);
  if (binary.equals(SIGNATURE.subarray(0, binary.length))) {
    return bytes.length < HEAD_BYTES ? "unfinished" : readBinary(bytes);
  }
  const start = bytes.subarray(0, 6).toString("latin1");
  if (!"PROXY ".startsWith(start)) return { mistake: "it begins with no PROXY header" };
  const end = bytes.subarray(0, LINE_BYTES).indexOf("\r\n");
  if (end >= 0) return readLine(bytes.subarray(0, end).toString("latin1"), end + 2);
  return bytes.length < LINE_BYTES ? "unfinished" : { mistake: "the line of its PROXY header has no end" };
}

function readLine(line: string, length: number): ProxyHeader {
  const [, family, source = "", destination = "", ...ports] = line.split(" ");
  if (family === "UNKNOWN") return { source: undefined, length };
  const version = { TCP4: 4, TCP6: 6 }[family ?? ""];
  const right = version !== undefined && isIP(source) === version && isIP(destination) === version;
  if (right && ports.length === 2 && ports.every(isPort)) return { source, length };
  return { mistake: "its PROXY header names no addresses" };
}

const isPort = (text: string) => /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;

function readBinary(bytes: Buffer): ProxyHeader {
  const command = bytes[SIGNATURE.length]!;
  if (command !== LOCAL && command !== PROXY)
    return { mistake: "its PROXY header has a version or command of its own" };
  const length = HEAD_BYTES + bytes.readUInt16BE(14);
  if (length > MOST_BYTES) return { mistake: "its PROXY header is too long" };
  if (bytes.length < length) return "unfinished";
  if (command === LOCAL) return { source: undefined, length };
  const family = FAMILIES.get(bytes[13]!);
  if (!family) return { source: undefined, length };
  if (length < HEAD_BYTES + family.addresses) return { mistake: "its PROXY header is too short for its addresses" };
  return { source: family.text(bytes.subarray(HEAD_BYTES, HEAD_BYTES + family.bytes)), length };
}
