import type { Redis } from "ioredis";

/** What is asked of a server while a question is under way shares the next one: that holds for all that was written before. */
export class SharedQuestion<Answer> {
  readonly #ask: (server: Redis) => Promise<Answer>;
  readonly #underWay = new WeakMap<Redis, Promise<Answer>>();
  readonly #next = new WeakMap<Redis, Promise<Answer>>();

  constructor(ask: (server: Redis) => Promise<Answer>) {
    this.#ask = ask;
  }

  of(server: Redis): Promise<Answer> {
    let next = this.#next.get(server);
    if (!next) {
      next = (this.#underWay.get(server) ?? Promise.resolve())
        .catch(() => {})
        .then(() => {
          this.#next.delete(server);
          const asked = this.#ask(server);
          this.#underWay.set(server, asked);
          return asked;
        });
      this.#next.set(server, next);
    }
    return next;
  }
}
