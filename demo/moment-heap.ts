/** What is due when: the earliest first, and of one moment what was added first. */
export class MomentHeap<Due extends { atMs: number }> {
  #heap: { due: Due; order: number }[] = [];
  #added = 0;

  add(due: Due): void {
    this.#added += 1;
    const heap = this.#heap;
    let at = heap.push({ due, order: this.#added }) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      [heap[at], heap[parent]] = [heap[parent]!, heap[at]!];
      at = parent;
    }
  }

  /** The earliest, unless it is due at that moment or later. */
  takeBefore(endMs: number): Due | undefined {
    const first = this.#heap[0];
    if (!first || first.due.atMs >= endMs) return undefined;
    const last = this.#heap.pop()!;
    if (last !== first) {
      this.#heap[0] = last;
      this.#sink();
    }
    return first.due;
  }

  /** All of it, in order. */
  takeAll(): Due[] {
    const all: Due[] = [];
    for (let due = this.takeBefore(Number.POSITIVE_INFINITY); due; due = this.takeBefore(Number.POSITIVE_INFINITY)) {
      all.push(due);
    }
    return all;
  }

  #sink() {
    const heap = this.#heap;
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let least = at;
      if (left < heap.length && this.#isBefore(left, least)) least = left;
      if (right < heap.length && this.#isBefore(right, least)) least = right;
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [first, second] = [this.#heap[one]!, this.#heap[other]!];
    return first.due.atMs - second.due.atMs < 0 || (first.due.atMs === second.due.atMs && first.order < second.order);
  }
}
