import type { RedisClient } from "./connection.ts";

/** So long an answer is waited for, in milliseconds, and after so long without any the connection is made anew. */
const ANSWER_WITHIN_MS = 500;
const SILENCE_MS = 1500;

/**
 * Gives up on answers that do not come, so that a frozen server holds no launch; a time-out never means that nothing was
 * done. ioredis has such time-outs too, but its timers also ring when it was us who were busy: ten thousand launches in
 * one moment keep the event loop for over a second, and the answers lay unread while 256 launches at a time were told
 * that the ledger is away. Here, what has arrived is read before a time-out counts.
 *
 * @param onFailed told of each command that fails, other than by that
 */
export function makePatient(client: RedisClient, onFailed: (error: Error) => void = () => {}): void {
  let silentSinceMs: number | undefined;
  const send = client.sendCommand;

  const giveUp = (reject: (error: Error) => void) => {
    reject(new Error(`no answer within ${ANSWER_WITHIN_MS} ms`));
    if (silentSinceMs === undefined || performance.now() - silentSinceMs < SILENCE_MS) return;
    silentSinceMs = undefined;
    client.disconnect(true);
  };

  client.sendCommand = (...command: unknown[]) => {
    const answer = new Promise((resolve, reject) => {
      silentSinceMs ??= performance.now();
      // Timers, then what has arrived, then immediates: so an event loop turns.
      const late = setTimeout(() => setImmediate(giveUp, reject), ANSWER_WITHIN_MS);
      const heard = () => {
        clearTimeout(late);
        silentSinceMs = undefined;
      };
      (Reflect.apply(send, client, command) as Promise<unknown>).then(
        (answer) => {
          heard();
          resolve(answer);
        },
        (error) => {
          heard();
          onFailed(error);
          reject(error);
        },
      );
    });
    // ioredis asks some things itself, when it connects, and looks at no promise: such a one would end the daemon.
    answer.catch(() => {});
    return answer;
  };
}

/** The answer of a server that gives up on nothing by itself, or an error when it takes too long. */
export function patiently<Answer>(answer: Promise<Answer>, withinMs = ANSWER_WITHIN_MS): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const late = setTimeout(() => setImmediate(reject, new Error(`no answer within ${withinMs} ms`)), withinMs);
  answer.then(resolve, reject).finally(() => clearTimeout(late));
  return promise;
}
