import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";
import { networkContains } from "../domain/site.ts";
import { sourceOf } from "./sources.ts";

/** Where a request comes from, behind the proxies that the register trusts. */
export function addressOf(request: IncomingMessage, { trustedProxies }: Pick<Register, "trustedProxies">): string {
  return furthestKnown(peerOf(request), headerOf(request, "x-forwarded-for"), trustedProxies);
}

/**
 * The right-most hop that is no trusted proxy: everything to its left is only what that hop says of itself.
 *
 * @param peer      whom the connection is with
 * @param forwarded `X-Forwarded-For`, each hop added on the right by whom it reached
 */
export function furthestKnown(peer: string, forwarded: string, trustedProxies: readonly string[]): string {
  let address = peer;
  for (const hop of forwarded.split(",").reverse()) {
    if (!isTrusted(address, trustedProxies)) return address;
    const next = withoutPort(hop.trim());
    if (!isIP(next)) return address;
    address = next;
  }
  return address;
}

/** Whether somebody who is no trusted proxy says that he speaks for somebody elsewhere. */
export const claimsOtherAddress = (request: IncomingMessage, { trustedProxies }: Pick<Register, "trustedProxies">) =>
  request.headers["x-forwarded-for"] !== undefined && !isTrusted(peerOf(request), trustedProxies);

/** Whether a browser says that the request comes from somebody else's page; programs send no Origin. */
export function fromElsewhere(request: IncomingMessage, register: Pick<Register, "trustedProxies">): boolean {
  const { origin } = request.headers;
  if (origin === undefined) return false;
  return !URL.canParse(origin) || new URL(origin).host !== hostOf(request, register);
}

/** By what name browsers call us, behind the proxies that the register trusts: `seats.exampleshire.example`. */
export function hostOf(request: IncomingMessage, { trustedProxies }: Pick<Register, "trustedProxies">): string {
  const forwarded = isTrusted(peerOf(request), trustedProxies) ? headerOf(request, "x-forwarded-host") : "";
  return (forwarded || request.headers.host || "").toLowerCase();
}

/**
 * A page elsewhere can give its own name our address, and then passes for one of ours. So where nobody has to say who he
 * is, the daemon is called by its address or as localhost; a proxy in front is taken to know its own names.
 *
 * @throws forbidden
 */
export function refuseCallByName(request: IncomingMessage, { behindProxy }: Pick<Register, "behindProxy">) {
  const { host } = request.headers;
  if (behindProxy || host === undefined || !URL.canParse(`http://${host}`)) return;
  const { hostname } = new URL(`http://${host}`);
  if (hostname === "localhost" || isIP(hostname.replace(/^\[(.*)\]$/, "$1"))) return;
  throw new SeatmeterError(
    "forbidden",
    `without authentication the daemon is called 127.0.0.1 or localhost, not ${hostname}: set access in the register`,
  );
}

const peerOf = ({ socket }: IncomingMessage) => sourceOf(socket) ?? socket.remoteAddress ?? "";
const headerOf = (request: IncomingMessage, name: string) => String(request.headers[name] ?? "");
export const isTrusted = (address: string, trustedProxies: readonly string[]) =>
  trustedProxies.some((network) => networkContains(network, address));

/** Some proxies add the port: `192.0.2.7:51234`, `[2001:db8::7]:51234`. */
const withoutPort = (hop: string) => hop.replace(/^\[(.*)\](:\d+)?$|^([\d.]+):\d+$/, "$1$3");
