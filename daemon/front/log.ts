import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";

/** Who shows these is somebody; whoever reads a log is not to become him. */
const SECRETS = [
  ...["authorization", "cookie", "token"].flatMap((name) => [name, `headers.${name}`, `*.headers.${name}`]),
  'headers["set-cookie"]',
  '*.headers["set-cookie"]',
];

/**
 * The daemon's log: JSON lines, no secret, no name of a person. Of an error it keeps what a programmer needs; commands to
 * Redis that hang on one hold names.
 */
export function openLog(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    redact: { paths: SECRETS, censor: "…" },
    serializers: { err: errorOf, req: requestOf },
  };
  return destination ? pino(options, destination) : pino(options);
}

function errorOf(error: Error) {
  const { type, message, stack } = stdSerializers.err(error);
  return { type, message, stack, ...("code" in error && { code: error.code }) };
}

const requestOf = ({ method, url = "" }: { method?: string; url?: string }) => ({ method, path: url.split("?")[0] });
