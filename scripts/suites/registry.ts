import { franzGo, kafkaGo } from './go-tests.ts'
import { javaTools } from './java-tools.ts'
import { kafkaPython } from './kafka-python.ts'
import { kafkajs } from './kafkajs.ts'
import { librdkafka } from './librdkafka.ts'
import { platformaticKafka } from './platformatic-kafka.ts'
import type { Suite } from './suite.ts'

/** Test suites of others that can be run against a node. Each has its record in test/compatibility/suites. */
export const suites: readonly Suite[] = [
  librdkafka,
  kafkaPython,
  kafkajs,
  platformaticKafka,
  franzGo,
  kafkaGo,
  javaTools,
]
