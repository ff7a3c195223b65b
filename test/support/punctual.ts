import { syncBuiltinESMExports } from "node:module";
import hooks from "node:perf_hooks";

/*
 * Imported before a daemon, whose event loop then is never late in its own eyes: however busy the machine is that tests run
 * on, no report and nobody new is refused for it. What is refused of a late one is said where tests are late on purpose.
 */
hooks.monitorEventLoopDelay = () => NEVER_LATE as ReturnType<typeof hooks.monitorEventLoopDelay>;
syncBuiltinESMExports();

const NEVER_LATE = { count: 1, max: 0, reset: () => {}, enable: () => true, disable: () => true };
