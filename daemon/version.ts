import manifest from "../package.json" with { type: "json" };

/** What this is, wherever we say so: in `welcome`, on pages, in metrics. */
export const VERSION = manifest.version;
