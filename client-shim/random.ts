/** How long until the next thing happens that happens at random, every `meanMs` on average. */
export const randomWait = (random: () => number, meanMs: number) => -Math.log(1 - random()) * meanMs;
