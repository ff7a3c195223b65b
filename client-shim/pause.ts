/**
 * So many milliseconds, as `node:timers/promises` has them; that takes longer to load than a launch has to spare.
 *
 * @param signal ends it before that, with its reason
 * @param ref    whether the process goes on for it
 */
export function pause(ms: number, { signal, ref = true }: { signal?: AbortSignal; ref?: boolean } = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, ms);
    if (!ref) timer.unref();
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}
