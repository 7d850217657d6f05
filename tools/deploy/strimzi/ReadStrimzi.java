import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import io.strimzi.api.kafka.model.topic.KafkaTopic;
import io.strimzi.api.kafka.model.user.KafkaUser;
import java.io.File;
import java.io.IOException;
import java.util.Map;

/**
 * Reads each object of Strimzi in a file by the operator's own classes: its schemas are in no package. That tells fields
 * that don't exist, wrong types and wrong words. Not: what is missing, ranges and patterns, which the schemas alone have.
 * Prints how many there were.
 */
public class ReadStrimzi {
    static final Map<String, Class<?>> KINDS = Map.of(
            "Kafka", Kafka.class, "KafkaNodePool", KafkaNodePool.class,
            "KafkaTopic", KafkaTopic.class, "KafkaUser", KafkaUser.class);

    public static void main(String[] files) throws IOException {
        ObjectMapper yaml = new ObjectMapper(new YAMLFactory());
        ObjectMapper strict = new ObjectMapper()
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .setAnnotationIntrospector(new NothingUnknown());
        int seen = 0;
        for (JsonNode each : yaml.readerFor(JsonNode.class).<JsonNode>readValues(new File(files[0])).readAll()) {
            if (!each.path("apiVersion").asText().startsWith("kafka.strimzi.io/")) continue;
            String name = each.path("kind").asText() + " " + each.path("metadata").path("name").asText();
            Class<?> kind = KINDS.get(each.path("kind").asText());
            if (kind == null) throw new IOException(name + ": no class of the operator is known here");
            try {
                understood("object", each, strict.valueToTree(strict.treeToValue(each, kind)));
            } catch (IOException error) {
                System.err.println(name + ": " + error.getMessage());
                System.exit(1);
            }
            seen++;
        }
        System.out.println(seen);
    }

    /** A word that isn't one of an enumeration's is read as nothing; so is what is as it would be anyway. */
    static void understood(String at, JsonNode given, JsonNode read) throws IOException {
        boolean nothing = read == null || read.isNull();
        if (nothing && given.isTextual()) throw new IOException(at + ": " + given + " is not understood");
        if (nothing) return;
        for (var field : given.properties()) {
            understood(at + "." + field.getKey(), field.getValue(), read.get(field.getKey()));
        }
        for (int i = 0; given.isArray() && i < given.size(); i++) understood(at + "[" + i + "]", given.get(i), read.get(i));
    }

    /** The operator keeps fields that it doesn't know, to warn of them. */
    static class NothingUnknown extends JacksonAnnotationIntrospector {
        @Override
        public Boolean hasAnySetter(Annotated method) {
            return false;
        }
    }
}
