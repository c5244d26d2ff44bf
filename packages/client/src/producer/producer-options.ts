import type { CompressionCodec } from "@ottla/protocol";
import type { ClusterClient } from "../cluster/cluster-client";

export interface ProducerOptions {
  /** The cluster to write to. It stays the caller's to close. */
  readonly cluster: ClusterClient;
  /** `acks`: replicas that must have a record before it counts as delivered; 0 none, 1 the leader, -1 (default) all in sync. */
  readonly acks?: 0 | 1 | -1;
  /**
   * `enable.idempotence`: no record twice and none out of order, retries notwithstanding. On by default where `acks`, `maxInFlight`
   * and `retries` allow it.
   */
  readonly idempotence?: boolean;
  /** `compression.type`; "none" by default. */
  readonly compression?: CompressionCodec;
  /** The codec's own level. */
  readonly compressionLevel?: number;
  /** `batch.size` in bytes before compression; 16,384 by default. */
  readonly batchSizeBytes?: number;
  /** `linger.ms`: how long a batch that is not full waits for more; 0 by default. */
  readonly lingerMs?: number;
  /** `retries` of one batch; unbounded by default, so that `deliveryTimeoutMs` is the bound. */
  readonly retries?: number;
  /** `delivery.timeout.ms`: the longest time from a record's batch being opened to its end being known; 120,000 by default. */
  readonly deliveryTimeoutMs?: number;
  /** `request.timeout.ms`; the cluster's by default. Brokers wait as long for their followers. */
  readonly requestTimeoutMs?: number;
  /** `max.in.flight.requests.per.connection`, 1 to 5; 5 by default. */
  readonly maxInFlight?: number;
  /** `buffer.memory` in bytes, before compression; 33,554,432 by default. */
  readonly bufferBytes?: number;
  /** `max.request.size` in bytes; 1,048,576 by default. */
  readonly requestBytesMax?: number;
  /** `max.block.ms`: how long `send` and `ready` wait for metadata and for room; 60,000 by default. */
  readonly maxBlockMs?: number;
  /** `retry.backoff.ms`; the cluster's by default. */
  readonly retryBackoffMs?: number;
  /** Told of batches that were given up, whoever else is told of their records. */
  readonly onBatchFailed?: (
    error: Error,
    batch: { readonly topic: string; readonly partition: number; readonly recordCount: number },
  ) => void;
}

/** A record to be written. */
export interface ProducerRecord {
  readonly topic: string;
  readonly value: Buffer | null;
  /** Records with equal keys go to the same partition. */
  readonly key?: Buffer | null;
  readonly headers?: readonly (readonly [name: string, value: Buffer | null])[];
  /** Overrules the partitioner. */
  readonly partition?: number;
  /** In ms since the epoch; now by default. */
  readonly timestamp?: number;
}
