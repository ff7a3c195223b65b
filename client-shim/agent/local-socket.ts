import { connect } from "node:net";

/** A connection to somebody on this computer, over which text goes. */
export interface LocalSocket {
  say(text: string): void;
  /** What was said arrives. */
  end(): Promise<void>;
  leave(): void;
}

/** What is heard. */
export interface Ears {
  text(text: string): void;
  /** Once, when it has ended, or never began. */
  over(): void;
}

/** @returns nothing where nobody is there */
export function openLocal(path: string, ears: Ears, withinMs: number): Promise<LocalSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<LocalSocket | undefined>();
  const socket = connect(path);
  const late = setTimeout(() => socket.destroy(), withinMs);
  socket.setEncoding("utf8").on("data", (text: string) => ears.text(text));
  socket.on("error", () => {});
  socket.on("close", () => {
    clearTimeout(late);
    resolve(undefined);
    ears.over();
  });
  socket.on("connect", () => {
    clearTimeout(late);
    resolve({
      say: (text) => void socket.write(text),
      async end() {
        const { promise: ended, resolve: isEnded } = Promise.withResolvers<void>();
        if (socket.destroyed) isEnded();
        else socket.on("close", () => isEnded()).end(() => isEnded());
        await ended;
        socket.destroy();
      },
      leave: () => void socket.destroy(),
    });
  });
  return promise;
}
