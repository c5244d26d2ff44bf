import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** A producer of Kafka's Java client that takes orders by lines; see load/line-protocol-library.ts. */
public class JavaProducer {
  public static void main(String[] args) throws Exception {
    PrintStream out = new PrintStream(System.out, false);
    Map<String, Object> config =
        Map.of("bootstrap.servers", args[0], "acks", args[1], "enable.idempotence", args[2], "linger.ms", "1");
    KafkaProducer<String, String> producer =
        new KafkaProducer<>(config, new StringSerializer(), new StringSerializer());
    BufferedReader orders = new BufferedReader(new InputStreamReader(System.in));
    for (String line = orders.readLine(); line != null; line = orders.readLine()) {
      String[] words = line.split(" ");
      String id = words[1];
      String value = words[4] + " " + ".".repeat(Math.max(0, 99 - words[4].length()));
      producer.send(
          new ProducerRecord<>(words[2], Integer.valueOf(words[3]), null, value),
          (metadata, error) -> {
            synchronized (out) {
              if (error == null) out.println("ok " + id + " " + metadata.offset());
              else out.println("failed " + id + " " + error.getClass().getSimpleName());
              out.flush();
            }
          });
    }
    producer.close(Duration.ofSeconds(5));
  }
}
