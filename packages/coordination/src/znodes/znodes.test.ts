import {
  brokerRegistration,
  type ConfigEntity,
  configChange,
  controller,
  controllerEpoch,
  entityConfig,
  entityPathOf,
  logDirEvent,
  type OttlaKeys,
  parseEntityPath,
  partitionState,
  producerIdBlock,
  topic,
  ZnodeFormatError,
} from "../index";

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

describe("a broker's registration", () => {
  const ottla: OttlaKeys = {
    rpc: "h:19092",
    directories: ["a", "b"],
    bootId: "boot",
    pidNamespace: "pid:[4026531836]",
    pid: 42,
    startTime: "12345",
    incarnation: "i",
    torn: true,
  };

  it.each([
    [1, { version: 1, host: "h", port: 9092, jmx_port: 9999, timestamp: "17" }],
    [2, { version: 2, host: "h", port: 9092, jmx_port: 9999, timestamp: "17", endpoints: ["PLAINTEXT://h:9092"] }],
    [
      3,
      {
        version: 3,
        host: "h",
        port: 9092,
        jmx_port: 9999,
        timestamp: "17",
        endpoints: ["PLAINTEXT://h:9092"],
        rack: "r",
      },
    ],
    [
      4,
      {
        version: 4,
        host: "h",
        port: 9092,
        jmx_port: 9999,
        timestamp: "17",
        endpoints: ["IN://h:9092"],
        listener_security_protocol_map: { IN: "PLAINTEXT" },
      },
    ],
  ])("of version %i can be read", (version, node) => {
    const broker = brokerRegistration.decode(json(node));
    expect(broker).toMatchObject({
      version,
      host: "h",
      port: 9092,
      jmxPort: 9999,
      timestampMs: 17,
      features: null,
      ottla: null,
    });
    expect(broker.endpoints).toEqual([
      { listener: version === 4 ? "IN" : "PLAINTEXT", host: "h", port: 9092, securityProtocol: "PLAINTEXT" },
    ]);
    expect(broker.rack).toBe(version === 3 ? "r" : null);
  });

  it("keeps Ottla's keys, IPv6 hosts and feature ranges; a reader ignores keys it does not know", () => {
    const broker = {
      version: 5,
      host: null,
      port: -1,
      jmxPort: -1,
      timestampMs: 17,
      endpoints: [{ listener: "SECURE", host: "::1", port: 9093, securityProtocol: "SSL" }],
      rack: null,
      features: new Map([["f", { minVersion: 1, maxVersion: 3 }]]),
      ottla,
    };
    const encoded = brokerRegistration.encode(broker);
    expect(JSON.parse(encoded.toString())).toMatchObject({
      endpoints: ["SECURE://[::1]:9093"],
      host: null,
      torn: true,
    });
    expect(brokerRegistration.decode(encoded)).toEqual(broker);
    expect(brokerRegistration.decode(json({ ...JSON.parse(encoded.toString()), later: [1] }))).toEqual(broker);
  });

  it("leaves torn out when the log is sound", () => {
    const encoded = brokerRegistration.encode({
      ...brokerRegistration.decode(json({ version: 1, host: "h", port: 1 })),
      version: 5,
      ottla: { ...ottla, torn: false },
    });
    expect(encoded.toString()).not.toContain("torn");
    expect(brokerRegistration.decode(encoded).ottla?.torn).toBe(false);
  });

  it.each([
    ["no data", null],
    ["no JSON", Buffer.from("{")],
    ["a list", json([])],
    ["no version", json({})],
    ["no endpoints", json({ version: 5 })],
    ["an endpoint without port", json({ version: 5, endpoints: ["PLAINTEXT://h"] })],
  ])("with %s is refused by name", (_, data) => {
    expect(() => brokerRegistration.decode(data, "/brokers/ids/7")).toThrow(ZnodeFormatError);
    expect(() => brokerRegistration.decode(data, "/brokers/ids/7")).toThrow("/brokers/ids/7");
  });
});

describe("older nodes", () => {
  it("of a controller lack the KRaft epoch, and keep lacking it", () => {
    const node = controller.decode(json({ version: 1, brokerid: 3, timestamp: "17" }));
    expect(node).toEqual({ brokerId: 3, timestampMs: 17, kraftControllerEpoch: null });
    expect(JSON.parse(controller.encode(node).toString())).toEqual({ version: 1, brokerid: 3, timestamp: "17" });
  });

  it.each([
    [1, { version: 1, partitions: { "0": [1, 2] } }],
    [2, { version: 2, partitions: { "0": [1, 2] }, adding_replicas: { "0": [2] }, removing_replicas: {} }],
  ])("of a topic, version %i, have no topic id", (version, node) => {
    const decoded = topic.decode(json(node));
    expect(decoded.topicId).toBeNull();
    expect([...decoded.partitions]).toEqual([[0, [1, 2]]]);
    expect(decoded.addingReplicas.size).toBe(version - 1);
  });

  it("of a config change name type and entity", () => {
    expect(configChange.decode(json({ version: 1, entity_type: "topics", entity_name: "t" }))).toEqual({
      kind: "topic",
      name: "t",
    });
    expect(() => configChange.decode(json({ version: 1, entity_type: "users", entity_name: "u" }))).toThrow(
      "entity_type",
    );
    expect(() => configChange.decode(json({ version: 3, entity_path: "topics/t" }))).toThrow("version");
  });
});

describe("a config entity", () => {
  const cases: [ConfigEntity, string][] = [
    [{ kind: "topic", name: "t.1_x" }, "topics/t.1_x"],
    [{ kind: "broker", brokerId: 7 }, "brokers/7"],
    [{ kind: "broker", brokerId: null }, "brokers/<default>"],
    [{ kind: "client", clientId: "c 1" }, "clients/c%201"],
    [{ kind: "client", clientId: null }, "clients/<default>"],
    [{ kind: "user", user: "al ice/é*+" }, "users/al%20ice%2F%C3%A9%2A%2B"],
    [{ kind: "user", user: "(a)!~'" }, "users/%28a%29%21%7E%27"],
    [{ kind: "userClient", user: "bob", clientId: "c 1" }, "users/bob/clients/c%201"],
    [{ kind: "userClient", user: null, clientId: null }, "users/<default>/clients/<default>"],
    [{ kind: "ip", ip: "127.0.0.9" }, "ips/127.0.0.9"],
    [{ kind: "ip", ip: null }, "ips/<default>"],
  ];

  it.each(cases)("%j lies at %s", (entity, path) => {
    expect(entityPathOf(entity)).toBe(path);
    expect(parseEntityPath(path, "/here")).toEqual(entity);
    expect(entityConfig.path(entity)).toBe(`/config/${path}`);
  });

  it.each(["", "topics", "topics/", "brokers/x", "users/a/b/c", "users/a/clients/b/c", "users/%zz", "acls/x"])(
    "is not named by %j",
    (path) => expect(() => parseEntityPath(path, "/here")).toThrow(ZnodeFormatError),
  );
});

describe("numbers", () => {
  it("of producer ids go beyond 2^53", () => {
    const block = { brokerId: 1, first: 9_223_372_036_854_774_000n, last: 9_223_372_036_854_774_999n };
    expect(producerIdBlock.decode(producerIdBlock.encode(block))).toEqual(block);
    expect(producerIdBlock.decode(null)).toBeNull();
  });

  it("of the controller epoch are decimal text", () => {
    expect(controllerEpoch.decode(controllerEpoch.encode(12))).toBe(12);
    for (const text of ["", "-1", "1.5", "x"])
      expect(() => controllerEpoch.decode(Buffer.from(text))).toThrow(ZnodeFormatError);
  });

  it("at the end of sequential names are found, and nowhere else", () => {
    expect(logDirEvent.sequenceOf("log_dir_event_0000000012")).toBe(12);
    expect(logDirEvent.sequenceOf("log_dir_event_12")).toBeNull();
    expect(logDirEvent.sequenceOf("other_0000000012")).toBeNull();
  });

  it("that should be whole are", () => {
    const state = { controller_epoch: 1, leader: 1, version: 1, leader_epoch: 0, isr: [1] };
    expect(() => partitionState.decode(json({ ...state, leader: "1" }))).toThrow('"leader"');
    expect(() => partitionState.decode(json({ ...state, isr: [1.5] }))).toThrow('"isr"');
  });
});
