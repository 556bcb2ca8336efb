// Sends the lines of a file with @platformatic/kafka's own producer, a thousand a call, a few calls at a time.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { ProduceAcks, Producer } from '@platformatic/kafka'

const [broker, topic, file] = process.argv.slice(2) as [string, string, string]
const recordsPerSend = 1000
const sendsInFlight = 8

const producer = new Producer({ clientId: 'bench', bootstrapBrokers: [broker], autocreateTopics: false })
const inFlight = new Set<Promise<unknown>>()
let messages: { topic: string; value: Buffer; partition: number }[] = []
let sends = 0

async function flush(): Promise<void> {
  const batch = messages
  messages = []
  const sent: Promise<unknown> = producer
    .send({ messages: batch, acks: ProduceAcks.ALL })
    .then(() => inFlight.delete(sent))
  inFlight.add(sent)
  if (inFlight.size >= sendsInFlight) await Promise.race(inFlight)
}

for await (const line of createInterface({ input: createReadStream(file) })) {
  messages.push({ topic, value: Buffer.from(line), partition: sends % 4 })
  if (messages.length === recordsPerSend) {
    sends++
    await flush()
  }
}
if (messages.length > 0) await flush()
await Promise.all(inFlight)
await producer.close()
