// What is asked, as a part of the address behind the `#`, which browsers send to nobody. What comes from there may be
// anybody's: it is text for the editors, of a known shape and not too long.
const FIELDS = ['text', 'before', 'claims', 'universe', 'profile']
const MOST = 2_000_000
const MARK = '#1.'

const through = async (bytes, stream, most = Infinity) => {
  const parts = []
  let length = 0
  for await (const part of piped(new Blob([bytes]).stream().pipeThrough(stream))) {
    length += part.length
    if (length > most) throw new Error('too long')
    parts.push(part)
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer())
}

async function* piped(stream) {
  const reader = stream.getReader()
  try {
    for (;;) {
      const {done, value} = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel()
  }
}

export const written = async (question) => {
  const said = new TextEncoder().encode(JSON.stringify(question))
  const packed = await through(said, new CompressionStream('deflate-raw'))
  let letters = ''
  for (let at = 0; at < packed.length; at += 8192) letters += String.fromCharCode(...packed.subarray(at, at + 8192))
  return MARK + btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

// null: there is none, or none that can be read.
export const read = async (fragment) => {
  if (!fragment.startsWith(MARK)) return null
  try {
    const letters = atob(fragment.slice(MARK.length).replaceAll('-', '+').replaceAll('_', '/'))
    const packed = Uint8Array.from(letters, (letter) => letter.charCodeAt(0))
    const said = JSON.parse(new TextDecoder().decode(await through(packed, new DecompressionStream('deflate-raw'), MOST)))
    const question = {mode: said.mode === 'compare' ? 'compare' : 'check'}
    for (const field of FIELDS) question[field] = typeof said[field] === 'string' ? said[field] : ''
    return question
  } catch {
    return null
  }
}
