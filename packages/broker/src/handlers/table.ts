import { alterConfigsHandler, incrementalAlterConfigsHandler } from "./alter-configs";
import { apiVersionsHandler } from "./api-versions";
import { describeClusterHandler } from "./describe-cluster";
import { describeConfigsHandler } from "./describe-configs";
import type { Handler } from "./handler";

const served: readonly Handler[] = [
  alterConfigsHandler,
  describeClusterHandler,
  describeConfigsHandler,
  incrementalAlterConfigsHandler,
];

/** Every API this broker serves. What is not in here is not advertised, and a request for it closes the connection. */
export const handlers: readonly Handler[] = [...served, apiVersionsHandler(() => handlers)];
