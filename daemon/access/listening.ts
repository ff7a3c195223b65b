import { isIP } from "node:net";
import { SeatmeterError } from "../domain/errors.ts";
import type { Register } from "../domain/register.ts";
import { networkContains } from "../domain/site.ts";

const LOOPBACK = ["127.0.0.0/8", "::1/128"];

/** Whether only programs on this machine can connect. A name other than localhost might lead anywhere. */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === "localhost") return true;
  return isIP(host) !== 0 && LOOPBACK.some((network) => networkContains(network, host));
}

type Doors = Pick<Register, "access" | "tls" | "behindProxy" | "proxyProtocol" | "trustedProxies">;

/** What listening to a network needs, each with how to get it. */
const NEEDED: { missing: (doors: Doors) => boolean; how: string }[] = [
  {
    missing: ({ access }) => !access.shims,
    how:
      "shims have to be authenticated: write `access: { shims: { enrolment: true } }` in the register, and on each " +
      "computer `seatmeter enrol` with what `seatmeter token NAME --role enrol` prints (for a trial: `shims: { tokensFile: " +
      "shim-tokens.txt }`, with the line that `seatmeter token NAME --role shim` prints in that file)",
  },
  {
    missing: ({ access }) => !access.people,
    how:
      "people have to be authenticated: write `access: { people: { tokensFile: people-tokens.txt } }` in the register, " +
      "and add the line that `seatmeter token NAME --role admin` prints to that file; or `oidc` for single sign-on",
  },
  {
    missing: ({ tls, behindProxy }) => !tls && !behindProxy,
    how:
      "connections have to be encrypted: write `tls: { certificateFile: cert.pem, keyFile: key.pem }` in the register, " +
      "or `behindProxy: true` with `trustedProxies` where a proxy does it",
  },
  {
    missing: ({ tls, behindProxy, trustedProxies }) => !tls && behindProxy && trustedProxies.length === 0,
    how: "the proxy has to be known: write its network, such as `trustedProxies: [10.0.0.5/32]`, beside `behindProxy`",
  },
];

/**
 * Nobody listens to a network by mistake.
 *
 * @throws settings_invalid, with everything that is missing and how to get it
 */
export function checkListening(host: string, register: Doors): void {
  if (isLoopback(host) && !register.behindProxy && !register.proxyProtocol) return;
  const missing = NEEDED.filter((needed) => needed.missing(register)).map(({ how }) => `- ${how}`);
  if (missing.length === 0) return;
  throw new SeatmeterError(
    "settings_invalid",
    [
      `${isLoopback(host) ? "a proxy" : host} can be reached from a network, so before the daemon listens there`,
      ...missing,
    ].join("\n"),
  );
}
