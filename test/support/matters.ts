import type { Matter } from "../../daemon/notices/matters.ts";

/** More in use than was bought. */
export const matterOf = (change: Partial<Matter> = {}): Matter => ({
  ...{ key: "overdraft cad 2026-06-01", about: "overdraft", pool: "cad", day: "2026-06-01" },
  ...{ to: ["owner@exampleshire.example"], subject: "cad: 2 seats in use, 1 owned", text: "It is so." },
  ...{ facts: { used: 2, owned: 1 }, page: "/pools/cad", ...change },
});
