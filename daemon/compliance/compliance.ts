import type { IsoDate } from "../domain/calendar.ts";
import type { Software } from "../domain/inventory.ts";
import type { Pool } from "../domain/register.ts";
import type { FindingKind } from "./kinds.ts";
import type { Match } from "./matching.ts";

/** Something that is installed, on how many computers, and since when the first of them told of it. */
export interface Title extends Software {
  computers: number;
  sinceMs: number;
}

/** A title, and what it is. */
export type Judged = Title & { match?: Match | undefined };

/** A title of a product on a computer; pseudonyms, as the history has them. */
export interface Install extends Software {
  device: string;
  sinceMs: number;
}

/** A computer that tells; its pseudonyms under the key of the year in which it told last, and of the one before. */
export interface Computer {
  device: string;
  deviceLastYear: string;
  toldMs: number;
}

/** When a product was last used on a computer. */
export interface Use {
  product: string;
  device: string;
  deviceLastYear: string;
  lastMs: number;
}

/** A computer that the register has retired, under pseudonyms of all years. */
export interface Retired {
  /** As the register writes it. */
  name: string;
  from: true | IsoDate;
  devices: string[];
}

/** A product: owned against installed against used. */
export interface ProductCompliance {
  product: string;
  name: string;
  publisher: string | null;
  owner: string;
  pools: string[];
  metric: Pool["metric"];
  /** Seats in force today, of all its pools. */
  owned: number;
  /** Computers on which it is installed. */
  computers: number;
  /** Computers on which it was used, in 90 days and in a year. */
  used90Days: number;
  usedYear: number;
  /** Computers on which it is installed and was not used in 90 days, of those that have it for so long. */
  unused: number;
  titles: (Title & Match)[];
}

/** What somebody has to look at. */
export interface Finding {
  kind: FindingKind;
  /** What it is about: a product's name, a publisher, a computer. */
  about: string;
  /** Of the register, where it is about one. */
  product: string | null;
  /** In a sentence. */
  says: string;
  /** Computers, or titles: how much of it there is. */
  count: number;
  /** Who answers for it; empty: nobody is known. */
  owner: string;
  /** Since when. */
  since: IsoDate | null;
}

export interface Compliance {
  madeAtMs: number;
  today: IsoDate;
  /** Computers that tell what is installed on them, and the first day of which any of them told. */
  computers: number;
  firstTold: IsoDate | null;
  /** Different titles: of products, free by rule, and what nobody has said anything about. */
  titles: { ofProducts: number; free: number; unknown: number };
  products: ProductCompliance[];
  /** By kind, and in each the larger ones first. */
  findings: Finding[];
}
