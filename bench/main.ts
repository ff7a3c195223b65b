import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { withCapacity } from "./capacity.ts";
import { committedResults, comparisonAsText } from "./comparison.ts";
import { thisMachine } from "./machine.ts";
import type { Measured } from "./measure.ts";
import { QUESTIONS } from "./questions.ts";
import { asMarkdown, asText, type Result, withAnswers, withResults } from "./report.ts";

const README = join(import.meta.dirname, "README.md");
const RESULTS = join(import.meta.dirname, "results.json");
const CAPACITY = join(import.meta.dirname, "../docs/capacity.md");

const LIST = Object.entries(QUESTIONS)
  .map(([name, { asks }]) => `  ${name.padEnd(18)} ${asks}`)
  .join("\n");
const USAGE = `npm run bench [-- QUESTION …]: how fast seatmeter is on this machine. Without a question, all of them:

${LIST}

Tables go to the standard output and into bench/README.md, goals into bench/results.json and docs/capacity.md,
and what got slower or faster than the last committed results is told at the end.
  --compare  measure nothing: compare bench/results.json with what is committed
  --list     the names of the questions
  --help     this`;
const EXIT_USAGE = 64;

function readQuestions(): string[] {
  const options = {
    help: { type: "boolean", short: "h" },
    list: { type: "boolean" },
    compare: { type: "boolean" },
  } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help || values.list) {
    console.log(values.help ? USAGE : Object.keys(QUESTIONS).join("\n"));
    process.exit(0);
  }
  if (values.compare) {
    console.log(comparisonAsText(earlierResults(), committedResults()));
    process.exit(0);
  }
  const unknown = positionals.find((name) => !Object.hasOwn(QUESTIONS, name));
  if (unknown !== undefined) throw new Error(`there is no question ${unknown}; they are:\n${LIST}`);
  return positionals.length > 0 ? positionals : Object.keys(QUESTIONS);
}

function questionsAsked(): string[] {
  try {
    return readQuestions();
  } catch (error) {
    console.error((error as Error).message);
    process.exit(EXIT_USAGE);
  }
}

function earlierResults(): Result[] {
  return existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, "utf8")) : [];
}

function write(question: string, measured: readonly Measured[]) {
  const answers = new Map([[question, asMarkdown(question, machine, measured)]]);
  writeFileSync(README, withAnswers(readFileSync(README, "utf8"), answers, Object.keys(QUESTIONS)));
  const results = withResults(earlierResults(), measured);
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(CAPACITY, withCapacity(readFileSync(CAPACITY, "utf8"), results));
}

const machine = thisMachine();
const committed = committedResults();
for (const question of questionsAsked()) {
  const began = performance.now();
  process.stderr.write(`${question}: ${QUESTIONS[question]!.asks} … `);
  const measured = await QUESTIONS[question]!.answer();
  process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s\n`);
  console.log(`${asText(measured)}\n`);
  write(question, measured);
}
console.log(comparisonAsText(earlierResults(), committed));
