/** Why a daemon closes a connection, by the codes of RFC 6455. Mistakes are answered; these are attacks, or our state. */
export const CLOSE = {
  /** A binary frame. */
  unsupported: 1003,
  /** Nested over {@link import("./messages.ts").NESTING_LEVELS} levels; no UTF-8. */
  malformed: 1007,
  /** No hello, a refused identity, a reader that does not read. */
  refused: 1008,
  /** Over {@link import("./messages.ts").FRAME_BYTES}; `ws` closes by itself. */
  tooBig: 1009,
  /** The daemon stops; another, or this one, is there soon. */
  draining: 1012,
  /** Come back later. */
  overloaded: 1013,
} as const;
