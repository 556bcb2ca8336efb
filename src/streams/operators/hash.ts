/**
 * A 64-bit hash of a text, as 16 hexadecimal digits: two rounds of MurmurHash3's 32-bit mixing (Austin Appleby, public
 * domain) with different seeds. Names versions of a row; is no protection against people who make collisions.
 */
export function hashText(text: string): string {
  return hex(mix(text, 0x9747_b28c)) + hex(mix(text, 0x1b87_3593))
}

function mix(text: string, seed: number): number {
  let hash = seed
  for (let at = 0; at < text.length; at++) {
    let word = Math.imul(text.charCodeAt(at), 0xcc9e_2d51)
    word = (word << 15) | (word >>> 17)
    hash ^= Math.imul(word, 0x1b87_3593)
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe654_6b64) | 0
  }
  hash ^= text.length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0')
}
