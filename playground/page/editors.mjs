// The editors: YAML with what netpol says of its lines, and claims with words to choose from.
import {autocompletion, closeBrackets, completionKeymap} from '@codemirror/autocomplete'
import {defaultKeymap, history, historyKeymap} from '@codemirror/commands'
import {yaml} from '@codemirror/lang-yaml'
import {HighlightStyle, bracketMatching, syntaxHighlighting} from '@codemirror/language'
import {lintGutter, lintKeymap, setDiagnostics} from '@codemirror/lint'
import {search, searchKeymap} from '@codemirror/search'
import {EditorState} from '@codemirror/state'
import {
  EditorView, drawSelection, highlightActiveLine, highlightSpecialChars, keymap, lineNumbers, placeholder,
} from '@codemirror/view'
import {tags} from '@lezer/highlight'
import {offered} from './names.mjs'
import {shown} from './shown.mjs'

const MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace'
const look = EditorView.theme({
  '&': {height: '100%', fontSize: '.8125rem', color: 'var(--ink)', backgroundColor: 'var(--card)'},
  '&.cm-focused': {outline: 'none'},
  '.cm-scroller': {fontFamily: MONO, lineHeight: '1.5'},
  '.cm-content': {caretColor: 'var(--ink)'},
  '.cm-cursor': {borderLeftColor: 'var(--ink)'},
  '.cm-gutters': {backgroundColor: 'var(--code)', color: 'var(--soft)', border: 'none'},
  '.cm-activeLine, .cm-activeLineGutter': {backgroundColor: 'var(--code)'},
  '.cm-activeLineGutter': {color: 'var(--ink)'},
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {background: 'var(--chosen)'},
  '.cm-placeholder': {color: 'var(--soft)'},
  '.cm-tooltip, .cm-panels': {backgroundColor: 'var(--card)', color: 'var(--ink)', border: '1px solid var(--edge)'},
  '.cm-tooltip-autocomplete > ul > li[aria-selected]': {backgroundColor: 'var(--chosen)', color: 'var(--ink)'},
  '.cm-diagnostic': {whiteSpace: 'pre-wrap', fontFamily: MONO, maxWidth: '40rem'},
  '.cm-panel input, .cm-panel button': {color: 'var(--ink)', backgroundColor: 'var(--code)', backgroundImage: 'none', border: '1px solid var(--edge)'},
})
const colours = syntaxHighlighting(HighlightStyle.define([
  {tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--blue)'},
  {tag: [tags.string, tags.content], color: 'var(--ink)'},
  {tag: [tags.comment, tags.lineComment], color: 'var(--soft)', fontStyle: 'italic'},
  {tag: [tags.keyword, tags.meta, tags.typeName, tags.labelName], color: 'var(--odd)'},
  {tag: [tags.separator, tags.punctuation, tags.squareBracket, tags.brace], color: 'var(--soft)'},
]))

// In a shadow root its style is a sheet and not an element, which the policy of the page would not let in.
const editor = (place, label, extensions, changed) => {
  const root = place.attachShadow({mode: 'open'})
  const view = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      extensions: [
        highlightSpecialChars(), history(), drawSelection(), bracketMatching(), look, colours, search({top: true}),
        keymap.of([...completionKeymap, ...lintKeymap, ...searchKeymap, ...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({'aria-label': label, tabindex: '0', spellcheck: 'false', autocorrect: 'off', autocapitalize: 'off'}),
        EditorView.updateListener.of((update) => { if (update.docChanged) changed() }),
        ...extensions,
      ],
    }),
  })
  return {
    view,
    text: () => view.state.doc.toString(),
    set: (text) => view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: text}, selection: {anchor: 0}}),
    told: (found) => view.dispatch(setDiagnostics(view.state, found.map((each) => placed(view.state.doc, each)).sort((a, b) => a.from - b.from))),
    go: (line, column) => {
      const {from} = placed(view.state.doc, {line, column, severity: 'info', message: ''})
      view.dispatch({selection: {anchor: from}, effects: EditorView.scrollIntoView(from, {y: 'center'})})
      view.focus()
    },
  }
}

// From there to the end of its line. netpol counts characters, the browser counts halves of some.
const placed = (document, {line, column, severity, message}) => {
  const where = document.line(Math.min(Math.max(line ?? 1, 1), document.lines))
  const before = [...where.text].slice(0, Math.max((column ?? 1) - 1, 0)).join('').length
  return {from: where.from + before, to: Math.max(where.to, where.from + before), severity, message: shown(message)}
}

export const manifests = (place, label, changed) =>
  editor(place, label, [lineNumbers(), highlightActiveLine(), lintGutter(), yaml()], changed)

export const claims = (place, label, around, changed) => editor(place, label, [
  closeBrackets(), EditorView.lineWrapping,
  placeholder('only shop/app=web -> shop/app=api : TCP/8080'),
  autocompletion({override: [(context) => offered(context, around())]}),
], changed)
