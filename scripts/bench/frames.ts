import type { Socket } from 'node:net'

/** The answers on a connection with one request at a time, without their length. */
export async function* framesOf(socket: Socket): AsyncGenerator<Buffer, undefined, void> {
  let chunks: Buffer[] = []
  let received = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    received += chunk.length
    if (received < 4) continue
    if (chunks[0]!.length < 4) chunks = [Buffer.concat(chunks)]
    const bytes = 4 + chunks[0]!.readInt32BE(0)
    // One request at a time: nothing follows an answer.
    if (received < bytes) continue
    yield Buffer.concat(chunks).subarray(4)
    chunks = []
    received = 0
  }
  return undefined
}
