import { agents } from "./agents.ts";
import { authentication } from "./authentication.ts";
import { connectionMemory } from "./connection-memory.ts";
import { endToEnd } from "./end-to-end.ts";
import { frontDoor } from "./front-door.ts";
import { http } from "./http.ts";
import { launch } from "./launch.ts";
import { ledger } from "./ledger.ts";
import type { Measured } from "./measure.ts";
import { pairs } from "./pairs.ts";
import { recorder } from "./recorder.ts";
import { renewalReport } from "./renewal-report.ts";
import { scrape } from "./scrape.ts";
import { start } from "./start.ts";
import { sweep } from "./sweep.ts";

interface Question {
  asks: string;
  answer: () => Promise<Measured[]>;
}

/** THE TABLE of questions, by the names under which `npm run bench` asks them. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  ledger: { asks: "what a decision costs Redis, in a call of many and in one of its own", answer: ledger },
  "front-door": { asks: "what a message costs the daemon, beside a server that only echoes", answer: frontDoor },
  "end-to-end": { asks: "decisions a second of the whole product, beside what Redis alone could do", answer: endToEnd },
  pairs: { asks: "seats taken and given back, and refusals, beside redis-semaphore", answer: pairs },
  "connection-memory": { asks: "memory of an idle connection", answer: connectionMemory },
  authentication: { asks: "what it costs that computers prove who they are as they connect", answer: authentication },
  agents: { asks: "what agents cost that have nothing to do: network, daemon, and their own computer", answer: agents },
  http: { asks: "checkouts over HTTP, and scrapes of /metrics", answer: http },
  scrape: { asks: "what a scrape of 200 pools costs, and what decisions feel of it", answer: scrape },
  sweep: { asks: "what the renewal arithmetic costs, and what a daemon feels of it", answer: sweep },
  report: { asks: "what a renewal report costs, from stored days", answer: renewalReport },
  recorder: { asks: "events a second that are written down, in SQLite and in PostgreSQL", answer: recorder },
  launch: {
    asks: "how long a program waits for its seat: a whole launch, beside a Node that does nothing",
    answer: launch,
  },
  start: { asks: "how long a start takes where all is installed", answer: start },
};
