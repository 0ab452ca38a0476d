/**
 * `node bench/profile.ts store.read [--seconds 8] [--top 30] [--out FILE]`: where the server's time goes under the
 * load of that measure: by room, then by function. FILE gets the .cpuprofile for a viewer.
 */
import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { stopChildren } from './child.ts'
import { openImportArea } from './importing.ts'
import { openLedgerArea } from './ledger.ts'
import { openPeopleArea } from './people.ts'
import { openPolicyArea } from './policy.ts'
import { openSearchArea } from './search.ts'
import { openStoreArea } from './store.ts'

interface Profile {
  nodes: ProfileNode[]
  samples: number[]
  timeDeltas: number[]
}

interface ProfileNode {
  id: number
  callFrame: { functionName: string; url: string; lineNumber: number }
  children?: number[]
}

/** First match wins; a function of the engine's own (a native call) counts for whoever called it. */
const rooms: [pattern: RegExp, room: string][] = [
  [/src\/kernel\/crypto\/pack/, 'kernel/crypto: pack (zlib)'],
  [/^node:zlib|^node:internal\/zlib/, 'kernel/crypto: pack (zlib)'],
  [/src\/kernel\/crypto/, 'kernel/crypto: seal, hashes'],
  [/^node:internal\/crypto|^node:crypto/, 'kernel/crypto: seal, hashes'],
  [/src\/kernel\/db\/connect/, 'driver (postgres)'],
  [/src\/kernel\/(\w+)/, 'kernel/$1'],
  [/src\/records\/(json|fhir|search|tuples|directory|workshop)/, 'records/$1'],
  [/src\/records/, 'records'],
  [/src\/http/, 'http'],
  [/src\/cli/, 'cli (token)'],
  [/node_modules\/postgres\//, 'driver (postgres)'],
  [/node_modules\//, 'fastify and its parts'],
  [/^node:_http|^node:internal\/(http|url|header)|^node:http/, 'node: http'],
  [
    /^node:(net|internal\/(stream|js_stream))|^node:(internal\/streams|stream|events)/,
    'node: sockets, streams',
  ],
  [/^node:buffer|^node:internal\/buffer/, 'node: buffers'],
  [/^node:/, 'node: timers, tasks, other'],
]

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '8' },
    top: { type: 'string', default: '30' },
    out: { type: 'string' },
  },
})
const name = positionals[0] ?? 'store.read'
const file = options.out ?? join(tmpdir(), `sigilo-bench-${process.pid}.cpuprofile`)

try {
  console.log(await profile())
} finally {
  await stopChildren()
  if (options.out === undefined) rmSync(file, { force: true })
}

async function profile(): Promise<string> {
  const areas = {
    search: openSearchArea,
    ledger: openLedgerArea,
    import: openImportArea,
    people: openPeopleArea,
    policy: openPolicyArea,
  }
  const open = areas[name.split('.')[0] as keyof typeof areas] ?? openStoreArea
  const { server, measures } = await open((each) => each === name)
  const measure = measures.find((each) => each.name === name)
  if (!measure)
    throw new Error(`no measure ${name}; there are: ${measures.map((each) => each.name).join(', ')}`)
  const rates: number[] = []
  const before = await server.ask<number>('cpuSeconds')
  const start = performance.now()
  await server.ask('profileStart')
  while (performance.now() < start + Number(options.seconds) * 1000) rates.push(await measure.run())
  const seconds = (performance.now() - start) / 1000
  const cpuSeconds = (await server.ask<number>('cpuSeconds')) - before
  await server.ask('profileStop', file)
  const rate = rates.reduce((sum, each) => sum + each, 0) / rates.length
  const head =
    `${name}: ${Math.round(rate)} ${measure.unit} while profiled, server's process ` +
    `${((cpuSeconds / seconds) * 100).toFixed(0)} % of a core`
  return [head, ...report(JSON.parse(readFileSync(file, 'utf8')) as Profile, rate * seconds)].join('\n')
}

/** Self time by room and by function, in shares of the busy time and in microseconds for one request. */
function report({ nodes, samples, timeDeltas }: Profile, requests: number): string[] {
  const parents = new Map<number, ProfileNode>()
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node)
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const byRoom = new Map<string, number>()
  const byFunction = new Map<string, number>()
  const withCallees = new Map<string, number>()
  let busy = 0
  samples.forEach((sample, n) => {
    const node = byId.get(sample) as ProfileNode
    if (node.callFrame.functionName === '(idle)') return
    const time = timeDeltas[n] ?? 0
    const { room, label } = placeOf(node, parents)
    busy += time
    byRoom.set(room, (byRoom.get(room) ?? 0) + time)
    byFunction.set(label, (byFunction.get(label) ?? 0) + time)
    for (const each of callersOf(node, parents)) withCallees.set(each, (withCallees.get(each) ?? 0) + time)
  })
  const top = Number(options.top)
  const lines = (of: Map<string, number>, limit: number) =>
    [...of]
      .toSorted((a, b) => b[1] - a[1])
      .slice(0, limit)
      .map(([label, time]) => {
        const share = ((time / busy) * 100).toFixed(1).padStart(5)
        return `${share} %  ${(time / requests).toFixed(1).padStart(7)} µs  ${label}`
      })
  const part = (title: string, of: Map<string, number>, limit: number) => ['', title, ...lines(of, limit)]
  return [
    ...part('by room', byRoom, 40),
    ...part('by function, self', byFunction, top),
    ...part('by function of ours, with all it calls', withCallees, top),
  ]
}

/** The functions of this repository on the way to a node, each once. */
function callersOf(node: ProfileNode, parents: ReadonlyMap<number, ProfileNode>): Set<string> {
  const found = new Set<string>()
  for (let each: ProfileNode | undefined = node; each; each = parents.get(each.id)) {
    const { functionName, url, lineNumber } = each.callFrame
    if (url.includes('/src/') && !url.includes('/node_modules/'))
      found.add(`${functionName || '(anonymous)'}  ${shortened(url)}:${lineNumber + 1}`)
  }
  return found
}

function shortened(url: string): string {
  return url.replace(/^.*\/(src|node_modules)\//, '$1/')
}

function placeOf(
  node: ProfileNode,
  parents: ReadonlyMap<number, ProfileNode>,
): { room: string; label: string } {
  const { functionName, url, lineNumber } = node.callFrame
  let caller: ProfileNode | undefined = node
  while (caller && caller.callFrame.url === '') caller = parents.get(caller.id)
  const place = caller?.callFrame.url ?? ''
  if (place === '') return { room: functionName, label: functionName }
  const found = rooms.find(([pattern]) => pattern.test(place))
  const room = found ? found[1].replace('$1', found[0].exec(place)?.[1] ?? '') : place
  const label =
    caller === node
      ? `${functionName || '(anonymous)'}  ${shortened(url)}:${lineNumber + 1}`
      : `${functionName || '(native)'}  called in ${caller?.callFrame.functionName || '(anonymous)'} ${shortened(place)}`
  return { room, label }
}
