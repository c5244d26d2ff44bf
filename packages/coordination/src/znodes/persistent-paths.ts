/** What every broker makes at start where it is missing: persistent, without data. Parents come with them. */
export const PERSISTENT_PATHS: readonly string[] = [
  "/consumers",
  "/brokers/ids",
  "/brokers/topics",
  "/config/changes",
  "/admin/delete_topics",
  "/brokers/seqid",
  "/isr_change_notification",
  "/latest_producer_id_block",
  "/log_dir_event_notification",
  "/config/topics",
  "/config/clients",
  "/config/users",
  "/config/brokers",
  "/config/ips",
];
