import { expect, test } from "vitest";
import { namesOf } from "../../client-shim/programs/script-name.ts";
import type { Process, Processes } from "../../client-shim/programs/seen-program.ts";
import { Sightings } from "../../client-shim/programs/sightings.ts";

const WANTED = new Set(["acad", "maya"]);
const one = (pid: number, name: string, more: Partial<Process> = {}): Process => ({
  ...{ pid, parent: 1, path: `/opt/${name}`, names: [name], owner: 1_000, startedAtMs: 5_000 },
  ...more,
});
const listed = (...processes: Process[]): Processes => new Map(processes.map((process) => [process.pid, process]));

/** What is seen at each of several looks: `+` and `-` with the name looked for and the process. */
function seen(looks: readonly Processes[], wanted: readonly ReadonlySet<string>[] = [], fold = (name: string) => name) {
  const sightings = new Sightings(fold);
  return looks.map((processes, i) => {
    const { started, ended } = sightings.look(processes, wanted[i] ?? WANTED);
    return [
      ...ended.map(({ executable, process }) => `-${executable} ${process.pid}`),
      ...started.map(({ executable, process }) => `+${executable} ${process.pid}`),
    ];
  });
}

test("what runs already counts as started, and each program once", () => {
  const processes = listed(one(7, "acad"), one(8, "bash"), one(9, "maya"));
  expect(seen([processes, processes, listed(one(8, "bash"))])).toEqual([
    ["+acad 7", "+maya 9"],
    [],
    ["-acad 7", "-maya 9"],
  ]);
});

test("a process that becomes a program of the register is seen, and that it becomes another then is not its end", () => {
  const looks = [one(7, "sh"), one(7, "acad"), one(7, "acad.bin"), one(7, "maya")].map((process) => listed(process));
  expect(seen([...looks, listed()])).toEqual([[], ["+acad 7"], [], [], ["-acad 7"]]);
});

test("a number that went to another process is another program", () => {
  const later = one(7, "acad", { startedAtMs: 6_000 });
  expect(seen([listed(one(7, "acad")), listed(later), listed(one(7, "ls", { startedAtMs: 7_000 }))])).toEqual([
    ["+acad 7"],
    ["-acad 7", "+acad 7"],
    ["-acad 7"],
  ]);
});

test("a name that is new in the register is looked for among what runs, and one that is gone ends nothing", () => {
  const processes = listed(one(7, "acad"), one(9, "maya"));
  const changing = new Set(["acad"]);
  const sightings = new Sightings((name) => name);
  const look = () => sightings.look(processes, changing).started.map(({ executable }) => executable);
  expect(look()).toEqual(["acad"]);
  changing.delete("acad");
  changing.add("maya");
  expect(look()).toEqual(["maya"]);
  expect(look()).toEqual([]);
});

test("names are compared as the system does, and given back as the register writes them", () => {
  const processes = listed(one(7, "ACAD.EXE"));
  expect(seen([processes])).toEqual([[]]);
  expect(seen([processes], [new Set(["Acad.exe"])], (name) => name.toLowerCase())).toEqual([["+Acad.exe 7"]]);
});

test("a program is seen with all that it descends from, also where they go round", () => {
  const processes = listed(one(9, "acad", { parent: 8 }), one(8, "sh", { parent: 7 }), one(7, "run", { parent: 8 }));
  const [sighting] = new Sightings((name) => name).look(processes, WANTED).started;
  expect(sighting?.ancestors).toEqual([8, 7]);
});

test.each<[path: string, words: string[], names: string[]]>([
  ["/opt/acad/acad", ["acad", "plan.dwg"], ["acad"]],
  ["/usr/bin/python3.11", ["python3", "-u", "/usr/bin/mapper", "maya"], ["python3.11", "python3", "mapper"]],
  ["/usr/bin/python3.11", ["python3", "-c", "import maya", "acad"], ["python3.11", "python3"]],
  ["/usr/bin/dash", ["/bin/sh", "-e", "/usr/local/bin/acad"], ["dash", "sh", "acad"]],
  ["/usr/bin/bash", ["bash", "-lc", "acad"], ["bash"]],
  ["/usr/lib/jvm/17/bin/java", ["java", "-Xmx1g", "-jar", "/opt/gis/gis.jar", "acad"], ["java", "gis.jar"]],
  ["/usr/lib/jvm/17/bin/java", ["java", "-cp", "acad", "Main"], ["java"]],
  ["/snap/gimp/42/usr/bin/gimp-2.10", ["gimp"], ["gimp-2.10", "gimp"]],
  ["/usr/bin/busybox", ["vi", "acad"], ["busybox", "vi", "acad"]],
  ["/usr/lib/wine/wine64-preloader", ["C:\\Program Files\\ACAD\\acad.exe"], ["wine64-preloader", "acad.exe"]],
  ["/usr/bin/mono-sgen", ["/usr/bin/mono", "/usr/lib/plot/Plot.exe"], ["mono-sgen", "mono", "Plot.exe"]],
  ["/usr/bin/vim", ["vim", "/home/nadia/acad"], ["vim"]],
  ["/usr/bin/cat", [], ["cat"]],
])("%s, called %j, may be registered as %j", (path, words, names) => {
  expect(namesOf(path, words)).toEqual(names);
});
