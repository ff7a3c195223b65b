import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { SeatmeterError } from "../domain/errors.ts";
import type { SendPage } from "./parts.ts";

interface Problem {
  title: string;
  /** What happened, and what to do. */
  sentences: string[];
  link: { href: string; text: string };
  /** Whether somebody can be asked to change it. */
  asking?: true;
}

const LEDGER_AWAY: Problem = {
  title: "The ledger cannot be reached",
  sentences: [
    "seatmeter keeps who has which seat in Redis, and Redis does not answer. Programs that run go on running. Whether new ones start is set for each product.",
    "Check that the Redis server runs and can be reached from this daemon. The daemon tries again by itself.",
  ],
  link: { href: "", text: "Try again" },
};

const HISTORY_AWAY: Problem = {
  title: "The history cannot be reached",
  sentences: [
    "What happened is kept in a database, and it does not answer. Metering goes on, and what happens meanwhile is written down later.",
    "Check the database, and the disk where it lies. The daemon tries again by itself.",
  ],
  link: { href: "", text: "Try again" },
};

/** Where somebody chose to keep none. */
export const NO_HISTORY: Problem = {
  title: "No history is kept",
  sentences: [
    "This daemon was started with SEATMETER_HISTORY=off, so nothing is known of the past: no highest use, no recommendation, no renewal reports.",
    "What was bought, and until when notice has to be given, is on the Register page.",
  ],
  link: { href: "/register", text: "Register" },
};

const FAULT: Problem = {
  title: "Sorry, there is a problem with seatmeter",
  sentences: ["This page could not be made. Metering goes on. The daemon’s log says what went wrong."],
  link: { href: "/", text: "Live board" },
};

const AUDIT_AWAY: Problem = {
  title: "Nothing was done",
  sentences: [
    "What people do here is written down before it is done, and the database in which it is written does not answer.",
    "Check the database, and the disk where it lies. Then try again.",
  ],
  link: { href: "", text: "Try again" },
};

const OVERLOADED: Problem = {
  title: "There is too much to do for reports just now",
  sentences: ["Seats are counted as ever, and the live board is there. Try again in a moment."],
  link: { href: "", text: "Try again" },
};

const DRAINING: Problem = {
  title: "seatmeter stops just now",
  sentences: [
    "Programs that run go on running. Another daemon answers, or this one when it is back. Try again in a moment.",
  ],
  link: { href: "", text: "Try again" },
};

const NOT_FOUND: Problem = {
  title: "Page not found",
  sentences: [
    "Check the address. If you followed a link to a pool, the pool may have left the register.",
    "Everything that can be seen is reached from the live board.",
  ],
  link: { href: "/", text: "Live board" },
};

const sentence = ({ message }: Error) => `${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.$/, "")}.`;

const refused = (error: Error): Problem => ({
  title: "You cannot see this page",
  sentences: [sentence(error)],
  asking: true,
  link: { href: "/sign-in", text: "Sign in" },
});

/** It is not who asks, but what: somebody else changed the register meanwhile, or a form is larger than any of ours. */
const notDone = (error: Error): Problem => ({
  title: "This could not be done",
  sentences: [sentence(error), "Go back to the page before, and try again from there."],
  link: { href: "/", text: "Live board" },
});

/** Of somebody whom the issuer knows, and the register gives no role. */
export const stranger = ({ name }: { name: string }): Problem => ({
  title: "You have no role in seatmeter",
  sentences: [`You signed in as ${name}, but nothing that your organisation says of you gives you a role here.`],
  asking: true,
  link: { href: "/sign-in", text: "Sign in as somebody else" },
});

const SIGN_ON_AWAY: Problem = {
  title: "Single sign-on does not work now",
  sentences: [
    "seatmeter asks your organisation’s sign-in service who you are, and got no good answer. Metering goes on. The daemon’s log says what went wrong.",
    "Try again in a minute. Whoever has a token can sign in with it meanwhile.",
  ],
  link: { href: "/sign-in", text: "Sign in" },
};

const notSignedIn = (error: Error): Problem => ({
  title: "You are not signed in",
  sentences: [sentence(error), "Begin again from the sign-in page."],
  link: { href: "/sign-in", text: "Sign in" },
});

/** The page for what went wrong: it says what happened and what to do, and nothing of the inside. */
export async function sendProblem(
  send: SendPage,
  error: FastifyError | SeatmeterError,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const status = error instanceof SeatmeterError ? error.status : (error.statusCode ?? 500);
  request.failedWith = error.code;
  if (error.code === "audit_unavailable") {
    return send(reply.status(status), "problem.njk", { problem: AUDIT_AWAY });
  }
  if (status === 404) return send(reply.status(404), "problem.njk", { problem: NOT_FOUND });
  if (error.code === "history_unavailable") {
    return send(reply.status(status), "problem.njk", { problem: HISTORY_AWAY });
  }
  if (error.code === "overloaded") return send(reply.status(status), "problem.njk", { problem: OVERLOADED });
  if (error.code === "draining") return send(reply.status(status), "problem.njk", { problem: DRAINING });
  if (error.code === "sign_on_unavailable") {
    return send(reply.status(status), "problem.njk", { problem: SIGN_ON_AWAY });
  }
  if (error.code === "sign_on_refused") {
    return send(reply.status(status), "problem.njk", { problem: notSignedIn(error) });
  }
  if (status === 503) return send(reply.status(503), "problem.njk", { problem: LEDGER_AWAY });
  if (status === 401 || status === 403) return send(reply.status(status), "problem.njk", { problem: refused(error) });
  if (status < 500) return send(reply.status(status), "problem.njk", { problem: notDone(error) });
  request.log.error({ err: error }, "a page could not be made");
  return send(reply.status(500), "problem.njk", { problem: FAULT });
}

/** Whether whoever asks wants a page, rather than an answer for programs. */
export const wantsPage = (request: FastifyRequest) => (request.headers.accept ?? "").includes("text/html");
