// Keeps the files of the page, so that it works without a network after the first visit. It knows what these are; all
// else it leaves to the browser, and the policy of the page.
const HOME = '@HOME@'
const FILES = ['@FILES@']

addEventListener('install', (event) => event.waitUntil((async () => {
  const cache = await caches.open(HOME)
  await cache.addAll(FILES.map((file) => new Request(file, {cache: file === './' ? 'reload' : 'default'})))
  await skipWaiting()
})()))

addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith('v-') && name !== HOME) await caches.delete(name)
  await clients.claim()
})()))

addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || url.origin !== location.origin) return
  event.respondWith((async () => {
    const page = event.request.mode === 'navigate' && url.href.startsWith(registration.scope)
    const kept = await (await caches.open(HOME)).match(page ? './' : event.request, {ignoreSearch: page})
    return kept ?? fetch(event.request)
  })())
})
