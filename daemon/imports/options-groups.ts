import { folded } from "../domain/names.ts";
import { didYouMean } from "../domain/nearest.ts";
import { nearName } from "./near-name.ts";
import type { Draft, GroupDraft } from "./options-draft.ts";
import type { Statement } from "./options-statements.ts";
import { nameMistake } from "./options-who.ts";

interface Defined extends GroupDraft {
  /** In the register; made when it is first asked for. */
  name?: string;
}

/** The groups of an options file. Their names count case there, and not here. */
export class OptionsGroups {
  readonly #draft: Draft;
  readonly #people = new Map<string, Defined>();
  readonly #hosts = new Map<string, { members: Set<string>; lines: number[] }>();

  /** Those of the register and those of the draft, by their folded name. */
  readonly #existing = new Map<string, { name: string; members: ReadonlySet<string> }>();

  constructor(draft: Draft, statements: readonly Statement[]) {
    this.#draft = draft;
    for (const [name, group] of Object.entries(draft.register?.groups ?? {})) {
      this.#existing.set(folded(name), { name, members: new Set(group.members.map(({ user }) => user)) });
    }
    for (const { keyword, name = "", members = [], line } of statements) {
      if (keyword === "GROUP") this.#addPeople(name, members, line);
      if (keyword === "HOST_GROUP") this.#addHosts(name, members, line);
    }
    for (const name of this.#people.keys()) this.named(name);
  }

  /** Every group of people, for ALL_GROUPS. */
  get people(): readonly string[] {
    return [...this.#people.keys()];
  }

  members(name: string): ReadonlySet<string> {
    return new Set(this.#people.get(name)?.members.keys());
  }

  /** @returns what the register calls a GROUP; or why there is none */
  named(name: string): { group: string } | { why: string } {
    const defined = this.#people.get(name);
    if (!defined) return { why: this.#unknown("GROUP", name) };
    if (defined.members.size === 0) return { why: `the group ${name} has no member that could be taken over` };
    defined.name ??= this.#write(name, defined);
    return { group: defined.name };
  }

  /** @returns the members of a HOST_GROUP; or why there are none */
  hosts(name: string): { hosts: readonly string[] } | { why: string } {
    const defined = this.#hosts.get(name);
    return defined ? { hosts: [...defined.members] } : { why: this.#unknown("HOST_GROUP", name) };
  }

  /** A group of one person, because seats are reserved for groups. */
  ofOne(user: string, line: number): string {
    const group = { members: new Map([[folded(user), user]]), lines: [line] };
    return this.#write(`reserved-${user}`, group);
  }

  #addPeople(name: string, members: readonly string[], line: number) {
    const group = this.#people.get(name) ?? { members: new Map<string, string>(), lines: [] };
    this.#people.set(name, group);
    group.lines.push(line);
    for (const member of members) {
      const alike = group.members.get(folded(member));
      const mistake = nameMistake("user", member);
      if (mistake !== undefined) this.#draft.refuse(line, mistake);
      else if (alike === undefined) group.members.set(folded(member), member);
      else if (alike !== member) this.#draft.remark(line, `${alike} and ${member} are one person here`);
      if (group.members.has(folded(member))) this.#draft.done(line);
    }
  }

  #addHosts(name: string, members: readonly string[], line: number) {
    const group = this.#hosts.get(name) ?? { members: new Set<string>(), lines: [] };
    this.#hosts.set(name, group);
    group.lines.push(line);
    for (const member of members) group.members.add(member);
    this.#draft.done(line);
  }

  #unknown(keyword: "GROUP" | "HOST_GROUP", name: string): string {
    const [own, other] = keyword === "GROUP" ? [this.#people, this.#hosts] : [this.#hosts, this.#people];
    if (other.has(name)) return `${name} is a ${keyword === "GROUP" ? "HOST_GROUP" : "GROUP"}, not a ${keyword}`;
    return `no line makes a ${keyword} ${name}${didYouMean(name, own.keys())}`;
  }

  /** The register's own group stays as it is, since others may count on it; one with the same members will do. */
  #write(wanted: string, { members, lines }: GroupDraft): string {
    const { groups } = this.#draft;
    const existing = this.#existing;
    const wantedMembers = new Set(members.keys());
    const same = (other: ReadonlySet<string>) => other.symmetricDifference(wantedMembers).size === 0;
    const near = nearName(wanted, (name) => existing.has(name) && !same(existing.get(name)!.members), "group");
    const known = existing.get(folded(near));
    const name = known?.name ?? near;
    for (const line of name === wanted ? [] : lines.slice(0, 1)) {
      const taken = existing.has(folded(wanted)) ? `, as there is another group ${wanted}` : "";
      this.#draft.remark(line, `the group ${wanted} is called ${name} here${taken}`);
    }
    if (known === undefined) {
      groups.set(name, { members, lines: [...lines] });
      existing.set(folded(name), { name, members: wantedMembers });
    } else groups.get(name)?.lines.push(...lines);
    return name;
  }
}
