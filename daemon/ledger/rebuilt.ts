/** In no name: what begins so is no computer's (domain/names.ts), so nobody can say that he is the holder. */
const UNDER_PSEUDONYM = "\u001d";

/** Who holds a lease that was rebuilt from the history, until its computer speaks: that one, by pseudonym. */
export const rebuiltHolder = (device: string) => UNDER_PSEUDONYM + device;

/** Under which those who share a rebuilt seat find it, as lua/call/64-judge.lua looks for it: empty where it is not by that. */
export const rebuiltSeatKey = (user: string, device: string, seats: number) =>
  [UNDER_PSEUDONYM + user, device, ...(seats > 1 ? [String(seats)] : [])].join("\u001f");
