import type { Product, Register } from "../domain/register.ts";
import { ACCEPTS, type Message } from "../protocol/messages.ts";

/** What a register without pools would say; the defaults of a pool's `lease`. */
const NO_POOL_YET = { ttlMs: 60_000, heartbeatEveryMs: 20_000 };
/** Where nothing is kept, nobody need tell. */
const WITHOUT_INVENTORY = ACCEPTS.filter((type) => type !== "inventory");
/** Enough for some thousands of shims to come back without a queue (each costs about 0.15 ms). */
const RECONNECT_WITHIN_MS = 10_000;

/** The daemon's side of hello: one pace for all leases of a connection, that of the most demanding pool. */
export function welcome(
  register: Register,
  daemonVersion: string,
  site: string,
  ticketKeys: readonly string[],
  keepsInventories: boolean,
): Message<"welcome"> {
  return {
    type: "welcome",
    daemon: daemonVersion,
    site,
    ...paceOf(register),
    nowMs: Date.now(),
    accepts: keepsInventories ? ACCEPTS : WITHOUT_INVENTORY,
    ticketKeys: [...ticketKeys],
  };
}

/** A shim that reconnects within `reconnectWithinMs` after a missed heartbeat still renews before its lease is over. */
export function paceOf(register: Register) {
  const pools = Object.values(register.pools);
  const leases = pools.length > 0 ? pools : [NO_POOL_YET];
  const spare = leases.map(({ ttlMs, heartbeatEveryMs }) => Math.floor(ttlMs - 1.5 * heartbeatEveryMs));
  return {
    heartbeatEveryMs: Math.min(...leases.map(({ heartbeatEveryMs }) => heartbeatEveryMs)),
    reconnectWithinMs: Math.max(0, Math.min(RECONNECT_WITHIN_MS, ...spare)),
  };
}

/** What an agent keeps of every product, for when it starts programs without being asked to. */
export function policyOfAll(register: Register): Message<"policy"> {
  const known = policiesOfAll.get(register);
  if (known) return known;
  const each = Object.keys(register.products).map((name) => productPolicy(register, name));
  const policy: Message<"policy"> = { type: "policy", all: true, products: each.flatMap(({ products }) => products) };
  policiesOfAll.set(register, policy);
  return policy;
}

const policiesOfAll = new WeakMap<Register, Message<"policy">>();

/** By the product of a register, for as long as that is in force. */
const policies = new WeakMap<Product, Message<"policy">>();

/** What a shim keeps of one product; the same object as long as it says the same. */
export function productPolicy(register: Register, name: string): Message<"policy"> {
  const product = register.products[name]!;
  const known = policies.get(product);
  if (known) return known;
  const { name: called, executables, whenUnreachable, onDenied, onReclaimed, permittedUse, pools, aliases } = product;
  const idle = pools.map((pool) => register.pools[pool]?.idle).find(Boolean);
  const told = {
    product: name,
    ...(called !== name && { name: called }),
    executables,
    ...(aliases.length > 0 && { aliases }),
    whenUnreachable,
    onDenied,
    onReclaimed,
    ...(idle && { idle: { afterMs: idle.afterMs, reclaims: idle.reclaims } }),
    ...(permittedUse && { permittedUse }),
  };
  const policy: Message<"policy"> = { type: "policy", products: [told] };
  policies.set(product, policy);
  return policy;
}
