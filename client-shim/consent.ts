import { plain } from "./denial.ts";
import type { ProductPolicy } from "./known-policy.ts";
import type { Person } from "./person.ts";

/** What a product may be used for: shown at each launch, once, and agreed to where the register wants that. */
export class Consent {
  readonly #policy: ProductPolicy;
  readonly #product: string;
  readonly #person: Person;
  #shown = false;

  constructor(policy: ProductPolicy, product: string, person: Person) {
    this.#policy = policy;
    this.#product = product;
    this.#person = person;
  }

  show(): void {
    const use = this.#policy.permittedUse();
    if (this.#shown || use === undefined || use.text.trim() === "") return;
    this.#shown = true;
    this.#person.tell(`what ${this.#policy.calledName(this.#product)} may be used for:`);
    for (const line of use.text.trim().split("\n")) this.#person.tell(`  ${plain(line).trimEnd()}`);
  }

  /** Whether the person has to say yes, as far as this computer knows. */
  get needed(): boolean {
    return this.#policy.permittedUse()?.attest ?? false;
  }

  /**
   * Show it, and ask the person who sits there.
   *
   * @returns whether they agree, an exit code where a signal came first; where nobody can be asked, what to do is told
   */
  async asked(interrupted: Promise<number>): Promise<boolean | number> {
    this.show();
    if (!this.#person.canAnswer()) {
      this.#person.tell(
        `${this.#policy.calledName(this.#product)} starts for those only who agree to that: with --attest you do.`,
      );
      return false;
    }
    const agreed = await this.#person.ask("Do you agree?", interrupted);
    if (agreed === false) this.#person.tell(`${this.#policy.calledName(this.#product)} is not started.`);
    return agreed;
  }
}
