import type { ask } from "./question.ts";
import { QueueLine } from "./queue-line.ts";
import { someoneThere } from "./someone-there.ts";
import { tell } from "./tell.ts";

/** Whoever launches a program: what they are told, and asked. The agent speaks to them through the command that they typed. */
export interface Person {
  tell(sentence: string): void;
  /** Whether somebody sits there who can be asked. */
  canAnswer(): boolean;
  /**
   * @param interrupted settles with an exit code when they do not want to answer
   * @returns whether the answer was yes
   */
  ask(question: string, interrupted: Promise<number>): Promise<boolean | number>;
  /** What they read who wait for a seat. */
  queue(): Pick<QueueLine, "show" | "end">;
}

/** Who typed this command. */
export const AT_THE_SCREEN: Person = {
  tell,
  canAnswer: someoneThere,
  // Loaded for those only who are asked.
  ask: async (...question: Parameters<typeof ask>) => (await import("./question.ts")).ask(...question),
  queue: () => new QueueLine(),
};
