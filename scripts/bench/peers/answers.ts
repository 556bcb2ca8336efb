// What redis-server and nats-server answer to a stream of writes: bytes in, outcomes out. Only what the benchmark's own
// commands bring about is known; everything else is an error.

/** An outcome: undefined for a write that was taken, else why it was not. */
type Outcome = string | undefined

export interface AnswerReader {
  /** Takes what the socket gave; calls `onAnswer` once for each write that was answered. Throws at what it does not know. */
  read(chunk: Buffer): void
}

const newline = 0x0a

/** Answers in RESP: `+OK`, `-ERR why`, `:1`, and bulk strings `$3\r\nabc`, which is what XADD answers with. */
export function respAnswers(onAnswer: (outcome: Outcome) => void): AnswerReader {
  return reader((line, rest) => {
    const kind = line[0]
    if (kind === '+' || kind === ':') onAnswer(undefined)
    else if (kind === '-') onAnswer(line.slice(1))
    else if (kind === '$') {
      const bytes = Number(line.slice(1))
      if (bytes === -1) onAnswer('nil')
      else if (rest < bytes + 2) return undefined
      else {
        onAnswer(undefined)
        return bytes + 2
      }
    } else throw new Error(`redis-server answers '${line}'`)
    return 0
  })
}

/** The answers of JetStream: messages to the inbox, in which an error is named. `send` gets what is to be said back. */
export function natsAnswers(onAnswer: (outcome: Outcome) => void, send: (text: string) => void): AnswerReader {
  return reader((line, rest, at) => {
    if (line === 'PING') send('PONG\r\n')
    else if (line.startsWith('-ERR')) throw new Error(`nats-server answers ${line}`)
    else if (line.startsWith('MSG ') || line.startsWith('HMSG ')) {
      const bytes = Number(line.split(' ').at(-1))
      if (rest < bytes + 2) return undefined
      const body = at(bytes)
      onAnswer(line.startsWith('HMSG ') || body.includes('"error"') ? body.trim() : undefined)
      return bytes + 2
    } else if (!/^(INFO|PONG|\+OK)/.test(line)) throw new Error(`nats-server answers '${line}'`)
    return 0
  })
}

/** Cuts a stream into lines, with bodies behind some of them. `take` says how long the body is, or undefined if it is not there yet. */
function reader(
  take: (line: string, rest: number, body: (bytes: number) => string) => number | undefined,
): AnswerReader {
  let kept: Buffer = Buffer.alloc(0)
  return {
    read(chunk) {
      const bytes = kept.length === 0 ? chunk : Buffer.concat([kept, chunk])
      let at = 0
      while (true) {
        const end = bytes.indexOf(newline, at)
        if (end < 0) break
        const line = bytes.toString('latin1', at, end).trimEnd()
        const bodyAt = end + 1
        const body = take(line, bytes.length - bodyAt, count => bytes.toString('latin1', bodyAt, bodyAt + count))
        if (body === undefined) break
        at = bodyAt + body
      }
      kept = bytes.subarray(at)
    },
  }
}
