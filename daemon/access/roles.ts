import type { Role, Token } from "./tokens.ts";

/** What a route says of itself: who may use it. A route that says nothing is open to nobody. */
export type Admitted = readonly Role[] | "open" | undefined;

/** Programs that ask for seats. All other roles are people's, and Prometheus'. */
export const isShimRole = (role: Role) => role === "shim" || role === "gateway";

/** Whether they have to say who they are: where the register has tokens for them, and anywhere but on loopback. */
export interface Asks {
  shims: boolean;
  people: boolean;
}

/**
 * @param who undefined: did not say
 * @returns "welcome" where nobody has to say who he is, "known" for somebody who has and may, else what is wrong
 */
export function admit(
  admitted: Admitted,
  who: Token | undefined,
  asks: Asks,
): "welcome" | "known" | "unauthenticated" | "forbidden" {
  if (admitted === "open") return "welcome";
  if (!admitted?.length) return "forbidden";
  if (who && admitted.includes(who.role)) return "known";
  // What people share with shims is not open by way of the shims where people have to say who they are.
  const asked = admitted.every(isShimRole) ? asks.shims : asks.people;
  if (!asked) return "welcome";
  return who ? "forbidden" : "unauthenticated";
}
