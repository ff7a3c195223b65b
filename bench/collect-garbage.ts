/* Loaded into the daemon when its memory is measured, so that what nobody holds any more does not count. */
process.on("SIGUSR2", () => globalThis.gc?.());
