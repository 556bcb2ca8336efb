import { describe, expect, test } from 'vitest'
import { advertisedAdvice, placeOf } from '../../../src/cli/doctor/advertised.ts'

test.each([
  ['localhost', 'loopback'],
  ['127.0.0.1', 'loopback'],
  ['::1', 'loopback'],
  ['kafka', 'container'],
  ['3f2a9c0d1e4b', 'container'],
  ['host.docker.internal', 'container'],
  ['kafka-0.kafka.default.svc.cluster.local', 'private'],
  ['10.0.0.7', 'private'],
  ['172.20.0.2', 'private'],
  ['172.40.0.2', 'public'],
  ['kafka.example.com', 'public'],
])('%s is %s', (host, place) => {
  expect(placeOf(host)).toBe(place)
})

const at = (text: string) => ({ host: text.split(':')[0]!, port: Number(text.split(':')[1]) })

describe('advice for an advertised address', () => {
  test.each([
    [
      'that leads to the client itself',
      'localhost:9092',
      'kafka.example.com:9092',
      true,
      /their own machine/,
      /PLAINTEXT:\/\/kafka\.example\.com:9092/,
    ],
    [
      'that only containers know',
      'kafka:29092',
      'localhost:9092',
      false,
      /only its containers know/,
      /OUTSIDE:\/\/localhost:9092/,
    ],
    ['whose port is not published', 'localhost:29092', 'localhost:9092', false, /does not listen/, /docker run -p/],
    [
      'in another network',
      '10.0.0.7:9092',
      'kafka.example.com:9092',
      false,
      /cannot be reached from here/,
      /advertised\.listeners/,
    ],
  ])('%s', (_, advertised, bootstrap, isReachable, what, hint) => {
    const advice = advertisedAdvice(at(advertised), [at(bootstrap)], isReachable)
    expect(advice?.what).toMatch(what)
    expect(advice?.hint).toMatch(hint)
  })
  test('is not needed where it can be reached', () => {
    expect(advertisedAdvice(at('10.0.0.7:9092'), [at('10.0.0.1:9092')], true)).toBeUndefined()
    expect(advertisedAdvice(at('localhost:9092'), [at('127.0.0.1:9092')], true)).toBeUndefined()
  })
})
