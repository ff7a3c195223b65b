/** One command of `seatmeter`, loaded only when it is asked for. */
export interface Command {
  /** What `--help` prints. */
  usage: string;
  /**
   * @param args what stands after the command's name
   * @returns the exit code
   * Errors: SeatmeterError, whose message is told and whose code gives the exit code.
   */
  run(args: readonly string[]): Promise<number>;
}

/** THE TABLE of commands. */
export const COMMANDS = {
  run: { summary: "start a program with a seat, and give the seat back at its end", load: () => import("./run.ts") },
  agent: {
    summary: "one process for all programs of this computer, however they are started",
    load: () => import("./agent/agent.ts"),
  },
  borrow: { summary: "take a seat along, for use without the network", load: () => import("./borrow.ts") },
  return: { summary: "give a borrowed seat back before its day", load: () => import("./return.ts") },
  postpone: { summary: "put off that the seat of a running program is reclaimed", load: () => import("./postpone.ts") },
  inventory: {
    summary: "what is installed on this computer, as the daemons would be told",
    load: () => import("./inventory.ts"),
  },
  journal: {
    summary: "what ran while no daemon could be asked, and is not told yet",
    load: () => import("./journal.ts"),
  },
  status: { summary: "who has what, now", load: () => import("./status.ts") },
  explain: {
    summary: "would this person be granted a seat now, and by which rule",
    load: () => import("./explain.ts"),
  },
  recall: { summary: "ask for a borrowed seat back", load: () => import("./recall.ts") },
  reclaim: { summary: "take a seat from a running program, politely", load: () => import("./reclaim.ts") },
  retire: { summary: "take a computer out of use", load: () => import("./retire.ts") },
  reassign: { summary: "free the seat that is assigned to somebody", load: () => import("./reassign.ts") },
  report: { summary: "the renewal report of a pool, in any format", load: () => import("./report.ts") },
  calendar: { summary: "renewals by the last day to give notice", load: () => import("./calendar.ts") },
  foi: { summary: "licences, for a request for information", load: () => import("./foi.ts") },
  compliance: {
    summary: "what is installed, against what was bought and used",
    load: () => import("./compliance.ts"),
  },
  register: {
    summary: "check, apply, import and export the register; its JSON Schema",
    load: () => import("./register.ts"),
  },
  import: { summary: "the past from FlexNet logs, rules from an options file", load: () => import("./import.ts") },
  "ticket-key": { summary: "a new key for the tickets of borrowed seats", load: () => import("./ticket-key.ts") },
  token: { summary: "make a token for a shim, a person or a program", load: () => import("./token.ts") },
  privacy: { summary: "what is held of a person, told or erased; for how long", load: () => import("./privacy.ts") },
  enrol: { summary: "a key of this computer's own, by which the daemons know it", load: () => import("./enrol.ts") },
  history: { summary: "copy what happened to PostgreSQL", load: () => import("./history.ts") },
  audit: { summary: "whether what administrators did is as it was written", load: () => import("./audit.ts") },
  sim: { summary: "a simulated fleet, or a FlexNet log played again", load: () => import("./sim.ts") },
  verify: { summary: "check the log of a simulated fleet for broken promises", load: () => import("./verify.ts") },
} as const satisfies Record<string, { summary: string; load: () => Promise<Command> }>;

export type CommandName = keyof typeof COMMANDS;
