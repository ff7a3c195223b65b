import type { FromDaemon, ToDaemon } from "../daemon/protocol/messages.ts";

/**
 * What we rely on in each message of a daemon. Not the protocol's schemas: loading them costs a launch more than all the
 * rest, and towards the shim the protocol is lenient anyway.
 */
const RELIED_ON: Record<FromDaemon["type"], Record<string, "string" | "number" | "list">> = {
  welcome: { heartbeatEveryMs: "number", reconnectWithinMs: "number", accepts: "list" },
  policy: { products: "list" },
  granted: { leaseId: "string", heartbeatEveryMs: "number" },
  denied: { leaseId: "string", reason: "string", message: "string" },
  queued: { leaseId: "string", position: "number" },
  offered: { leaseId: "string" },
  reclaiming: { leaseId: "string", graceMs: "number", message: "string" },
  alive: { ttlMs: "number", gone: "list" },
  returned: { leaseId: "string" },
  journalled: { ids: "list" },
  inventoried: { part: "number" },
  error: { code: "string", message: "string" },
};

/** @returns nothing for what is not a message that we know: a newer daemon may say more */
export function decoded(text: string): FromDaemon | undefined {
  let message: Record<string, unknown>;
  try {
    message = JSON.parse(text);
  } catch {
    return undefined;
  }
  const type = message?.type;
  if (typeof type !== "string" || !Object.hasOwn(RELIED_ON, type)) return undefined;
  for (const [field, kind] of Object.entries(RELIED_ON[type as FromDaemon["type"]])) {
    const value = message[field];
    if (kind === "list" ? !Array.isArray(value) : typeof value !== kind) return undefined;
  }
  return message as FromDaemon;
}

/** Fields that every daemon of this protocol takes; of the others only those that it says it accepts. */
const ALWAYS: Record<ToDaemon["type"], readonly string[]> = {
  hello: ["type", "device", "shim", "agent"],
  checkout: ["type", "leaseId", "product", "user"],
  heartbeat: ["type", "leaseIds"],
  checkin: ["type", "leaseId"],
  postpone: ["type", "leaseId"],
  journal: ["type", "entries"],
  inventory: ["type", "part", "of", "software"],
};

/** Whether it can be said before a daemon has told what it accepts. */
export const isTakenByAll = (message: ToDaemon) =>
  Object.keys(message).every((field) => ALWAYS[message.type].includes(field));

/** @param accepts of the daemon's welcome */
export function encoded(message: ToDaemon, accepts: readonly string[]): string {
  const taken = (field: string) => ALWAYS[message.type].includes(field) || accepts.includes(`${message.type}.${field}`);
  return JSON.stringify(Object.fromEntries(Object.entries(message).filter(([field]) => taken(field))));
}
