import type { Ears, LocalSocket } from "./local-socket.ts";

/** Bun's own way to connect; its `node:net` would take longer to load than a launch through the agent may. */
interface BunSocket {
  write(text: string | Uint8Array): number;
  end(): void;
  terminate(): void;
}
declare const Bun: {
  connect(options: {
    unix: string;
    socket: {
      open(socket: BunSocket): void;
      data(socket: BunSocket, bytes: Uint8Array): void;
      drain(socket: BunSocket): void;
      close(socket: BunSocket): void;
      error(socket: BunSocket, error: Error): void;
      connectError(socket: BunSocket, error: Error): void;
    };
  }): Promise<BunSocket>;
};

/** As local-socket.ts does it, in the single file. */
export function openLocal(path: string, ears: Ears, withinMs: number): Promise<LocalSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<LocalSocket | undefined>();
  const decoder = new TextDecoder();
  let open: BunSocket | undefined;
  /** What the system has not taken yet. */
  let unsent = new Uint8Array();
  let allSent: () => void = () => {};
  let isOver = false;
  const flush = () => {
    if (open && unsent.length > 0) unsent = unsent.slice(open.write(unsent));
    if (unsent.length === 0) allSent();
  };
  const over = () => {
    if (isOver) return;
    isOver = true;
    clearTimeout(late);
    resolve(undefined);
    allSent();
    ears.over();
  };
  const late = setTimeout(() => {
    open?.terminate();
    over();
  }, withinMs);
  const connection: LocalSocket = {
    say(text) {
      const bytes = new TextEncoder().encode(text);
      const both = new Uint8Array(unsent.length + bytes.length);
      both.set(unsent);
      both.set(bytes, unsent.length);
      unsent = both;
      if (!isOver) flush();
    },
    async end() {
      const { promise: sent, resolve: isSent } = Promise.withResolvers<void>();
      allSent = isSent;
      if (isOver) isSent();
      else flush();
      await sent;
      if (!isOver) open?.end();
    },
    leave: () => open?.terminate(),
  };
  const socket = {
    open(socket: BunSocket) {
      open = socket;
      clearTimeout(late);
      if (isOver) socket.terminate();
      else resolve(connection);
    },
    data: (_socket: BunSocket, bytes: Uint8Array) => ears.text(decoder.decode(bytes, { stream: true })),
    drain: flush,
    close: over,
    error: over,
    connectError: over,
  };
  Bun.connect({ unix: path, socket }).catch(over);
  return promise;
}
