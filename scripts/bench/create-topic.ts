import { once } from 'node:events'
import { connect } from 'node:net'
import { decodeResponseFrame, encodeRequestFrame } from '../../src/protocol/frame.ts'
import { createTopicsApi } from '../../src/protocol/messages/create-topics.ts'

const version = 5

/** Creates a topic on the node and waits until it is there. */
export async function createTopic(
  node: { readonly host: string; readonly port: number },
  topic: { readonly name: string; readonly partitions: number },
): Promise<void> {
  const socket = connect(node.port, node.host)
  await once(socket, 'connect')
  const topics = [
    { name: topic.name, numPartitions: topic.partitions, replicationFactor: 1, assignments: [], configs: [] },
  ]
  for (const chunk of encodeRequestFrame(createTopicsApi, version, 1, 'bench', { topics, timeoutMs: 10_000 }))
    socket.write(chunk)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  socket.destroy()
  const { body } = decodeResponseFrame(createTopicsApi, version, answer.subarray(4))
  const code = body.topics[0]?.errorCode
  if (code !== 0) throw new Error(`cannot create the topic: error ${code}`)
}
