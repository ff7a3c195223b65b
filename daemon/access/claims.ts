import { UserName } from "../domain/names.ts";
import { PERSON_ROLES, type PersonRole, type SingleSignOn } from "../domain/register.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** What an issuer may call a person, the best first. `sub` is there always, and says little. */
const NAMES = ["preferred_username", "upn", "email", "sub"];

/** @returns nothing where none of it can be printed */
export function nameOf(claims: Claims): string | undefined {
  return NAMES.map((name) => UserName.safeParse(claims[name])).find(({ success }) => success)?.data;
}

/** `groups`, or `realm_access.roles` for what lies within; a name with dots in it goes before. */
export function claimOf(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  return name.split(".").reduce<unknown>((within, part) => own(within, part), claims);
}

const own = (value: unknown, name: string) =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;

/** Values of the claim that the register gives a role for. One value may stand without a list. */
export function valuesOf(claims: Claims, { claim, map }: SingleSignOn["roles"]): string[] {
  const found = claimOf(claims, claim);
  const values = Array.isArray(found) ? found : [found];
  return values.filter((value): value is string => typeof value === "string" && Object.hasOwn(map, value));
}

/** The mightiest of what these values give; nothing where they give none. */
export function roleOf(values: readonly string[], { map }: SingleSignOn["roles"]): PersonRole | undefined {
  const given = values.filter((value) => Object.hasOwn(map, value)).map((value) => map[value]);
  return PERSON_ROLES.findLast((role) => given.includes(role));
}

/** Entra ID leaves groups out of its answer where somebody is in more than two hundred, and says so. */
export const isLeftOut = (claims: Claims, claim: string) =>
  own(claims._claim_names, claim) !== undefined || (claim === "groups" && claims.hasgroups !== undefined);
