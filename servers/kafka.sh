#!/usr/bin/env bash
# One Kafka broker that is its own controller; topics get three partitions. Prints KAFKA_URL, KAFKA_TLS_URL with
# a user who has to sign in there, KAFKA_MTLS_URL, which lets in who shows a certificate, KAFKA_CALLER with such
# a one and its key, and, whom to trust, KAFKA_CA.
. "$(dirname "$0")/lib.sh"

name=kafka
version=3.9.1
home=$cache/kafka-$version

download() {
    cat >"$1/pom.xml" <<EOF
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>servers</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>$version</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId>
      <artifactId>slf4j-simple</artifactId>
      <version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
EOF
    mvn -q -B -f "$1/pom.xml" dependency:copy-dependencies -DoutputDirectory="$1/lib"
}

install() {
    need java openjdk-17-jre-headless
    [ -d "$home" ] || need mvn maven
    once "$home" download
}

jvm=(java -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$home/lib/*")

format() {
    local id user='name=spans,password="let me:in"'
    id=$("${jvm[@]}" kafka.tools.StorageTool random-uuid)
    "${jvm[@]}" kafka.tools.StorageTool format -t "$id" -c "$1" \
        --add-scram "SCRAM-SHA-256=[$user]" --add-scram "SCRAM-SHA-512=[$user]"
}

healthy() { grep -q 'Kafka Server started' "$dir/kafka.log"; }

launch() {
    local broker secure known controller config=$dir/server.properties
    broker=$(port broker "${1:-}")
    secure=$(port secure)
    known=$(port known)
    controller=$(port controller)
    certify
    cat >"$config" <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$broker,SASL_SSL://127.0.0.1:$secure,SSL://127.0.0.1:$known,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$broker,SASL_SSL://127.0.0.1:$secure,SSL://127.0.0.1:$known
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
ssl.keystore.type=PEM
ssl.keystore.location=$dir/tls.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/callers.pem
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_spans="let me:in";
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
log.dirs=$dir/data
num.partitions=3
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
EOF
    if [ ! -e "$dir/data/meta.properties" ]; then
        format "$config" >"$dir/format.log" 2>&1 || { cat "$dir/format.log" >&2; return 1; }
    fi
    run kafka "${jvm[@]}" kafka.Kafka "$config"
    ready kafka healthy
}

urls() {
    echo "KAFKA_URL=kafka://127.0.0.1:$(port broker)"
    echo "KAFKA_TLS_URL=kafka+ssl://spans:let%20me%3ain@127.0.0.1:$(port secure)"
    echo "KAFKA_MTLS_URL=kafka+ssl://127.0.0.1:$(port known)"
    echo "KAFKA_CALLER=$dir/caller.pem"
    echo "KAFKA_CA=$dir/ca.pem"
}

main "$@"
