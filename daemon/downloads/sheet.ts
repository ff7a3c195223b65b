import type { IsoDate } from "../domain/calendar.ts";

/** What a cell of a spreadsheet holds; null: nothing, because it is not known. */
export type Cell = string | number | { day: IsoDate } | { money: number; currency: string } | null;

/** A table to be downloaded, whatever the format. */
export interface Sheet {
  /** On the tab of a workbook. */
  name: string;
  columns: readonly string[];
  rows: readonly (readonly Cell[])[];
}

/** A day, or nothing where there is none. */
export const dayCell = (day: IsoDate | null | undefined): Cell => (day ? { day } : null);

/** A sum, or nothing where it is not known. */
export const moneyCell = (money: number | null | undefined, currency: string | null | undefined): Cell =>
  money == null || currency == null ? null : { money, currency };
