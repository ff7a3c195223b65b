/** A page of the demo that `docs/pages.md` shows. */
export interface Picture {
  /** Of its file in `docs/pictures/`, without the end. */
  name: string;
  path: string;
  /** For who does not see it. */
  alt: string;
  /** How much of the page is shown, in pixels: a picture is to be small. */
  height: number;
}

/** THE TABLE of pictures, in the order of the document. */
export const PICTURES: readonly Picture[] = [
  {
    name: "board",
    path: "/",
    alt: "Can people work? A table of pools, each with its free seats, a bar of used and owned, its highest use today, and its sites.",
    height: 820,
  },
  {
    name: "pool",
    path: "/pools/inkwell",
    alt: "One pool: how many seats are free, the highest use, its sites with seats in use, and its entitlements with their dates.",
    height: 900,
  },
  {
    name: "denials",
    path: "/denials",
    alt: "Denials: the newest launches that were refused, with product, time, site and reason, and filters above.",
    height: 620,
  },
  {
    name: "calendar",
    path: "/renewals",
    alt: "Renewal calendar: contracts by the last day to give notice, late ones first, with seats owned, highest use, how many to renew, and money.",
    height: 860,
  },
  {
    name: "report",
    path: "/renewals/terramap",
    alt: "Renewal report of one product: by when to decide, how many seats to renew and how sure that is, key facts, and what other numbers of seats would have meant.",
    height: 935,
  },
  {
    name: "compliance",
    path: "/compliance",
    alt: "Compliance: what is installed against what was bought and used, with findings, each with its owner and since when.",
    height: 900,
  },
];

/** The one that is of no page: of somebody's desktop. */
export const DENIED_DESKTOP: Pick<Picture, "name" | "alt"> = {
  name: "denied-desktop",
  alt: "A desktop with two drawings open in one program, and a message: its only seat is in use, whom to ask, and that it runs on, which is reported.",
};

/** No picture is larger. */
export const MOST_BYTES = 150_000;
