// The packages of Python, put where Python looks for them.
export const SITE = '/lib/python3.14/site-packages'

// A tar file, whose every entry is a file: the name and its prefix, the size in octal, the content in blocks of 512.
export const unpack = (FS, tar) => {
  const word = (at, length) => new TextDecoder().decode(tar.subarray(at, at + length)).replace(/\0.*/s, '')
  const made = new Set()
  for (let at = 0; tar[at];) {
    const prefix = word(at + 345, 155)
    const name = `${SITE}/${prefix ? `${prefix}/` : ''}${word(at, 100)}`
    const size = parseInt(word(at + 124, 12), 8)
    const folder = name.slice(0, name.lastIndexOf('/'))
    if (!made.has(folder)) {
      FS.mkdirTree(folder)
      made.add(folder)
    }
    FS.writeFile(name, tar.subarray(at + 512, at + 512 + size), {canOwn: true})
    at += 512 + Math.ceil(size / 512) * 512
  }
}
