import { folded, UserName } from "../domain/names.ts";
import { isAddress, networksOf } from "./options-addresses.ts";
import type { OptionsGroups } from "./options-groups.ts";
import type { WhoType } from "./options-keywords.ts";

/** One subject of a rule, as `allow` and `deny` write it. */
export interface Who {
  kind: "user" | "group" | "device" | "network";
  value: string;
}

/** Whom a type and a name mean, what of it cannot be said, and what is to be known of it. */
export interface Whom {
  whom: Who[];
  lacks: string[];
  remarks: string[];
}

const nobody = (...lacks: string[]): Whom => ({ whom: [], lacks, remarks: [] });
const one = (kind: Who["kind"], value: string, ...remarks: string[]): Whom => ({
  whom: [{ kind, value }],
  lacks: [],
  remarks,
});

const CALLED = { user: "person", device: "computer" };

/** @returns why it would be nobody's name, though it may mean somebody */
export function nameMistake(kind: "user" | "device", name: string): string | undefined {
  if (name.includes("*")) return `${name}: a ${CALLED[kind]}'s name is written out here, without wildcards`;
  if (UserName.safeParse(name).success) return undefined;
  return `"${name}" cannot be a name here: unprintable, or longer than 128`;
}

function named(kind: "user" | "device", name: string, ...remarks: string[]): Whom {
  const mistake = nameMistake(kind, name);
  return mistake === undefined ? one(kind, name, ...remarks) : nobody(mistake);
}

const OF_TYPE: Record<WhoType, (name: string, groups: OptionsGroups) => Whom> = {
  USER: (name) =>
    name === "ALL_USERS" || name === "ALL_GROUPS" ? nobody(`${name} is known to MAX only`) : named("user", name),
  HOST: host,
  DISPLAY: (name) => named("device", name, "a display is taken for the computer of that name: compare the two"),
  INTERNET: (name) => network(name),
  PROJECT: () => nobody("a project is what a launch says of itself (LM_PROJECT), and a rule by it keeps nobody out"),
  GROUP: (name, groups) => {
    const found = groups.named(name);
    return "why" in found ? nobody(found.why) : one("group", found.group);
  },
  HOST_GROUP: (name, groups) => {
    const found = groups.hosts(name);
    return "why" in found ? nobody(found.why) : joined(found.hosts.map(host));
  },
};

export const whomOf = (type: WhoType, name: string, groups: OptionsGroups): Whom => OF_TYPE[type](name, groups);

/** FlexNet may compare without the domain (FQDN_MATCHING). */
const WHOLE_NAME = "a computer's name counts with its domain, and only if the computer tells it so: compare the two";

function host(name: string): Whom {
  if (isAddress(name)) return network(name);
  return name.includes(".") ? named("device", name, WHOLE_NAME) : named("device", name);
}

function network(name: string): Whom {
  const found = networksOf(name);
  if ("why" in found) return nobody(found.why);
  return { whom: found.networks.map((value) => ({ kind: "network", value })), lacks: [], remarks: [] };
}

function joined(parts: readonly Whom[]): Whom {
  const whom = new Map<string, Who>();
  for (const who of parts.flatMap((part) => part.whom)) {
    const key = folded(`${who.kind}:${who.value}`);
    if (!whom.has(key)) whom.set(key, who);
  }
  return {
    whom: [...whom.values()],
    lacks: parts.flatMap(({ lacks }) => lacks),
    remarks: parts.flatMap(({ remarks }) => remarks),
  };
}
