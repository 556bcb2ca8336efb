import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findKafka, findProgram } from '../../../scripts/bench/peers/find.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'streamctl-find-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function file(name: string, mode = 0o755): string {
  const whole = path.join(directory, name)
  mkdirSync(path.dirname(whole), { recursive: true })
  writeFileSync(whole, '', { mode })
  return whole
}

test('a program that a variable names goes before the one on the path', () => {
  const named = file('mine/redis')
  file('bin/redis-server')
  const PATH = path.join(directory, 'bin')
  expect(findProgram({ REDIS_SERVER: named, PATH }, 'REDIS_SERVER', 'redis-server')).toBe(named)
})

test('without the variable the path is searched in its order', () => {
  file('first/redis-server', 0o644)
  mkdirSync(path.join(directory, 'second/redis-server'), { recursive: true })
  const found = file('third/redis-server')
  const PATH = ['first', 'second', 'third'].map(name => path.join(directory, name)).join(path.delimiter)
  expect(findProgram({ PATH }, 'REDIS_SERVER', 'redis-server')).toBe(found)
})

test('a program that is nowhere is no error', () => {
  expect(findProgram({ PATH: directory }, 'REDIS_SERVER', 'redis-server')).toBeUndefined()
  expect(findProgram({}, 'REDIS_SERVER', 'redis-server')).toBeUndefined()
})

test('a variable that names nothing that can be run is an error', () => {
  expect(() => findProgram({ KLITE: directory }, 'KLITE', 'klite')).toThrow(`KLITE=${directory} is no program`)
})

test('the jars of Kafka are those of a distribution, or lie where the variable says', () => {
  file('distribution/libs/kafka_2.13-4.2.0.jar')
  file('jars/kafka_2.13-4.2.0.jar')
  expect(findKafka({ KAFKA_HOME: path.join(directory, 'distribution') })).toBe(
    path.join(directory, 'distribution/libs/*'),
  )
  expect(findKafka({ KAFKA_HOME: path.join(directory, 'jars') })).toBe(path.join(directory, 'jars/*'))
  expect(findKafka({})).toBeUndefined()
})

test('a directory without a broker is an error', () => {
  expect(() => findKafka({ KAFKA_HOME: directory })).toThrow('holds no broker')
})
