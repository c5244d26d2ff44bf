import { apiVersionsHandler } from "./api-versions";
import type { Handler } from "./handler";

const served: readonly Handler[] = [];

/** Every API this broker serves. What is not in here is not advertised, and a request for it closes the connection. */
export const handlers: readonly Handler[] = [...served, apiVersionsHandler(() => handlers)];
