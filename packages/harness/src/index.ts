export { type BadInputCase, badInputCases } from "./bad-input/cases";
export { mutatedFrame, sendAlone } from "./bad-input/mutated-frames";
export { type ProbeTarget, probe } from "./bad-input/probe";
export { type Anomaly, type AnomalyName, anomalyNames, type FoundAnomaly } from "./checker/anomaly";
export { ElectionInvariants, type ObservedPartition } from "./checker/election-invariants";
export { type CheckerOptions, HistoryChecker, type ResultCounts, type Verdict } from "./checker/history-checker";
export { apacheKafka, type BrokerProgram, ottla } from "./cluster/broker-program";
export type { ClusterUnderTest, NodeControl, ZooKeeperLinks } from "./cluster/cluster-under-test";
export { ClusterView } from "./cluster/cluster-view";
export { ElectionMonitor } from "./cluster/election-monitor";
export { LocalCluster, type LocalClusterOptions } from "./cluster/local-cluster";
export { compareReplicas, type ReplicaDifference } from "./cluster/replica-equality";
export {
  type FaultKind,
  type FaultTarget,
  type Pace,
  type PlannedFault,
  parseFaults,
  planFaults,
  type RequestedFaults,
} from "./faults/fault-plan";
export { Nemesis, type NemesisOptions } from "./faults/nemesis";
export { freePort } from "./free-port";
export type { HistoryEvent, SettingsClass } from "./history/history-event";
export { LineFileWriter } from "./history/line-file-writer";
export type { NemesisEvent } from "./history/nemesis-event";
export { readLines } from "./history/read-lines";
export { type EventSink, ProcessRecorder } from "./history/recorder";
export { type JudgedRun, judgeRun } from "./judge-run";
export { ConsumerWorker, type ConsumerWorkerOptions } from "./load/consumer-worker";
export { type FinalReadsOptions, readEverything } from "./load/final-reads";
export { javaLibrary, librdkafkaLibrary } from "./load/foreign-libraries";
export { GapProbe, type GapProbeOptions } from "./load/gap-probe";
export { kafkajsLibrary } from "./load/kafkajs-library";
export { lineProtocolLibrary } from "./load/line-protocol-library";
export type { LoadProducer, ProducerLibrary, SendResult } from "./load/load-producer";
export { ottlaLibrary } from "./load/ottla-library";
export { ProducerWorker, type ProducerWorkerOptions } from "./load/producer-worker";
export { type Gap, ProgressGaps } from "./load/progress-gaps";
export { ValueSequence } from "./load/value-sequence";
export { LocalBroker, type LocalBrokerOptions } from "./local-broker";
export { type Ending, ManagedProcess, type ProcessOptions } from "./managed-process";
export { reportText } from "./report/report-text";
export { type FaultReport, type GapSummary, type RunReport, reportOn } from "./report/run-report";
export { repositoryRoot } from "./repository-root";
export { type RunOptions, type RunResult, runToEnd } from "./run-to-end";
export { type SoakOptions, soak } from "./soak-run";
export { until } from "./until";
