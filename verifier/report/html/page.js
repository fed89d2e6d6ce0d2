'use strict'
// What a reader can do with the page: sort and filter tables, and look at the picture. Text comes into the page as text
// only (textContent, attributes), which the policy of the page enforces; without scripts everything else is there.
;(() => {
  const make = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children)
  const draw = (name, attributes = {}, ...children) =>
    fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
  const fill = (element, attributes, children) => {
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
    element.append(...children)
    return element
  }

  // Tables

  const order = new Intl.Collator('en', {numeric: true})
  for (const table of document.querySelectorAll('table.sortable')) {
    const rows = [...table.tBodies[0].rows]
    const pieces = (element) => [...element.childNodes].map((child) => child.textContent).join(' ')
    const said = rows.map((row) => [...row.cells].map(pieces).join(' ').toLowerCase())
    ;[...table.tHead.rows[0].cells].forEach((cell, column) => {
      const sign = make('span', {'aria-hidden': 'true'}, '\u2195')
      const button = make('button', {type: 'button'}, cell.textContent + ' ', sign)
      button.addEventListener('click', () => {
        const down = cell.getAttribute('aria-sort') === 'ascending'
        for (const other of table.tHead.rows[0].cells) {
          other.removeAttribute('aria-sort')
          other.querySelector('span').textContent = '\u2195'
        }
        cell.setAttribute('aria-sort', down ? 'descending' : 'ascending')
        sign.textContent = down ? '\u2193' : '\u2191'
        const text = (row) => pieces(row.cells[column])
        const sorted = [...rows].sort((a, b) => order.compare(text(a), text(b)) * (down ? -1 : 1))
        table.tBodies[0].append(...sorted)
      })
      cell.replaceChildren(button)
    })
    if (rows.length < 8) continue
    const input = make('input', {type: 'search', autocomplete: 'off'})
    const count = make('span', {role: 'status'}, `${rows.length} rows`)
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean)
      let shown = 0
      rows.forEach((row, number) => {
        row.hidden = !words.every((word) => said[number].includes(word))
        shown += row.hidden ? 0 : 1
      })
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : `${rows.length} rows`
    })
    table.parentElement.before(make('div', {class: 'filter'}, make('label', {}, 'Filter', input), count))
  }

  // Paper has no clicks: everything that is folded opens for it.
  let shut = []
  addEventListener('beforeprint', () => {
    shut = [...document.querySelectorAll('details:not([open])')]
    for (const each of shut) each.open = true
  })
  addEventListener('afterprint', () => {
    for (const each of shut) each.open = false
  })

  // The picture

  const source = document.getElementById('picture-data')
  const place = document.getElementById('picture')
  if (!source || !place) return
  const {claims, views} = JSON.parse(source.textContent)
  const SIGNS = {'+': ['opened', '+ '], '-': ['closed', '\u2212 '], '!': ['lit', '! '], x: ['blocked', '\u2717 ']}
  const WIDEST = 230
  const state = {view: 0, hide: false, claim: -1, focus: -1, zoom: 1}

  const ruler = document.createElement('canvas').getContext('2d')
  const measure = (text, size) => {
    ruler.font = `${size}px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif`
    return ruler.measureText(text).width
  }
  // Lines of at most `WIDEST`, broken after blanks, commas and slashes, or anywhere; four at most.
  const broken = (text, size) => {
    const lines = ['']
    for (const piece of text.match(/[^\s,/]*[\s,/]?|./g).filter(Boolean)) {
      for (const part of measure(piece, size) > WIDEST ? [...piece] : [piece]) {
        if (measure(lines.at(-1) + part, size) > WIDEST) lines.push('')
        lines[lines.length - 1] += part
      }
    }
    return lines.length > 4 ? [...lines.slice(0, 2), '\u2026', lines.at(-1)] : lines
  }

  const canvas = make('div', {class: 'canvas', role: 'group', 'aria-label': 'Drawing', tabindex: '0'})
  const says = make('p', {class: 'says', role: 'status'})
  const about = make('p', {class: 'about'})
  const tools = make('div', {class: 'tools'})
  place.append(tools, about, canvas, says)

  const choose = (label, options, picked) => {
    const select = make('select', {}, ...options.map((text, number) => make('option', {value: number}, text)))
    select.addEventListener('change', () => picked(Number(select.value)))
    tools.append(make('label', {}, label, select))
    return select
  }
  const tick = (label, picked) => {
    const box = make('input', {type: 'checkbox'})
    box.addEventListener('change', () => picked(box.checked))
    const whole = make('label', {}, box, label)
    tools.append(whole)
    return {box, whole}
  }
  const press = (label, name, picked) => {
    const button = make('button', {type: 'button', 'aria-label': name, title: name}, label)
    button.addEventListener('click', picked)
    tools.append(button)
  }

  if (views.length > 1) {
    choose('Show', views.map((view) => view.title), (number) => {
      state.view = number
      state.focus = -1
      show()
    })
  }
  if (claims.length) {
    choose('Light up', ['what breaks any claim', ...claims], (number) => {
      state.claim = number - 1
      light()
    })
  }
  const focus = choose('Focus on', ['everything'], (number) => {
    state.focus = number - 1
    light()
  })
  const hide = tick('Hide what nothing restricts', (on) => {
    state.hide = on
    show()
  })
  const signs = {}
  for (const [sign, name] of [['+', 'opened'], ['-', 'closed']]) {
    if (!views.some((view) => view.edges.some((edge) => edge.sign === sign))) continue
    signs[sign] = tick(`${SIGNS[sign][1]}${name}`, () => show()).box
    signs[sign].checked = true
  }
  const resize = (factor) => {
    state.fits = false
    scale(state.zoom * factor)
  }
  press('\u2212', 'Smaller', () => resize(1 / 1.25))
  press('+', 'Larger', () => resize(1.25))
  press('Fit', 'Fit into the page', () => fit())

  let svg, nodes, edges, size
  const scale = (zoom) => {
    state.zoom = Math.min(4, Math.max(0.05, zoom))
    svg.setAttribute('width', Math.ceil(size.width * state.zoom))
    svg.setAttribute('height', Math.ceil(size.height * state.zoom))
  }
  const fit = () => {
    state.fits = true
    state.width = canvas.clientWidth
    scale(Math.min(1.15, (state.width - 2) / size.width))
  }
  // The page is narrower or wider than it was, or is in a frame that had no width yet.
  new ResizeObserver(() => { if (size && state.fits && canvas.clientWidth !== state.width) fit() }).observe(canvas)
  const words = (edge, view) =>
    `${view.nodes[edge.from].name} \u2192 ${view.nodes[edge.to].name}: ${edge.sign ? SIGNS[edge.sign][1] : ''}${edge.label}`

  const show = () => {
    const view = views[state.view]
    about.textContent = view.about
    hide.whole.hidden = !view.edges.some((edge) => edge.free && !edge.sign)
    focus.replaceChildren(
      ...['everything', ...view.nodes.map((node) => node.box === null ? node.name : `${view.boxes[node.box]}: ${node.name}`)]
        .map((text, number) => make('option', {value: number}, text)),
    )
    const kept = view.edges.filter(
      (edge) => !(state.hide && edge.free && !edge.sign) && (!signs[edge.sign] || signs[edge.sign].checked),
    )
    paint(view, kept)
    fit()
    light()
  }

  const layout = (view, kept) => {
    const graph = new dagre.graphlib.Graph({compound: true, multigraph: true})
    graph.setGraph({rankdir: 'LR', nodesep: 26, ranksep: 70, edgesep: 14, marginx: 24, marginy: 30})
    graph.setDefaultEdgeLabel(() => ({}))
    view.boxes.forEach((_, number) => graph.setNode(`b${number}`, {}))
    view.nodes.forEach((node, number) => {
      const lines = broken(node.name, 13)
      const own = kept.filter((edge) => edge.from === number && edge.to === number)
      const loops = own.flatMap((edge) => broken(`\u21bb ${edge.sign ? SIGNS[edge.sign][1] : ''}${edge.label}`, 11.5))
      const width = Math.max(...lines.map((line) => measure(line, 13)), ...loops.map((line) => measure(line, 11.5))) + 26
      graph.setNode(`n${number}`, {width, height: 17 * lines.length + 15 * loops.length + 15, lines, loops})
      if (node.box !== null) graph.setParent(`n${number}`, `b${node.box}`)
    })
    kept.forEach((edge, number) => {
      if (edge.from === edge.to) return // told inside of the node
      const lines = broken((edge.sign ? SIGNS[edge.sign][1] : '') + edge.label, 11.5)
      const width = Math.max(...lines.map((line) => measure(line, 11.5))) + 12
      const label = {width, height: 15 * lines.length + 4, labelpos: 'c', lines}
      graph.setEdge(`n${edge.from}`, `n${edge.to}`, label, `e${number}`)
    })
    dagre.layout(graph)
    return graph
  }

  // Arrows leave a node on its right and reach one on its left, near where they come from, as far as that is ahead.
  const land = (points, node, at, side) => {
    const next = points[at + side]
    if ((next.x - node.x) * side <= node.width / 2) return
    const room = Math.max(0, node.height / 2 - 9)
    points[at] = {x: node.x + side * node.width / 2, y: Math.min(node.y + room, Math.max(node.y - room, next.y))}
  }
  // A curve through all points, level where it passes them; the head of the arrow is level, too.
  const curve = (points) => points.slice(1).reduce((d, to, n) => {
    const middle = (points[n].x + to.x) / 2
    return `${d}C${middle},${points[n].y} ${middle},${to.y} ${to.x},${to.y}`
  }, `M${points[0].x},${points[0].y}`)
  const head = (points) => {
    const [a, b] = points.slice(-2)
    const angle = b.x < a.x ? Math.PI : 0
    const at = (turn) => `${b.x - 9 * Math.cos(angle + turn)},${b.y - 9 * Math.sin(angle + turn)}`
    return `M${b.x},${b.y}L${at(0.42)}L${at(-0.42)}Z`
  }
  const lettered = (lines, x, y, step) =>
    draw('text', {'text-anchor': 'middle'}, ...lines.map((line, n) =>
      draw('tspan', {x, y: y + (n - (lines.length - 1) / 2) * step + step * 0.28}, line)))

  const paint = (view, kept) => {
    const graph = layout(view, kept)
    const boxes = view.boxes.map((title, number) => {
      const inside = (graph.children(`b${number}`) ?? []).map((name) => graph.node(name))
      if (!inside.length) return null
      const left = Math.min(...inside.map((n) => n.x - n.width / 2)) - 14
      const right = Math.max(...inside.map((n) => n.x + n.width / 2)) + 14
      const top = Math.min(...inside.map((n) => n.y - n.height / 2)) - 26
      const bottom = Math.max(...inside.map((n) => n.y + n.height / 2)) + 12
      const shown = measure(title, 12) > 300 ? `${title.slice(0, 44)}\u2026` : title
      const width = Math.max(right - left, measure(shown, 12) * 1.12 + 24)
      return draw('g', {class: 'box'},
        draw('rect', {x: left, y: top, width, height: bottom - top, rx: 8}),
        draw('title', {}, title),
        draw('text', {x: left + 10, y: top + 16}, shown))
    }).filter(Boolean)
    edges = kept.map((edge, number) => {
      const kind = edge.sign ? SIGNS[edge.sign][0] : ''
      if (edge.from === edge.to) return {...edge, parts: [draw('g', {class: `edge ${kind}`})]}
      const label = graph.edge(`n${edge.from}`, `n${edge.to}`, `e${number}`)
      const {points, x, y, lines} = label
      land(points, graph.node(`n${edge.from}`), 0, 1)
      land(points, graph.node(`n${edge.to}`), points.length - 1, -1)
      const line = draw('g', {class: `edge ${kind}`},
        draw('title', {}, words(edge, view)),
        draw('path', {d: curve(points)}), draw('path', {class: 'head', d: head(points)}))
      const said = draw('g', {class: `label ${kind}`},
        draw('title', {}, words(edge, view)),
        draw('rect', {x: x - label.width / 2 + 3, y: y - label.height / 2, width: label.width - 6, height: label.height}),
        lettered(lines, x, y, 15))
      return {...edge, parts: [line, said]}
    })
    nodes = view.nodes.map((node, number) => {
      const at = graph.node(`n${number}`)
      const group = draw('g', {class: `node ${node.kind}`, tabindex: number ? '-1' : '0', role: 'button', 'aria-pressed': 'false'},
        draw('title', {}, node.name + (node.bare ? ' (policies let everything in)' : '')),
        draw('rect', {x: at.x - at.width / 2, y: at.y - at.height / 2, width: at.width, height: at.height, rx: node.kind === 'external' || node.kind === 'many' ? 16 : 5}),
        lettered(at.lines, at.x, at.y - at.loops.length * 7.5, 17))
      if (at.loops.length) {
        const loops = lettered(at.loops, at.x, at.y + at.height / 2 - at.loops.length * 7.5 - 5, 15)
        loops.setAttribute('class', 'self')
        group.append(loops)
      }
      if (node.bare) group.append(draw('circle', {cx: at.x - at.width / 2, cy: at.y, r: 4.5}))
      group.addEventListener('click', () => pick(number))
      group.addEventListener('keydown', (event) => keyed(event, number))
      return group
    })
    svg = draw('svg', {role: 'group', 'aria-label': `${view.nodes.length} nodes, ${kept.length} arrows`}, ...boxes, 
      ...edges.map(({parts}) => parts[0]), ...edges.flatMap(({parts}) => parts.slice(1)), ...nodes)
    canvas.replaceChildren(svg)
    const all = svg.getBBox()
    size = {width: Math.max(all.x + all.width, graph.graph().width) + 12, height: Math.max(all.y + all.height, graph.graph().height) + 12}
    svg.setAttribute('viewBox', `0 0 ${size.width} ${size.height}`)
  }

  const pick = (number) => {
    state.focus = state.focus === number ? -1 : number
    light()
  }
  const keyed = (event, number) => {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key]
    if (event.key === 'Enter' || event.key === ' ') pick(number)
    else if (event.key === 'Escape') pick(state.focus)
    else if (step) {
      const next = (number + step + nodes.length) % nodes.length
      nodes[number].setAttribute('tabindex', '-1')
      nodes[next].setAttribute('tabindex', '0')
      nodes[next].focus()
    } else return
    event.preventDefault()
  }

  // What has to do with the chosen node, and with the chosen claim, is in full strength; the rest is faint.
  const light = () => {
    const view = views[state.view]
    focus.value = String(state.focus + 1)
    const near = new Set()
    const told = []
    for (const edge of edges) {
      const mine = state.focus < 0 || edge.from === state.focus || edge.to === state.focus
      const asked = state.claim < 0 || edge.claims.includes(state.claim)
      for (const part of edge.parts) part.classList.toggle('faint', !(mine && asked))
      if (!(mine && asked)) continue
      near.add(edge.from).add(edge.to)
      if (state.focus >= 0 || state.claim >= 0) told.push(words(edge, view))
    }
    nodes.forEach((group, number) => {
      const chosen = state.focus === number
      const all = state.focus < 0 && state.claim < 0
      group.classList.toggle('faint', !(all || chosen || near.has(number)))
      group.classList.toggle('chosen', chosen)
      group.setAttribute('aria-pressed', String(chosen))
    })
    const most = told.slice(0, 12)
    says.textContent = state.focus < 0 && state.claim < 0
      ? 'Choose a node to see only what it has to do with; arrow keys go from node to node.'
      : most.join('; ') + (told.length > most.length ? `; and ${told.length - most.length} more` : '') || 'No arrow.'
  }

  try {
    show()
  } catch (error) {
    place.replaceChildren(make('p', {}, 'The picture could not be laid out. All that it shows stands in the tables.'))
    console.error(error)
  }
})()
