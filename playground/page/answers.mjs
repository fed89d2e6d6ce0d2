// What an answer of netpol is on the page: its lines, and what stands at the lines of the editors. Verdicts and
// positions are copied from the report, and nothing is concluded from them.
import {shown} from './shown.mjs'

const TITLES = {
  narrower: 'Nothing is opened, something is closed', wider: 'Something is opened, nothing is closed',
  incomparable: 'Something is opened, and something closed', equivalent: 'Nothing changes, for any pod', unknown: 'Undecided',
}
const counted = (number, word) => `${number} ${word}${number === 1 ? '' : 's'}`
const place = ({file, line, column}) => [file, line, column].filter((each) => each !== null).join(':')

export const headline = ({data, said, code}) => {
  if (!data) return {text: said.trim().replace(/^netpol: /, '') || `no answer, exit code ${code}`, kind: 'error'}
  if (data.errors.length) return {text: `${counted(data.errors.length, 'mistake')} in what you wrote`, kind: 'error'}
  if (data.command === 'diff') {
    return {text: TITLES[data.relation] ?? data.relation, kind: data.relation === 'unknown' ? 'unknown' : ''}
  }
  const text = Object.entries(data.summary).filter(([, number]) => number).map(([word, number]) => `${number} ${word}`).join(', ')
  return {text: text || 'nothing was asked', kind: ''}
}

// Each: badge, kind (its colour), text, and where it leads.
export const lines = ({data}) => {
  if (!data) return []
  const mistakes = data.errors.map((each) => ({
    badge: 'ERROR', kind: 'error', at: each, text: [place(each), each.message, each.hint && `hint: ${each.hint}`].filter(Boolean).join('\n'),
  }))
  const verdicts = (data.results ?? []).map((each) => ({badge: each.verdict.toUpperCase(), kind: each.verdict, text: each.property, at: decisive(each)[0]}))
  const changes = [['added', '+ OPENED', 'opened'], ['removed', '− CLOSED', 'closed']].flatMap(([field, badge, kind]) =>
    (data[field] ?? []).map((each) => ({badge, kind, text: each.text, at: origins(each.because)[0]})))
  const warnings = data.warnings.map((each) => ({badge: 'WARNING', kind: 'warning', at: each, text: `${place(each)}\n${each.message}`}))
  return [...mistakes, ...verdicts, ...changes, ...warnings].map((each) => ({...each, text: shown(each.text)}))
}

const origins = (steps) => (steps ?? []).filter(({origin, decision}) => origin && decision !== 'next')
  .map(({origin, because}) => ({...origin, because}))
const decisive = (result) => [...origins(result.trace?.ingress), ...origins(result.trace?.egress)]

// By file, for the editors.
export const diagnostics = ({data}) => {
  const found = {}
  const add = (at, severity, message) => { if (at?.file && at.line) (found[at.file] ??= []).push({...at, severity, message}) }
  if (!data) return found
  for (const each of data.errors) add(each, 'error', [each.message, each.hint && `hint: ${each.hint}`].filter(Boolean).join('\n'))
  for (const each of data.warnings) add(each, 'warning', each.message)
  for (const result of data.results ?? []) {
    if (result.verdict === 'violated') for (const at of decisive(result)) add(at, 'warning', `violated: ${result.property}\n${at.because}`)
  }
  for (const [field, word] of [['added', 'opened'], ['removed', 'closed']]) {
    for (const each of data[field] ?? []) for (const at of origins(each.because)) add(at, 'info', `${word}: ${each.text}\n${at.because}`)
  }
  return found
}
