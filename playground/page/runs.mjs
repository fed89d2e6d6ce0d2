// Asks a worker, one question at a time, of which only the newest counts. A run that has become stale may end within a
// moment; after that its worker is ended, since nothing interrupts Python and Z3 there, and a new one takes its place.
const PATIENCE = 700

export const runs = ({start, ready, answered, failed}) => {
  let worker = null
  let compiled = null
  let isReady = false
  let asked = null // what the worker is at
  let isWanted = false // whether its answer is
  let since = 0
  let wanted = null // what is to be asked next
  let timer = 0
  let number = 0

  const begin = () => {
    isReady = false
    asked = null
    worker = start()
    const mine = worker
    mine.onmessage = ({data}) => { if (mine === worker) hear(data) }
    mine.onerror = (event) => { if (mine === worker) lost(event.message || 'its worker could not be started') }
    mine.postMessage({compiled})
  }
  const lost = (why) => {
    end()
    failed(why)
  }
  const end = () => {
    worker?.terminate()
    worker = null
    asked = null
    clearTimeout(timer)
  }
  const hear = (said) => {
    if (said.compiled) compiled = said.compiled
    else if (said.ready) {
      isReady = true
      ready()
      next()
    } else if (said.lost) lost(said.lost)
    else if (said.number === asked) {
      asked = null
      clearTimeout(timer)
      if (wanted) next()
      else if (isWanted) answered(said.answer)
    }
  }
  const next = () => {
    if (!wanted || !isReady || asked !== null) return
    asked = ++number
    isWanted = true
    since = performance.now()
    worker.postMessage({number, question: wanted})
    wanted = null
  }
  return {
    ask: (question) => {
      wanted = question
      isWanted = false
      if (!worker) begin()
      else if (asked === null) next()
      else {
        clearTimeout(timer)
        timer = setTimeout(() => { end(); begin() }, Math.max(0, PATIENCE - (performance.now() - since)))
      }
    },
    // What was asked is no longer there.
    drop: () => {
      wanted = null
      isWanted = false
    },
    stop: () => {
      wanted = null
      end()
    },
    busy: () => asked !== null || wanted !== null,
  }
}
