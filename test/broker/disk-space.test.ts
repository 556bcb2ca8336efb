import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { diskSpace } from '../../src/broker/disk-space.ts'

test('the space of a directory is that of its file system', () => {
  const { totalBytes, usableBytes } = diskSpace(tmpdir())
  expect(totalBytes).toBeGreaterThan(usableBytes)
  expect(usableBytes).toBeGreaterThan(0)
})

test('a directory that is not there has none that could be told', () => {
  expect(diskSpace(':memory:')).toEqual({ totalBytes: -1, usableBytes: -1 })
})
