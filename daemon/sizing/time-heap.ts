/** Things that will happen, the next one on top; each with a number that says what. */
export class TimeHeap {
  #atMs = new Float64Array(64);
  #what = new Uint32Array(64);
  #size = 0;

  /** When the next one happens; Infinity where nothing will. */
  get nextMs(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#atMs[0]!;
  }

  push(atMs: number, what: number): void {
    if (this.#size === this.#atMs.length) this.#grow();
    let place = this.#size;
    this.#size += 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (this.#atMs[parent]! <= atMs) break;
      this.#atMs[place] = this.#atMs[parent]!;
      this.#what[place] = this.#what[parent]!;
      place = parent;
    }
    this.#atMs[place] = atMs;
    this.#what[place] = what;
  }

  /** Takes the next one away, and says what it is. */
  pop(): number {
    const next = this.#what[0]!;
    this.#size -= 1;
    const atMs = this.#atMs[this.#size]!;
    const what = this.#what[this.#size]!;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && this.#atMs[child + 1]! < this.#atMs[child]!) child += 1;
      if (this.#atMs[child]! >= atMs) break;
      this.#atMs[place] = this.#atMs[child]!;
      this.#what[place] = this.#what[child]!;
      place = child;
    }
    this.#atMs[place] = atMs;
    this.#what[place] = what;
    return next;
  }

  #grow() {
    const atMs = new Float64Array(this.#size * 2);
    const what = new Uint32Array(this.#size * 2);
    atMs.set(this.#atMs);
    what.set(this.#what);
    this.#atMs = atMs;
    this.#what = what;
  }
}
