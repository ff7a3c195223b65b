import { Load } from "./load.ts";
import { Product } from "./product.ts";
const nothing = async () => ({});
const RATE = Number(process.argv[2] ?? 18000);
const variants: [string, Parameters<typeof Product.start>[0]][] = [
  ["as shipped", {}],
  ["no append-only file", { appendOnly: false }],
  ["semi-space 64", { nodeOptions: "--min-semi-space-size=64 --max-semi-space-size=64" }],
  ["no AOF, semi 64", { appendOnly: false, nodeOptions: "--min-semi-space-size=64 --max-semi-space-size=64" }],
];
for (const [name, options] of variants) {
  await using product = await Product.start(options);
  using load = new Load();
  await load.connect(product.port, { connections: 500 });
  await load.run(2, nothing);
  const out: string[] = [];
  for (let i = 0; i < 5; i++) {
    const run = await load.run(2, nothing, RATE);
    out.push(`${run.p50.toFixed(2)}/${run.p99.toFixed(1)}`);
  }
  console.log(name.padEnd(24), out.join("  "));
}
