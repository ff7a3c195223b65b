import { agents } from "./agents.ts";
import { authentication } from "./authentication.ts";
import { connectionMemory } from "./connection-memory.ts";
import { connections } from "./connections.ts";
import { daemons } from "./daemons.ts";
import { endToEnd } from "./end-to-end.ts";
import { frontDoor } from "./front-door.ts";
import { fullStart } from "./full-start.ts";
import { http } from "./http.ts";
import { latency } from "./latency.ts";
import { launch } from "./launch.ts";
import { ledger } from "./ledger.ts";
import { liveLeases } from "./live-leases.ts";
import { manyPools } from "./many-pools.ts";
import type { Measured } from "./measure.ts";
import { pairs } from "./pairs.ts";
import { recorder } from "./recorder.ts";
import { renewalReport } from "./renewal-report.ts";
import { scrape } from "./scrape.ts";
import { start } from "./start.ts";
import { sweep } from "./sweep.ts";
import { watching } from "./watching.ts";

interface Question {
  asks: string;
  answer: () => Promise<Measured[]>;
}

/** THE TABLE of questions, by the names under which `npm run bench` asks them. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  ledger: { asks: "what a decision costs Redis, in a call of many and in one of its own", answer: ledger },
  "front-door": { asks: "what a message costs the daemon, beside a server that only echoes", answer: frontDoor },
  "end-to-end": { asks: "decisions a second of the whole product, beside what Redis alone could do", answer: endToEnd },
  pairs: { asks: "seats taken and given back, and refusals, beside other ways to count", answer: pairs },
  latency: { asks: "how long a decision waits at half of saturation, beside a PING of Redis", answer: latency },
  "live-leases": { asks: "what a decision costs Redis, from 100 to a million leases in a pool", answer: liveLeases },
  "many-pools": { asks: "what decisions and idle seconds cost, from one pool to 10,000", answer: manyPools },
  connections: { asks: "what a decision costs the daemon, from 100 connections to all that go", answer: connections },
  daemons: { asks: "decisions a second of 1, 2 and 4 daemons on this machine", answer: daemons },
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
  watching: { asks: "what it costs an agent to see programs start, among 300 processes", answer: watching },
  start: { asks: "how long a start takes where all is installed", answer: start },
  "full-start": { asks: "how long a start takes on a ledger with a million leases", answer: fullStart },
};
