export { Broker, type BrokerOptions } from "./broker";
export { runBroker } from "./broker-process";
export { BrokerConfig, ConfigRefused, type GivenConfig } from "./config/broker-config";
export { gatherConfig } from "./config/config-sources";
export { type Machine, thisMachine } from "./machine";
export { type StartReport, startupBanner } from "./startup-banner";
