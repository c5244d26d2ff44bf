import { join } from "node:path";

/** The checkout this package lies in, from its sources as from its build. */
export const repositoryRoot = join(__dirname, "../../..");
