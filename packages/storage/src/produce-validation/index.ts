export {
  type AcceptedBatchInfo,
  type ProducedBatch,
  type ProduceRefusal,
  type ProduceValidation,
  type ProduceValidationConfig,
  type RecordError,
  validateProducedBatch,
} from "./validate-produced-batch";
