import { describe, expect, test } from 'vitest'
import { type AnswerReader, natsAnswers, respAnswers } from '../../../scripts/bench/peers/answers.ts'

type Make = (onAnswer: (outcome: string | undefined) => void) => AnswerReader
const silent: Make = onAnswer => natsAnswers(onAnswer, () => {})

/** The outcomes of a text that arrives in pieces of so many bytes. */
function outcomes(make: Make, text: string, pieceBytes = text.length): (string | undefined)[] {
  const seen: (string | undefined)[] = []
  const reader = make(outcome => seen.push(outcome))
  for (let at = 0; at < text.length; at += pieceBytes) reader.read(Buffer.from(text.slice(at, at + pieceBytes)))
  return seen
}

const redis = '$15\r\n1700000000000-0\r\n-OOM command not allowed\r\n+OK\r\n:3\r\n$-1\r\n'
const redisOutcomes = [undefined, 'OOM command not allowed', undefined, undefined, 'nil']
const taken = '{"stream":"LOAD","seq":12}'
const refused = '{"type":"x","error":{"code":503}}'
const nats =
  `INFO {"server_id":"a"}\r\nPING\r\n+OK\r\nMSG _INBOX.bench0 1 ${taken.length}\r\n${taken}\r\n` +
  `MSG _INBOX.bench0 1 ${refused.length}\r\n${refused}\r\nPONG\r\n`

describe.each([1, 2, 3, 7, 1000])('in pieces of %i bytes', pieceBytes => {
  test('each answer of Redis counts once, an error with its reason', () => {
    expect(outcomes(respAnswers, redis, pieceBytes)).toEqual(redisOutcomes)
  })

  test('each message of JetStream counts once, an error with its reason', () => {
    expect(outcomes(silent, nats, pieceBytes)).toEqual([undefined, refused])
  })
})

test('a body may hold line ends', () => {
  expect(outcomes(respAnswers, '$4\r\n\r\n\r\n\r\n+OK\r\n', 3)).toEqual([undefined, undefined])
})

test('a message without responders, which has headers only, is an error', () => {
  const headers = 'NATS/1.0 503\r\n\r\n'
  const text = `HMSG _INBOX.bench0 1 ${headers.length} ${headers.length}\r\n${headers}\r\n`
  expect(outcomes(silent, text)).toEqual(['NATS/1.0 503'])
})

test('a ping is answered', () => {
  const said: string[] = []
  natsAnswers(
    () => {},
    text => said.push(text),
  ).read(Buffer.from('PING\r\n'))
  expect(said).toEqual(['PONG\r\n'])
})

test('what is not known is an error, not silence', () => {
  expect(() => outcomes(respAnswers, '*1\r\n')).toThrow("redis-server answers '*1'")
  expect(() => outcomes(silent, "-ERR 'Maximum Payload Violation'\r\n")).toThrow('Maximum Payload')
  expect(() => outcomes(silent, 'HELLO\r\n')).toThrow("nats-server answers 'HELLO'")
})
