import type { App } from '../../src/http/server.ts'

/** Every address that the router knows, in the form in which it was registered. */
export function routesOf(app: App): string[] {
  return methodsByRoute(app).map(({ route }) => route)
}

/** The same with its methods, of which some answer that they are not served. */
export function methodsByRoute({ fastify }: App): { route: string; methods: string[] }[] {
  const path: string[] = []
  const found: { route: string; methods: string[] }[] = []
  for (const line of fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent, label, served] = /^([│ ]*)[├└]── (\S*)( \(.+\))?$/.exec(line) ?? []
    if (indent === undefined || label === undefined) continue
    path.length = indent.length / 4
    path.push(label)
    if (served !== undefined)
      found.push({ route: path.join(''), methods: served.replaceAll(/[ ()]/g, '').split(',') })
  }
  return found
}
