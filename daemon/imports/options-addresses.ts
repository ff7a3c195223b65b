import { networkMistake } from "../domain/site.ts";

/** More would fill the register with what one line of it says better. */
const MOST_NETWORKS = 64;

const ADDRESS = /^([\d.*]+|[\da-f:.*]*:[\da-f:.*]*)(\/\d+)?$/i;

/** Whether the name of a HOST is an address, perhaps with wildcards, or from one to another. */
export const isAddress = (name: string) => name.split("-").every((part) => ADDRESS.test(part)) && /[.:*]/.test(name);

/**
 * The networks of an address as options files write it: `10.1.2.3`, `10.1.2.*`, `10.1.2.10-10.1.2.20`, `10.1.2.10-20`.
 *
 * @returns networks with their prefix; or why there are none
 */
export function networksOf(address: string): { networks: string[] } | { why: string } {
  if (address.includes("/")) {
    return { why: `${address}: options files write networks with *; where one is meant, write network: by hand` };
  }
  const [first = "", last] = address.split("-", 2);
  if (last !== undefined) return rangeOf(first, last);
  if (!address.includes("*")) {
    const network = `${address}/${address.includes(":") ? 128 : 32}`;
    return checked([network], address);
  }
  return address.includes(":") ? wildcards(address, ":", 8, 16, "0") : wildcards(address, ".", 4, 8, "0");
}

function wildcards(address: string, between: string, count: number, bits: number, zero: string) {
  const parts = address.split(between);
  const fixed = parts.indexOf("*");
  if (!parts.slice(fixed).every((part) => part === "*") || parts.length > count) {
    return { why: `${address} is no network: only whole parts at its end may be *` };
  }
  // What :: leaves out is zeros, however many, so that what is open is told by the parts behind it.
  if (address.includes("::")) {
    return checked([`${address.replaceAll("*", zero)}/${(count - parts.length + fixed) * bits}`], address);
  }
  const full = [...parts.slice(0, fixed), ...Array.from({ length: count - fixed }, () => zero)];
  return checked([`${full.join(between)}/${fixed * bits}`], address);
}

function rangeOf(first: string, last: string) {
  const from = ipv4(first);
  const to = ipv4(/^\d+$/.test(last) ? first.replace(/\d+$/, last) : last);
  if (from === undefined || to === undefined) return { why: `${first}-${last} is no range of IPv4 addresses` };
  if (to < from) return { why: `${first}-${last} ends before it begins` };
  const networks: string[] = [];
  for (let at = from; at <= to; ) {
    // The largest network that begins here and does not reach beyond the end.
    let size = 1;
    while (size < 2 ** 32 && at % (size * 2) === 0 && at + size * 2 - 1 <= to) size *= 2;
    networks.push(`${asText(at)}/${32 - Math.log2(size)}`);
    at += size;
  }
  if (networks.length <= MOST_NETWORKS) return { networks };
  return { why: `${first}-${last} is ${networks.length} networks: write the ones that are meant` };
}

function ipv4(text: string): number | undefined {
  if (networkMistake(`${text}/32`) !== undefined || text.includes(":")) return undefined;
  return text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

const asText = (address: number) => [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

function checked(networks: string[], address: string) {
  const wrong = networks.some((network) => networkMistake(network) !== undefined);
  return wrong ? { why: `${address} is no address of IPv4 or IPv6` } : { networks };
}
