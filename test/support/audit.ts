import type { Entry } from "../../daemon/audit/chain.ts";

/** Something that somebody is about to do. */
export const entry = (change: Partial<Entry> = {}): Entry => ({
  ...{
    who: "pat",
    role: "manager",
    site: "depot",
    act: "reclaim",
    about: "pool cad",
    subject: "someone",
    reason: "idle",
  },
  ...{ phase: "intent", outcome: "", intent: null, ...change },
});
