import type { ProduceValidationConfig } from "@ottla/storage";
import type { TopicConfig } from "../config/topic-configs";

/** What a topic's configuration asks of produced batches. */
export function produceRulesOf(topic: TopicConfig): ProduceValidationConfig {
  return {
    compressionType: compressionTypeOf(topic.get("compression.type")),
    compressionLevels: {
      gzip: topic.get("compression.gzip.level"),
      lz4: topic.get("compression.lz4.level"),
      zstd: topic.get("compression.zstd.level"),
    },
    timestampType: topic.get("message.timestamp.type") === "LogAppendTime" ? "LogAppendTime" : "CreateTime",
    timestampBeforeMaxMs: topic.get("message.timestamp.before.max.ms"),
    timestampAfterMaxMs: topic.get("message.timestamp.after.max.ms"),
    maxMessageBytes: topic.get("max.message.bytes"),
    isCompacted: topic.get("cleanup.policy").includes("compact"),
  };
}

function compressionTypeOf(name: string): ProduceValidationConfig["compressionType"] {
  switch (name) {
    case "uncompressed":
    case "gzip":
    case "snappy":
    case "lz4":
    case "zstd":
      return name;
    default:
      return "producer";
  }
}
