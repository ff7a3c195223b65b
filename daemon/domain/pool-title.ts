import type { Register } from "./register.ts";
import { indexOf } from "./register-index.ts";

/** What people call a pool: the names of the products that draw on it; its own where none does. */
export const titleOf = (register: Register, pool: string) =>
  indexOf(register)
    .productsOf(pool)
    .map((product) => register.products[product]?.name ?? product)
    .join(", ") || pool;
