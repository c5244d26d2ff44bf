import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/** A consumer of Kafka's Java client that takes orders by lines; see load/line-protocol-consumer.ts. */
public class JavaConsumer {
  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments[0]);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("isolation.level", "read_committed");
    List<TopicPartition> assigned = new ArrayList<>();
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
    try (var consumer = new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      for (String line = orders.readLine(); line != null; line = orders.readLine()) {
        String[] words = line.split(" ");
        if (words[0].equals("assign")) {
          TopicPartition partition = new TopicPartition(words[1], Integer.parseInt(words[2]));
          assigned.add(partition);
          consumer.assign(assigned);
          consumer.seek(partition, Long.parseLong(words[3]));
          continue;
        }
        try {
          System.out.println("polled " + words[1] + " " + poll(consumer));
        } catch (KafkaException failure) {
          System.out.println("failed " + words[1] + " " + failure.getClass().getSimpleName());
        }
        System.out.flush();
      }
    }
  }

  private static String poll(KafkaConsumer<String, String> consumer) {
    Map<String, List<String>> records = new TreeMap<>();
    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
      String value = record.value() == null ? "" : record.value().split(" ", 2)[0];
      String number = value.matches("\\d+") ? value : "null";
      records
          .computeIfAbsent(record.topic() + "-" + record.partition(), key -> new ArrayList<>())
          .add("[" + record.offset() + "," + number + "]");
    }
    List<String> keys = new ArrayList<>();
    records.forEach((key, list) -> keys.add("\"" + key + "\":[" + String.join(",", list) + "]"));
    return "{" + String.join(",", keys) + "}";
  }
}
