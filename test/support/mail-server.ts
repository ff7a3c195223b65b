import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface ReceivedMail {
  from: string;
  to: string[];
  /** As it came, header and body. */
  text: string;
  /** Whether it came by TLS, and who signed in. */
  secure: boolean;
  user: string | undefined;
}

export interface TestMailServer extends AsyncDisposable {
  port: number;
  mails: ReceivedMail[];
  /** So many mails, waited for. */
  received(count: number): Promise<ReceivedMail[]>;
  /** Addresses that it does not take. */
  refused: Set<string>;
  close(): Promise<void>;
}

/** A real mail server on the loopback interface, which delivers to the test. */
export async function startMailServer(options: SMTPServerOptions & { port?: number } = {}): Promise<TestMailServer> {
  const mails: ReceivedMail[] = [];
  const refused = new Set<string>();
  let came = Promise.withResolvers<void>();
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.cert ? [] : ["STARTTLS"],
    onAuth: ({ username, password }, _session, done) =>
      password === "correct horse" ? done(null, { user: username ?? "" }) : done(new Error("wrong")),
    onRcptTo: ({ address }, _session, done) =>
      refused.has(address) ? done(new Error(`5.1.1 <${address}> is nobody here`)) : done(),
    onData: async (stream, session, done) => {
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      const { mailFrom, rcptTo } = session.envelope;
      mails.push({
        from: mailFrom ? mailFrom.address : "",
        to: rcptTo.map(({ address }) => address),
        text: Buffer.concat(parts).toString(),
        secure: session.secure,
        user: session.user,
      });
      done();
      came.resolve();
      came = Promise.withResolvers();
    },
    ...options,
  });
  server.on("error", () => {});
  const listening = server.listen(options.port ?? 0, "127.0.0.1");
  await once(listening, "listening");
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return {
    port: (listening.address() as AddressInfo).port,
    mails,
    refused,
    async received(count) {
      while (mails.length < count) await came.promise;
      return mails;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
