import type { LABEL_VALUES } from "../../daemon/metrics/table.ts";
import { ANY_POOL, ANY_SITE, POOLS, SITES } from "../asked.ts";
import { type Board, SEATMETER } from "../board.ts";
import { counted } from "../own.ts";
import { recorded } from "../recording.ts";

const atSites = `${recorded("seatmeter_site_seats_in_use")}${ANY_SITE}`;
const NOBODY = "No seat is in use at these sites";

export const SITES_BOARD: Board = {
  uid: "seatmeter-sites",
  title: "seatmeter: sites",
  answers: "Where are the seats used, and who is refused because of where they sit?",
  variables: [POOLS, SITES],
  pages: { Register: `${SEATMETER}/register` },
  from: "now-24h",
  rows: [
    {
      height: 10,
      panels: [
        {
          id: 1,
          title: "Seats in use by site",
          description:
            "Of the pools chosen, stacked. A site that falls to nothing in working hours has lost its network, or its " +
            "launches go past seatmeter: ask there.",
          draws: "lines",
          unit: "count",
          width: 16,
          min: 0,
          stacked: true,
          queries: [{ expr: `sum by (site) (${atSites})`, legend: "{{site}}", mayBeEmpty: true }],
          whenEmpty: NOBODY,
        },
        {
          id: 2,
          title: "Now",
          description:
            "Seats in use by site. Much at elsewhere, which is no site: addresses are missing in the register's networks.",
          draws: "ranking",
          unit: "count",
          width: 8,
          min: 0,
          queries: [{ expr: `sort_desc(sum by (site) (${atSites}))`, legend: "{{site}}", mayBeEmpty: true }],
          whenEmpty: NOBODY,
        },
      ],
    },
    {
      height: 9,
      panels: [
        {
          id: 3,
          title: "Seats in use by pool",
          description: "At the sites chosen. One site alone shows what that office works with; open a pool for more.",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          stacked: true,
          queries: [{ expr: `sum by (pool) (${atSites}) > 0`, legend: "{{pool}}", mayBeEmpty: true }],
          whenEmpty: NOBODY,
        },
        {
          id: 4,
          title: "Which pool where, now",
          description:
            "Most seats first. To move a ceiling or a reservation to where it is needed, change the register.",
          draws: "table",
          unit: "count",
          width: 12,
          queries: [{ expr: `${atSites} > 0`, legend: "Seats in use", mayBeEmpty: true }],
          sortedBy: { column: "Seats in use", descending: true },
          whenEmpty: NOBODY,
        },
      ],
    },
    {
      height: 8,
      panels: [
        {
          id: 5,
          title: "Denied because the site was full, in the hour before",
          description:
            "Tries by pool, at all sites: which site stands on seatmeter's page of denials. Seats may be free elsewhere " +
            "meanwhile: ask whether the site's ceiling in the register is still right.",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `${counted("seatmeter_denials_total", "1h", ["pool"], reason("site_full"))} > 0`,
              legend: "{{pool}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "No ceiling of a site was met: good",
        },
        {
          id: 6,
          title: "Denied because the site may not, in the hour before",
          description:
            "Tries by pool. Many at once are people who work where the licence does not let them, or a network that the " +
            "register does not know: compare it with the addresses in use.",
          draws: "lines",
          unit: "count",
          width: 12,
          min: 0,
          queries: [
            {
              expr: `${counted("seatmeter_denials_total", "1h", ["pool"], reason("site_not_allowed"))} > 0`,
              legend: "{{pool}}",
              mayBeEmpty: true,
            },
          ],
          whenEmpty: "Nobody was at a wrong site: good",
        },
      ],
    },
  ],
};

function reason(name: (typeof LABEL_VALUES)["reason"][number]): string {
  return ANY_POOL.replace("}", `, reason="${name}"}`);
}
