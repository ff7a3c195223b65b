/*
 * The parts of prom-client that we use, each by itself: the whole also loads its gauges of Node, and for them OpenTelemetry,
 * which is 75 files to load at a start.
 */
declare module "prom-client/lib/histogram.js" {
  export { Histogram as default } from "prom-client";
}
declare module "prom-client/lib/registry.js" {
  export { Registry as default } from "prom-client";
}
