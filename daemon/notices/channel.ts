import type { Matter } from "./matters.ts";

/** What a notice needs that is no part of its matter. */
export interface Surroundings {
  /** Where the register lies, and the files that it names. */
  folder: string;
  organisation: string;
  /** Where people find the pages. */
  pages?: string | undefined;
}

/** A way by which somebody is told. */
export interface Channel {
  /** Of all channels of all daemons; what was told by one is not told by it again. */
  name: string;
  /** For the log: no address of a person, and nothing of a webhook that would let others call it. */
  shownAs: string;
  /** Whether it is about such matters, and there is somebody to tell. */
  tells(matter: Matter): boolean;
  /**
   * Errors: why it could not be told, in words that name nobody.
   *
   * @param id the same for a matter that is told again, since it was not known whether it arrived
   * @returns what is to be known of a notice that was sent
   */
  send(matter: Matter, id: string): Promise<string | undefined>;
}

export const linkTo = ({ page }: Matter, pages: string | undefined) =>
  pages === undefined ? undefined : `${pages.replace(/\/$/, "")}${page}`;
