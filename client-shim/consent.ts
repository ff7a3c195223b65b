import { plain } from "./denial.ts";
import type { KnownPolicy } from "./known-policy.ts";
import { tell } from "./tell.ts";

/** What a product may be used for: shown at each launch, once, and agreed to where the register wants that. */
export class Consent {
  readonly #policy: KnownPolicy;
  readonly #product: string;
  #shown = false;

  constructor(policy: KnownPolicy, product: string) {
    this.#policy = policy;
    this.#product = product;
  }

  show(): void {
    const use = this.#policy.permittedUse();
    if (this.#shown || use === undefined || use.text.trim() === "") return;
    this.#shown = true;
    tell(`what ${plain(this.#product)} may be used for:`);
    for (const line of use.text.trim().split("\n")) tell(`  ${plain(line).trimEnd()}`);
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
    // Loaded for those only who are asked.
    const { ask, someoneThere } = await import("./question.ts");
    if (!someoneThere()) {
      tell(`${plain(this.#product)} starts for those only who agree to that: with --attest you do.`);
      return false;
    }
    const agreed = await ask("Do you agree?", interrupted);
    if (agreed === false) tell(`${plain(this.#product)} is not started.`);
    return agreed;
  }
}
