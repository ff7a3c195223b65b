import { stringify } from "yaml";
import { addDays, addMonths, type IsoDate } from "../daemon/domain/calendar.ts";
import { type DemoProduct, OVERFLOW, PRODUCTS } from "./council.ts";
import type { Staff } from "./staff.ts";

const OWNER = "software.licences@exampleshire.example";

/** Was taken out of service in the summer, and is heard of all the same. */
export const RETIRED_COMPUTER = { device: "LT-0999", department: "Highways" };

/** The register of the made-up council as of a day: contracts that end soon, late, never, and one that has ended. */
export function demoRegister({ people }: Staff, today: IsoDate): string {
  const departments = [...new Set(people.map(({ department }) => department))];
  const groups = departments.map((department) => [
    groupName(department),
    {
      department,
      members: people.filter((one) => one.department === department && !one.contractEnds).map(({ user }) => user),
    },
  ]);
  const contractors = people.flatMap(({ user, department, contractEnds }) =>
    contractEnds === undefined ? [] : [{ user, department, contractEnds }],
  );
  const products = Object.entries(PRODUCTS).map(([name, product]) => [
    name,
    {
      ...{ name: product.name, publisher: product.publisher, owner: ownerOf(product) },
      pools: product.overflow ? [name, product.overflow] : [name],
      ...(name === "draftline" && { versions: { current: "2026", previous: "2025" } }),
    },
  ]);
  const pools = [
    ...Object.entries(PRODUCTS).map(([name, product], i) => [
      name,
      { ...product.rules, entitlements: entitlementsOf(product, 10_200 + i * 7, today) },
    ]),
    ...Object.entries(OVERFLOW).map(([name, pool]) => [
      name,
      { entitlements: entitlementsOf({ ...pool, notice: "90d", departments: ["Property"], name }, 10_900, today) },
    ]),
  ];
  return stringify(
    {
      organisation: "Exampleshire Council (made up)",
      timezone: "Europe/London",
      sites: {
        "civic-centre": { name: "Civic Centre", networks: ["127.0.0.0/8", "::1/128"] },
        depot: { name: "Depot", networks: ["127.0.2.0/24"] },
        home: { name: "Home (VPN)", networks: ["127.0.3.0/24"] },
      },
      devices: { [RETIRED_COMPUTER.device]: { retired: addDays(today, -120), note: "said to be scrapped" } },
      freeSoftware: [{ publisher: "The Papermill Foundation" }, { name: "Kestrel*" }, { publisher: "Council ICT" }],
      groups: { ...Object.fromEntries(groups), contractors: { members: contractors } },
      products: Object.fromEntries(products),
      pools: Object.fromEntries(pools),
    },
    { aliasDuplicateObjects: false },
  );
}

const groupName = (department: string) =>
  department
    .toLowerCase()
    .replaceAll("'", "")
    .replaceAll(/[^a-z]+/g, "-");

const ownerOf = ({ departments }: DemoProduct) => `${groupName(departments[0] ?? "ict")}.systems@exampleshire.example`;

type Bought = Pick<
  DemoProduct,
  "seats" | "cost" | "supplier" | "endsInDays" | "notice" | "autoRenews" | "startedDaysAgo"
> & {
  departments: readonly string[];
  name: string;
};

/** The term in force, the two before it, and what a contract register says of them. */
function entitlementsOf(product: Bought, number: number, today: IsoDate) {
  const { seats, cost, supplier, endsInDays = 365, notice, autoRenews, startedDaysAgo, departments, name } = product;
  const ends = addDays(today, endsInDays);
  const about = {
    ...{ title: `${name}: licences and support`, supplier, department: departments[0], officer: OWNER },
    ...{ process: cost > 25_000 ? "Framework call-off" : "Three quotations", smeOrVcse: cost < 20_000 },
    ...(notice !== undefined && { notice }),
    ...(autoRenews && { autoRenews }),
  };
  const term = (years: number, price: number) => ({
    ...{ reference: `PO-${number - years}`, seats },
    starts:
      startedDaysAgo === undefined ? addDays(addMonths(ends, -12 * (years + 1)), 1) : addDays(today, -startedDaysAgo),
    ...{ ends: addMonths(ends, -12 * years), cost: { amount: Math.round(price), currency: "GBP", per: "year" } },
    ...{ ...about, review: addDays(addMonths(ends, -12 * years), -180) },
  });
  if (startedDaysAgo !== undefined) return [{ ...term(0, cost) }];
  return [4, 3, 2, 1, 0].map((years) => term(years, cost * 0.96 ** years));
}
