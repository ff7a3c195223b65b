import type { IncomingMessage } from "node:http";
import cookie from "@fastify/cookie";
import helmet from "@fastify/helmet";
import Fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from "fastify";
import type { Access } from "../access/access.ts";
import { SeatmeterError } from "../domain/errors.ts";
import type { ReportIncident } from "../domain/incidents.ts";
import type { InForce } from "../domain/register.ts";
import { FRAME_BYTES } from "../protocol/messages.ts";
import { registerDraining } from "./draining.ts";
import type { Enrolled } from "./enrolled.ts";
import { failed } from "./failed.ts";
import { registerGate } from "./gate.ts";
import type { Inventories } from "./inventories.ts";
import type { Launches } from "./launches.ts";
import type { LoopDelay } from "./pressure.ts";
import { ProxiedConnections } from "./proxied-connections.ts";
import { shedReports } from "./shedding.ts";
import { PATIENCE, type Patience, ShimConnections } from "./shim-connections.ts";
import type { Tls } from "./tls.ts";
import { ShimDoor } from "./upgrade.ts";

export interface ServerParts {
  log: FastifyBaseLogger;
  launches: Launches;
  inForce: () => InForce;
  access: Access;
  enrolled: Enrolled;
  /** Of the daemon, for `welcome`. */
  version: string;
  tls?: Tls;
  report: ReportIncident;
  /** Public keys by which shims check tickets. */
  ticketKeys: () => readonly string[];
  /** None where no history is kept. */
  inventories?: Inventories | undefined;
  patience?: Partial<Patience>;
  /** How late the event loop is, instead of its own word. */
  delay?: LoopDelay;
}

declare module "fastify" {
  interface FastifyInstance {
    shims: ShimConnections;
    /** Whether browsers come by TLS, here or at a proxy. */
    secure: boolean;
    /** Whether people have to say who they are. */
    asksPeople: boolean;
  }
}

/** Other upgrades are offers that may be left alone: some clients offer HTTP/2 with every request. */
const asksForWebSocket = ({ headers }: IncomingMessage) => headers.upgrade?.toLowerCase() === "websocket";

/** Node's own patience leaves sockets that say next to nothing open for ever. */
const LISTENER = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1000,
  maxHeaderSize: 16 * 1024,
  shouldUpgradeCallback: asksForWebSocket,
};
/** Who has no certificate, or not a good one, may still have a token or a key: that is for the doors to say. */
const TLS = { handshakeTimeout: 10_000, rejectUnauthorized: false };

/** Zod judges what comes in. Fastify's own compilers of JSON Schema would be 120 files to load. */
const noSchema = () => () => {
  throw new SeatmeterError("internal", "routes here have no JSON Schema");
};

/**
 * The doors of the daemon: HTTP with nothing behind it yet, and WebSockets for shims. Routes are added by others and say
 * who may use them. Its `close` answers what was asked already, by HTTP or WebSocket, then closes the WebSockets, for which
 * Fastify alone would wait for ever.
 */
export function buildServer(parts: ServerParts): FastifyInstance {
  const { log, inForce, access, enrolled, tls, report } = parts;
  const app: FastifyInstance = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    schemaController: { compilersFactory: { buildValidator: noSchema, buildSerializer: noSchema } },
    bodyLimit: FRAME_BYTES,
    forceCloseConnections: true,
    // Its own answer has another form than all others, and is given to whoever looks at /readyz, too.
    return503OnClosing: false,
    rewriteUrl: ({ url = "/" }) => decodable(url),
    // Node limits what an address is in; no route takes one to pieces.
    routerOptions: { maxParamLength: LISTENER.maxHeaderSize },
    // Fastify makes the listener: importing node:http ourselves would load fetch and all of undici, 30 ms of a start.
    ...(tls ? { https: { ...LISTENER, ...TLS, ...tls, requestCert: tls.ca !== undefined } } : { http: LISTENER }),
  });
  const patience = { ...PATIENCE, ...parts.patience };
  const connections = new ShimConnections({
    launches: parts.launches,
    enrolled,
    ticketKeys: parts.ticketKeys,
    log,
    inForce,
    daemonVersion: parts.version,
    report,
    inventories: parts.inventories,
    patience,
    ...(parts.delay && { delay: parts.delay }),
  });
  const secure = () => tls !== undefined || inForce().register.behindProxy;
  app.decorate("shims", connections);
  app.decorate("secure", { getter: secure });
  app.decorate("asksPeople", { getter: () => access.asks.people });

  app.register(cookie);
  app.register(helmet, { ...(tls ? {} : { strictTransportSecurity: false }), contentSecurityPolicy: CONTENT });
  // As long as shims may take to go.
  const withinMs = 2 * patience.drainWithinMs;
  const http = registerDraining(app, { isDraining: () => connections.draining, withinMs });
  // Before anybody's session is looked up.
  shedReports(app, connections.pressure);
  registerGate(app, { access, inForce, report });
  answerFailures(app);

  const door = new ShimDoor({ access, enrolled, inForce, log, connections, report });
  app.server.on("upgrade", (request, stream, head) => door.upgrade(request, stream, head));
  const proxied = new ProxiedConnections(inForce, log);
  proxied.guard(app.server);
  app.addHook("preClose", async () => {
    proxied.close();
    await Promise.all([connections.drain(), http.answered()]);
  });
  return app;
}

/** Nothing but our own files, and nothing inside the page. */
const CONTENT = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'"],
    connectSrc: ["'self'"],
    fontSrc: ["'none'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
};

/** An address that cannot be decoded is that of something which is not there, and not a mistake of its own kind. */
function decodable(url: string): string {
  try {
    decodeURI(url.split("?")[0]!);
    return url;
  } catch {
    return url.replaceAll("%", "%25");
  }
}

/** What went wrong, in the one form for programs; pages have a form of their own. */
function answerFailures(app: FastifyInstance) {
  app.setErrorHandler((error: FastifyError | SeatmeterError, request, reply) => {
    const theirs = !(error instanceof SeatmeterError) && (error.statusCode ?? 500) < 500;
    const { type: _, status, ...body } = failed(theirs ? unreadable(error, request) : error, request.log);
    request.failedWith = body.code;
    return reply.status(status).send(body);
  });
}

/** A request that was refused before its route saw it. */
function unreadable(cause: FastifyError, { headers, routeOptions }: FastifyRequest): SeatmeterError {
  const type = headers["content-type"];
  const told: Record<string, string> = {
    FST_ERR_CTP_INVALID_MEDIA_TYPE: `the body's content type is ${type ?? "missing"}; for JSON it is application/json`,
    FST_ERR_CTP_BODY_TOO_LARGE: `the body is longer than ${routeOptions.bodyLimit} bytes`,
    FST_ERR_CTP_INVALID_CONTENT_LENGTH: "the body is not as long as its content-length says",
  };
  return new SeatmeterError("message_invalid", told[cause.code] ?? "the request cannot be read", { cause });
}
