import { expect, test } from 'vitest'
import {
  addressLimits,
  bool,
  bytes,
  choice,
  choices,
  durationMs,
  fraction,
  InvalidSetting,
  int,
  long,
  partitionReplicas,
  type Setting,
  text,
  unlimited,
} from '../../src/config/kinds.ts'

const doc = 'A test.'
const settings = {
  int: int({ default: 1, min: -1, max: 9, except: 0, doc }),
  long: long({ default: 1, doc }),
  durationMs: durationMs({ default: 1, min: 0, doc }),
  bytes: bytes({ default: 1, min: 1, width: 'int', doc }),
  fraction: fraction({ default: 0.5, min: 0, max: 1, doc }),
  bool: bool({ default: true, doc }),
  choice: choice(['gzip', 'zstd'], { default: 'gzip', doc }),
  choices: choices(['compact', 'delete'], { default: ['delete'], doc }),
  text: text({ default: null, doc }),
  partitionReplicas: partitionReplicas({ default: '', doc }),
  addressLimits: addressLimits({ default: new Map(), doc }),
} as const satisfies Record<string, Setting<unknown>>

type Name = keyof typeof settings

test.each<[Name, string, unknown]>([
  ['int', '5', 5],
  ['int', ' -1 ', -1],
  ['int', '+5', 5],
  ['long', '9007199254740993', unlimited],
  ['long', '9223372036854775807', unlimited],
  ['long', '-9223372036854775808', -unlimited],
  ['bytes', '2147483647', 2147483647],
  ['fraction', '0.25', 0.25],
  ['bool', 'TRUE', true],
  ['bool', ' false ', false],
  ['choice', ' zstd ', 'zstd'],
  ['choices', ' delete , compact ', ['delete', 'compact']],
  ['choices', 'delete,delete', ['delete']],
  ['choices', '', []],
  ['text', ' rack 1 ', 'rack 1'],
  ['partitionReplicas', '*', '*'],
  ['partitionReplicas', '0:1, 1:1', '0:1,1:1'],
  ['partitionReplicas', '', ''],
  [
    'addressLimits',
    '10.0.0.7:100, ::1:5',
    new Map([
      ['10.0.0.7', 100],
      ['::1', 5],
    ]),
  ],
  ['addressLimits', '', new Map()],
])('%s takes "%s"', (name, given, value) => {
  expect(settings[name].kind.parse(given)).toEqual(value)
})

test.each<[Name, string, RegExp]>([
  ['partitionReplicas', 'none', /partition:broker/],
  ['partitionReplicas', '*,0:1', /partition:broker/],
  ['addressLimits', '10.0.0.7', /address:number/],
  ['int', '10', /a whole number from -1 to 9 except 0, not '10'/],
  ['int', '0', /except 0/],
  ['int', '-2', /from -1 to 9/],
  ['int', '', /whole number/],
  ['int', '1.5', /whole number/],
  ['int', '0x10', /whole number/],
  ['long', '9223372036854775808', /whole number/],
  ['durationMs', '-1', /milliseconds from 0 on/],
  ['durationMs', '7d', /milliseconds from 0 on, not '7d'/],
  ['bytes', '2147483648', /bytes from 1 on/],
  ['fraction', '1.01', /a number from 0 to 1/],
  ['fraction', '', /a number/],
  ['fraction', 'NaN', /a number/],
  ['bool', 'yes', /true or false/],
  ['choice', 'GZIP', /one of gzip, zstd, not 'GZIP'/],
  ['choices', 'delete,none', /any of compact, delete/],
])('%s refuses "%s"', (name, given, reason) => {
  const parse = (): unknown => settings[name].kind.parse(given)
  expect(parse).toThrow(InvalidSetting)
  expect(parse).toThrow(reason)
})

test('a refused text is shown cut short', () => {
  const parse = (): unknown => settings.int.kind.parse('9'.repeat(10_000))
  expect(parse).toThrow(expect.objectContaining({ message: expect.stringMatching(/^.{1,200}$/) }))
})

test('a value is shown as the text that means it', () => {
  expect(settings.long.kind.format(unlimited)).toBe('9223372036854775807')
  expect(settings.choices.kind.format(['delete', 'compact'])).toBe('delete,compact')
  expect(settings.fraction.kind.format(0.5)).toBe('0.5')
  expect(settings.bool.kind.format(false)).toBe('false')
  expect(settings.text.kind.format(null)).toBeNull()
})
