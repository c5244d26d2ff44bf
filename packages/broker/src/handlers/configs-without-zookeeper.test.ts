import { CoordinationError } from "@ottla/coordination";
import { createTopics, describeConfigs, incrementalAlterConfigs } from "@ottla/protocol";
import { RunningBroker } from "../testing/running-broker";
import type { WireClient } from "../testing/wire-client";

describe("configs asked for while ZooKeeper is away", () => {
  let broker: RunningBroker;
  let client: WireClient;
  beforeEach(async () => {
    broker = await RunningBroker.start();
    client = await broker.client();
    const topic = { name: "t", numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] };
    await client.request(createTopics, 7, { topics: [topic], timeoutMs: 5000 });
    const away = () => Promise.reject(new CoordinationError("CONNECTION_LOSS", "get", "/config/topics/t"));
    Object.assign(broker.broker.services.configStore, { read: away, alter: away });
  });
  afterEach(() => broker.close());

  it("get an error that clients retry, for the resource that needs it alone", async () => {
    const asked = { configurationKeys: ["broker.id"] };
    const { results } = await client.request(describeConfigs, 4, {
      resources: [
        { resourceType: 2, resourceName: "t", ...asked },
        { resourceType: 4, resourceName: "1", ...asked },
      ],
      includeSynonyms: false,
      includeDocumentation: false,
    });
    expect(results.map(({ errorCode }) => errorCode)).toEqual(["REQUEST_TIMED_OUT", "NONE"]);
  });

  it("are not altered, and the client hears so", async () => {
    const { responses } = await client.request(incrementalAlterConfigs, 1, {
      resources: [
        { resourceType: 2, resourceName: "t", configs: [{ name: "retention.ms", configOperation: 0, value: "1" }] },
      ],
      validateOnly: false,
    });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual(["REQUEST_TIMED_OUT"]);
  });
});
