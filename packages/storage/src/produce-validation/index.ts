export { PRODUCED_BYTES_MAX } from "./produced-bytes-max";
export {
  type AcceptedBatchInfo,
  type ProducedBatch,
  type ProduceRefusal,
  type ProduceValidation,
  type ProduceValidationConfig,
  type RecordError,
  validateProducedBatch,
} from "./validate-produced-batch";
