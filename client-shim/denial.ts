import { DENIALS } from "../daemon/domain/denials.ts";
import type { Message } from "../daemon/protocol/messages.ts";

type Denied = Message<"denied">;

/** More would scroll the sentence away that matters. */
const HOLDERS_SHOWN = 10;

/** What happened and whom to ask, in a line. */
export function denialSentence({ message, owner }: Pick<Denied, "message"> & { owner?: string }): string {
  const sentence = plain(message);
  return owner && !sentence.includes(owner) ? `${sentence} Ask ${plain(owner)}.` : sentence;
}

/** Who has the seats, a line each; none where the register does not show them. */
export function holderLines({ holders = [] }: Denied): string[] {
  const lines = holders
    .slice(0, HOLDERS_SHOWN)
    .map(({ user, device, sinceMs }) => `in use by ${plain(user)} on ${plain(device)} since ${clock(sinceMs)}`);
  const more = holders.length - lines.length;
  return more > 0 ? [...lines, `and by ${more} more`] : lines;
}

/** @returns 77 for a reason that only a newer daemon knows: nothing says that waiting would help */
export function denialExit(reason: string): number {
  return Object.hasOwn(DENIALS, reason) ? DENIALS[reason as keyof typeof DENIALS].exit : 77;
}

/** Names are claims of other people's computers, and a terminal obeys control characters. */
export const plain = (text: string) => text.replace(/\p{Cc}/gu, " ");

/** The time, and the day where it is not today. */
export function clock(atMs: number): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  return at.toDateString() === new Date().toDateString() ? time : `${time} on ${at.toLocaleDateString("en-GB")}`;
}
