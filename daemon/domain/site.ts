import ipaddr from "ipaddr.js";
import { ELSEWHERE } from "./names.ts";
import type { Register } from "./register.ts";

/*
 * Addresses and networks as text of bits behind their family, so that "is in the network" is "begins with":
 * 10.0.0.0/8 is `4:00001010`. An IPv4 address inside IPv6 (`::ffff:10.1.2.3`, which is how a socket that listens on
 * both reports it) is the IPv4 address.
 */

const OCTETS = Array.from({ length: 256 }, (_, octet) => octet.toString(2).padStart(8, "0"));
const MAPPED_BITS = 96;
const SUBSCRIBER_BITS = 64;

/** `10.1` and `010.1.2.3` mean different addresses to different programs, so only four plain numbers are IPv4. */
function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(address)) return ipaddr.IPv4.parse(address);
  return ipaddr.IPv6.isValid(address) ? ipaddr.IPv6.parse(address) : undefined;
}

function bitsOf(parsed: ipaddr.IPv4 | ipaddr.IPv6): string {
  const address = parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() ? parsed.toIPv4Address() : parsed;
  const family = address instanceof ipaddr.IPv6 ? "6:" : "4:";
  return family + address.toByteArray().reduce((bits, octet) => bits + OCTETS[octet], "");
}

function addressBits(address: string): string | undefined {
  const parsed = parse(address);
  return parsed && bitsOf(parsed);
}

/**
 * Family and leading bits of a network; two spellings of one network have the same.
 *
 * @param network `10.0.0.0/8`, `2001:db8::/32`
 * @returns undefined where the text is no network; bits beyond the prefix are not looked at
 */
export function networkPrefix(network: string): string | undefined {
  const [, address = "", length] = /^([^/]+)\/(\d{1,3})$/.exec(network) ?? [];
  const parsed = parse(address);
  if (!parsed) return undefined;
  const bits = bitsOf(parsed);
  const mapped = parsed instanceof ipaddr.IPv6 && bits.startsWith("4:");
  const prefixBits = Number(length) - (mapped ? MAPPED_BITS : 0);
  return prefixBits >= 0 && prefixBits <= bits.length - 2 ? bits.slice(0, 2 + prefixBits) : undefined;
}

/** What to write in place of a network that is none; undefined where it is one. */
export function networkMistake(network: string): string | undefined {
  const alone = parse(network);
  if (alone) return `is an address without a prefix: write ${network}/${alone instanceof ipaddr.IPv6 ? 128 : 32}`;
  const prefix = networkPrefix(network);
  if (!prefix) return "is no network: one is written 10.10.0.0/16 or 2001:db8:20::/48";
  const [address = ""] = network.split("/");
  if (!addressBits(address)!.slice(prefix.length).includes("1")) return undefined;
  const family = network.includes(":") ? ipaddr.IPv6 : ipaddr.IPv4;
  const meant = `${family.networkAddressFromCIDR(network)}/${network.split("/")[1]}`;
  return `has bits beyond its prefix: write ${meant}, or a longer prefix`;
}

/**
 * Whose an address is, as far as it shows: a home, an office's network and a rented server each have at least a whole /64 of
 * IPv6, and so as many addresses as they like. Text that is no address is nobody else's.
 */
export const subscriberOf = (address: string): string =>
  addressBits(address)?.slice(0, "6:".length + SUBSCRIBER_BITS) ?? address;

/** False too where either is not what its name says. */
export function networkContains(network: string, address: string): boolean {
  const prefix = networkPrefix(network);
  return prefix !== undefined && (addressBits(address)?.startsWith(prefix) ?? false);
}

/**
 * Which site an address belongs to: the one with the longest prefix that contains it, so that a floor of a building
 * may be a site inside the building's. Made once for a register, asked once for a connection.
 *
 * @returns a function from an address, IPv4 or IPv6, to the name of a site; {@link ELSEWHERE} for an address in no
 *   network of the register, and for text that is no address
 */
export function siteFinder(sites: Register["sites"]): (address: string) => string {
  const byPrefix = new Map(
    Object.entries(sites).flatMap(([site, { networks }]) =>
      networks.map((network) => [networkPrefix(network), site] as const),
    ),
  );
  byPrefix.delete(undefined);
  const lengths = [...new Set([...byPrefix.keys()].map((prefix) => prefix!.length))].sort((one, other) => other - one);
  return (address) => {
    const bits = addressBits(address);
    if (!bits) return ELSEWHERE;
    for (const length of lengths) {
      const site = byPrefix.get(bits.slice(0, length));
      if (site !== undefined) return site;
    }
    return ELSEWHERE;
  };
}
