// Words for claims: those of the notation, and the namespaces, labels and ports that stand in the manifests. They are
// offered as they are written; what they mean is netpol's to say.
import {ensureSyntaxTree} from '@codemirror/language'

const KINDS = ['never', 'always', 'only', 'exactly', 'confined']
const ENDS = ['*', 'external', 'node']
const LABELS = new Set(['labels', 'matchLabels'])
const PORTS = new Set(['port', 'containerPort', 'targetPort'])

const written = (state) => {
  const namespaces = new Set()
  const labels = new Set()
  const ports = new Set()
  const tree = ensureSyntaxTree(state, state.doc.length, 200)
  const bare = (node) => state.sliceDoc(node.from, node.to).trim().replace(/^(["'])(.*)\1$/s, '$2')
  tree?.iterate({enter: ({name, node}) => {
    if (name !== 'Pair') return
    const key = node.getChild('Key')
    const value = node.lastChild
    if (!key || !value || value.from <= key.from) return
    const word = bare(key)
    const simple = value.name === 'Literal' || value.name === 'QuotedLiteral'
    if (LABELS.has(word)) {
      for (const pair of [...value.getChildren('Pair')]) {
        const label = pair.getChild('Key')
        if (label && pair.lastChild.from > label.from) labels.add(`${bare(label)}=${bare(pair.lastChild)}`)
      }
    } else if (word === 'namespace' && simple) namespaces.add(bare(value))
    else if (PORTS.has(word) && simple) ports.add(bare(value))
    else if (word === 'kind' && simple && bare(value) === 'Namespace') {
      const said = /\bname:\s*["']?([a-z0-9-]+)/.exec(state.sliceDoc(node.parent.from, node.parent.to))
      if (said) namespaces.add(said[1])
    }
  }})
  return {namespaces, labels, ports}
}

export const offered = (context, around) => {
  const line = context.state.doc.lineAt(context.pos)
  const before = line.text.slice(0, context.pos - line.from)
  const word = /[^\s,>{}]*$/.exec(before)[0]
  if (!word && !context.explicit && !/(->|:|,)\s$/.test(before) && !KINDS.includes(before.trim())) return null
  const start = before.slice(0, before.length - word.length)
  const {namespaces, labels, ports} = written(around)
  let options
  if (!start.trim()) options = KINDS.map((label) => ({label, type: 'keyword', apply: `${label} `}))
  else if (/ : ?(.*,)?$/.test(start)) {
    options = ['TCP', 'UDP', 'SCTP'].flatMap((protocol) => [protocol, ...[...ports].map((port) => `${protocol}/${port}`)])
      .map((label) => ({label, type: 'constant'}))
  } else {
    options = [
      ...[...namespaces].flatMap((name) => [`${name}/*`, ...[...labels].map((label) => `${name}/${label}`)]),
      ...labels, ...ENDS,
    ].slice(0, 2000).map((label) => ({label, type: 'variable'}))
    if (!start.includes('->') && start.trim().includes(' ')) options.unshift({label: '->', type: 'keyword', apply: '-> '})
  }
  return {from: context.pos - word.length, options, validFor: /^[^\s,>]*$/}
}
