import { networkInterfaces } from "node:os";

const LOOK_EVERY_MS = 5_000;
/** A clock that leaps by more was set, or the computer has slept. */
const LEAP_MS = 5_000;

/** What tells that the network may be another one than a moment ago. */
export interface Senses {
  nowMs(): number;
  monotonicMs(): number;
  addresses(): string;
}

const SENSES: Senses = {
  nowMs: Date.now,
  monotonicMs: () => performance.now(),
  addresses: () =>
    Object.entries(networkInterfaces())
      .flatMap(([name, all = []]) => all.filter(({ internal }) => !internal).map(({ address }) => `${name} ${address}`))
      .sort()
      .join(),
};

/** Looks, each time it is called, whether the computer has slept or come into another network since. */
export function wakeWatch(senses: Senses = SENSES): () => boolean {
  const look = () => ({ nowMs: senses.nowMs(), monotonicMs: senses.monotonicMs(), addresses: senses.addresses() });
  let last = look();
  return () => {
    const now = look();
    const leapMs = Math.abs(now.nowMs - last.nowMs - (now.monotonicMs - last.monotonicMs));
    // Some systems stop their timers' clock while they sleep, and some do not: then a look is late.
    const lateMs = now.monotonicMs - last.monotonicMs - LOOK_EVERY_MS;
    const woke = leapMs > LEAP_MS || lateMs > LEAP_MS || now.addresses !== last.addresses;
    last = now;
    return woke;
  };
}

/** Calls `woken` when it has, and `looked` with each look. */
export function onWake(woken: () => void, looked: () => void): () => void {
  const hasWoken = wakeWatch();
  const timer = setInterval(() => {
    if (hasWoken()) woken();
    looked();
  }, LOOK_EVERY_MS);
  return () => clearInterval(timer);
}
