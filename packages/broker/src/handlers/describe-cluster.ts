import { describeCluster } from "@ottla/protocol";
import { type Handler, handles } from "./handler";

/** Tells who is in the cluster, and who controls it. @see KIP-700 */
export const describeClusterHandler: Handler<typeof describeCluster> = handles(
  describeCluster,
  [0, 1],
  (request, { services: { metadata, clusterId }, connection }) => {
    if (request.endpointType !== BROKER_ENDPOINTS)
      return {
        throttleTimeMs: 0,
        errorCode:
          request.endpointType === CONTROLLER_ENDPOINTS ? "MISMATCHED_ENDPOINT_TYPE" : "UNSUPPORTED_ENDPOINT_TYPE",
        errorMessage: "The request was sent to an endpoint of brokers",
        clusterId: "",
        brokers: [],
      };
    const brokers = metadata.brokers().flatMap(({ id, rack }) => {
      const endpoint = metadata.endpointOf(id, connection.listenerName);
      return endpoint === undefined ? [] : [{ brokerId: id, host: endpoint.host, port: endpoint.port, rack }];
    });
    return {
      throttleTimeMs: 0,
      errorCode: "NONE",
      clusterId,
      controllerId: metadata.controllerId,
      brokers,
      ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: EVERY_CLUSTER_OPERATION } : {}),
    };
  },
);

const BROKER_ENDPOINTS = 1;
const CONTROLLER_ENDPOINTS = 2;

/** Without ACLs everybody may do everything: create 5, alter 7, describe 8, cluster action 9, configs 10 and 11, idempotent write 12. */
const EVERY_CLUSTER_OPERATION = [5, 7, 8, 9, 10, 11, 12].reduce((bits, code) => bits | (1 << code), 0);
